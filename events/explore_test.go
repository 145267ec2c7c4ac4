package events_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// explorer goes through every state that can be reached.
type explorer struct {
	model
	numbers map[state]int32
	states  []state
	steps   int
	// How each state was reached first, for telling; and which states lead to it without a fault.
	from []int32
	by   []string
	back [][]int32
}

// explore returns what is wrong, with the steps that lead there, or "". It looks only for what contains sought.
func explore(m model, faults uint8, sought string) (*explorer, string) {
	e := &explorer{model: m, numbers: map[state]int32{}}
	e.reach(state{relay: relay{current: true}, faults: faults}, 0, "", true)
	for at := int32(0); int(at) < len(e.states); at++ {
		if wrong := e.states[at].wrong(); wrong != "" && strings.Contains(wrong, sought) {
			return e, wrong + e.path(at)
		}
		e.model.steps(e.states[at], func(name string, next state, fault bool) {
			e.steps++
			e.reach(next, at, name, fault)
		})
	}
	return e, e.stuck()
}

func (e *explorer) reach(s state, from int32, by string, fault bool) {
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
func (e *explorer) path(at int32) string {
	var names []string
	for ; at > 0; at = e.from[at] {
		names = append(names, e.by[at])
	}
	slices.Reverse(names)
	return ":\n\t" + strings.Join(names, "\n\t")
}

// stuck looks for a state from which, without a further fault, not every event that has happened can have its effect: backwards from where all have.
func (e *explorer) stuck() string {
	good := make([]bool, len(e.states))
	var todo []int32
	for n, s := range e.states {
		if s.done(e.events) {
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
		return "an event is lost" + e.path(int32(n))
	}
	return ""
}

// wrong returns which promise is broken in the state.
func (s *state) wrong() string {
	for event, n := range s.effects {
		switch {
		case n > 1:
			return fmt.Sprintf("event %d has its effect twice", event)
		case n == 1 && uint8(event) >= s.committed:
			return fmt.Sprintf("event %d has its effect and has not happened", event)
		}
		for later := event + mSubjects; later < mEvents; later += mSubjects {
			if s.effects[later] > 0 && s.effects[event] == 0 && !s.late[event] {
				return fmt.Sprintf("event %d has its effect before event %d, about the same subject", later, event)
			}
		}
	}
	return ""
}

// done reports whether every event has happened and has had its effect, or waits for people.
func (s *state) done(events uint8) bool {
	for event, n := range s.effects[:events] {
		if n == 0 && s.failed[event] != dead {
			return false
		}
	}
	return true
}

// TestModel goes through all states that up to so many faults, at any moments, can lead to.
func TestModel(t *testing.T) {
	for _, c := range []struct{ events, faults uint8 }{{3, 1}, {2, 3}, {3, 2}} {
		if testing.Short() && c.faults > 1 {
			t.Skip("more faults are left out of a short run")
		}
		e, wrong := explore(model{events: c.events}, c.faults, "")
		if wrong != "" {
			t.Error(wrong)
		}
		t.Logf("%d events, up to %d faults: %d states, %d steps between them", c.events, c.faults, len(e.states), e.steps)
	}
}

// TestModelFindsMistakes breaks the protocol on purpose.
func TestModelFindsMistakes(t *testing.T) {
	for _, c := range []struct {
		name string
		model
		faults uint8
		want   string
	}{
		{"an event is published before its commit", model{publishBeforeCommit: true}, 0, "has not happened"},
		{"a row is deleted when the engine has it", model{deleteOnAck: true}, 1, "lost"},
		{"a row is deleted by a clock that jumps", model{dropByWallClock: true}, 1, "lost"},
		{"rows are not published again after the loss of power", model{noRepublish: true}, 1, "lost"},
		{"nothing is noted", model{noInbox: true}, 1, "twice"},
		{"it is noted in another transaction", model{noteApart: true}, 1, "twice"},
		{"an event is acknowledged before the commit", model{ackFirst: true}, 1, "lost"},
		{"an event is put aside without a note", model{asideApart: true}, 2, "twice"},
		{"the effect of another try and its end are two transactions", model{retryApart: true}, 1, "twice"},
		{"a position stays behind the end of the stream", model{noRewind: true}, 3, "lost"},
		{"who begins again leaves what was on its way for later", model{noRestart: true, events: 3}, 1, "before"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.events = max(c.events, 2)
			e, wrong := explore(c.model, c.faults, c.want)
			if !strings.Contains(wrong, c.want) {
				t.Errorf("got %q, want one that says %q", wrong, c.want)
			}
			t.Logf("%d states; %s", len(e.states), wrong)
		})
	}
}
