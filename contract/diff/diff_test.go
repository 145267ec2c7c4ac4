package diff_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/spinoff-go/spinoff/contract/diff"
	"github.com/spinoff-go/spinoff/contract/openapi"
)

// today is the day of the tests: sunsets are compared with it.
var today = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)

func parse(t *testing.T, name, text string) *openapi.Document {
	t.Helper()
	d, err := openapi.Parse(name, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func compare(t *testing.T, old, changed string) diff.Report {
	t.Helper()
	return diff.Compare(parse(t, "old", old), parse(t, "new", changed), diff.Options{Now: today})
}

// rules lists what was found, as "severity rule".
func rules(r diff.Report) string {
	var all []string
	for _, f := range r.Findings {
		all = append(all, f.Severity.String()+" "+f.Rule)
	}
	return strings.Join(all, ", ")
}

func TestNothingChanged(t *testing.T) {
	rich := read(t, "testdata/rich.yaml")
	if r := compare(t, rich, rich); len(r.Findings) > 0 {
		t.Errorf("a document compared with itself: got %s, want nothing", rules(r))
	}
}
