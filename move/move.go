// Package move is the protocol by which an app leaves a running process and comes back without a failed request: a state machine for each of the two sides, without
// clocks, files or connections. The coordinator is the process that routes the traffic of the app; the peer is the one that the app goes to. docs/move.md tells it with a picture.
//
// What the protocol stands on is the lease in the app's database ([github.com/spinoff-go/spinoff/data.Lease]): whoever has opened the database at an epoch that is over
// cannot write. A lease without a holder says that the app is where its traffic is routed; one with the name of the peer, that it is there.
package move

// State is how far a side is with one app.
type State string

// The states of the coordinator. In Here and Apart it stays; from all others it goes on by itself.
const (
	Here       State = "here"       // the app runs in this process
	Preparing  State = "preparing"  // the peer starts, and is compared with this process
	Pausing    State = "pausing"    // calls wait, those inside leave, and what the app holds besides its database is closed
	Granting   State = "granting"   // the lease goes to the peer: the point of no return
	Opening    State = "opening"    // the peer opens the app
	Routing    State = "routing"    // calls go on, to the peer
	Apart      State = "apart"      // the app runs at the peer
	Recalling  State = "recalling"  // calls wait, and those at the peer are answered
	Returning  State = "returning"  // the peer closes the app and gives the lease back
	Taking     State = "taking"     // the lease is taken from a peer of which it is not known whether it has the app open
	Resuming   State = "resuming"   // the app is opened here, and calls go on
	Yielding   State = "yielding"   // the lease goes to the peer, because the app cannot be opened here
	Discarding State = "discarding" // the peer ends
)

// The states of the peer. In Standby, Serving and Left it waits for a request of the coordinator, and ends when the coordinator has ended.
const (
	Standby   State = "standby"   // everything is declared, and nothing open
	Joining   State = "joining"   // the app is opened, if the lease says so
	Serving   State = "serving"   // the app runs in this process
	Leaving   State = "leaving"   // calls wait, those inside leave, and what the app holds besides its database is closed
	Giving    State = "giving"    // the lease goes to nobody
	Rejoining State = "rejoining" // the app is opened again, because it could not leave
	Left      State = "left"      // who calls here is led to the coordinator
)

// Event is what has become of what a side does in a state.
type Event string

// The events.
const (
	Done   Event = "done"
	Failed Event = "failed" // it has not happened, or is undone
	Lost   Event = "lost"   // whether it has happened is not known: the peer is dead, or has not answered in time
)

// Action is what a side does when it enters a state; the empty one is nothing.
type Action string

// The actions of the coordinator.
const (
	Prepare Action = "prepare" // start the peer or find it, compare the programs, open connections
	Pause   Action = "pause"   // stop events, close the gate and wait until nobody is inside, close what the app holds, but not the database
	Grant   Action = "grant"   // commit a lease for the peer as the last transaction here, and close the database
	Open    Action = "open"    // ask the peer to open the app under this very lease
	Route   Action = "route"   // open the gate to the peer
	Recall  Action = "recall"  // close the gate and wait until nobody is inside
	Return  Action = "return"  // ask the peer to give back this very lease
	Take    Action = "take"    // commit a lease for nobody, in the place of whatever there is
	Resume  Action = "resume"  // open the app under a lease for nobody, and the gate to it
	Yield   Action = "yield"   // close the gate and what is open of the app, and commit a lease for the peer in the place of whatever there is
	Discard Action = "discard" // let the peer end
)

// The actions of the peer.
const (
	Join   Action = "join"   // open the app, if the lease is still the one that the coordinator has named
	Leave  Action = "leave"  // as Pause
	Give   Action = "give"   // commit a lease for nobody as the last transaction here, close the database, and lead callers to the coordinator
	Rejoin Action = "rejoin" // open again what Leave has closed, and the gate
)

// Step is what is done in a state, and which state each event leads to. An event without one leads nowhere: the same is done again, after a while.
type Step struct {
	Does               Action
	Done, Failed, Lost State
}

// Machine is what a side does in each state that it does not stay in. A move begins at Preparing, the way back at Recalling; a coordinator
// that starts, and does not know what there was before, begins at Taking, or at Resuming where the lease is for nobody. The peer
// begins at Joining when it is asked to open the app, and at Leaving when it is asked to return it.
type Machine map[State]Step

// Coordinator returns the machine of the coordinator.
func Coordinator() Machine {
	return Machine{
		Preparing:  {Does: Prepare, Done: Pausing, Failed: Discarding, Lost: Discarding},
		Pausing:    {Does: Pause, Done: Granting, Failed: Resuming},
		Granting:   {Does: Grant, Done: Opening, Failed: Resuming, Lost: Taking},
		Opening:    {Does: Open, Done: Routing, Failed: Taking, Lost: Taking},
		Routing:    {Does: Route, Done: Apart},
		Recalling:  {Does: Recall, Done: Returning, Failed: Routing},
		Returning:  {Does: Return, Done: Resuming, Failed: Routing, Lost: Taking},
		Taking:     {Does: Take, Done: Resuming},
		Resuming:   {Does: Resume, Done: Discarding, Failed: Yielding},
		Yielding:   {Does: Yield, Done: Opening, Failed: Resuming},
		Discarding: {Does: Discard, Done: Here, Failed: Here, Lost: Here},
	}
}

// Peer returns the machine of the peer. It answers a request with Done where it ends in Serving after it was asked to open the app, or in Left after it was asked to return it; with
// Failed where the app is as before; and with Lost in Standby after it was asked to return the app: it is closed, and who has the lease is not known.
func Peer() Machine {
	return Machine{
		Joining:   {Does: Join, Done: Serving, Failed: Standby},
		Leaving:   {Does: Leave, Done: Giving, Failed: Rejoining},
		Giving:    {Does: Give, Done: Left, Failed: Rejoining, Lost: Standby},
		Rejoining: {Does: Rejoin, Done: Serving, Failed: Standby},
	}
}

// Next returns the state that an event leads to.
func (m Machine) Next(s State, e Event) State {
	step := m[s]
	next := map[Event]State{Done: step.Done, Failed: step.Failed, Lost: step.Lost}[e]
	if next == "" {
		return s
	}
	return next
}

// Run goes on from a state, by do, which does what a state says and returns what has become of it, until it comes to a state in which there is nothing to be done. It returns that one.
func (m Machine) Run(s State, do func(State, Action) Event) State {
	for m[s].Does != "" {
		s = m.Next(s, do(s, m[s].Does))
	}
	return s
}
