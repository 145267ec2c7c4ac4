package run

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/contract"
	"github.com/spinoff-go/spinoff/contract/usage"
)

// removed is an endpoint that a frozen contract has, and the source has not.
type removed struct {
	name       string
	deprecated *spinoff.Deprecation // as it was frozen
}

// checkRemoved refuses endpoints that were taken out of the source before they were retired: also those of a version that is not there any more.
func (p *program) checkRemoved(ctx context.Context, apps []string, r removal, asJSON bool) error {
	process, err := New(p.project, p.options)
	if err != nil {
		return err
	}
	source, err := contract.FindSource(".")
	if err != nil {
		return err
	}
	out := p.stdout
	if asJSON {
		out = p.stderr
	}
	for _, a := range process.apps {
		if len(apps) > 0 && !slices.Contains(apps, a.Name) {
			continue
		}
		gone, failed := a.removed(source)
		if failed != nil {
			return failed
		}
		for _, one := range gone {
			if failed := p.tellRemoved(ctx, process, one, source, r, out); failed != nil {
				return failed
			}
			err = exit(exitFailed)
		}
	}
	return err
}

// tellRemoved says what stands against a removal, or what is left to do.
func (p *program) tellRemoved(ctx context.Context, process *Process, one removed, source contract.Source, r removal, out io.Writer) error {
	conditions, err := process.mayGo(ctx, one.name, one.deprecated, source, r)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s is in the frozen contract and not in the source:\n", one.name)
	if p.printConditions(out, conditions) {
		fmt.Fprintf(out, "It may not go: put it back. Its time is over when all three hold.\n")
		return nil
	}
	fmt.Fprintf(out, "It may go: write its tombstone by \"contract retire %s\".\n", one.name)
	return nil
}

// removed returns the endpoints in the frozen contracts of an app that it does not provide, by name.
func (a *placed) removed(source contract.Source) ([]removed, error) {
	files, err := filepath.Glob(filepath.Join(source.Root, "apps", a.Name, a.Name+"v*", contract.FileName))
	if err != nil {
		return nil, err
	}
	var all []removed
	for _, file := range files {
		text, err := os.ReadFile(filepath.Clean(file))
		if err != nil {
			return nil, err
		}
		frozen, err := contract.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		announced := usage.Announcements(frozen)
		for _, short := range slices.Sorted(maps.Keys(announced)) {
			name := fmt.Sprintf("%s.%s", frozen["x-service"], short)
			provided := func(op spinoff.Operation) bool { return op.FullName() == name }
			if !slices.ContainsFunc(a.provider.Operations(), provided) {
				all = append(all, removed{name, announced[short].Deprecated})
			}
		}
	}
	return all, nil
}
