package move_test

import "github.com/spinoff-go/spinoff/move"

// Both machines with everything that they act on, as a model: small enough to try every order in which their steps, losses of messages and crashes can come;
// [TestModel] does. What is one step here is one in the program, too: a commit, a gate that closes, a request, an answer. What the model takes for granted: a commit is
// atomic, and a transaction that writes commits only in the epoch in which its process has opened the database (the tests of package data show that).

// world is everything there is, at one moment.
type world struct {
	lease lease

	// The coordinator.
	alive bool
	at    move.State
	epoch uint8 // at which it has opened the database; 0: it is closed
	gate  gate
	held  lease // which it has committed last, or taken note of
	waits bool  // for an answer

	// The peer.
	peer      move.State // "" where there is none
	peerEpoch uint8
	peerGate  bool // whether it lets calls in
	orphan    bool // its coordinator has died
	under     lease
	answering move.Action // what it was asked, until it has answered
	forNobody bool        // who has asked does not wait any more

	// Messages on their way. A request that the coordinator does not wait for any more, and that arrives all the same, is late.
	request, late message
	answer        move.Event

	// Calls that are inside, one at each side.
	inside, insidePeer bool

	moves, faults uint8 // how many more there are
	failed        bool  // a call has failed
}

type lease struct {
	epoch uint8
	peer  bool // held by the peer
}

type gate uint8

const (
	shut gate = iota
	toHere
	toPeer
)

type message struct {
	action move.Action
	lease  lease
}

// model is the protocol. Each of the booleans is a mistake in it, which the model has to find.
type model struct {
	coordinator, peer move.Machine

	noFence, noDrain, openBlindly, returnBlindly, orphansStay bool
}

// steps calls yield with each world that may follow w: by a step of the protocol, or by a fault.
func (m model) steps(w world, yield func(name string, next world, fault bool)) {
	step := func(name string, next world) { yield(name, next, false) }
	fault := func(name string, next world) {
		if w.faults > 0 {
			next.faults--
			yield(name, next, true)
		}
	}
	m.calls(w, step)
	if w.alive {
		m.coordinate(w, step, fault)
	} else {
		m.restart(w, step)
	}
	m.serve(w, step, fault)
	m.accidents(w, fault)
}

type stepFunc = func(name string, next world)

// mayWrite reports whether somebody who has opened the database at an epoch can commit.
func (m model) mayWrite(w world, epoch uint8) bool {
	return epoch != 0 && (epoch == w.lease.epoch || m.noFence)
}

// calls go in where the gate is open, and write before they leave.
func (m model) calls(w world, step stepFunc) {
	if t := w; w.alive && w.gate == toHere && !w.inside {
		t.inside = true
		step("a call goes in here", t)
	}
	if t := w; w.alive && w.gate == toPeer && !w.insidePeer {
		t.insidePeer = true
		if w.peer == "" || !w.peerGate && w.peer != move.Leaving { // nobody answers
			t.insidePeer, t.failed = false, true
		}
		step("a call goes to the peer", t)
	}
	if t := w; w.inside {
		t.inside = false
		t.failed = t.failed || !m.mayWrite(w, w.epoch)
		step("the call here writes and leaves", t)
	}
	if t := w; w.insidePeer {
		t.insidePeer = false
		t.failed = t.failed || !m.mayWrite(w, w.peerEpoch)
		step("the call at the peer writes and leaves", t)
	}
}

// coordinate does what the coordinator's state says.
func (m model) coordinate(w world, step, fault stepFunc) {
	does := m.coordinator[w.at].Does
	become := func(name string, t world, e move.Event, to stepFunc) {
		t.at = m.coordinator.Next(w.at, e)
		to(string(w.at)+": "+name, t)
	}
	t := w
	switch does {
	case "":
		m.begin(w, step)
	case move.Prepare:
		if w.peer == "" { // else an orphan: this one waits until it has ended
			t.peer = move.Standby
			become("the peer is up", t, move.Done, step)
		}
		become("the peer is another program", w, move.Failed, fault)
	case move.Pause, move.Recall:
		t.gate = shut
		if !w.inside && !w.insidePeer || m.noDrain {
			become("all have left", t, move.Done, step)
		}
		become("somebody does not leave", w, move.Failed, fault)
	case move.Grant:
		become("the disk is full", w, move.Failed, fault)
		t.grant(true)
		t.epoch = 0
		become("commit", t, move.Done, step)
		become("commit, and nobody knows", t, move.Lost, fault)
	case move.Take:
		t.grant(false)
		become("commit", t, move.Done, step)
	case move.Yield:
		become("somebody does not leave", w, move.Failed, fault)
		t.grant(true)
		t.epoch, t.gate = 0, shut
		if !w.inside || m.noDrain {
			become("commit", t, move.Done, step)
		}
	case move.Resume:
		become("it cannot be opened", w, move.Failed, fault)
		if w.epoch != w.lease.epoch { // it may be open still
			t.epoch = w.lease.epoch
		}
		t.gate = toHere
		become("open", t, move.Done, step)
	case move.Route:
		t.gate = toPeer
		become("open", t, move.Done, step)
	case move.Discard:
		if !w.orphan { // which ends by itself
			t.end()
		}
		become("the peer has ended", t, move.Done, step)
	case move.Open, move.Return:
		m.ask(w, does, become, step, fault)
	}
}

// ask sends a request, or waits for the answer.
func (m model) ask(w world, does move.Action, become func(string, world, move.Event, stepFunc), step, fault stepFunc) {
	over := w
	over.request, over.answer, over.waits = message{}, "", false
	switch {
	case w.answer != "":
		become("the peer answers: "+string(w.answer), over, w.answer, step)
	case w.peer == "":
		become("the peer is dead", over, move.Lost, step)
	case !w.waits:
		w.waits, w.request = true, message{does, w.held}
		step("ask the peer to "+string(does), w)
	default:
		if w.request.action != "" {
			over.late = w.request
		}
		over.forNobody = w.answering != ""
		become("no answer in time", over, move.Lost, fault)
	}
}

// begin begins a move.
func (m model) begin(w world, step stepFunc) {
	if w.moves == 0 {
		return
	}
	w.moves--
	if w.at == move.Here {
		w.at = move.Preparing
		step("move", w)
		return
	}
	w.at = move.Recalling
	step("move back", w)
}

// grant commits a new lease.
func (w *world) grant(peer bool) {
	w.lease = lease{w.lease.epoch + 1, peer}
	w.held = w.lease
}

// end ends the peer, with what is inside of it and what is on its way from it.
func (w *world) end() {
	w.failed = w.failed || w.insidePeer
	w.peer, w.peerEpoch, w.peerGate, w.under, w.orphan, w.answering, w.forNobody, w.insidePeer, w.answer = "", 0, false, lease{}, false, "", false, false, ""
}

// serve does what the peer does.
func (m model) serve(w world, step, fault stepFunc) {
	switch {
	case w.peer == "":
		if t := w; w.alive && w.at == move.Apart && w.lease.peer { // its supervisor is the coordinator
			t.peer, t.peerEpoch, t.peerGate, t.under = move.Serving, w.lease.epoch, true, w.lease
			step("the peer starts again", t)
		}
		return
	case w.orphan && !m.orphansStay:
		t := w
		t.end()
		step("the orphan ends", t)
	case m.peer[w.peer].Does == "":
		t := w
		t.request, t.forNobody = message{}, false
		m.receive(t, w.request, step)
		t = w
		t.late, t.forNobody = message{}, true
		m.receive(t, w.late, func(name string, next world) { step("late: "+name, next) })
	}
	m.act(w, step, fault)
}

// receive begins what the peer is asked for.
func (m model) receive(w world, asked message, step stepFunc) {
	w.answering = asked.action
	switch {
	case asked.action == "":
	case asked.action == move.Open && (w.peer == move.Standby || w.peer == move.Left):
		w.peer, w.under = move.Joining, asked.lease
		step("the peer is to open", w)
	case asked.action == move.Return && w.peer == move.Serving && (w.under == asked.lease || m.returnBlindly):
		w.peer = move.Leaving
		step("the peer is to return", w)
	case asked.action == move.Open && w.peer == move.Serving && w.under == asked.lease:
		w.reply(move.Done)
		step("the peer has opened already", w)
	default:
		w.reply(move.Failed)
		step("the peer refuses to "+string(asked.action), w)
	}
}

// reply answers, if somebody waits.
func (w *world) reply(e move.Event) {
	if !w.forNobody {
		w.answer = e
	}
	w.answering, w.forNobody = "", false
}

// act does what the peer's state says.
func (m model) act(w world, step, fault stepFunc) {
	become := func(name string, t world, e move.Event, to stepFunc) {
		t.peer = m.peer.Next(w.peer, e)
		if m.peer[t.peer].Does == "" {
			switch {
			case w.answering == move.Open && t.peer == move.Serving, w.answering == move.Return && t.peer == move.Left:
				t.reply(move.Done)
			case w.answering == move.Return && t.peer == move.Standby:
				t.reply(move.Lost)
			default:
				t.reply(move.Failed)
			}
		}
		to("peer "+string(w.peer)+": "+name, t)
	}
	t := w
	switch m.peer[w.peer].Does {
	case move.Join:
		become("it cannot be opened", w, move.Failed, fault)
		switch {
		case w.lease == w.under || m.openBlindly:
			t.peerEpoch, t.peerGate = w.lease.epoch, true
			become("open", t, move.Done, step)
		default:
			become("the lease is another one", w, move.Failed, step)
		}
	case move.Leave:
		t.peerGate = false
		if !w.insidePeer || m.noDrain {
			become("all have left", t, move.Done, step)
		}
		become("somebody does not leave", w, move.Failed, fault)
	case move.Give:
		if !m.mayWrite(w, w.peerEpoch) {
			become("it is fenced", w, move.Failed, step)
			return
		}
		become("the disk is full", w, move.Failed, fault)
		t.lease, t.peerEpoch = lease{w.lease.epoch + 1, false}, 0
		become("commit", t, move.Done, step)
		become("commit, and nobody knows", t, move.Lost, fault)
	case move.Rejoin:
		t.peerGate = true
		become("open", t, move.Done, step)
		t = w
		t.peerEpoch = 0
		become("it cannot be opened", t, move.Failed, fault)
	}
}

// restart starts the coordinator again: it takes the lease, whoever has it, and opens the app.
func (m model) restart(w world, step stepFunc) {
	w.alive, w.at, w.held = true, move.Taking, w.lease
	if !w.lease.peer {
		w.at = move.Resuming
	}
	step("the coordinator starts again", w)
}

// accidents are what may go wrong at any moment.
func (m model) accidents(w world, fault stepFunc) {
	if t := w; w.alive {
		t.failed = true // who is inside, or waits
		t.alive, t.at, t.epoch, t.gate, t.inside, t.answer = false, "", 0, shut, false, ""
		t.request, t.late, t.orphan, t.waits, t.held = message{}, w.request, w.peer != "", false, lease{}
		t.forNobody = w.answering != ""
		fault("the coordinator is killed", t)
	}
	if t := w; w.peer != "" {
		t.end()
		t.request, t.late = message{}, message{}
		fault("the peer is killed", t)
	}
	if t := w; w.request.action != "" {
		t.request, t.waits = message{}, false
		t.at = m.coordinator.Next(w.at, move.Lost)
		fault("a request is lost", t)
	}
	if t := w; w.answer != "" {
		t.answer, t.waits = "", false
		t.at = m.coordinator.Next(w.at, move.Lost)
		fault("an answer is lost", t)
	}
}
