package events

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"reflect"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/events/jetstream"
	"github.com/spinoff-go/spinoff/shape"
)

// How events are handled.
const (
	lanes         = 64                                // events about different subjects that one consumer handles at a time; more share a commit, up to a point
	laneLength    = 16                                // events that wait in a lane
	handleTimeout = jetstream.AckWait - 5*time.Second // how long one may take: it must be over when the engine delivers the event again
	maxDeliveries = 100                               // an event that so often came and was never answered ends the process, it seems
)

// consumer is what an app does with a topic.
type consumer struct {
	spinoff.Consumer
	name    string // of the consumer, in the project: "faqcreator:tickets.ticket.solved". It is the same for all versions of the topic
	message *shape.Message
}

// noted is how long the database notes that an event has been handled, from when it was published: longer than the engine can deliver it.
const noted = 90 * 24 * time.Hour

// key is under which the database notes that an event has been handled.
func (c *consumer) key(e envelope) spinoff.Key {
	return spinoff.Key{Scope: "event:" + c.name, ID: e.ID, Until: e.Time.Add(noted)}
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
	for i := range queues {
		queue := make(chan jetstream.Delivery, laneLength)
		queues[i] = queue
		b.working.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case d := <-queue:
					b.receive(ctx, c, d)
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

// receive handles one delivery and answers it, unless the box is closing: then the event comes again.
func (b *Box) receive(ctx context.Context, c *consumer, d jetstream.Delivery) {
	e, err := open(d.Message)
	switch {
	case err != nil:
		b.log.Error("a message is put aside", "consumer", c.name, "error", err)
		d.Ack() //nolint:errcheck // it comes again
		return
	case d.Tries > maxDeliveries:
		err = fmt.Errorf("it was delivered %d times and never answered: it seems to end the process", d.Tries)
		err = b.putAside(ctx, c, e, err, 0)
	default:
		b.mark("before effect")
		if err = b.handle(ctx, c, e); err != nil && !errors.Is(err, spinoff.ErrInFlight) && ctx.Err() == nil {
			err = b.putAside(ctx, c, e, err, backOff(1))
		}
	}
	b.mark("before ack")
	if err == nil {
		d.Ack() //nolint:errcheck // it comes again
	} else if ctx.Err() == nil {
		err = errors.Join(err, d.Retry(time.Second))
		b.log.Warn("an event comes again", "consumer", c.name, "event", e.ID, "error", err)
	}
	b.mark("after ack")
}

// handle runs the handler and notes, in the same transaction, that the event has been handled. An event that has been is handled no more.
func (b *Box) handle(ctx context.Context, c *consumer, e envelope) error {
	ctx, cancel := context.WithTimeout(ctx, handleTimeout)
	defer cancel()
	_, _, err := b.db.Do(ctx, c.key(e), func(ctx context.Context) ([]byte, error) {
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
	defer func() {
		if v := recover(); v != nil {
			err = &panicked{v, debug.Stack()}
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
	ctx = spinoff.WithOrigin(ctx, spinoff.Origin{RequestID: e.ID, Consumer: b.app})
	return c.Handle(ctx, e.event(decoded))
}

// putAside notes that an event could not be handled, and when it is tried again; never where that is after 0. The event counts as handled: whoever tries again takes it from there.
func (b *Box) putAside(ctx context.Context, c *consumer, e envelope, cause error, after time.Duration) error {
	now := b.now()
	b.log.WarnContext(ctx, "an event could not be handled", "consumer", c.name, "event", e.ID, "error", cause, "again_in", after)
	_, _, err := b.db.Do(ctx, c.key(e), func(ctx context.Context) ([]byte, error) {
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

func stack(err error) string {
	if p, ok := errors.AsType[*panicked](err); ok {
		return string(p.stack)
	}
	return ""
}
