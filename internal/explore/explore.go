// Package explore goes through every state that a model can be in, for tests of protocols.
package explore

import (
	"slices"
	"strings"
)

// Model says which states there are. A state is a value that compares.
type Model[S comparable] struct {
	Begin S
	// Steps tells each step that is possible in a state, by its name and what it leads to. A fault is a step that nobody wants: a crash, a lost message.
	Steps func(s S, tell func(name string, next S, fault bool))
	Wrong func(s S) string // which promise is broken in a state; "" for none
	Good  func(s S) bool   // whether a state is one that must come about by itself, without a further fault, from every other
	Stuck string           // what to say of a state from which none of those can come about
}

// Result is what was found.
type Result struct {
	States, Steps int
	Wrong         string // the first thing that is wrong, with the steps that lead there; "" for nothing
}

// explorer is a model with what is known of it.
type explorer[S comparable] struct {
	Model[S]
	numbers map[S]int32
	states  []S
	// How each state was reached first, for telling; and which states lead to it without a fault.
	from []int32
	by   []string
	back [][]int32
}

// All goes through every state, nearest first, until it finds something wrong.
func All[S comparable](m Model[S]) (r Result) {
	e := &explorer[S]{Model: m, numbers: map[S]int32{}}
	e.reach(m.Begin, 0, "", true)
	for at := int32(0); int(at) < len(e.states) && r.Wrong == ""; at++ {
		if wrong := m.Wrong(e.states[at]); wrong != "" {
			r.Wrong = wrong + e.path(at)
			break
		}
		m.Steps(e.states[at], func(name string, next S, fault bool) {
			r.Steps++
			e.reach(next, at, name, fault)
		})
	}
	r.States = len(e.states)
	if r.Wrong == "" {
		r.Wrong = e.stuck()
	}
	return r
}

func (e *explorer[S]) reach(s S, from int32, by string, fault bool) {
	n, known := e.numbers[s]
	if !known {
		n = int32(len(e.states))
		e.numbers[s] = n
		e.states, e.from, e.by, e.back = append(e.states, s), append(e.from, from), append(e.by, by), append(e.back, nil)
	}
	if !fault {
		e.back[n] = append(e.back[n], from)
	}
}

// path tells how a state was reached.
func (e *explorer[S]) path(at int32) string {
	var names []string
	for ; at > 0; at = e.from[at] {
		names = append(names, e.by[at])
	}
	slices.Reverse(names)
	return ":\n\t" + strings.Join(names, "\n\t")
}

// stuck looks for a state from which no steps without a fault lead to a good one: backwards from those.
func (e *explorer[S]) stuck() string {
	good := make([]bool, len(e.states))
	var todo []int32
	for n, s := range e.states {
		if e.Good(s) {
			good[n] = true
			todo = append(todo, int32(n))
		}
	}
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, before := range e.back[n] {
			if !good[before] {
				good[before] = true
				todo = append(todo, before)
			}
		}
	}
	if n := slices.Index(good, false); n >= 0 {
		return e.Stuck + e.path(int32(n))
	}
	return ""
}
