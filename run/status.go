package run

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// processStatus is what a process says of itself on its control socket.
type processStatus struct {
	Program  string        `json:"program"`
	Version  string        `json:"version"`
	PID      int           `json:"pid"`
	Parent   int           `json:"parent,omitempty"` // the process of the project that started it
	Role     role          `json:"role"`
	Address  string        `json:"address"` // such as http://127.0.0.1:8000
	Started  time.Time     `json:"started"`
	State    string        `json:"state"` // ready, unavailable (see the apps), standby, or keeper
	Apps     []appStatus   `json:"apps"`
	Children []childStatus `json:"children,omitempty"`
}

// role is what a process is to the others.
type role string

const (
	roleProject role = "project" // somebody started it
	roleChild   role = "child"   // runs apps for the process that started it
	roleHeir    role = "heir"    // took over from the process that started it
)

// What a process does.
const (
	stateReady       = "ready"
	stateUnavailable = "unavailable"
	stateStandby     = "standby"
	stateKeeper      = "keeper" // it has handed over to its heir, and is there for whoever started it
)

// stateHere is the state of an app in the process where it runs.
const stateHere = "here"

// appStatus is an app as one process sees it.
type appStatus struct {
	Name   string `json:"name"`
	State  string `json:"state"`            // here, moving, nowhere, or the address where it answers
	Health string `json:"health,omitempty"` // of an app here: ok or unavailable
}

// childStatus is a process that another one has started and looks after.
type childStatus struct {
	Apps     []string   `json:"apps"`
	PID      int        `json:"pid,omitempty"` // 0 while it is not running
	Address  string     `json:"address"`
	State    childState `json:"state"`
	Since    time.Time  `json:"since"` // when that state began
	Restarts int        `json:"restarts"`
	Problem  string     `json:"problem,omitempty"` // why it ended last
}

// status returns what this process says of itself.
func (p *Process) status(ctx context.Context) processStatus {
	s := processStatus{
		Program: filepath.Base(os.Args[0]), Version: Version(), PID: os.Getpid(),
		Parent: p.from.parent, Role: p.from.role, Address: p.address, Started: p.started,
		Apps: []appStatus{}, Children: p.family.status(),
	}
	if heir := p.handOver.heir.Load(); heir != nil {
		s.State, s.Children = stateKeeper, []childStatus{heir.status()}
		return s
	}
	var ready health
	if s.State = stateStandby; !p.standby.waiting() {
		var code int
		if ready, code = p.checkReady(ctx); code == http.StatusOK {
			s.State = stateReady
		} else {
			s.State = stateUnavailable
		}
	}
	for _, a := range p.apps {
		s.Apps = append(s.Apps, appStatus{a.Name, a.where(), ready.Apps[a.Name]})
	}
	return s
}
