package run

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

func (p *program) status() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "status",
		Short: "Show the running processes of the project and their apps",
		Long: `Show the processes that run on this machine with this data folder: where each answers, whether it is ready, since when
it runs and in which version; and the apps, with where each of them is.

Exit code 1 says that nothing runs, or that something does not do what it should.`,
		Example: "  company status\n  company status --data /srv/company/data\n  company status --json",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return p.showStatus(c.Context(), asJSON) },
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func (p *program) showStatus(ctx context.Context, asJSON bool) error {
	found, err := p.running(ctx)
	if err != nil {
		return err
	}
	processes := []processStatus{}
	for _, c := range found {
		processes = append(processes, c.status)
	}
	if asJSON {
		err = p.printJSON(processes)
	} else {
		p.printProcesses(processes)
		p.printApps(processes)
	}
	if err == nil && slices.ContainsFunc(processes, func(s processStatus) bool { return !s.well() }) {
		err = exit(exitFailed)
	}
	return err
}

// running returns the running processes; that there are none is an error.
func (p *program) running(ctx context.Context) ([]*controlled, error) {
	found, err := controls(ctx, p.options.Data)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		folder, err := filepath.Abs(p.options.Data)
		return nil, errors.Join(err, fmt.Errorf("nothing runs here: no process of %s has the data folder %s; another one is named with --data", p.title(), folder))
	}
	return found, nil
}

func (p *program) printProcesses(processes []processStatus) {
	table := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "PROCESS\tSTATE\tADDRESS\tUP\tVERSION\tAPPS")
	for _, s := range processes {
		var here []string
		for _, a := range s.Apps {
			if a.State == stateHere {
				here = append(here, a.Name)
			}
		}
		up := time.Since(s.Started).Round(time.Second)
		if remark := s.remark(processes); remark != "" {
			here = append(here, "("+remark+")")
		}
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\n", s.PID, s.State, s.Address, up, s.Version, strings.Join(here, " "))
	}
	table.Flush()
	for _, s := range processes {
		for _, c := range s.Children {
			if c.State != childReady && c.Problem != "" {
				fmt.Fprintf(p.stdout, "\n%s is %s: %s\n", strings.Join(c.Apps, ", "), c.State, c.Problem)
			}
		}
	}
}

// well reports whether the process, and those that it looks after, do what they should.
func (s *processStatus) well() bool {
	failing := func(c childStatus) bool { return c.State != childReady }
	return s.State != stateUnavailable && !slices.ContainsFunc(s.Children, failing)
}

// remark says what the process has to do with the others.
func (s *processStatus) remark(all []processStatus) string {
	if s.State == stateKeeper {
		return fmt.Sprintf("keeps %d", s.Children[0].PID)
	}
	for _, parent := range all {
		for _, c := range parent.Children {
			if c.PID == s.PID && c.Restarts > 0 {
				return fmt.Sprintf("of %d, restarts: %d", parent.PID, c.Restarts)
			}
		}
	}
	if s.Parent != 0 {
		return fmt.Sprintf("of %d", s.Parent)
	}
	return ""
}

// printApps prints where each app is: in which of the processes, else where they say that it answers.
func (p *program) printApps(processes []processStatus) {
	table := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\nAPP\tPROCESS\tHEALTH\tANSWERS")
	elsewhere := map[string]string{}
	var names []string
	for _, s := range processes {
		for _, a := range s.Apps {
			if !slices.Contains(names, a.Name) {
				names = append(names, a.Name)
			}
			if a.State != stateHere && elsewhere[a.Name] == "" {
				elsewhere[a.Name] = a.State
			}
		}
	}
	for _, name := range names {
		shown := false
		for _, s := range processes {
			for _, a := range s.Apps {
				if a.Name == name && a.State == stateHere {
					fmt.Fprintf(table, "%s\t%d\t%s\t%s\n", name, s.PID, a.Health, s.Address)
					shown = true
				}
			}
		}
		if !shown {
			fmt.Fprintf(table, "%s\t-\t-\t%s\n", name, elsewhere[name])
		}
	}
	table.Flush()
}
