package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/spf13/cobra"
)

// moveWish is the body of POST /move.
type moveWish struct {
	App  string `json:"app"`
	Back bool   `json:"back,omitempty"`
}

// moveNews is a line of its answer; the last one has Ended.
type moveNews struct {
	Says  string `json:"says,omitempty"`
	Ended bool   `json:"ended,omitempty"`
	Error string `json:"error,omitempty"` // why the move was undone
}

func (p *program) move() *cobra.Command {
	var back bool
	c := &cobra.Command{
		Use:   "move APP",
		Short: "Move an app of the running project to a process of its own, or back",
		Long: `Move an app of the running project to a process of its own, or back, while requests go on: those to that app wait until it has arrived.

The project is the one that runs with this data folder. The command returns when the move is complete, or undone: then it
says why, and everything is as it was before. After a restart of the project, the app is where "company up" says.`,
		Example: `  company move faq
  company move faq --back
  company status                # where the apps are`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.runMove(c.Context(), moveWish{App: args[0], Back: back})
		},
	}
	c.Flags().BoolVar(&back, "back", false, "let it return to the process that it has left")
	return c
}

func (p *program) runMove(ctx context.Context, wish moveWish) error {
	coordinator, err := p.coordinatorOf(ctx, wish.App)
	if err != nil {
		return err
	}
	response, err := coordinator.send(ctx, "POST /move", wish)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	for lines := json.NewDecoder(response.Body); ; {
		var news moveNews
		switch err := lines.Decode(&news); {
		case err != nil:
			return fmt.Errorf("process %d has ended during the move; start the project again: it finds out where the app is: %w", coordinator.status.PID, err)
		case news.Error != "":
			return errors.New(news.Error)
		case news.Ended:
			return nil
		}
		fmt.Fprintln(p.stdout, news.Says)
	}
}

// coordinatorOf finds the process that can move an app: the one that people have started, where there are several the one in which it runs.
func (p *program) coordinatorOf(ctx context.Context, app string) (*controlled, error) {
	found, err := controls(ctx, p.options.withDefaults().Data)
	if err != nil {
		return nil, err
	}
	var tops []*controlled
	for _, c := range found {
		if c.status.Role != roleProject {
			continue
		}
		for _, s := range c.status.Apps {
			if s.Name == app && s.State == stateHere {
				return c, nil
			}
		}
		for _, child := range c.status.Children {
			if strings.Join(child.Apps, ",") == app {
				return c, nil
			}
		}
		tops = append(tops, c)
	}
	if len(tops) == 0 {
		return nil, fmt.Errorf("nothing runs with the data folder %s; start the project with company up, or name its folder with --data", p.options.withDefaults().Data)
	}
	return tops[0], nil
}

// serveMoves lets others ask this process to move an app.
func (p *Process) serveMoves() {
	p.control.HandleFunc("POST /move", func(w http.ResponseWriter, r *http.Request) {
		var wish moveWish
		if err := json.NewDecoder(r.Body).Decode(&wish); err != nil {
			writeJSON(w, http.StatusBadRequest, problem{err.Error()})
			return
		}
		news := &newsWriter{to: w}
		ctx := context.WithoutCancel(r.Context()) // a move that has begun goes on, whoever listens
		err := p.moveApp(ctx, wish.App, wish.Back, func(format string, args ...any) { news.write(moveNews{Says: fmt.Sprintf(format, args...)}) })
		last := moveNews{Ended: true}
		if err != nil {
			last.Error = err.Error()
		}
		news.write(last)
	})
}

// newsWriter writes lines as they come.
type newsWriter struct{ to http.ResponseWriter }

func (n *newsWriter) write(news moveNews) {
	line, err := json.Marshal(news)
	if err != nil { // only strings and a bool are in it
		panic(err)
	}
	_, _ = io.WriteString(n.to, string(line)+"\n") // who has gone does not read it
	_ = http.NewResponseController(n.to).Flush()
}
