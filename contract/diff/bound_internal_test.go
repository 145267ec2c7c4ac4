package diff

import (
	"strings"
	"testing"
)

// TestGuarded: what fails in one place is a finding that nothing can be told of it, and the rest is compared.
func TestGuarded(t *testing.T) {
	for _, c := range []struct {
		name  string
		fails func(*comparer)
		want  string
	}{
		{"a defect", func(c *comparer) { var none []int; _ = none[len(c.findings)] }, "please report it, with both documents"},
		{"too much work", func(c *comparer) {
			for {
				c.budget.spend()
			}
		}, "stand for too many alternatives"},
	} {
		r := &comparer{budget: newBudget(), found: map[string]bool{}, trail: &trail{active: map[string]int{}}}
		r.guarded(spot{where: "here"}, func() { c.fails(r) })
		if len(r.findings) != 1 || r.findings[0].Severity != Unknown || !strings.Contains(r.findings[0].What, c.want) {
			t.Errorf("%s: found %+v, want one that says %q", c.name, r.findings, c.want)
		}
	}
}

// TestBudgetWithin: some work may be given up without the rest.
func TestBudgetWithin(t *testing.T) {
	b, done := newBudget(), 0
	b.within(10, func() {
		for ; ; done++ {
			b.spend()
		}
	})
	if done != 10 || b.left != mostSteps-10 {
		t.Errorf("within(10): %d steps were done and %d are left, want 10 and %d", done, b.left, mostSteps-10)
	}
}
