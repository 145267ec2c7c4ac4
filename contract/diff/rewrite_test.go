package diff_test

import (
	"testing"

	"github.com/spinoff-go/spinoff/contract/diff"
)

// TestRewrites: what says the same in other words is sound in both directions, and is not even an addition.
func TestRewrites(t *testing.T) {
	for name, e := range examples(t, "rewrites") {
		for _, way := range [][2]string{{"a", "b"}, {"b", "a"}} {
			r := compare(t, e.files[way[0]], e.files[way[1]])
			for _, f := range r.Findings {
				if f.Severity > diff.Words {
					t.Errorf("%s (%s), %s to %s: %s %s: %s: %s", name, e.comment, way[0], way[1], f.Severity, f.Rule, f.Where, f.What)
				}
			}
		}
	}
}
