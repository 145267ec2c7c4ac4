package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/events"
)

// failure is an event that could not be handled, and the app in whose database it is.
type failure struct {
	events.Failed
	app stored
}

func (p *program) eventsDead() *cobra.Command {
	var all, asJSON bool
	c := &cobra.Command{
		Use:   "dead",
		Short: "List the events that could not be handled",
		Long: `List the events that a consumer could not handle however often it tried: they wait for people. The first line of each error says why; --json has the
event's data and the stack of a panic too.`,
		Example: "  company events dead\n  company events dead --all          # also those that are still tried again by themselves\n  company events dead --json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.withFailures(c.Context(), func(failures []failure) error {
				failures = slices.DeleteFunc(failures, func(f failure) bool { return !all && !f.Dead() })
				if asJSON {
					plain := []events.Failed{}
					for _, f := range failures {
						plain = append(plain, f.Failed)
					}
					return p.printJSON(plain)
				}
				if len(failures) == 0 {
					fmt.Fprintln(p.stdout, "none")
					return nil
				}
				w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
				fmt.Fprintln(w, "ID\tCONSUMER\tSUBJECT\tPUBLISHED\tTRIES\tNEXT TRY\tERROR")
				for _, f := range failures {
					first, _, _ := strings.Cut(f.Error, "\n")
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\t%s\n", f.ID, f.Consumer, f.Subject, data.Time(f.At).Local().Format(time.DateTime), f.Tries, nextTry(f.Failed), shorten(first, 100))
				}
				return w.Flush()
			})
		},
	}
	c.Flags().BoolVar(&all, "all", false, "also those that are still tried again")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// withFailures hands over the failed events of all apps here.
func (p *program) withFailures(ctx context.Context, do func([]failure) error) (err error) {
	all, err := p.databases(nil)
	if err != nil {
		return err
	}
	open, closeAll, err := openThere(ctx, slices.DeleteFunc(all, func(s stored) bool { return s.box == nil }))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeAll()) }()
	var failures []failure
	for _, s := range open {
		found, err := events.ListFailed(ctx, s.db, everything)
		if err != nil {
			return fmt.Errorf("app %s: %w", s.Name, err)
		}
		for _, f := range found {
			failures = append(failures, failure{f, s})
		}
	}
	return do(failures)
}

// choose returns the failures with the ids, of one consumer where that is named.
func choose(failures []failure, ids []string, consumer string) ([]failure, error) {
	var chosen []failure
	for _, id := range ids {
		found := slices.DeleteFunc(slices.Clone(failures), func(f failure) bool { return f.ID != id || consumer != "" && f.Consumer != consumer })
		if len(found) == 0 && consumer != "" {
			return nil, fmt.Errorf("no event %s has failed with consumer %s; see events dead --all", id, consumer)
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("no event %s has failed; see events dead --all", id)
		}
		chosen = append(chosen, found...)
	}
	return chosen, nil
}

func (p *program) eventsReplay() *cobra.Command {
	var all bool
	var consumer, file string
	c := &cobra.Command{
		Use:   "replay ID... | --all",
		Short: "Try events again that could not be handled",
		Long: `Ask for another try of events that could not be handled: by all consumers that failed, or by one. A running project makes it within a second, one that does
not run at its next start. --all is every dead event. --data puts other data in the place of the event's, which must keep to the contract.`,
		Example: `  company events replay 01980a2e-7f3b-7c11-9d5a-0b1c2d3e4f50
  company events replay --all --consumer faqcreator:tickets.ticket.solved
  company events replay 01980a2e-7f3b-7c11-9d5a-0b1c2d3e4f50 --data corrected.json`,
		RunE: func(c *cobra.Command, ids []string) error {
			if all == (len(ids) > 0) {
				return errors.New("say which events: their ids, as events dead lists them, or --all")
			}
			replaced, err := p.replacement(file, ids)
			if err != nil {
				return err
			}
			return p.withFailures(c.Context(), func(failures []failure) error {
				if all {
					failures = slices.DeleteFunc(failures, func(f failure) bool { return !f.Dead() || consumer != "" && f.Consumer != consumer })
				} else if failures, err = choose(failures, ids, consumer); err != nil {
					return err
				}
				return p.replay(c.Context(), failures, replaced)
			})
		},
	}
	c.Flags().BoolVar(&all, "all", false, "every dead event")
	c.Flags().StringVar(&consumer, "consumer", "", "only with this consumer")
	c.Flags().StringVar(&file, "data", "", "file with data, as JSON, for the place of the event's; - is standard input")
	return c
}

// replacement reads the data that takes the place of an event's; "" where none is given.
func (p *program) replacement(file string, ids []string) (string, error) {
	var text []byte
	var err error
	switch {
	case file == "":
		return "", nil
	case len(ids) != 1:
		return "", errors.New("--data is for one event: give its id")
	case file == "-":
		text, err = io.ReadAll(os.Stdin)
	default:
		text, err = os.ReadFile(filepath.Clean(file))
	}
	if err == nil && !json.Valid(text) {
		err = fmt.Errorf("--data %s: it is not JSON", file)
	}
	return string(text), err
}

func (p *program) replay(ctx context.Context, failures []failure, replaced string) error {
	for _, f := range failures {
		if replaced != "" {
			if err := f.app.box.Fits(f.Consumer, []byte(replaced)); err != nil {
				return fmt.Errorf("--data does not fit consumer %s: %w", f.Consumer, err)
			}
		}
	}
	for _, f := range failures {
		if err := events.Replay(ctx, f.app.db, f.Failed, replaced, time.Now()); err != nil {
			return err
		}
	}
	if len(failures) == 0 {
		fmt.Fprintln(p.stdout, "none is dead")
		return nil
	}
	fmt.Fprintf(p.stdout, "%s: within a second where the project runs, otherwise at its next start\n", count(len(failures), "event is tried again", "events are tried again"))
	return nil
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func (p *program) eventsDrop() *cobra.Command {
	var consumer string
	var yes bool
	c := &cobra.Command{
		Use:     "drop ID... --consumer NAME",
		Short:   "Give up events that could not be handled",
		Long:    "Give up events for a consumer that could not handle them. They never take effect there.",
		Example: "  company events drop 01980a2e-7f3b-7c11-9d5a-0b1c2d3e4f50 --consumer faqcreator:tickets.ticket.solved",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, ids []string) error {
			return p.withFailures(c.Context(), func(failures []failure) error {
				chosen, err := choose(failures, ids, consumer)
				if err != nil {
					return err
				}
				if err := p.confirm(fmt.Sprintf("%s will never take effect with %s.", count(len(chosen), "event", "events"), consumer), yes); err != nil {
					return err
				}
				for _, f := range chosen {
					if err := events.Drop(c.Context(), f.app.db, f.Failed); err != nil {
						return fmt.Errorf("event %s: %w", f.ID, err)
					}
				}
				fmt.Fprintln(p.stdout, count(len(chosen), "event is dropped", "events are dropped"))
				return nil
			})
		},
	}
	c.Flags().StringVar(&consumer, "consumer", "", "who gives them up, as events dead names it")
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	c.MarkFlagRequired("consumer") //nolint:errcheck // the flag is there
	return c
}
