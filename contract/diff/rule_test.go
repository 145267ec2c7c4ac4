package diff_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/spinoff-go/spinoff/contract/diff"
)

// example is one of testdata/rules: a comment, an old document, a breaking and a sound change of it.
type example struct {
	comment string
	files   map[string]string
}

// examples reads a folder of testdata. A file that is no document is a schema: it becomes that of a body, a request's where
// the name of the example begins with request.
func examples(t *testing.T, folder string) map[string]example {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", folder, "*.txtar"))
	if err != nil || len(names) == 0 {
		t.Fatalf("testdata/%s has no examples (%v)", folder, err)
	}
	all := map[string]example{}
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		rule := strings.TrimSuffix(filepath.Base(name), ".txtar")
		e := example{comment: strings.TrimSpace(string(archive.Comment)), files: map[string]string{}}
		for _, f := range archive.Files {
			e.files[strings.TrimSuffix(f.Name, ".yaml")] = string(f.Data)
		}
		all[rule] = e
	}
	return all
}

// wholeDocument puts a schema into a document, as what consumers send or read.
func wholeDocument(text string, request bool) string {
	if strings.HasPrefix(text, "openapi:") {
		return text
	}
	schema := "                " + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n                ") + "\n"
	if request {
		return `openapi: 3.1.1
info: {title: example, version: "1"}
paths:
  /things:
    post:
      requestBody:
        required: true
        content:
          application/json:
              schema:
` + schema + `      responses: {"204": {description: done}}
`
	}
	return `openapi: 3.1.1
info: {title: example, version: "1"}
paths:
  /things:
    get:
      responses:
        "200":
          description: ok
          content:
            application/json:
              schema:
` + schema
}

// TestRules: each rule has an example of a change that it refuses, and of one that is sound.
func TestRules(t *testing.T) {
	known := map[string]bool{}
	for _, r := range diff.Rules() {
		known[r.ID] = true
	}
	all := examples(t, "rules")
	for _, r := range diff.Rules() {
		if _, there := all[r.ID]; !there {
			t.Errorf("the rule %s has no example in testdata/rules", r.ID)
		}
	}
	for rule, e := range all {
		if !known[rule] {
			t.Errorf("testdata/rules/%s.txtar is for no rule", rule)
			continue
		}
		document := func(name string) string { return wholeDocument(e.files[name], strings.HasPrefix(rule, "request-")) }
		breaking := compare(t, document("old"), document("breaking"))
		found := false
		for _, f := range breaking.Findings {
			found = found || f.Rule == rule && f.Severity >= diff.Unknown
		}
		if !found {
			t.Errorf("%s, breaking: found %s", rule, rules(breaking))
		}
		if breaking.Verdict() < diff.Unknown || breaking.ExitCode() == 0 {
			t.Errorf("%s, breaking: verdict %s, exit code %d", rule, breaking.Verdict(), breaking.ExitCode())
		}
		if sound := compare(t, document("old"), document("sound")); sound.Verdict() > diff.Allowed || sound.ExitCode() != 0 {
			t.Errorf("%s, sound: found %s", rule, rules(sound))
		}
	}
}
