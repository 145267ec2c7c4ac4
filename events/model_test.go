package events_test

import "slices"

// The protocol that brings an event from one app's transaction to another's, as a model: small enough to try every order in which its steps, crashes
// and accidents can come; [TestModel] does. Steps have the size of what happens at once in the program: a commit, a message stored, an answer sent.
// What the model takes for granted: a commit is atomic and survives everything (the databases sync); the engine syncs what it has stored before the
// relay drops the row (the relay keeps rows for ten times the sync interval, by the monotonic clock); a relay sends nothing to a lifetime of the engine
// for which it has not begun its outbox anew.

// How large the model is. Events 0 and 2 are about one subject, event 1 is about another.
const (
	mEvents   = 3 // at most
	mSubjects = 2
	mStream   = 9 // messages that the engine stores at most
	mQueue    = 3 // deliveries that wait in the consumer, of one subject
)

func subjectOf(event uint8) uint8 { return event % mSubjects }

// state is everything there is, at one moment.
type state struct {
	// The database of the app that publishes.
	committed uint8          // events 0 … committed-1 have happened
	rows      [mEvents]uint8 // the outbox
	// Its process.
	relay relay // what the relay has in mind; a transaction that is not committed leaves nothing

	// The engine.
	stream [mStream]uint8 // events, in the order in which they were stored
	stored uint8          // how many
	synced uint8          // how many of them a power loss leaves
	known  uint8          // events in the window for duplicates, a set
	next   uint8          // position of the consumer: what is delivered next
	acked  uint16         // what of the stream is acknowledged, a set

	// The process of the app that consumes: deliveries that wait, by subject, and how far it is with the first one.
	queues [mSubjects][mQueue]delivery
	stages [mSubjects]uint8
	// Its database.
	inbox   uint8          // events that are noted as handled, a set
	effects [mEvents]uint8 // how often each event has had its effect
	failed  [mEvents]uint8 // where it is put aside
	late    [mEvents]bool  // it was put aside once: order holds no more

	faults uint8 // how many more there are
}

// States of a row.
const (
	unsent  uint8 = iota
	earlier       // acknowledged by the engine in an earlier lifetime
	sent          // acknowledged in this one
	dropped
)

type relay struct {
	current bool  // it has begun anew for this lifetime of the engine
	from    uint8 // rows before this one are acknowledged
	acked   uint8 // 1 + event that the engine has acknowledged, and the row does not say so yet
	stale   bool  // that was in an earlier lifetime
}

// delivery is 0, or 1 + a place in the stream together with the event that was there.
type delivery struct{ place, event uint8 }

// Stages of handling.
const (
	waiting       uint8 = iota
	handled             // committed, not acknowledged
	ackedTooEarly       // for a mutation: acknowledged, not committed
	notNoted            // for a mutation: the effect is committed, the note is not
)

// Places of an event that could not be handled.
const (
	never uint8 = iota
	aside       // waits to be tried again
	dead        // waits for people
)

// model is the protocol with so many events. Each of the others is a mistake in it, which the model has to find.
type model struct {
	events uint8

	publishBeforeCommit, deleteOnAck, dropByWallClock, noRepublish, noInbox, noteApart, ackFirst, asideApart, retryApart, noRewind, noRestart bool
}

// steps calls yield with each state that may follow s: by a step of the protocol, or by a fault.
func (m model) steps(s state, yield func(name string, next state, fault bool)) {
	step := func(name string, next state) { yield(name, next, false) }
	m.publish(s, step)
	m.relaySteps(s, step)
	m.engine(s, step)
	for subject := range s.queues {
		m.consume(s, subject, step)
	}
	m.tryAgain(s, step)
	if s.faults > 0 {
		s.faults--
		m.crashes(s, func(name string, next state) { yield(name, next, true) })
	}
}

type stepFunc = func(name string, next state)

func (m model) publish(s state, step stepFunc) {
	if s.committed == m.events {
		return
	}
	if t := s; m.publishBeforeCommit && t.store(s.committed) {
		step("publish without a commit", t)
	}
	s.committed++
	step("commit an event", s)
}

func (m model) relaySteps(s state, step stepFunc) {
	if !s.relay.current && s.relay.acked == 0 {
		t := s
		t.relay = relay{current: true}
		step("begin the outbox anew", t)
	}
	if s.relay.acked > 0 {
		t, event := s, s.relay.acked-1
		switch {
		case m.deleteOnAck:
			t.rows[event] = dropped
		case s.relay.stale:
			t.rows[event] = earlier
		default:
			t.rows[event] = sent
		}
		t.relay.acked, t.relay.stale = 0, false
		t.relay.from = event + 1
		step("note what the engine has acknowledged", t)
	} else if event, found := m.first(s); found && s.relay.current {
		t := s
		if t.store(event) {
			t.relay.acked = event + 1
			step("send", t)
		}
	}
	for event := range s.rows { // each row on its own: a crash may come between any two
		if s.rows[event] == sent && s.relay.current && (m.dropByWallClock || s.isSynced(uint8(event))) {
			t := s
			t.rows[event] = dropped
			step("drop a row", t)
		}
	}
}

// first returns the first row that the relay has to send.
func (m model) first(s state) (event uint8, found bool) {
	for event := s.relay.from; event < s.committed; event++ {
		if s.rows[event] == unsent || s.rows[event] == earlier && !m.noRepublish {
			return event, true
		}
	}
	return 0, false
}

// store puts an event into the stream, unless its id is known. It reports false where the model has no room for it.
func (s *state) store(event uint8) bool {
	if s.known&(1<<event) != 0 {
		return true
	}
	if s.stored == mStream {
		return false
	}
	s.stream[s.stored] = event
	s.stored++
	s.known |= 1 << event
	return true
}

func (s *state) isSynced(event uint8) bool { return slices.Contains(s.stream[:s.synced], event) }

func (m model) engine(s state, step stepFunc) {
	if s.synced < s.stored {
		t := s
		t.synced = s.stored
		step("sync", t)
	}
	if s.next < s.stored {
		t := s
		t.next++
		if s.isAcked(s.next) {
			step("skip what is acknowledged", t)
		} else if t.deliver(s.next) {
			step("deliver", t)
		}
	}
	for place := range s.next {
		if t := s; place < s.stored && !s.isAcked(place) && !s.isQueued(place) && t.deliver(place) {
			step("deliver again after a while", t)
		}
	}
}

func (s *state) isAcked(place uint8) bool { return s.acked&(1<<place) != 0 }

func (s *state) isQueued(place uint8) bool {
	for _, d := range s.queues[subjectOf(s.stream[place])] {
		if d == (delivery{place + 1, s.stream[place]}) {
			return true
		}
	}
	return false
}

// deliver puts a message behind those that wait about its subject.
func (s *state) deliver(place uint8) bool {
	queue := &s.queues[subjectOf(s.stream[place])]
	for i := range queue {
		if queue[i].place == 0 {
			queue[i] = delivery{place + 1, s.stream[place]}
			return true
		}
	}
	return false
}

// consume handles the first delivery about a subject.
func (m model) consume(s state, subject int, step stepFunc) {
	d := s.queues[subject][0]
	if d.place == 0 {
		return
	}
	event := uint8(1) << d.event
	switch s.stages[subject] {
	case handled:
		t := s
		t.acknowledge(d)
		t.answered(subject)
		step("acknowledge", t)
		return
	case notNoted:
		s.inbox |= event
		s.stages[subject] = handled
		step("note apart from the effect", s)
		return
	case waiting:
		if m.ackFirst {
			s.acknowledge(d)
			s.stages[subject] = ackedTooEarly
			step("acknowledge before the commit", s)
			return
		}
	}
	if s.stages[subject] = handled; s.inbox&event != 0 && !m.noInbox {
		step("find that it has been handled", s)
		return
	}
	if s.faults > 0 {
		t := s
		t.faults--
		t.failed[d.event], t.late[d.event] = aside, true
		if !m.asideApart {
			t.inbox |= event
		}
		step("fail, and put it aside", t)
	}
	s.effects[d.event]++
	if m.noteApart {
		s.stages[subject] = notNoted
	} else {
		s.inbox |= event
	}
	step("commit the effect", s)
}

// acknowledge tells the engine, which takes no notice where it has delivered nothing.
func (s *state) acknowledge(d delivery) {
	if place := d.place - 1; place < s.next && place < s.stored {
		s.acked |= 1 << place
	}
}

// answered takes the first delivery about a subject away.
func (s *state) answered(subject int) {
	queue := &s.queues[subject]
	copy(queue[:], queue[1:])
	queue[mQueue-1] = delivery{}
	s.stages[subject] = waiting
}

// tryAgain handles what was put aside.
func (m model) tryAgain(s state, step stepFunc) {
	for event, place := range s.failed {
		if place != aside {
			continue
		}
		t := s
		t.effects[event]++
		if !m.retryApart || s.effects[event] > 0 {
			t.failed[event] = never
		}
		step("commit the effect of another try", t)
		if s.faults > 0 {
			t := s
			t.faults--
			t.failed[event] = dead
			step("fail for the last time", t)
		}
	}
}

// crashes are what may go wrong.
func (m model) crashes(s state, fault stepFunc) {
	t := s
	t.relay = relay{}
	fault("the publisher is killed", t)

	t = s
	t.queues, t.stages = [mSubjects][mQueue]delivery{}, [mSubjects]uint8{}
	m.restart(&t)
	fault("the consumer is killed", t)

	t = s
	t.newLifetime()
	m.restart(&t)
	fault("the engine is killed", t)

	t = s
	t.known = 0
	fault("duplicates are forgotten", t)

	if s.relay.acked > 0 {
		t = s
		t.relay.acked, t.relay.stale = 0, false
		fault("an acknowledgement is lost", t)
	}
	for subject, stage := range s.stages {
		if stage == handled {
			t = s
			t.answered(subject)
			fault("an answer is lost", t)
		}
	}
	for place := range s.next {
		if t = s; place < s.stored && !s.isAcked(place) && t.deliver(place) {
			fault("deliver twice", t)
		}
	}
	m.powerLoss(s, fault)
}

// powerLoss leaves of the stream any part that contains what is synced, and of the consumer's position the newest or an old one.
func (m model) powerLoss(s state, fault stepFunc) {
	for left := s.synced; left <= s.stored; left++ {
		for _, old := range []bool{false, true} {
			t := s
			t.newLifetime()
			t.stored, t.synced, t.known = left, left, 0
			for place := range t.stream {
				if uint8(place) < left {
					t.known |= 1 << t.stream[place]
				} else {
					t.stream[place] = 0
				}
			}
			if old {
				t.acked = 0
			}
			if !m.noRewind {
				t.acked &= 1<<left - 1
			}
			m.restart(&t)
			fault("the engine loses power", t)
		}
	}
}

func (s *state) newLifetime() {
	for event := range s.rows {
		if s.rows[event] == sent {
			s.rows[event] = earlier
		}
	}
	s.relay.current, s.relay.stale = false, s.relay.acked > 0
}

// restart lets the consumer begin behind what it has acknowledged without a gap.
func (m model) restart(s *state) {
	if m.noRestart {
		return
	}
	for s.next = 0; s.next < mStream && s.isAcked(s.next); s.next++ {
	}
}
