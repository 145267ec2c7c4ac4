package call

import (
	"cmp"
	"io"
	"net/http"
	"sync/atomic"

	"github.com/spinoff-go/spinoff"
)

const (
	defaultShare = 1024     // requests of one app that are inside at the same time
	mostHeld     = 64 << 20 // bytes of bodies of one app that are held at the same time
	freeBody     = 4 << 10  // so much of a body costs no more than its connection, and is not counted
)

// door bounds what one app holds for requests over HTTP, from their first byte to the last of their answers: those that trickle in, wait, are answered or trickle out.
type door struct {
	share  int64        // requests inside at the same time, at most
	inside atomic.Int64 // requests
	held   atomic.Int64 // bytes of bodies
}

// SetShare sets how many requests over HTTP, calls and pages, the app may hold at the same time, whatever they wait for: its share of the server's connections.
// It comes before the first request. Default: 1024
func (p *Provider) SetShare(requests int) { p.door.share = int64(requests) }

// comeIn counts a request in, or refuses it: before anything of it is read, and with nothing done. Who came in goes out.
func (p *Provider) comeIn(l lane) bool {
	return !p.admission.full(l) && p.door.comeIn() || p.admission.refuse(l)
}

func (d *door) comeIn() bool {
	if d.inside.Add(1) <= d.share {
		return true
	}
	d.inside.Add(-1)
	return false
}

func (d *door) goOut() { d.inside.Add(-1) }

// laneAsked returns the lane of a request: what it says itself, or that of p.
func laneAsked(r *http.Request, p spinoff.Priority) lane {
	return laneOf(cmp.Or(readPriority(r.Header), p))
}

// heldBody counts what of a body is held.
type heldBody struct {
	io.Reader
	door *door
	read int64 // bytes
}

// Read implements io.Reader. Where the bodies of the app hold too much, it fails with [spinoff.ErrOverloaded].
func (b *heldBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	before := max(b.read, freeBody)
	b.read += int64(n)
	if more := b.read - before; more > 0 && b.door.held.Add(more) > mostHeld {
		return n, spinoff.ErrOverloaded
	}
	return n, err
}

// release says that nothing of the body is held any more.
func (b *heldBody) release() { b.door.held.Add(-max(0, b.read-freeBody)) }
