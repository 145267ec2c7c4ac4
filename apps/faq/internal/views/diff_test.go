package views

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDiff(t *testing.T) {
	for _, row := range []struct{ before, after, want string }{
		{"", "", ""},
		{"", "a b", "+a +b"},
		{"a b", "", "-a -b"},
		{"a b c", "a b c", " a  b  c"},
		{"a b c", "a x c", " a -b +x  c"},
		{"a b c d", "b c d e", "-a  b  c  d +e"},
		{"a a a", "a a", " a  a -a"},
	} {
		var got []string
		for _, l := range diff(strings.Fields(row.before), strings.Fields(row.after)) {
			got = append(got, map[string]string{"ins": "+", "del": "-", "": " "}[l.Kind]+l.Text)
		}
		if s := strings.Join(got, " "); s != row.want {
			t.Errorf("diff(%q, %q) = %q, want %q", row.before, row.after, s, row.want)
		}
	}
}

// TestDiffHoldsBoth checks that both texts can be read back from what lies between them, also of texts too long to compare line by line.
func TestDiffHoldsBoth(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	text := func(n int) (lines []string) {
		for range n {
			lines = append(lines, fmt.Sprint(random.IntN(5)))
		}
		return lines
	}
	for _, n := range []int{1, 7, 60, 2500} {
		before, after := text(n), text(n+random.IntN(5))
		var a, b []string
		for _, l := range diff(before, after) {
			if l.Kind != "ins" {
				a = append(a, l.Text)
			}
			if l.Kind != "del" {
				b = append(b, l.Text)
			}
		}
		if !slices.Equal(a, before) || !slices.Equal(b, after) {
			t.Errorf("diff of %d lines does not hold both texts:\n%s", n, cmp.Diff(before, a)+cmp.Diff(after, b))
		}
	}
}
