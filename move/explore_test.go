package move_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/spinoff-go/spinoff/internal/explore"
	"github.com/spinoff-go/spinoff/move"
)

// exploreModel goes through every world that so many moves and faults can lead to.
func exploreModel(m model, moves, faults uint8) explore.Result {
	return explore.All(explore.Model[world]{
		Begin: world{lease: lease{epoch: 1}, alive: true, at: move.Here, epoch: 1, gate: toHere, moves: moves, faults: faults},
		Steps: m.steps,
		Wrong: func(w world) string { return m.wrong(w, faults) },
		Good:  m.stable, Stuck: "it does not end",
	})
}

// stable reports whether the app runs at one side, and calls go there.
func (m model) stable(w world) bool {
	switch {
	case !w.alive:
		return false
	case w.at == move.Here:
		return w.gate == toHere && m.mayWrite(w, w.epoch) && !w.lease.peer && w.peer == ""
	}
	return w.at == move.Apart && w.gate == toPeer && w.peer == move.Serving && w.peerGate && m.mayWrite(w, w.peerEpoch) && w.lease.peer
}

// wrong returns which promise is broken in a world.
func (m model) wrong(w world, faults uint8) string {
	here, there := m.mayWrite(w, w.epoch), m.mayWrite(w, w.peerEpoch)
	switch {
	case here && there:
		return "both sides can write"
	case w.gate == toHere && !here:
		return "calls go to this side, which does not own the database"
	case w.gate == toPeer && w.peer != "" && !w.orphan && w.peerGate && !there:
		return "calls go to the peer, which does not own the database"
	case w.failed && w.faults == faults:
		return "a call fails, and nothing has gone wrong"
	}
	return ""
}

func right() model { return model{coordinator: move.Coordinator(), peer: move.Peer()} }

// TestModel goes through all worlds that so many moves, and up to so many faults at any moments, can lead to.
func TestModel(t *testing.T) {
	for _, c := range []struct{ moves, faults uint8 }{{4, 0}, {4, 1}, {3, 2}, {3, 4}} {
		if testing.Short() && c.faults > 2 {
			t.Skip("more faults are left out of a short run")
		}
		found := exploreModel(right(), c.moves, c.faults)
		if found.Wrong != "" {
			t.Errorf("%d moves, up to %d faults: %s", c.moves, c.faults, found.Wrong)
		}
		t.Logf("%d moves, up to %d faults: %d worlds, %d steps between them", c.moves, c.faults, found.States, found.Steps)
	}
}

// TestModelFindsMistakes breaks the protocol on purpose.
func TestModelFindsMistakes(t *testing.T) {
	for _, c := range []struct {
		name   string
		model  model
		breaks func(coordinator, peer move.Machine)
		faults uint8
		want   string
	}{
		{"writes are not fenced", model{noFence: true}, nil, 1, "both sides can write"},
		{"nobody waits for those who are inside", model{noDrain: true}, nil, 0, "a call fails"},
		{"the peer opens whatever the lease says", model{openBlindly: true}, nil, 1, "both sides can write"},
		{"the peer returns what it holds by another lease", model{returnBlindly: true}, nil, 2, "does not"},
		{"a peer without a coordinator stays", model{orphansStay: true}, nil, 1, "does not end"},
		{"the peer opens before the lease is granted", model{}, func(c, _ move.Machine) { c[move.Pausing] = move.Step{Does: move.Pause, Done: move.Opening} }, 0, "both sides can write"},
		{"a peer that does not answer keeps the lease", model{}, func(c, _ move.Machine) {
			c[move.Opening] = move.Step{Does: move.Open, Done: move.Routing, Failed: move.Resuming, Lost: move.Resuming}
		}, 1, "can write"},
		{"the way back does not wait for the peer", model{}, func(c, _ move.Machine) {
			c[move.Returning] = move.Step{Does: move.Return, Done: move.Resuming, Failed: move.Resuming, Lost: move.Resuming}
		}, 1, "both sides can write"},
		{"a peer that cannot leave stays shut", model{}, func(_, p move.Machine) {
			p[move.Giving] = move.Step{Does: move.Give, Done: move.Left, Failed: move.Serving, Lost: move.Standby}
		}, 1, "does not end"},
		{"a grant of which nobody knows is taken for none", model{}, func(c, _ move.Machine) {
			c[move.Granting] = move.Step{Does: move.Grant, Done: move.Opening, Failed: move.Resuming, Lost: move.Resuming}
		}, 1, "does not end"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := c.model
			m.coordinator, m.peer = maps.Clone(move.Coordinator()), maps.Clone(move.Peer())
			if c.breaks != nil {
				c.breaks(m.coordinator, m.peer)
			}
			wrong := exploreModel(m, 2, c.faults).Wrong
			if wrong == "" {
				wrong = exploreModel(m, 3, c.faults).Wrong
			}
			if !strings.Contains(wrong, c.want) {
				t.Errorf("found %q, want %q", wrong, c.want)
			} else {
				t.Log(wrong)
			}
		})
	}
}
