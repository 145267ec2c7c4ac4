package diff_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spinoff-go/spinoff/contract/diff"
	"github.com/spinoff-go/spinoff/contract/openapi"
)

// TestPairs compares the documents of testdata/pairs: each folder there is a single change, below the verdict that is right for it. Who wrote
// them had not seen the comparer; why.txt says what each is about. open.txt lists those that the comparer still gets wrong: one that it gets
// right has to leave that list.
func TestPairs(t *testing.T) {
	open := strings.Fields(read(t, filepath.Join("testdata", "pairs", "open.txt")))
	breaking, sound := pairs(t, "breaking", open), pairs(t, "sound", open)
	t.Logf("breaking: %d of %d found, and of %d it cannot tell; sound: %d false alarms in %d, and of %d it cannot tell",
		breaking["breaking"], total(breaking), breaking["unknown"], sound["breaking"], total(sound), sound["unknown"])
}

// pairs compares the pairs of which one verdict is right, and counts what the comparer says.
func pairs(t *testing.T, right string, open []string) map[string]int {
	t.Helper()
	folders, err := filepath.Glob(filepath.Join("testdata", "pairs", right, "*"))
	if err != nil || len(folders) == 0 {
		t.Fatalf("no pairs below %s: %v", right, err)
	}
	said := map[string]int{}
	for _, folder := range folders {
		name := right + "/" + filepath.Base(folder)
		t.Run(name, func(t *testing.T) {
			report := diff.Compare(document(t, folder, "old"), document(t, folder, "new"), diff.Options{Now: today})
			got := verdict(report)
			said[got]++
			switch known := slices.Contains(open, name); {
			case got != right && !known:
				t.Errorf("Compare(old, new) = %s, want %s\n%s", got, right, findings(report))
			case got == right && known:
				t.Errorf("Compare(old, new) = %s, which is right: take it out of testdata/pairs/open.txt", got)
			}
		})
	}
	return said
}

func total(said map[string]int) (sum int) {
	for _, count := range said {
		sum += count
	}
	return sum
}

// document reads one side of a pair.
func document(t *testing.T, folder, side string) *openapi.Document {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, side+".*"))
	if err != nil || len(names) != 1 {
		t.Fatalf("%s: %s.yaml or %s.json is missing, or there are both: %v %v", folder, side, side, names, err)
	}
	text, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	document, err := openapi.Parse(names[0], text)
	if err != nil {
		t.Fatalf("Parse(%s): %v", names[0], err)
	}
	return document
}

// verdict is the report in one word: sound, unknown or breaking.
func verdict(report diff.Report) string {
	if v := report.Verdict(); v > diff.Excepted {
		return v.String()
	}
	return "sound"
}

// findings are those of a report that matter, a line each.
func findings(report diff.Report) (lines string) {
	for _, f := range report.Findings {
		if f.Severity > diff.Allowed {
			lines += fmt.Sprintf("\t%s: %s: %s: %s %s → %s\n", f.Severity, f.Rule, f.Where, f.What, f.Was, f.Is)
		}
	}
	return lines
}
