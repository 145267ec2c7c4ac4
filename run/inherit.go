package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
)

// variableRole is set for a process that another process of the project starts, to its role; that process then has three files more.
const variableRole = "SPINOFF_ROLE"

// The files that a process has from the one that started it.
const (
	fdListener = 3 + iota // the socket to answer on
	fdLifeline            // ends when the other process has ended, in whatever way
	fdHello               // where to say that it is ready
)

// inherited is what a process has from the one that started it.
type inherited struct {
	role     role
	parent   int          // the number of that process; 0 where somebody else started this one
	listener net.Listener // nil where there is no parent
	lifeline *os.File
	hello    *os.File
}

// hello is what a process says to the one that started it, once: that it is ready, or why it never will be.
type hello struct {
	Control string `json:"control,omitempty"` // folder of its control socket
	Error   string `json:"error,omitempty"`
}

// inherit takes what another process of the project has left to this one.
func inherit() (*inherited, error) {
	f := &inherited{role: roleProject}
	given := role(os.Getenv(variableRole))
	if given == "" {
		return f, nil
	}
	if given != roleChild && given != roleHeir {
		return f, fmt.Errorf("%s is %q; it is set by the program itself for processes that it starts: unset it", variableRole, given)
	}
	var err error
	f.role, f.parent = given, os.Getppid()
	if f.lifeline, err = inheritedFile(fdLifeline, "lifeline"); err != nil {
		return f, err
	}
	if f.hello, err = inheritedFile(fdHello, "hello"); err != nil {
		return f, err
	}
	l, err := inheritedFile(fdListener, "listener")
	if err != nil {
		return f, err
	}
	f.listener, err = net.FileListener(l)
	return f, errors.Join(err, l.Close())
}

// listen returns the socket that the parent has left, or opens addr.
func (f *inherited) listen(p *Process, addr string) (net.Listener, error) {
	if f.listener != nil {
		return f.listener, nil
	}
	return p.listen(addr)
}

// say tells the parent how the start has ended, once. It reports whether there was somebody to tell.
func (f *inherited) say(h hello) bool {
	if f.hello == nil {
		return false
	}
	err := errors.Join(json.NewEncoder(f.hello).Encode(h), f.hello.Close())
	f.hello = nil
	return err == nil
}

// orphaned returns a context that is done when the parent has ended. If this process is ending by then, it ends at once: its parent
// was told not to wait.
func (f *inherited) orphaned(ctx context.Context) (context.Context, context.CancelFunc) {
	alive, cancel := context.WithCancel(ctx)
	if f.lifeline == nil {
		return alive, cancel
	}
	go func() {
		_, _ = io.Copy(io.Discard, f.lifeline) // nothing is ever written to it: it ends
		if alive.Err() != nil {
			os.Exit(exitFailed)
		}
		cancel()
	}()
	return alive, cancel
}
