package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/faqcreator"
	"github.com/spinoff-go/spinoff/run"
)

// TestLocksAreFresh: what the apps need of others is in their lock files. Where it is not, "company contract lock" writes it.
func TestLocksAreFresh(t *testing.T) {
	if code, out := lockCheck(t, Project()); code != 0 {
		t.Errorf("contract lock --check: exit code %d\n%s", code, out)
	}
}

func TestLockThatIsStale(t *testing.T) {
	project := Project()
	project.Apps[3] = func(env spinoff.Env) (spinoff.App, error) {
		app, err := faqcreator.New(env)
		app.Uses = append(app.Uses, spinoff.Service{Name: "faq", Version: 1}) // without a call in its source
		return app, err
	}
	code, out := lockCheck(t, project, "faqcreator")
	if want := `is stale; write it by "contract lock faqcreator"`; code != 1 || !strings.Contains(out, want) {
		t.Errorf("contract lock --check of a stale lock: got exit code %d, want 1\n%s\nwant %q", code, out, want)
	}
}

func lockCheck(t *testing.T, project spinoff.Project, apps ...string) (code int, out string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	args := append([]string{os.Args[0], "--data", t.TempDir(), "contract", "lock", "--check"}, apps...)
	code = run.Execute(t.Context(), project, args, &stdout, &stderr)
	return code, stdout.String() + stderr.String()
}
