package spinofftest

import (
	"testing"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/contract"
	"github.com/spinoff-go/spinoff/run"
)

// Contracts fails where a released contract of the project has changed: what its types say now is not what lies frozen beside them. A change that
// nobody notices is to be frozen anew, any other is to be made in a new version. A version that was never frozen is not released, and passes.
// It reads the source of the module that the test is in.
func Contracts(t *testing.T, project spinoff.Project) {
	t.Helper()
	process, err := run.New(project, run.Options{Data: t.TempDir(), Environ: func(string) string { return "" }, Calling: true})
	if err != nil {
		t.Fatalf("spinofftest.Contracts: %v", err)
	}
	source, err := contract.FindSource(".")
	if err != nil {
		t.Fatalf("spinofftest.Contracts: %v", err)
	}
	compare, err := run.CompareContracts(source)
	if err != nil {
		t.Fatalf("spinofftest.Contracts: %v", err)
	}
	for _, v := range process.Contracts() {
		if _, err := source.Folder(v); err != nil && v.Frozen == nil {
			continue // it is declared elsewhere, as in the test itself
		}
		state, err := source.Check(v, compare)
		switch {
		case err != nil:
			t.Errorf("contract of %s: %v", v.Service, err)
		case !state.Holds():
			t.Errorf("contract %s\nFreeze a change that nobody notices anew, with the project's program: contract freeze %s", state, v.Service.Name)
		}
	}
}
