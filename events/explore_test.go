package events_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spinoff-go/spinoff/internal/explore"
)

// exploreModel goes through every state of a model. It looks only for what contains sought.
func exploreModel(m model, faults uint8, sought string) explore.Result {
	return explore.All(explore.Model[state]{
		Begin: state{relay: relay{current: true}, faults: faults},
		Steps: m.steps,
		Wrong: func(s state) string {
			if wrong := s.wrong(); strings.Contains(wrong, sought) {
				return wrong
			}
			return ""
		},
		Good: func(s state) bool { return s.done(m.events) }, Stuck: "an event is lost",
	})
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
		found := exploreModel(model{events: c.events}, c.faults, "")
		if found.Wrong != "" {
			t.Error(found.Wrong)
		}
		t.Logf("%d events, up to %d faults: %d states, %d steps between them", c.events, c.faults, found.States, found.Steps)
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
			found := exploreModel(c.model, c.faults, c.want)
			if !strings.Contains(found.Wrong, c.want) {
				t.Errorf("got %q, want one that says %q", found.Wrong, c.want)
			}
			t.Logf("%d states; %s", found.States, found.Wrong)
		})
	}
}
