package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/contract"
	"github.com/spinoff-go/spinoff/contract/usage"
)

// removal is how an endpoint is looked at before it may go.
type removal struct {
	days  int      // how long nobody must have called it
	locks []string // patterns of lock files besides those of the project's own apps
}

// addFlags adds the flags of a command that asks whether an endpoint may go.
func (r *removal) addFlags(c *cobra.Command) {
	c.Flags().IntVar(&r.days, "days", 30, "how many days nobody must have called it, without a gap")
	c.Flags().StringSliceVar(&r.locks, "locks", nil, "lock files of consumers elsewhere, such as '../*/contracts.lock.json'; those of the project's apps always count")
}

func (p *program) contractRetire() *cobra.Command {
	var r removal
	var dryRun bool
	c := &cobra.Command{
		Use:   "retire ENDPOINT",
		Short: "Let an endpoint go whose time is over",
		Long: `Let an endpoint go: its sunset is past, nobody called it in the last days while the counts have no gap, and no lock file of a consumer names it. Each
of the three is said with figures; where one does not hold, nothing is done.

Then the frozen contract, apps/NAME/NAMEv1/contract.json, has its tombstone instead of it. From the next start on the path answers 410 with what to use
instead, and no other endpoint can take it. The endpoint itself has to be taken out of the source.`,
		Example: "  company contract retire faq.v1.create --dry-run\n  company contract retire faq.v1.create --days 90 --locks '../*/contracts.lock.json'",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			p.options.Calling = true
			process, err := New(p.project, p.options)
			if err != nil {
				return err
			}
			return p.retire(c.Context(), process, args[0], r, dryRun)
		},
	}
	r.addFlags(c)
	c.Flags().BoolVar(&dryRun, "dry-run", false, "only say whether it may go")
	return c
}

func (p *program) retire(ctx context.Context, process *Process, name string, r removal, dryRun bool) error {
	source, err := contract.FindSource(".")
	if err != nil {
		return err
	}
	target, err := process.retiring(name, source)
	if err != nil {
		return err
	}
	conditions, err := process.mayGo(ctx, name, target.Deprecated, source, r)
	if err != nil {
		return err
	}
	refused := p.printConditions(p.stdout, conditions)
	switch {
	case refused:
		fmt.Fprintf(p.stdout, "%s stays\n", name)
		return errTold
	case dryRun:
		fmt.Fprintf(p.stdout, "%s may go\n", name)
		return nil
	}
	tombstone := usage.Retired{Path: target.Path, Method: target.Method, On: process.options.Now().UTC().Format(time.DateOnly), Successor: target.Deprecated.Successor}
	usage.Bury(target.document, tombstone)
	if err := os.WriteFile(target.file, target.document.Text(), 0o644); err != nil { //nolint:gosec // it is source
		return err
	}
	fmt.Fprintf(p.stdout, "%s is retired: its tombstone is in %s\n", name, target.shown)
	if process.provides(name) {
		fmt.Fprintf(p.stdout, "Now take it out of %s and of what the app provides; the project does not start before.\n", filepath.Dir(target.shown))
	}
	return nil
}

// printConditions says what holds, and reports whether something does not.
func (p *program) printConditions(out io.Writer, conditions []usage.Condition) (refused bool) {
	for _, c := range conditions {
		word := p.paint(green, "yes")
		if !c.Holds {
			word, refused = p.paint(red, "no "), true
		}
		fmt.Fprintf(out, "%s  %-6s  %s\n", word, c.About, c.Detail)
	}
	return refused
}

// target is an endpoint in a frozen contract that is to go.
type target struct {
	usage.Announced
	document    contract.Document
	file, shown string // where the contract is; the second from the root of the source, for people
}

// retiring finds an endpoint, "faq.v1.create", in its frozen contract in the source.
func (p *Process) retiring(name string, source contract.Source) (t target, err error) {
	service, short, err := splitName(name)
	if err != nil {
		return t, err
	}
	if p.find(service.Name) == nil {
		return t, fmt.Errorf("there is no app %q; there are %s", service.Name, strings.Join(p.names(), ", "))
	}
	t.shown = filepath.Join(contractFolder(service), contract.FileName)
	t.file = filepath.Join(source.Root, t.shown)
	text, err := os.ReadFile(filepath.Clean(t.file))
	if errors.Is(err, fs.ErrNotExist) {
		return t, fmt.Errorf("%s is not released: there is no %s. What is not released may be changed and removed at any time", service, t.shown)
	}
	if err == nil {
		t.document, err = contract.Parse(text)
	}
	if err != nil {
		return t, fmt.Errorf("%s: %w", t.shown, err)
	}
	var there bool
	if t.Announced, there = usage.Announcements(t.document)[short]; !there {
		return t, fmt.Errorf("%s has no endpoint %q; was it retired already?", t.shown, short)
	}
	if d := p.deprecationOf(name); d != nil {
		t.Deprecated = d
	}
	return t, nil
}

// contractFolder returns where the contract package of a service is, from the root of the source.
func contractFolder(s spinoff.Service) string {
	return filepath.Join("apps", s.Name, fmt.Sprintf("%sv%d", s.Name, s.Version))
}

// splitName reads the full name of an endpoint.
func splitName(name string) (service spinoff.Service, short string, err error) {
	parts := strings.SplitN(name, ".", 3)
	if len(parts) == 3 {
		service.Name, short = parts[0], parts[2]
		service.Version, err = strconv.Atoi(strings.TrimPrefix(parts[1], "v"))
	}
	if err != nil || len(parts) != 3 || service.Version < 1 {
		return service, "", fmt.Errorf("%q is no endpoint; one is called service.version.endpoint, such as faq.v1.create", name)
	}
	return service, short, nil
}

// deprecationOf returns what the source says of the end of an endpoint: newer than what was frozen.
func (p *Process) deprecationOf(name string) *spinoff.Deprecation {
	for _, a := range p.apps {
		for _, op := range a.provider.Operations() {
			if op.FullName() == name {
				return op.Deprecated
			}
		}
	}
	return nil
}

// mayGo returns the conditions under which an endpoint may go, d being what was announced of its end.
func (p *Process) mayGo(ctx context.Context, name string, d *spinoff.Deprecation, source contract.Source, r removal) ([]usage.Condition, error) {
	service, _, err := splitName(name)
	if err != nil {
		return nil, err
	}
	if r.days < 1 || r.days > maxDays {
		return nil, fmt.Errorf("--days %d: there are counts of 1 to %d days", r.days, maxDays)
	}
	c := usage.Candidate{Name: name, Deprecated: d, Days: r.days}
	c.Report, err = p.usesOf(ctx, p.find(service.Name), r.days)
	if isUncounted(err) {
		c.Uncounted, err = err, nil
	}
	if err != nil {
		return nil, err
	}
	if c.Locks, err = usage.CollectLocks(r.locks); err != nil {
		return nil, err
	}
	for _, a := range p.apps {
		lock, err := usage.ReadLock(filepath.Join(source.Root, "apps", a.Name, usage.LockFile))
		switch {
		case err == nil:
			c.Locks = append(c.Locks, lock)
		case !errors.Is(err, fs.ErrNotExist):
			return nil, err
		case slices.Contains(a.Uses, service):
			c.Unlocked = append(c.Unlocked, a.Name)
		}
	}
	return usage.MayGo(c, p.options.Now()), nil
}
