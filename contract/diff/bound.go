package diff

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
)

// mostSteps is how much work the comparison of one body, parameter or header may take; most take less than a hundred steps. A step is
// a look at one schema. What needs more cannot be told, in bounded time.
const mostSteps = 2_000_000

// mostTrials is how many steps the search for one instance may take: it is given up after that.
const mostTrials = 20_000

// deepestSchema is how far into each other schemas are compared.
const deepestSchema = 2000

// mostKept is how many normal forms are kept for the next body: they are quickly made anew.
const mostKept = 5_000

// budget counts steps. Both sides of a comparison have the same one.
type budget struct{ left int }

func newBudget() *budget { return &budget{mostSteps} }

var errTooLarge = errors.New("its schemas stand for too many alternatives to be compared")

// spend counts one step and ends the comparison of this body with a panic, see [comparer.guarded], where there were too many.
func (b *budget) spend() {
	if b.left--; b.left < 0 {
		panic(errTooLarge)
	}
}

// within does some work unless it takes more than so many steps.
func (b *budget) within(steps int, work func()) {
	before := b.left
	b.left = min(steps, before)
	allowed := b.left
	defer func() {
		b.left = before - (allowed - max(b.left, 0))
		if failed := recover(); failed != nil && failed != any(errTooLarge) {
			panic(failed)
		}
	}()
	work()
}

// guarded compares one thing. Where that is too large, or the comparer itself fails, it notes that it cannot be told, and what else there is
// is compared.
func (c *comparer) guarded(at spot, compare func()) {
	c.budget.left = mostSteps
	for _, s := range []*side{c.old, c.new} {
		if s != nil && len(s.norms) > mostKept {
			clear(s.norms)
			clear(s.samples)
		}
	}
	defer func() {
		failed := recover()
		if failed == nil {
			return
		}
		clear(c.active)
		c.note(at, "unknown", Unknown, first(at.was), first(at.is), failure(failed))
	}()
	compare()
}

// failure says what ended a comparison.
func failure(failed any) string {
	if err, ok := failed.(error); ok && errors.Is(err, errTooLarge) {
		return "this cannot be compared: " + err.Error() + "; compare them by hand, and write down an exception"
	}
	return fmt.Sprintf("this cannot be compared, because of a defect of the comparer itself (%v at %s); please report it, with both documents", failed, culprit())
}

// culprit is the function in which the comparer has failed.
func culprit() string {
	_, below, _ := strings.Cut(string(debug.Stack()), "panic(")
	for line := range strings.Lines(below) {
		if name, found := strings.CutPrefix(line, "github.com/spinoff-go/spinoff/contract/"); found {
			return strings.TrimSpace(name[:max(strings.LastIndex(name, "("), 0)])
		}
	}
	return "an unknown place"
}
