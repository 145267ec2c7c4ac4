package run

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func (p *program) restart() *cobra.Command {
	return &cobra.Command{
		Use:   "restart [APP]",
		Short: "Replace running processes without a failed request",
		Long: `Replace the running processes of this data folder, or only the one in which an app runs, without a failed request.

For each a successor is started from the program as it is on the disk now, which may be a newer version. It shares the socket of
the old process, which ends when the successor is ready and what it had begun is answered. A successor that does not get ready
leaves everything as it was. SIGHUP does the same to a process. It returns when the old processes answer nothing any more.`,
		Example: "  company restart\n  company restart faq",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return p.restartAll(c.Context())
			}
			return p.restartOne(c.Context(), args[0])
		},
	}
}

// restartAll replaces one process after the other; those that they have started come with them.
func (p *program) restartAll(ctx context.Context) error {
	found, err := p.running(ctx)
	if err != nil {
		return err
	}
	for _, c := range found {
		if c.status.Parent == 0 {
			if err := p.restartIn(ctx, c, ""); err != nil {
				return err
			}
		}
	}
	return nil
}

// restartOne replaces the processes in which an app runs: several where it has replicas here.
func (p *program) restartOne(ctx context.Context, app string) error {
	found, err := p.running(ctx)
	if err != nil {
		return err
	}
	var tops []*controlled
	var known []string
	for _, c := range found {
		for _, a := range c.status.Apps {
			known = append(known, a.Name)
		}
		if top := topOf(c, found); c.status.runs(app) && !slices.Contains(tops, top) {
			tops = append(tops, top)
		}
	}
	slices.Sort(known)
	switch known = slices.Compact(known); {
	case !slices.Contains(known, app):
		return fmt.Errorf("there is no app %q; there are %s", app, strings.Join(known, ", "))
	case len(tops) == 0:
		return fmt.Errorf("app %s runs in no process of this data folder; company status shows where it answers", app)
	}
	for _, c := range tops {
		if err := p.restartIn(ctx, c, app); err != nil {
			return err
		}
	}
	return nil
}

// runs reports whether an app runs in the process, or would in a child of it that has ended.
func (s *processStatus) runs(app string) bool {
	return slices.ContainsFunc(s.Apps, func(a appStatus) bool { return a.Name == app && a.State == stateHere }) ||
		slices.ContainsFunc(s.Children, func(c childStatus) bool { return slices.Contains(c.Apps, app) })
}

// topOf returns the process that somebody has started and that looks after c: c itself, or its parent, or that one's.
func topOf(c *controlled, all []*controlled) *controlled {
	i := slices.IndexFunc(all, func(other *controlled) bool { return other.status.PID == c.status.Parent })
	if i < 0 {
		return c
	}
	return topOf(all[i], all)
}

// restartIn has a process do it. app is "" for all of it.
func (p *program) restartIn(ctx context.Context, c *controlled, app string) error {
	began := time.Now()
	if err := c.do(ctx, "POST /restart", restartWish{app}, nil); err != nil {
		return err
	}
	what := app
	if what == "" {
		what = fmt.Sprintf("process %d", c.status.PID)
	}
	fmt.Fprintf(p.stdout, "restarted %s in %s\n", what, time.Since(began).Round(time.Millisecond))
	return nil
}
