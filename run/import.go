package run

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/spinoff-go/spinoff"
)

func (p *program) importFiles() *cobra.Command {
	var asJSON bool
	var accepts, examples []string
	process, err := New(p.project, Options{Calling: true, Environ: func(string) string { return "" }})
	if err == nil {
		for _, a := range process.apps {
			if a.Imports != nil {
				accepts = append(accepts, fmt.Sprintf("  %-12s %s", a.Name, a.Imports.Accepts))
				examples = append(examples, fmt.Sprintf("  company import %s %s", a.Name, a.Imports.Example))
			}
		}
	}
	c := &cobra.Command{
		Use:   "import APP FILE...",
		Short: "Take in files from elsewhere",
		Long: `Take in files or folders. What was taken in before is found again and changes nothing, so that an import
that was interrupted is simply started again. The project may be running meanwhile.

` + strings.Join(accepts, "\n"),
		Example: strings.Join(examples, "\n"),
		Hidden:  len(examples) == 0, // no app takes in files
		Args:    cobra.MinimumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			return p.runImport(c.Context(), args[0], args[1:], asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the result of each file as a line of JSON")
	return c
}

func (p *program) runImport(ctx context.Context, app string, paths []string, asJSON bool) (err error) {
	process, err := New(p.project, p.options)
	if err != nil {
		return err
	}
	a := process.find(app)
	switch {
	case a == nil:
		return fmt.Errorf("there is no app %q; there are %s", app, strings.Join(process.names(), ", "))
	case a.Imports == nil:
		return fmt.Errorf("app %s takes in no files", app)
	case !a.here():
		return fmt.Errorf("app %s runs at %s, so its database is there: import there, or without %s", app, a.where(), spinoff.Variable(app))
	}
	if err := process.Open(ctx); err != nil {
		return err
	}
	defer func() {
		if closed := process.Close(); err == nil {
			err = closed
		}
	}()
	for _, path := range paths {
		show := newMeter(p.stderr, path)
		result, err := a.Imports.Run(ctx, path, show.report)
		show.end()
		p.printImport(path, result, asJSON)
		if err != nil {
			return fmt.Errorf("import %s: %w", path, err)
		}
	}
	return nil
}

func (p *program) printImport(path string, result spinoff.Progress, asJSON bool) {
	if asJSON {
		json.NewEncoder(p.stdout).Encode(struct { //nolint:errcheck // standard output
			Path    string           `json:"path"`
			Counts  map[string]int64 `json:"counts"`
			Refused []string         `json:"refused,omitempty"`
		}{path, result.Counts, result.Refused})
		return
	}
	fmt.Fprintf(p.stdout, "%s: %s\n", path, counts(result.Counts))
	for _, refused := range result.Refused {
		fmt.Fprintf(p.stdout, "  refused: %s\n", refused)
	}
}

func counts(byName map[string]int64) string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		words = append(words, fmt.Sprintf("%d %s", byName[name], name))
	}
	if len(words) == 0 {
		return "nothing"
	}
	return strings.Join(words, ", ")
}

// meter shows how far an import is: on a terminal on one line, elsewhere on a new line every few seconds.
type meter struct {
	w        io.Writer
	path     string
	terminal bool
	mu       sync.Mutex
	last     time.Time
	shown    bool
}

func newMeter(w io.Writer, path string) *meter {
	return &meter{w: w, path: path, terminal: isTerminal(w), last: time.Now()}
}

func (m *meter) report(progress spinoff.Progress) {
	m.mu.Lock()
	defer m.mu.Unlock()
	every := 3 * time.Second
	if m.terminal {
		every = 100 * time.Millisecond
	}
	if time.Since(m.last) < every {
		return
	}
	m.last, m.shown = time.Now(), true
	share := ""
	if progress.Total > 0 {
		share = fmt.Sprintf(" %3d %%", 100*progress.Read/progress.Total)
	}
	line := fmt.Sprintf("%s:%s %s", m.path, share, counts(progress.Counts))
	if m.terminal {
		fmt.Fprintf(m.w, "\r\x1b[K%s", line)
	} else {
		fmt.Fprintln(m.w, line)
	}
}

func (m *meter) end() {
	if m.terminal && m.shown {
		fmt.Fprint(m.w, "\r\x1b[K")
	}
}
