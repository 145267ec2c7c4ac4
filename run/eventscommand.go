package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/spinoff-go/spinoff/events"
	"github.com/spinoff-go/spinoff/events/jetstream"
)

func (p *program) events() *cobra.Command {
	c := &cobra.Command{
		Use:   "events",
		Short: "Look at events, and at those that could not be handled",
		Long: `Look at the events that were published, at how far their consumers have come, and at those that could not be handled.
Everything works while the project runs, and while it does not.`,
		Example: "  company events list\n  company events consumers\n  company events dead\n  company events replay --all",
	}
	c.AddCommand(p.eventsList(), p.eventsConsumers(), p.eventsShow(), p.eventsDead(), p.eventsReplay(), p.eventsDrop())
	return c
}

func (p *program) eventsList() *cobra.Command {
	var topic, subject string
	var n int
	var asJSON bool
	c := &cobra.Command{
		Use:   "list",
		Short: "List the events that are retained, the newest first",
		Long: `List the events that are retained, the newest first. Every event is retained until all who consume it have it, and after that for
EVENTS_MAX_AGE, 30 days by default. One that was published in several versions is listed in each.`,
		Example: `  company events list -n 10
  company events list --topic tickets.v1.ticket.solved --subject 1042
  company events list --json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.withEngine(c.Context(), func(process *Process, engine *jetstream.Engine) error {
				found, err := process.retained(c.Context(), engine, events.Wanted{Type: topic, Subject: subject, Limit: n})
				if err != nil {
					return err
				}
				if asJSON {
					return p.printJSON(found)
				}
				w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
				for _, e := range found {
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", e.Time.Local().Format(time.DateTime), e.Type, e.Subject, e.ID, shorten(string(e.Data), 60))
				}
				return w.Flush()
			})
		},
	}
	c.Flags().StringVar(&topic, "topic", "", "only events of this topic and version, such as tickets.v1.ticket.solved")
	c.Flags().StringVar(&subject, "subject", "", "only events about this, such as the number of a ticket")
	c.Flags().IntVarP(&n, "number", "n", 50, "how many at most; 0 is all")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// withEngine connects to the engine: to that of the process that runs the project or, where none does, to one that is started here for the moment.
func (p *program) withEngine(ctx context.Context, do func(*Process, *jetstream.Engine) error) (err error) {
	p.options.Calling = true
	process, err := New(p.project, p.options)
	if err != nil {
		return err
	}
	folder := filepath.Join(process.options.Data, "events")
	if _, err := os.Stat(folder); process.options.Environ("NATS_URL") == "" && errors.Is(err, fs.ErrNotExist) {
		return do(process, nil) // nobody has published anything
	}
	engine, err := process.openEngine(ctx)
	if err != nil {
		return fmt.Errorf("events: %w", err)
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	if err := engine.Check(ctx); err != nil {
		return fmt.Errorf("events: %w", err)
	}
	return do(process, engine)
}

// retained returns what the engine keeps of the topics of the project. A nil engine keeps nothing.
func (p *Process) retained(ctx context.Context, engine *jetstream.Engine, w events.Wanted) ([]events.Retained, error) {
	found := []events.Retained{}
	var kinds []string
	for _, a := range p.apps {
		for _, announced := range a.Publishes {
			kinds = append(kinds, announced.String())
		}
	}
	if w.Type != "" && !slices.Contains(kinds, w.Type) {
		return nil, fmt.Errorf("nobody publishes a topic %q; there are %s", w.Type, strings.Join(kinds, ", "))
	}
	for _, a := range p.apps {
		if engine == nil || len(a.Publishes) == 0 || w.Type != "" && !strings.HasPrefix(w.Type, a.Name+".") {
			continue
		}
		w.Stream = a.Name
		more, err := events.List(ctx, engine, w)
		if err != nil {
			return nil, fmt.Errorf("events of %s: %w", a.Name, err)
		}
		found = append(found, more...)
	}
	slices.SortStableFunc(found, func(a, b events.Retained) int { return b.Time.Compare(a.Time) })
	if w.Limit > 0 && len(found) > w.Limit {
		found = found[:w.Limit]
	}
	return found, nil
}

// reading is how far a consumer has come.
type reading struct {
	events.Reading
	App       string `json:"app"`
	Published uint64 `json:"published"` // the position of the newest event of the stream
	Done      uint64 `json:"done"`      // everything up to this position has been dealt with
	Lag       uint64 `json:"lag"`       // events yet to be dealt with
	InFlight  int    `json:"in_flight"` // of those, on their way at this moment
	Begun     bool   `json:"begun"`     // whether it has ever been there
}

func (p *program) eventsConsumers() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "consumers",
		Short:   "Show who consumes what, and how far each has come",
		Long:    "Show who consumes which topic, how far each has come, and how many events it has yet to deal with.",
		Example: "  company events consumers\n  company events consumers --json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.withEngine(c.Context(), func(process *Process, engine *jetstream.Engine) error {
				readings, err := process.readings(c.Context(), engine)
				if err != nil {
					return err
				}
				if asJSON {
					return p.printJSON(readings)
				}
				w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
				fmt.Fprintln(w, "APP\tCONSUMES\tDONE\tLAG\tIN FLIGHT")
				for _, r := range readings {
					if !r.Begun {
						fmt.Fprintf(w, "%s\t%s\thas not begun\t\t\n", r.App, r.Type)
						continue
					}
					fmt.Fprintf(w, "%s\t%s\t%d of %d\t%d\t%d\n", r.App, r.Type, r.Done, r.Published, r.Lag, r.InFlight)
				}
				return w.Flush()
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func (p *Process) readings(ctx context.Context, engine *jetstream.Engine) ([]reading, error) {
	var streams []jetstream.Stream
	if engine != nil {
		var err error
		if streams, err = engine.Streams(ctx); err != nil {
			return nil, err
		}
	}
	readings := []reading{}
	for _, a := range p.apps {
		if a.box == nil {
			continue
		}
		for _, reads := range a.box.Reads() {
			r := reading{Reading: reads, App: a.Name}
			for _, s := range streams {
				for _, c := range s.Consumers {
					if s.Name == reads.Stream && c.Name == reads.Position {
						r.Begun, r.Published, r.Done, r.Lag, r.InFlight = true, s.Last, c.Done, c.Lag(), c.InFlight
					}
				}
			}
			readings = append(readings, r)
		}
	}
	return readings, nil
}

// shorten returns the first n characters of a text.
func shorten(text string, n int) string {
	if runes := []rune(text); len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return text
}

// shown is an event and what became of it.
type shown struct {
	events.Retained
	Versions []string  `json:"versions"` // the types that it is retained as
	Outbox   string    `json:"outbox"`
	Handling []handled `json:"consumers"`
}

// handled is what became of an event with one consumer.
type handled struct {
	Consumer string `json:"consumer"`
	State    string `json:"state"` // handled, not yet, failed, dead, or elsewhere
	Detail   string `json:"detail,omitempty"`
}

func (p *program) eventsShow() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "show ID",
		Short:   "Show an event, and what became of it",
		Long:    `Show an event, its place in the outbox of the app that has published it, and what became of it with each consumer in this data folder.`,
		Example: "  company events show 01980a2e-7f3b-7c11-9d5a-0b1c2d3e4f50",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.withEngine(c.Context(), func(process *Process, engine *jetstream.Engine) error {
				s, err := p.trace(c.Context(), process, engine, args[0])
				if err != nil {
					return err
				}
				if asJSON {
					return p.printJSON(s)
				}
				return p.printEvent(s)
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func (p *program) printEvent(s shown) error {
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	for _, row := range [][2]string{
		{"id", s.ID},
		{"type", strings.Join(s.Versions, ", ")},
		{"source", s.Source},
		{"subject", s.Subject},
		{"time", s.Time.Format(time.RFC3339Nano)},
		{"position", fmt.Sprintf("%d of stream %s", s.Position, s.Stream)},
		{"outbox", s.Outbox},
	} {
		fmt.Fprintf(w, "%s\t%s\n", row[0], row[1])
	}
	for _, h := range s.Handling {
		fmt.Fprintf(w, "%s\t%s\n", h.Consumer, strings.TrimSuffix(h.State+": "+h.Detail, ": "))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	pretty, err := json.MarshalIndent(s.Data, "", "  ")
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "\n%s\n", pretty)
	return nil
}
