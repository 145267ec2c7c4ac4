// Package diff compares two OpenAPI documents, of 3.0 or 3.1, and finds what breaks the consumers of the older one.
//
// It reads schemas as sets of values, in a normal form in which it does not matter how they are written. What consumers send must be
// accepted as before, what they read must be what was sent before, and where sets alone do not decide there is a rule with a reason:
// see [Rules]. An edit that no rule speaks of is a finding of its own, so that nothing is passed over.
package diff

import (
	"time"

	"github.com/spinoff-go/spinoff/contract/openapi"
)

// Options are what a comparison may be told. The zero value works.
type Options struct {
	Now        time.Time   // the day on which an announced sunset is past or not. Default: today
	Exceptions []Exception // changes that are let through. Default: none
}

// Compare finds what has changed from an old document to a new one. It does not change them. What it cannot compare, because it is too
// large or because the comparer itself fails, is a finding of its own: the rest is compared.
func Compare(old, new *openapi.Document, o Options) Report {
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	steps := newBudget()
	c := &comparer{
		old: newSide(old, steps), new: newSide(new, steps), options: o, budget: steps,
		unchanged: findUnchanged(old, new), seen: map[string]bool{}, found: map[string]bool{},
		trail: &trail{active: map[string]int{}, effects: map[string]effect{}, fitting: map[string]bool{}},
	}
	c.guarded(spot{where: "document"}, c.document)
	r := Report{Old: old.Name, New: new.Name, Findings: c.findings}
	r.Rewritten = len(r.Findings) == 0 && old.Root.JSON() != new.Root.JSON()
	r.Unused = r.except(o.Exceptions)
	r.sort()
	return r
}
