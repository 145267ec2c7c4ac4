package explore_test

import (
	"strings"
	"testing"

	"github.com/spinoff-go/spinoff/internal/explore"
)

// TestAll counts up to 5, modulo 7, where a fault leads to 10, from which nothing leads.
func TestAll(t *testing.T) {
	counting := func(fault bool, wrong int) explore.Model[int] {
		return explore.Model[int]{
			Steps: func(s int, tell func(string, int, bool)) {
				if s < 7 {
					tell("up", (s+1)%7, false)
				}
				if fault && s == 2 {
					tell("fall", 10, true)
				}
			},
			Wrong: func(s int) string {
				if s == wrong {
					return "it is there"
				}
				return ""
			},
			Good: func(s int) bool { return s == 5 }, Stuck: "it never comes",
		}
	}
	for _, c := range []struct {
		name   string
		model  explore.Model[int]
		states int
		want   string
	}{
		{"all is well", counting(false, -1), 7, ""},
		{"a promise is broken", counting(false, 3), 4, "it is there:\n\tup\n\tup\n\tup"},
		{"the end of a fault", counting(true, -1), 8, "it never comes:\n\tup\n\tup\n\tfall"},
	} {
		got := explore.All(c.model)
		if got.Wrong != c.want || got.States != c.states {
			t.Errorf("%s: got %d states and %q, want %d and %q", c.name, got.States, strings.ReplaceAll(got.Wrong, "\n\t", " "), c.states, c.want)
		}
	}
}
