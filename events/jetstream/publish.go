package jetstream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	nj "github.com/nats-io/nats.go/jetstream"
)

// Message is one event as it travels.
type Message struct {
	ID      string            // the engine stores one message of an id, within [Options.Duplicates]
	Subject string            // of NATS: "events.tickets.v1.ticket.solved". A stream has the subjects "events.<stream>.>"
	Header  map[string]string // attributes. Names that begin with "Nats-" are the engine's own and not among them
	Data    []byte            // at most [MaxMessage], together with ID and Header

	Sequence uint64    // its place in the stream, from 1. Not for publishing
	Time     time.Time // when the stream took it, in UTC. Not for publishing
}

// MaxMessage is how many bytes a message may have with its header, in the embedded server and, unless changed there, in external ones.
const MaxMessage = 1 << 20

// ErrFull says that the stream holds as much as it may: consumers have to act on what is there first.
var ErrFull = errors.New("the stream is full")

// What is on its way to the server at a time, and how long an acknowledgement may take.
const (
	inFlight   = 256
	ackTimeout = 10 * time.Second
)

// Publisher publishes by a connection of its own to one lifetime of the engine, over which nothing gets lost that was acknowledged. Its connection is not
// made again when it has ended: what comes after would not know what the next lifetime lacks. It may be shared.
type Publisher struct {
	engine *Engine
	nc     *nats.Conn
	js     nj.JetStream
	epoch  string
	closed chan struct{} // closed when the connection is
}

// Publisher returns the publisher of this process, a new one when the last has lost its connection. The error is [ErrDisconnected] while the engine is away.
func (e *Engine) Publisher() (*Publisher, error) {
	e.publishing.Lock()
	defer e.publishing.Unlock()
	if p := e.publisher; p != nil && !p.nc.IsClosed() {
		return p, nil
	}
	if e.Epoch() == "" || e.work.Err() != nil {
		return nil, ErrDisconnected
	}
	p := &Publisher{engine: e, closed: make(chan struct{})}
	var err error
	p.nc, p.js, err = dialNATS(e.url, append(slices.Clone(e.how), nats.RetryOnFailedConnect(false), nats.NoReconnect(),
		nats.ClosedHandler(func(*nats.Conn) { close(p.closed) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { e.options.Log.Debug("event engine", "error", err) }))...)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDisconnected, err)
	}
	p.epoch = e.epochOf(p.nc)
	if e.shared == nil {
		err = fit(natsserver.VERSION, p.nc.ConnectedServerVersion())
	}
	if err != nil || p.epoch == "" { // the second: it has ended already
		p.nc.Close()
		return nil, cmp.Or(err, ErrDisconnected)
	}
	e.publisher = p
	return p, nil
}

// Epoch names the lifetime of the engine.
func (p *Publisher) Epoch() string { return p.epoch }

// close ends the connection, and returns when nothing waits for it any more.
func (p *Publisher) close() {
	p.nc.Close()
	<-p.closed
}

// Publish puts messages into a stream in their order, and makes the stream where it is missing. It returns how many of the first of them the engine has
// acknowledged, those that it had already among them; the others may be there or not, and are to be published again.
// Whatever fails on the way, no message comes into the stream before one that precedes it here.
// Errors: [ErrDisconnected], after which another Publisher is needed, [ErrFull], and others that tell what is wrong.
func (p *Publisher) Publish(ctx context.Context, stream string, messages []Message) (acked int, err error) {
	if err := p.engine.seeToStream(ctx, stream, p.epoch); err != nil {
		return 0, err
	}
	for made := false; acked < len(messages); {
		n, err := p.send(ctx, stream, messages[acked:])
		acked += n
		switch {
		case err == nil, n > 0 && isAPI(err, wrongLastID): // somebody else's message came between
		case errors.Is(err, nj.ErrNoStreamResponse) && !made: // the stream is gone
			made = true
			if err := p.engine.makeStream(ctx, stream); err != nil {
				return acked, err
			}
		default:
			return acked, p.explain(stream, err)
		}
	}
	return acked, nil
}

// send publishes without waiting for each acknowledgement, and returns how many of the first came. Each message after the first names the one before, and
// the server takes it only behind that: after a failure, nothing that was already under way slips in out of order.
func (p *Publisher) send(ctx context.Context, stream string, messages []Message) (acked int, err error) {
	var sendErr error
	futures := make([]nj.PubAckFuture, 0, len(messages))
	for i, m := range messages {
		if len(futures)-acked >= inFlight {
			if err := p.await(ctx, futures[acked]); err != nil {
				return acked, err
			}
			acked++
		}
		options := []nj.PublishOpt{nj.WithMsgID(m.ID), nj.WithExpectStream(stream), nj.WithRetryAttempts(0)}
		if i > 0 {
			options = append(options, nj.WithExpectLastMsgID(messages[i-1].ID))
		}
		future, err := p.js.PublishMsgAsync(m.nats(), options...)
		if err != nil {
			sendErr = fmt.Errorf("publish %s: %w", m.Subject, err)
			break
		}
		futures = append(futures, future)
	}
	for _, future := range futures[acked:] {
		if err := p.await(ctx, future); err != nil {
			return acked, err
		}
		acked++
	}
	return acked, sendErr
}

func (p *Publisher) await(ctx context.Context, future nj.PubAckFuture) error {
	select {
	case <-future.Ok():
		return nil
	case err := <-future.Err():
		return fmt.Errorf("publish %s: %w", future.Msg().Subject, err)
	case <-p.closed: // nats.go leaves the acknowledgements of a closed connection open
		return ErrDisconnected
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Codes of the JetStream API that nats.go has no names for.
const (
	wrongLastID nj.ErrorCode = 10070
	storeFailed nj.ErrorCode = 10077
)

func isAPI(err error, code nj.ErrorCode) bool {
	var api *nj.APIError
	return errors.As(err, &api) && api.ErrorCode == code
}

// explain makes an error that says what to do out of one of the library.
func (p *Publisher) explain(stream string, err error) error {
	var api *nj.APIError
	switch {
	case isAPI(err, storeFailed) && errors.As(err, &api) && api.Description == "maximum bytes exceeded":
		return fmt.Errorf("stream %s: %w (%d MiB): its slowest consumer has to catch up, or MaxBytes to be raised", stream, ErrFull, p.engine.options.MaxBytes>>20)
	case disconnected(err):
		return fmt.Errorf("%w: %w", ErrDisconnected, err)
	case errors.Is(err, nats.ErrMaxPayload):
		return fmt.Errorf("%w: a message may have %d bytes with its header", err, p.nc.MaxPayload())
	default:
		return err
	}
}

// disconnected reports whether an error of the library says that the connection is lost. It may be there again by now.
func disconnected(err error) bool {
	return errors.Is(err, nats.ErrReconnectBufExceeded) || errors.Is(err, nats.ErrDisconnected) || errors.Is(err, nats.ErrConnectionClosed) ||
		errors.Is(err, nats.ErrConnectionReconnecting)
}

func (m Message) nats() *nats.Msg {
	header := make(nats.Header, len(m.Header)+2)
	for name, value := range m.Header {
		header[name] = []string{value}
	}
	return &nats.Msg{Subject: m.Subject, Header: header, Data: m.Data}
}

func message(subject string, header nats.Header, data []byte) Message {
	m := Message{ID: header.Get(nj.MsgIDHeader), Subject: subject, Data: data, Header: make(map[string]string, len(header))}
	for name, values := range header {
		if !isOwn(name) && len(values) > 0 {
			m.Header[name] = values[0]
		}
	}
	return m
}

// isOwn reports whether a header is the engine's own.
func isOwn(name string) bool { return len(name) > 5 && name[:5] == "Nats-" }
