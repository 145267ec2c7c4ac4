package diff

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
)

// Limits of the search in [outside]: patterns that need more are not compared.
const (
	mostStates = 5000
	mostRunes  = 400
	mostWork   = 5_000_000 // runes times instructions
)

// automaton is a pattern as JSON Schema means it: it need not match the whole text.
type automaton struct{ prog *syntax.Prog }

// compilePattern returns nil for what cannot be compared: patterns that Go cannot read (those of JSON Schema are JavaScript's), and those that
// look at words or lines.
func compilePattern(pattern string) *automaton {
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	prog, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return nil
	}
	for _, i := range prog.Inst {
		if i.Op == syntax.InstEmptyWidth && syntax.EmptyOp(i.Arg)&^(syntax.EmptyBeginText|syntax.EmptyEndText) != 0 {
			return nil
		}
	}
	return &automaton{prog}
}

// state is where an automaton can be after some text; sorted. matched is a state of its own: whatever follows, the text matches.
type state []uint32

var matched = state{^uint32(0)}

// follow adds what can be reached from an instruction without reading.
func (a *automaton) follow(s state, pc uint32, begin, end bool) state {
	if slices.Contains(s, pc) {
		return s
	}
	inst := &a.prog.Inst[pc]
	switch inst.Op {
	case syntax.InstFail:
		return s
	case syntax.InstAlt, syntax.InstAltMatch:
		s = append(s, pc)
		return a.follow(a.follow(s, inst.Out, begin, end), inst.Arg, begin, end)
	case syntax.InstCapture, syntax.InstNop:
		return a.follow(append(s, pc), inst.Out, begin, end)
	case syntax.InstEmptyWidth:
		want := syntax.EmptyOp(inst.Arg)
		if want&syntax.EmptyBeginText != 0 && !begin {
			return s
		}
		s = append(s, pc)
		if want&syntax.EmptyEndText == 0 || end {
			return a.follow(s, inst.Out, begin, end)
		}
		return s
	}
	return append(s, pc)
}

func (a *automaton) settle(s state) state {
	for _, pc := range s {
		if a.prog.Inst[pc].Op == syntax.InstMatch {
			return matched
		}
	}
	slices.Sort(s)
	return slices.Compact(s)
}

func (a *automaton) start() state {
	return a.settle(a.follow(nil, uint32(a.prog.Start), true, false))
}

func (a *automaton) step(s state, r rune) state {
	if slices.Equal(s, matched) {
		return s
	}
	next := a.follow(nil, uint32(a.prog.Start), false, false)
	for _, pc := range s {
		inst := &a.prog.Inst[pc]
		switch inst.Op {
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			if inst.MatchRune(r) {
				next = a.follow(next, inst.Out, false, false)
			}
		}
	}
	return a.settle(next)
}

// accepts reports whether a text that has led to s matches when it ends there.
func (a *automaton) accepts(s state) bool {
	if slices.Equal(s, matched) {
		return true
	}
	for _, pc := range s {
		if inst := &a.prog.Inst[pc]; inst.Op == syntax.InstEmptyWidth {
			if slices.ContainsFunc(a.follow(nil, inst.Out, false, true), func(pc uint32) bool { return a.prog.Inst[pc].Op == syntax.InstMatch }) {
				return true
			}
		}
	}
	return false
}

// runes returns one rune for each set of runes that the automata do not tell apart: a readable one where there is one.
func runes(automata ...*automaton) []rune {
	cuts := []rune{0, ' ', '0', '9' + 1, 'A', 'Z' + 1, 'a', 'z' + 1, 0x7f, '\n', '\n' + 1}
	for _, a := range automata {
		for _, inst := range a.prog.Inst {
			if inst.Op != syntax.InstRune && inst.Op != syntax.InstRune1 {
				continue
			}
			ends := inst.Rune
			if len(ends) == 1 {
				for r := unicode.SimpleFold(ends[0]); r != ends[0]; r = unicode.SimpleFold(r) {
					cuts = append(cuts, r, r+1)
				}
				ends = []rune{ends[0], ends[0]}
			}
			for i := 0; i+1 < len(ends); i += 2 {
				cuts = append(cuts, ends[i], ends[i+1]+1)
			}
		}
	}
	slices.Sort(cuts)
	cuts = slices.DeleteFunc(slices.Compact(cuts), func(r rune) bool { return r > unicode.MaxRune || 0xD800 <= r && r < 0xE000 })
	slices.SortStableFunc(cuts, func(a, b rune) int { return dislike(a) - dislike(b) })
	return cuts
}

func dislike(r rune) int {
	switch {
	case 'a' <= r && r <= 'z':
		return 0
	case '0' <= r && r <= '9':
		return 1
	case 'A' <= r && r <= 'Z':
		return 2
	case ' ' < r && r < 0x7f:
		return 3
	case unicode.IsPrint(r):
		return 4
	}
	return 5
}

// outside looks for a text that matches pattern a and not pattern b, one of the shortest. Sure says that the answer is right: found is false and
// sure is true where every text of a is one of b.
func outside(a, b string) (text string, found, sure bool) {
	return shortest(a, b, 0, func(inA, inB bool) bool { return inA && !inB })
}

// shared returns a text that matches both patterns and has at least so many characters, one of the shortest, or false where none was found.
func shared(a, b string, least int) (text string, found bool) {
	text, found, _ = shortest(a, b, least, func(inA, inB bool) bool { return inA && inB })
	return text, found
}

// shortest looks for a text of at least so many characters for which wanted holds, by whether it matches pattern a and pattern b.
func shortest(a, b string, least int, wanted func(inA, inB bool) bool) (text string, found, sure bool) {
	x, y := compilePattern(a), compilePattern(b)
	if x == nil || y == nil {
		return "", false, false
	}
	alphabet := runes(x, y)
	if len(alphabet) > mostRunes {
		return "", false, false
	}
	type node struct {
		x, y   state
		text   string
		length int
	}
	work := 0
	queue := []node{{x.start(), y.start(), "", 0}}
	seen := map[string]bool{}
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		if n.length >= least && wanted(x.accepts(n.x), y.accepts(n.y)) {
			return n.text, true, true
		}
		if work += len(alphabet) * (len(n.x) + len(n.y)); work > mostWork {
			return "", false, false
		}
		for _, r := range alphabet {
			next := node{x.step(n.x, r), y.step(n.y, r), n.text + string(r), n.length + 1}
			key := fmt.Sprint(next.x, next.y, min(next.length, least))
			if seen[key] || slices.Equal(next.y, matched) && !wanted(true, true) {
				continue
			}
			if seen[key] = true; len(seen) > mostStates {
				return "", false, false
			}
			queue = append(queue, next)
		}
	}
	return "", false, true
}

// within reports whether every text that matches pattern a matches b for certain.
func within(a, b string) bool {
	if a == b {
		return true
	}
	_, found, sure := outside(a, b)
	return sure && !found
}

// patterns compares patterns, all of which must match: a new one narrows unless each text of an old one matches it.
func patterns(o, n []string) effect {
	implied := func(pattern string, by []string) bool {
		return within("", pattern) || slices.ContainsFunc(by, func(q string) bool { return within(q, pattern) })
	}
	e := same
	for _, p := range n {
		if !implied(p, o) {
			e |= narrower
		}
	}
	for _, p := range o {
		if !implied(p, n) {
			e |= wider
		}
	}
	return e
}

// examplesOf returns texts that match patterns, and some that match one of them and not another one.
func examplesOf(all []string) []string {
	const nothing = `[^\x00-\x{10FFFF}]`
	var texts []string
	for _, a := range all {
		for _, b := range append([]string{nothing}, all...) {
			if text, found, _ := outside(a, b); found && !strings.ContainsRune(text, 0) {
				texts = append(texts, text)
			}
		}
		if text, found, _ := outside("", a); found {
			texts = append(texts, text)
		}
	}
	return texts
}
