package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/contract/usage"
	"github.com/spinoff-go/spinoff/data"
)

// usedApp is the uses of one app as "contract usage --json" prints them.
type usedApp struct {
	App       string         `json:"app"`
	Uncounted string         `json:"uncounted,omitempty"` // why nothing is known
	From      string         `json:"from,omitempty"`      // the first day
	Began     time.Time      `json:"began,omitzero"`      // when counting began
	Running   int            `json:"running"`             // processes that count at the moment
	Endpoints []usedEndpoint `json:"endpoints"`
	Gaps      []usage.Gap    `json:"gaps"`
}

type usedEndpoint struct {
	Name       string            `json:"name"`
	Deprecated *listedDeprecated `json:"deprecated,omitempty"`
	Here       bool              `json:"here"` // false for one that there was
	Consumers  []usage.Use       `json:"consumers"`
}

func (p *program) contractUsage() *cobra.Command {
	var asJSON bool
	var since string
	c := &cobra.Command{
		Use:   "usage [APP...]",
		Short: "Show who calls which endpoints, and since when nobody does",
		Long: `Show for each endpoint which consumers call it, how often, when they were last seen and how that has changed, as the databases of the apps have it.
Days are in UTC. The numbers are a few seconds old. A gap is a time in which calls may have been answered that were not counted, as when a process was killed.

A consumer is the app that calls, or who a program says it is by the header Spinoff-Consumer or the user in FAQ_API=http://support:secret@...; one that says
nothing is "unknown".`,
		Example: "  company contract usage\n  company contract usage faq --since 90d\n  company contract usage faq --since 2026-11-01 --json",
		RunE: func(c *cobra.Command, args []string) error {
			days, err := daysSince(since, time.Now())
			if err != nil {
				return err
			}
			p.options.Calling = true
			process, err := New(p.project, p.options)
			if err != nil {
				return err
			}
			all, err := process.usedApps(c.Context(), args, days)
			if err != nil {
				return err
			}
			if asJSON {
				return p.printJSON(all)
			}
			return p.printUsage(all)
		},
	}
	c.Flags().StringVar(&since, "since", "30d", "first day, as 2026-11-01, or how many days with today, as 30d")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// maxDays is how many days are shown at most: about as long as counts are kept.
const maxDays = 400

// daysSince reads a flag: how many days there are from then to now, both included.
func daysSince(text string, now time.Time) (days int, err error) {
	if _, failed := fmt.Sscanf(text, "%dd", &days); failed != nil || text != fmt.Sprintf("%dd", days) {
		from, failed := time.Parse(time.DateOnly, text)
		if failed != nil {
			return 0, fmt.Errorf("%q is neither a day, such as 2026-11-01, nor a number of days, such as 30d", text)
		}
		days = int(now.UTC().Sub(from)/(24*time.Hour)) + 1
	}
	if days < 1 || days > maxDays {
		return 0, fmt.Errorf("%q is %d days; there are counts of 1 to %d", text, days, maxDays)
	}
	return days, nil
}

// usedApps returns the uses of the named apps, or of all that have endpoints. Databases that are closed are opened for it.
func (p *Process) usedApps(ctx context.Context, names []string, days int) ([]usedApp, error) {
	for _, name := range names {
		if p.find(name) == nil {
			return nil, fmt.Errorf("there is no app %q; there are %s", name, strings.Join(p.names(), ", "))
		}
	}
	all := []usedApp{}
	for _, a := range p.apps {
		if len(a.Provides) == 0 || len(names) > 0 && !slices.Contains(names, a.Name) {
			continue
		}
		report, err := p.usesOf(ctx, a, days)
		used := usedApp{App: a.Name, Endpoints: []usedEndpoint{}, Gaps: []usage.Gap{}}
		switch {
		case isUncounted(err):
			used.Uncounted = err.Error()
		case err != nil:
			return nil, fmt.Errorf("app %s: %w", a.Name, err)
		default:
			used.From, used.Began, used.Running, used.Gaps = report.From.Format(time.DateOnly), report.Began, report.Running, report.Gaps
		}
		used.Endpoints = a.usedEndpoints(report.Uses)
		all = append(all, used)
	}
	return all, nil
}

// usesOf reads the uses of one app. The error is [uncounted] where nothing can be known of them here.
func (p *Process) usesOf(ctx context.Context, a *placed, days int) (r usage.Report, err error) {
	if why := a.whyUncounted(); why != nil {
		return r, why
	}
	db := a.Data.(*data.DB)
	if err := a.counter.Flush(ctx); err != nil { // what is counted is shown at once where the app runs in this process
		a.log.Warn("uses cannot be written down", "error", err)
	}
	r, err = usage.Read(ctx, db, p.options.Now(), days)
	if !errors.Is(err, data.ErrClosed) {
		return r, err
	}
	open, closeAll, err := openThere(ctx, []stored{{a, db}})
	if err != nil {
		return r, err
	}
	if len(open) == 0 {
		return r, uncounted("its database is made at the first start")
	}
	r, err = usage.Read(ctx, db, p.options.Now(), days)
	return r, errors.Join(err, closeAll())
}

// usedEndpoints sorts uses by the endpoints that there are; those that there were come last.
func (a *placed) usedEndpoints(uses []usage.Use) []usedEndpoint {
	all := []usedEndpoint{}
	place := map[string]int{}
	add := func(name string, d *spinoff.Deprecation, here bool) {
		place[name] = len(all)
		e := usedEndpoint{Name: name, Here: here, Consumers: []usage.Use{}}
		if d != nil {
			e.Deprecated = (*listedDeprecated)(d)
		}
		all = append(all, e)
	}
	for _, op := range a.provider.Operations() {
		add(op.FullName(), op.Deprecated, true)
	}
	for _, u := range uses {
		if _, known := place[u.Endpoint]; !known {
			add(u.Endpoint, nil, false)
		}
		e := &all[place[u.Endpoint]]
		e.Consumers = append(e.Consumers, u)
	}
	return all
}

func (p *program) printUsage(all []usedApp) error {
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	for i, app := range all {
		if i > 0 {
			fmt.Fprintln(w)
		}
		if app.Uncounted != "" {
			fmt.Fprintf(w, "%s: not counted: %s\n", app.App, app.Uncounted)
			continue
		}
		fmt.Fprintf(w, "%s since %s; counted since %s; %s\n", app.App, app.From, app.Began.Format(time.DateTime), count(app.Running, "process counts now", "processes count now"))
		for _, e := range app.Endpoints {
			p.printUsed(w, e)
		}
		for _, g := range app.Gaps {
			fmt.Fprintf(w, "  %s\n", p.paint(yellow, fmt.Sprintf("gap from %s to %s: %s", g.From.Format(time.DateTime), g.To.Format(time.DateTime), g.Why)))
		}
	}
	return w.Flush()
}

// printUsed prints one endpoint: a line for each consumer.
func (p *program) printUsed(w *tabwriter.Writer, e usedEndpoint) {
	if d := e.Deprecated; d != nil {
		fmt.Fprintf(w, "  %s is %s\n", e.Name, endOf((*spinoff.Deprecation)(d)))
	}
	name := e.Name
	if !e.Here {
		name += " (gone)"
	}
	if len(e.Consumers) == 0 {
		fmt.Fprintf(w, "  %s\tnobody\t0\n", name)
	}
	for _, u := range e.Consumers {
		fmt.Fprintf(w, "  %s\t%s\t%d\tlast %s\t%s\n", name, u.Consumer, u.Calls, u.Last.Format("2006-01-02 15:04"), bars(u.Days))
	}
}

// bars draws calls by day, or by several days where there are many, for a terminal.
func bars(days []int64) string {
	days = resample(days, 30)
	most := int64(1)
	for _, n := range days {
		most = max(most, n)
	}
	var b strings.Builder
	for _, n := range days {
		if n == 0 {
			b.WriteRune('·')
			continue
		}
		b.WriteRune([]rune("▁▂▃▄▅▆▇█")[(n*8-1)/most])
	}
	return b.String()
}

// resample sums days up so that at most so many columns are left.
func resample(days []int64, columns int) []int64 {
	each := (len(days) + columns - 1) / columns
	if each <= 1 {
		return days
	}
	sums := make([]int64, (len(days)+each-1)/each)
	for i, n := range days {
		sums[len(sums)-1-(len(days)-1-i)/each] += n
	}
	return sums
}
