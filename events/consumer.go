package events

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"reflect"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/events/jetstream"
	"github.com/spinoff-go/spinoff/shape"
	"github.com/spinoff-go/spinoff/trace"
)

// How events are handled.
const (
	lanes         = 64                                // events about different subjects that one consumer handles at a time; more share a commit, up to a point
	laneLength    = 16                                // events that wait in a lane
	handleTimeout = jetstream.AckWait - 5*time.Second // how long one may take: it must be over when the engine delivers the event again
	suspects      = 256                               // events that are counted after a start: those that a process which has ended may have been at
	maxBegun      = 5                                 // an event that was so often begun with and never finished ends the process, it seems
	troubleWait   = time.Second                       // until an event is tried again that the database could not even note as failed
)

// consumer is what an app does with a topic.
type consumer struct {
	spinoff.Consumer
	name    string // of the consumer, in the project: "faqcreator:tickets.ticket.solved". It is the same for all versions of the topic
	message *shape.Message
}

// noted is how long the database notes that an event has been handled: longer than the engine delivers it again.
const noted = 90 * 24 * time.Hour

// key is under which the database notes that an event has been handled.
func (c *consumer) key(e envelope, now time.Time) spinoff.Key {
	return spinoff.Key{Scope: scope(c.name), ID: e.ID, Until: now.Add(noted)}
}

// durable is the engine's name for the position.
func (c *consumer) durable(app string) string {
	return app + "_" + strings.ReplaceAll(c.Name, ".", "_")
}

// subscribe prepares a consumer.
func (b *Box) subscribe(c spinoff.Consumer) error {
	message, err := compile(c.Kind)
	if err != nil {
		return err
	}
	added := &consumer{c, b.app + ":" + c.Service.Name + "." + c.Name, message}
	for _, other := range b.consumers {
		if other.name == added.name {
			return fmt.Errorf("app %s consumes topic %s of service %s twice; one function handles the events of a topic, of one version", b.app, c.Name, c.Service.Name)
		}
	}
	b.consumers = append(b.consumers, added)
	return nil
}

// deliver begins to hand events to c: those about one subject one after the other, others at the same time.
func (b *Box) deliver(ctx context.Context, engine *jetstream.Engine, c *consumer) error {
	queues := make([]chan jetstream.Delivery, lanes)
	var started atomic.Int64
	for i := range queues {
		queue := make(chan jetstream.Delivery, laneLength)
		queues[i] = queue
		b.working.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case d := <-queue:
					b.receive(ctx, c, d, started.Add(1) <= suspects || d.Tries > 1)
				}
			}
		})
	}
	seed := maphash.MakeSeed()
	stop, err := engine.Consume(ctx, jetstream.Consumer{Stream: c.Service.Name, Name: c.durable(b.app), Subject: subjectOf(c.String()), OnlyNew: c.OnlyNew},
		func(d jetstream.Delivery) {
			select {
			case queues[maphash.String(seed, d.Header[headerSubject])%lanes] <- d:
			case <-ctx.Done():
			}
		})
	if err == nil {
		b.working.Go(func() { <-ctx.Done(); stop() })
	}
	return err
}

// receive handles one delivery and answers it, unless the box is closing: then the event comes again. A suspect, at which a process may have ended, is
// counted before, and handled alone where it was begun with before.
func (b *Box) receive(ctx context.Context, c *consumer, d jetstream.Delivery, suspect bool) {
	e, err := open(d.Message)
	if err != nil {
		b.log.Error("a message is put aside", "consumer", c.name, "error", err)
		d.Ack() //nolint:errcheck // it comes again
		return
	}
	settle := func() error { return b.settle(ctx, c, e) }
	var begun int64
	if suspect && !b.insist(ctx, c, d, e, func() (err error) { begun, err = b.begun(ctx, c, e); return err }) {
		return
	}
	if begun == 0 {
		b.alone.RLock()
		defer b.alone.RUnlock()
	} else { // a process has ended that was at it, and at others: should this one end too, it will be known which of them it was
		b.alone.Lock()
		defer b.alone.Unlock()
	}
	if begun >= maxBegun {
		cause := fmt.Errorf("it was begun with %d times and never finished: it seems to end the process", begun)
		settle = func() error { return b.putAside(ctx, c, e, cause) }
	} else if suspect && !b.insist(ctx, c, d, e, func() error { return b.count(ctx, c, e) }) {
		return
	}
	if !b.insist(ctx, c, d, e, settle) {
		return
	}
	b.mark("before ack")
	d.Ack() //nolint:errcheck // it comes again
	b.mark("after ack")
}

// insist does what ends with an error only where the database is in trouble, as on a full disk, until it succeeds: the event is not to blame, and later ones
// about its subject wait behind it. It reports false when the box is closed before.
func (b *Box) insist(ctx context.Context, c *consumer, d jetstream.Delivery, e envelope, do func() error) bool {
	for {
		err := do()
		if err == nil || ctx.Err() != nil {
			return err == nil
		}
		b.log.Warn("an event waits for the database", "consumer", c.name, "event", e.ID, "error", err)
		d.InProgress() //nolint:errcheck // it comes again
		select {
		case <-ctx.Done():
		case <-time.After(troubleWait):
		}
	}
}

// begun returns how often an event was begun with and not finished, by a process that has ended since.
func (b *Box) begun(ctx context.Context, c *consumer, e envelope) (n int64, err error) {
	err = b.db.Read(ctx, func(tx *data.Tx) error {
		n, err = data.One[int64](ctx, tx, "SELECT CAST(answer AS INTEGER) FROM spinoff_done WHERE scope = $1 AND id = $2", "begun:"+c.name, e.ID)
		return err
	})
	if errors.Is(err, data.ErrNotFound) {
		err = nil
	}
	return n, err
}

// count notes that an event is begun with.
func (b *Box) count(ctx context.Context, c *consumer, e envelope) error {
	return b.db.Write(ctx, func(tx *data.Tx) error {
		_, err := data.Exec(ctx, tx, `
			INSERT INTO spinoff_done (scope, id, hash, answer, expires_at) VALUES ($1, $2, '', '1', $3)
			ON CONFLICT (scope, id) DO UPDATE SET answer = CAST(CAST(spinoff_done.answer AS INTEGER) + 1 AS TEXT), expires_at = $3`,
			"begun:"+c.name, e.ID, b.now().Add(24*time.Hour).UnixMilli())
		return err
	})
}

// settle sees to it that an event has had its effect or is put aside. The error is one of the database, for which the event is not to blame.
func (b *Box) settle(ctx context.Context, c *consumer, e envelope) error {
	b.mark("before effect")
	err := b.handle(ctx, c, e)
	if err != nil && !errors.Is(err, spinoff.ErrInFlight) && !errors.Is(err, data.ErrTrouble) && ctx.Err() == nil {
		err = b.putAside(ctx, c, e, err)
	}
	return err
}

// handle runs the handler and notes, in the same transaction, that the event has been handled. An event that has been is handled no more.
func (b *Box) handle(ctx context.Context, c *consumer, e envelope) error {
	ctx, cancel := context.WithTimeout(ctx, handleTimeout)
	defer cancel()
	_, _, err := b.db.Do(ctx, c.key(e, b.now()), func(ctx context.Context) ([]byte, error) {
		return nil, b.call(ctx, c, e)
	})
	return err
}

// panicked is a panic of a handler.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// call reads the event's data and calls the handler.
func (b *Box) call(ctx context.Context, c *consumer, e envelope) (err error) {
	var span trace.Span
	defer func() {
		if v := recover(); v != nil {
			err = &panicked{v, debug.Stack()}
		}
		if span != nil {
			span.End(failure(err))
		}
	}()
	decoded := reflect.New(c.message.Go).Interface()
	faults, err := c.message.Decode(bytes.NewBuffer(bytes.Clone(e.Data)), decoded, false)
	if err != nil {
		return fmt.Errorf("read the event: %w", err)
	}
	if faults != nil {
		return fmt.Errorf("the event breaks its contract: %s %s", faults[0].Pointer, faults[0].Detail)
	}
	origin := spinoff.Origin{RequestID: e.ID, Consumer: b.app, Trace: e.Trace}
	if trace.Below(b.tracer, e.Trace) {
		span = b.tracer.Start(e.Trace, trace.Handler, "process "+e.Kind, slog.String("messaging.system", "nats"),
			slog.String("messaging.operation.name", "process"), slog.String("messaging.operation.type", "process"), slog.String("messaging.destination.name", e.Kind),
			slog.String("messaging.message.id", e.ID), slog.String("spinoff.app", b.app))
		origin.Trace = span.Traceparent()
	}
	ctx = spinoff.WithOrigin(ctx, origin)
	return c.Handle(ctx, e.event(decoded))
}

// putAside notes that an event could not be handled, and when it is tried again. The event counts as handled: whoever tries again takes it from there.
func (b *Box) putAside(ctx context.Context, c *consumer, e envelope, cause error) error {
	now, after := b.now(), backOff(1)
	b.log.WarnContext(ctx, "an event could not be handled", "consumer", c.name, "event", e.ID, "error", cause, "again_in", after)
	_, _, err := b.db.Do(ctx, c.key(e, now), func(ctx context.Context) ([]byte, error) {
		return nil, b.db.Write(ctx, func(tx *data.Tx) error {
			_, err := data.Exec(ctx, tx, `
				INSERT INTO spinoff_failed (consumer, id, kind, source, subject, data, at, tries, error, stack, failed_at, next_at)
				VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9, $10, $11)`,
				c.name, e.ID, e.Kind, e.Source, e.Subject, string(e.Data), data.Millis(e.Time), text(cause), stack(cause), now.UnixMilli(), next(now, after))
			return err
		})
	})
	return err
}

// next returns when something is tried again; 0 is never.
func next(now time.Time, after time.Duration) int64 {
	if after == 0 {
		return 0
	}
	return now.Add(after).UnixMilli()
}

// text returns what is wrong, with the cause that callers of another service are not told.
func text(err error) string {
	s := err.Error()
	if e := spinoff.AsError(err); e != nil && errors.Unwrap(e) != nil {
		s += ": " + errors.Unwrap(e).Error()
	}
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "\ufffd")
}

// failure says in a word or two how a handler has failed, or nothing; the log has what it says.
func failure(err error) string {
	e := spinoff.AsError(err)
	_, isPanic := errors.AsType[*panicked](err)
	switch {
	case err == nil:
		return ""
	case e != nil:
		return e.Code
	case isPanic:
		return "panic"
	}
	return "error"
}

func stack(err error) string {
	if p, ok := errors.AsType[*panicked](err); ok {
		return string(p.stack)
	}
	return ""
}
