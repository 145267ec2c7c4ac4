package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/contract"
	"github.com/spinoff-go/spinoff/contract/usage"
)

func (p *program) contractLock() *cobra.Command {
	var check bool
	c := &cobra.Command{
		Use:   "lock [APP...]",
		Short: "Write down what apps need of the services of others",
		Long: `Write contracts.lock.json beside each app that uses services of others: which endpoints its source calls, the hash of their frozen contracts, and as far
as can be seen which fields it sends and reads; "*" is perhaps any. Providers collect these files, and remove nothing that one of them names.

The source is that of the folder apps/NAME of the module around the current folder. It has to compile, and needs the go command.`,
		Example: "  company contract lock\n  company contract lock faqcreator\n  company contract lock --check",
		RunE: func(c *cobra.Command, args []string) error {
			p.options.Calling = true
			process, err := New(p.project, p.options)
			if err != nil {
				return err
			}
			apps, err := process.consumers(args)
			if err != nil {
				return err
			}
			source, err := contract.FindSource(".")
			if err != nil {
				return err
			}
			stale := false
			for _, a := range apps {
				fresh, err := p.lock(c.Context(), process, a, source, check)
				if err != nil {
					return fmt.Errorf("app %s: %w", a.Name, err)
				}
				stale = stale || !fresh
			}
			if stale {
				return errTold
			}
			return nil
		},
	}
	c.Flags().BoolVar(&check, "check", false, "write nothing; the exit code is 1 where a file is not as it would be written")
	return c
}

// consumers returns the named apps, or all that use services of others.
func (p *Process) consumers(names []string) ([]*placed, error) {
	var found []*placed
	for _, name := range names {
		if p.find(name) == nil {
			return nil, fmt.Errorf("there is no app %q; there are %s", name, strings.Join(p.names(), ", "))
		}
	}
	for _, a := range p.apps {
		if slices.Contains(names, a.Name) || len(names) == 0 && len(a.Uses) > 0 {
			found = append(found, a)
		}
	}
	return found, nil
}

// lock writes the lock file of one app, or compares it, and reports whether it is as it should be.
func (p *program) lock(ctx context.Context, process *Process, a *placed, source contract.Source, check bool) (fresh bool, err error) {
	folder := filepath.Join(source.Root, "apps", a.Name)
	lock, err := usage.MakeLock(ctx, a.Name, a.Uses, folder, process.hashOf)
	if err != nil {
		return false, err
	}
	path := filepath.Join(folder, usage.LockFile)
	before, err := os.ReadFile(filepath.Clean(path))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	shown := filepath.Join("apps", a.Name, usage.LockFile)
	switch {
	case bytes.Equal(before, lock.Text()):
		fmt.Fprintf(p.stdout, "%s is up to date\n", shown)
		return true, nil
	case check:
		fmt.Fprintf(p.stdout, "%s %s; write it by \"contract lock %s\"\n", shown, p.paint(red, staleness(before)), a.Name)
		return false, nil
	}
	if err := os.WriteFile(path, lock.Text(), 0o644); err != nil { //nolint:gosec // it is source
		return false, err
	}
	fmt.Fprintf(p.stdout, "%s: %s\n", shown, count(len(lock.Uses), "endpoint", "endpoints"))
	return true, nil
}

func staleness(before []byte) string {
	if before == nil {
		return "is missing"
	}
	return "is stale"
}

// hashOf returns the hash of the frozen contract of a service; "" where it is not released.
func (p *Process) hashOf(s spinoff.Service) string {
	for _, v := range p.Contracts() {
		if v.Service == s && v.Frozen != nil {
			if frozen, err := contract.Parse(v.Frozen); err == nil { // it was read at the start
				return frozen.Hash()
			}
		}
	}
	return ""
}
