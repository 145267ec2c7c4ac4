package call

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"sync"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/trace"
)

// maxAnswer bounds what a consumer reads of an answer, in bytes.
const maxAnswer = 64 << 20

// Remote calls a service over HTTP, at one replica or several. It is safe for concurrent use.
type Remote struct {
	service  string
	bases    Bases
	identity *Identity
	log      *slog.Logger
	options  RemoteOptions

	pool     *pool
	retries  *budget
	hedges   *budget
	counters counters

	mu        sync.RWMutex
	endpoints map[key]*remoteEndpoint // those called so far

	consumers *consumers
	tracer    trace.Tracer // nil where nothing is recorded
}

// RemoteOptions say how calls are made. The zero value works.
type RemoteOptions struct {
	KeepsKeys bool     // the provider keeps Idempotency-Keys, so that every call may be sent again. Default: only what is idempotent
	NoRetries bool     // every call is sent once, whatever happens
	Hedge     bool     // a GET that takes long is sent to a second replica as well
	LookUp    Resolver // Default: as the machine does
	Twice     bool     // for tests: a call that may be sent again is, by another replica where there is one, and the second answer counts
}

// remoteEndpoint is an endpoint as it is called.
type remoteEndpoint struct {
	*endpoint
	told  daily    // that it is deprecated
	usual quantile // how long an answer takes to begin, where calls are hedged
}

// NewRemote returns a caller of the service that answers under bases. A user in them is the consumer's name, its password the secret; they travel as
// HTTP basic authentication. Connections are made as transport does, which stays as it is.
func NewRemote(service string, bases Bases, transport *http.Transport, identity *Identity, log *slog.Logger, o RemoteOptions) *Remote {
	if o.LookUp == nil {
		o.LookUp = lookUp
	}
	return &Remote{
		service: service, bases: bases, identity: identity, log: log, options: o,
		pool:    newPool(bases, transport, o.LookUp),
		retries: newBudget(retryPart, retrySaved, retryQuiet), hedges: newBudget(hedgePart, hedgeSaved, 0),
		endpoints: map[key]*remoteEndpoint{}, consumers: newConsumers(),
	}
}

// Base returns the addresses without a secret, for people.
func (c *Remote) Base() string { return c.bases.Redacted() }

// Close closes the connections that no call uses. Calls that come later open new ones.
func (c *Remote) Close() { c.pool.close() }

// Replicas returns what is known of each replica.
func (c *Remote) Replicas() []ReplicaState {
	all := *c.pool.replicas.Load()
	states := make([]ReplicaState, len(all))
	for i, r := range all {
		states[i] = r.state()
	}
	return states
}

// call calls over HTTP. in is a shallow copy that nobody else holds.
func (c *Remote) call(ctx context.Context, consumer string, d *spinoff.Declaration, in, out any) error {
	e, err := c.endpoint(d, in, out)
	if err != nil {
		return spinoff.ErrInternal.Because(err)
	}
	s := &scope{overHTTP: true}
	s.begin(ctx, consumer, e.Timeout)
	s.priority = e.Priority
	defer s.end()
	if err := e.admitRequest(s, in, false); err != nil {
		return e.narrow(err, s)
	}
	s.traceRemote(c.tracer, e.endpoint, c.bases[0].Hostname(), c.bases[0].Port())
	e.counts.begun.Add(1)
	told := c.exchange(s, e, in, out)
	c.ended(s, e.endpoint, out, told)
	if told != nil {
		return told
	}
	return nil
}

func (c *Remote) endpoint(d *spinoff.Declaration, in, out any) (*remoteEndpoint, error) {
	k := key{d.Service, d.Route}
	c.mu.RLock()
	known := c.endpoints[k]
	c.mu.RUnlock()
	if known != nil {
		return known, nil
	}
	compiled, err := compile(spinoff.Operation{Declaration: *d, In: reflect.TypeOf(in).Elem(), Out: reflect.TypeOf(out).Elem()})
	if err != nil {
		return nil, err
	}
	compiled.consumers = c.consumers
	e := &remoteEndpoint{endpoint: compiled}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.endpoints[k] == nil { // nobody else was faster
		c.endpoints[k] = e
	}
	return c.endpoints[k], nil
}

// heed logs once a day for each consumer what the provider says of the end of an endpoint.
func (c *Remote) heed(s *scope, e *remoteEndpoint, h http.Header) {
	ending := learn(h)
	if ending == nil || !e.told.first(c.consumers.number(s.consumer), epoch.Add(s.start)) {
		return
	}
	ending.log(s, e.endpoint, c.log)
}

// readAnswer reads an answer or an error.
func (e *endpoint) readAnswer(response *http.Response, out any) error {
	body := io.LimitReader(response.Body, maxAnswer)
	media, _, _ := strings.Cut(response.Header.Get("Content-Type"), ";")
	switch {
	case media == problemMediaType:
		if told := readProblem(response.Header, body, e.Service.Name); told != nil {
			return told
		}
		return fmt.Errorf("it answers with status %d and a problem that no spinoff service has", response.StatusCode)
	case response.StatusCode >= 300:
		return fmt.Errorf("it answers with status %d and %q, which no spinoff service does", response.StatusCode, media)
	case !e.reply.InBody:
	case media != "application/json":
		return fmt.Errorf("it answers with %q, not JSON", media)
	default:
		text := buffer()
		defer release(text)
		if _, err := text.ReadFrom(body); err != nil {
			return err
		}
		faults, err := e.reply.Decode(text, out, false)
		if err != nil {
			return fmt.Errorf("its answer cannot be read: %w", err)
		}
		if faults != nil {
			return fmt.Errorf("its answer breaks the contract: %w", e.invalid(faults))
		}
	}
	e.reply.SetStatus(out, response.StatusCode)
	e.reply.DecodeHeader(response.Header, out)
	return nil
}
