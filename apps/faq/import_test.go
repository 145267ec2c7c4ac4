package faq_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/faq"
	"github.com/spinoff-go/spinoff/run"
)

// importFile takes in a file as the command line does, and returns what it says.
func importFile(t *testing.T, data, path string) (spinoff.Progress, error) {
	t.Helper()
	var imports *spinoff.Import
	project := spinoff.Project{Apps: []spinoff.New{func(env spinoff.Env) (spinoff.App, error) {
		app, err := faq.New(env)
		imports = app.Imports
		return app, err
	}}}
	process, err := run.New(project, run.Options{Data: data})
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := process.Close(); err != nil {
			t.Error(err)
		}
	}()
	return imports.Run(t.Context(), path, func(spinoff.Progress) {})
}

// TestImportDumps takes in real dumps whole, and again, which changes nothing.
func TestImportDumps(t *testing.T) {
	for site, want := range map[string]map[string]int64{
		"stackexchange-beer":         {"entries added": 644, "without answer": 19},
		"stackexchange-conlang-meta": {"entries added": 49, "without answer": 5},
	} {
		t.Run(site, func(t *testing.T) {
			path := filepath.Join("..", "..", "..", "shared", "data", "faq", site)
			if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
				t.Skipf("the dump %s is not here: it belongs into ../shared/data/faq", site)
			}
			data := t.TempDir()
			first, err := importFile(t, data, path)
			if err != nil {
				t.Fatalf("import: %v", err)
			}
			t.Logf("first time: %v", first.Counts)
			if diff := cmp.Diff(want, first.Counts); diff != "" || first.Read != first.Total || first.Total == 0 {
				t.Errorf("first time, %d of %d bytes (-want +got):\n%s", first.Read, first.Total, diff)
			}
			again, err := importFile(t, data, filepath.Join(path, "Posts.xml"))
			if want := map[string]int64{"already there": want["entries added"] + want["without answer"]}; err != nil || !maps.Equal(again.Counts, want) {
				t.Errorf("second time: %v, %v; want %v", again.Counts, err, want)
			}
		})
	}
}

func TestImportRefuses(t *testing.T) {
	folder := t.TempDir()
	broken := filepath.Join(folder, "Posts.xml")
	row := `<row Id="%d" PostTypeId="1" CreationDate="2026-01-01T00:00:00.000" Score="1" Title="Question number %d of many?" Body="&lt;p&gt;x&lt;/p&gt;" Tags="&lt;a&gt;" />` + "\n"
	text := "<posts>\n" + fmt.Sprintf(row, 1, 1) + fmt.Sprintf(row, 2, 2) + `<row Id="3" PostTypeId="1" Ti`
	if err := os.WriteFile(broken, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	progress, err := importFile(t, data, broken)
	if err == nil || progress.Counts["without answer"] != 2 {
		t.Errorf("a dump that breaks off: %v, %v; want an error and 2 drafts", progress.Counts, err)
	}
	if _, err := importFile(t, data, filepath.Join(folder, "nothing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}
