package jetstream

import (
	"context"
	"errors"
	"fmt"
	"time"

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

// Publish puts messages into a stream in their order, and makes the stream where it is missing. It returns how many of the first of them the engine has
// acknowledged, those that it had already among them, and the epoch in which; the others may be there or not, and are to be published again.
// Whatever fails on the way, no message comes into the stream before one that precedes it here.
// Errors: [ErrDisconnected], [ErrFull], and others that tell what is wrong.
func (e *Engine) Publish(ctx context.Context, stream string, messages []Message) (acked int, epoch string, err error) {
	if epoch = e.Epoch(); epoch == "" { // the epoch before it: what a later one acknowledges is published once more, which does no harm
		return 0, "", ErrDisconnected
	}
	if err := e.seeToStream(ctx, stream, epoch); err != nil {
		return 0, epoch, err
	}
	for made := false; acked < len(messages); {
		n, err := e.send(ctx, stream, messages[acked:])
		acked += n
		switch {
		case err == nil, n > 0 && isAPI(err, wrongLastID): // somebody else's message came between
		case errors.Is(err, nj.ErrNoStreamResponse) && !made: // the stream is gone
			made = true
			if err := e.makeStream(ctx, stream); err != nil {
				return acked, epoch, err
			}
		default:
			return acked, epoch, e.explain(stream, err)
		}
	}
	return acked, epoch, nil
}

// send publishes without waiting for each acknowledgement, and returns how many of the first came. Each message after the first names the one before, and
// the server takes it only behind that: after a failure, nothing that was already under way slips in out of order.
func (e *Engine) send(ctx context.Context, stream string, messages []Message) (acked int, err error) {
	var sendErr error
	futures := make([]nj.PubAckFuture, 0, len(messages))
	for i, m := range messages {
		if len(futures)-acked >= inFlight {
			if err := e.await(ctx, futures[acked]); err != nil {
				return acked, err
			}
			acked++
		}
		options := []nj.PublishOpt{nj.WithMsgID(m.ID), nj.WithExpectStream(stream), nj.WithRetryAttempts(0)}
		if i > 0 {
			options = append(options, nj.WithExpectLastMsgID(messages[i-1].ID))
		}
		future, err := e.js.PublishMsgAsync(m.nats(), options...)
		if err != nil {
			sendErr = fmt.Errorf("publish %s: %w", m.Subject, err)
			break
		}
		futures = append(futures, future)
	}
	for _, future := range futures[acked:] {
		if err := e.await(ctx, future); err != nil {
			return acked, err
		}
		acked++
	}
	return acked, sendErr
}

func (e *Engine) await(ctx context.Context, future nj.PubAckFuture) error {
	select {
	case <-future.Ok():
		return nil
	case err := <-future.Err():
		return fmt.Errorf("publish %s: %w", future.Msg().Subject, err)
	case <-e.closed: // nats.go leaves the acknowledgements of a closed connection open
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
func (e *Engine) explain(stream string, err error) error {
	var api *nj.APIError
	switch {
	case isAPI(err, storeFailed) && errors.As(err, &api) && api.Description == "maximum bytes exceeded":
		return fmt.Errorf("stream %s: %w (%d MiB): its slowest consumer has to catch up, or MaxBytes to be raised", stream, ErrFull, e.options.MaxBytes>>20)
	case errors.Is(err, nats.ErrReconnectBufExceeded), errors.Is(err, nats.ErrDisconnected), errors.Is(err, nats.ErrConnectionClosed),
		errors.Is(err, nats.ErrConnectionReconnecting):
		return fmt.Errorf("%w: %w", ErrDisconnected, err)
	case errors.Is(err, nats.ErrMaxPayload):
		return fmt.Errorf("%w: a message may have %d bytes with its header", err, e.nc.MaxPayload())
	default:
		return err
	}
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
