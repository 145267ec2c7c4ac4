package call

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/trace"
)

// delivery is one call on its way: what stays the same however often it is sent, and what has been tried.
type delivery struct {
	*Remote
	s       *scope
	e       *remoteEndpoint
	in, out any
	key     string // the header Idempotency-Key
	body    []byte

	sent     int        // how often
	reached  bool       // whether the provider may have seen it
	waited   int        // how often
	twice    bool       // whether it was answered already; see [RemoteOptions]
	repeated bool       // whether it was repeated because a kept connection was closed
	tried    []*replica // since it last waited
	failures []string
}

// attempt is a call sent once.
type attempt struct {
	replica  *replica           // nil where none was free to be asked
	passed   func(error)        // tells the breaker
	cancel   context.CancelFunc // nil where it ends with the call
	request  *http.Request
	response *http.Response
	watch    watch
	begun    time.Duration // on clock
	err      error
	sent     bool          // whether the provider may have seen the request
	after    time.Duration // that the answer asks to wait; 0: it does not say
}

// errOpen is why no replica was asked.
var errOpen = errors.New("it has failed so often that it is left alone for a moment")

// exchange sends the request until it has an answer that it keeps.
func (c *Remote) exchange(s *scope, e *remoteEndpoint, in, out any) *spinoff.Error {
	c.retries.earn()
	d := &delivery{Remote: c, s: s, e: e, in: in, out: out, key: e.sendKey(s)}
	if e.request.InBody {
		text := buffer()
		text.Write(e.request.AppendJSON(text.AvailableBuffer(), in))
		d.body = bytes.Clone(text.Bytes()) // the transport may go on reading it when the answer is there
		release(text)
	}
	for {
		a := d.attempt()
		if d.options.Twice && !d.twice && (a.err == nil || a.told() != nil) && d.repeatable() {
			d.twice = true
			reflect.ValueOf(out).Elem().SetZero()
			continue
		}
		if a.err == nil {
			return nil
		}
		wait, again := d.again(a)
		if !again || !d.sleep(wait) {
			return d.failed(a)
		}
		reflect.ValueOf(out).Elem().SetZero() // of half an answer
	}
}

// attempt sends the call once, twice where it is hedged, and reads the answer.
func (d *delivery) attempt() *attempt {
	var a *attempt
	if d.options.Hedge && !d.options.NoRetries && d.e.Method() == http.MethodGet {
		a = d.hedged()
	} else if a = d.begin(d.s.wait()); a.err == nil {
		a.send()
	}
	if a.response != nil {
		a.err = d.read(a)
		a.response.Body.Close()
	}
	d.end(a)
	return a
}

// begin chooses a replica and makes the request for it.
func (d *delivery) begin(ctx context.Context) *attempt {
	a := &attempt{err: errOpen}
	not := d.tried
	for a.passed == nil {
		if a.replica = d.pool.pick(not); a.replica == nil {
			return a
		}
		a.passed, _ = a.replica.breaker(d.e.endpoint).Allow()
		not = append(slices.Clip(not), a.replica)
	}
	d.tried = append(d.tried, a.replica)
	d.pool.begin(a.replica)
	a.begun = clock()
	a.request, a.err = d.request(a.watch.watched(ctx), a.replica)
	return a
}

// send sends the request, and returns when the answer begins. Whether it is repeated is decided here alone: net/http has no body to repeat.
func (a *attempt) send() {
	a.response, a.err = a.replica.transport.RoundTrip(a.request) //nolint:bodyclose // who reads or discards the attempt closes it
	a.sent = a.err == nil || a.watch.sent(a.err)
	a.err = a.replica.demand.explain(a.err, &a.watch)
}

// told returns the problem that the provider has answered with, or nil.
func (a *attempt) told() *spinoff.Error {
	told, _ := a.err.(*spinoff.Error) //nolint:errorlint // what is wrapped is not the provider's: a fault in its answer
	return told
}

// end says what the attempt tells of its replica.
func (d *delivery) end(a *attempt) {
	if a.cancel != nil {
		a.cancel()
	}
	d.reached = d.reached || a.sent
	if a.replica == nil {
		return
	}
	d.sent++
	v := d.verdict(a)
	a.passed(v.forBreaker())
	d.pool.end(a.replica, v)
	if a.err != nil {
		d.failures = append(d.failures, fmt.Sprintf("%s: %v", a.replica.name(), Trouble(a.err)))
	}
}

// verdict judges a replica by an attempt. That an answer does not come in time counts where there was time.
func (d *delivery) verdict(a *attempt) verdict {
	enough := clock()-a.begun >= min(d.e.Timeout/2, 500*time.Millisecond)
	told := a.told()
	switch {
	case a.err == nil:
		return fine
	case a.request == nil: // it could not even be made
		return unknown
	case told != nil && told.Code == spinoff.ErrOverloaded.Code:
		return busy
	case told != nil && told.Code == spinoff.ErrTimeout.Code && enough:
		return late
	case told != nil:
		return fine
	case errors.Is(d.s.parent.Err(), context.Canceled):
		return unknown
	case d.over(a.err) && !enough:
		return unknown
	case a.watch.reused && isBroken(a): // a connection that was kept too long; the next one will tell
		return unknown
	case !a.sent && !isTimeout(a.err):
		return away
	}
	return failed
}

// over reports whether the time of the call is over.
func (d *delivery) over(err error) bool {
	return d.s.Err() != nil || errors.Is(err, context.DeadlineExceeded) && d.s.left() < 10*time.Millisecond // net looks at the deadline itself, a little earlier
}

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

// read reads the answer.
func (d *delivery) read(a *attempt) error {
	h := a.response.Header
	d.heed(d.s, d.e, h)
	for _, name := range d.e.reply.LinkHeaders {
		if link := h.Get(name); link != "" {
			h.Set(name, a.replica.fromBase(a.request, link))
		}
	}
	err := d.e.readAnswer(a.response, d.out)
	if err != nil {
		a.after = retryAfter(h)
	}
	return err
}

// request makes the request for one replica.
func (d *delivery) request(ctx context.Context, to *replica) (*http.Request, error) {
	u, err := to.url(d.e.endpoint, d.in)
	if err != nil {
		return nil, err
	}
	h := make(http.Header, 8)
	h["User-Agent"] = nil // not sent: who calls is in a header of ours
	r := (&http.Request{Method: d.e.Method(), URL: u, Host: u.Host, Header: h, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}).WithContext(ctx)
	if d.e.request.InBody {
		r.ContentLength = int64(len(d.body))
		r.Body = io.NopCloser(bytes.NewReader(d.body))
		h["Content-Type"] = contentJSON
	}
	d.e.request.EncodeHeader(h, d.in)
	origin := d.s.origin()
	values := []string{origin.RequestID, strconv.FormatInt(d.s.left().Milliseconds(), 10), origin.Consumer, d.key} // one allocation for four headers
	h[headerRequestID], h[headerTimeout] = values[0:1:1], values[1:2:2]
	if origin.Consumer != "" {
		h[headerConsumer] = values[2:3:3]
	}
	if d.key != "" {
		h[headerIdempotencyKey] = values[3:]
	}
	if origin.Trace != "" {
		h[trace.Header] = []string{origin.Trace}
	}
	d.e.sendPriority(h, origin.Priority)
	if statement := d.identity.Sign(origin.Person, d.service); statement != "" {
		h.Set(headerPerson, statement)
	}
	if name, secret, ok := d.bases.Key(); ok {
		r.SetBasicAuth(name, secret)
	} else if statement := d.identity.SignConsumer(origin.Consumer, d.service); statement != "" {
		h.Set(headerStatement, statement)
	}
	return r, nil
}

// url returns the URL of a call.
func (r *replica) url(e *endpoint, in any) (*url.URL, error) {
	u := *r.base
	path := "/v" + strconv.Itoa(e.Service.Version) + e.Path()
	if !strings.Contains(path, "{") {
		u.Path, u.RawPath = u.Path+path, ""
	} else {
		var err error
		u.RawPath = u.EscapedPath() + e.request.EncodePath(path, in)
		if u.Path, err = url.PathUnescape(u.RawPath); err != nil {
			return nil, err
		}
	}
	if !e.request.InBody {
		u.RawQuery = e.request.EncodeQuery(in).Encode()
	}
	return &u, nil
}

// failed returns the error of a call: the problem that the provider answered with, or why there was no proper answer.
func (d *delivery) failed(a *attempt) *spinoff.Error {
	if told := a.told(); told != nil {
		return told
	}
	switch {
	case d.s.parent.Err() != nil:
		return d.e.narrow(d.s.parent.Err(), d.s)
	case d.over(a.err):
		return d.e.narrow(context.DeadlineExceeded, d.s)
	}
	told := spinoff.ErrUnavailable.With("%s at %s", d.service, d.history(a))
	if a.replica == nil {
		told.RetryAfter = openFor
	}
	told.Service, told.RequestID = d.e.Service.Name, d.s.origin().RequestID
	return told
}

// history names what was tried, and how it failed.
func (d *delivery) history(a *attempt) string {
	if len(d.failures) == 0 {
		return fmt.Sprintf("%s: %v", d.Base(), a.err)
	}
	var said []string
	times := map[string]int{}
	for _, f := range d.failures {
		if times[f]++; times[f] == 1 {
			said = append(said, f)
		}
	}
	for i, f := range said {
		if times[f] > 1 {
			said[i] = fmt.Sprintf("%s (%d times)", f, times[f])
		}
	}
	return strings.Join(said, "; at ")
}
