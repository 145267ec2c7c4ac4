// Package events carries events between apps. What an app publishes is a row of its outbox, written in the transaction that makes it true; a
// relay brings the rows to the engine. What an app consumes is delivered at least once and takes effect exactly once, because the note that an event
// has been handled is committed together with what its handler wrote. docs/events.md says what is promised when something dies.
package events

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/conversion"
	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/events/jetstream"
	"github.com/spinoff-go/spinoff/shape"
	"github.com/spinoff-go/spinoff/trace"
)

// Box is the mail box of one app: it sends what is in the app's outbox and hands over what the app consumes. It implements
// [spinoff.Resource]; it is opened after the app's database and what its handlers need, and closed before.
type Box struct {
	app       string
	db        *data.DB
	engine    func() *jetstream.Engine
	log       *slog.Logger
	now       func() time.Time
	topics    map[string]*topic // what the app publishes, by kind
	consumers []*consumer
	tracer    trace.Tracer // nil where nothing is recorded
	mark      func(step string)
	alone     sync.RWMutex // held for reading while an event is handled, for writing while one is that may end the process

	stop    context.CancelFunc
	working sync.WaitGroup
}

// topic is a kind of events that the app publishes, with the older versions that are made of it.
type topic struct {
	message *shape.Message
	older   []older
}

type older struct {
	spinoff.Announcement
	message *shape.Message
}

// Options are what a box needs.
type Options struct {
	App    spinoff.App
	DB     *data.DB
	Engine func() *jetstream.Engine // asked when the box is opened
	Log    *slog.Logger
	Now    func() time.Time
	Tracer trace.Tracer // Default: what is handled is not recorded
	// Mark is called at each step that a crash could follow, for tests that make one. Default: nothing
	Mark func(step string)
}

// New checks what the app publishes and consumes. Errors name the topic and the field.
func New(o Options) (*Box, error) {
	b := &Box{app: o.App.Name, db: o.DB, engine: o.Engine, log: o.Log, now: o.Now, tracer: o.Tracer, mark: o.Mark, topics: map[string]*topic{}}
	if b.mark == nil {
		b.mark = func(string) {}
	}
	if err := b.announce(o.App.Publishes); err != nil {
		return nil, err
	}
	for _, c := range o.App.Consumes {
		if err := b.subscribe(c); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// announce prepares the topics: first those that are published, then their older versions, oldest last.
func (b *Box) announce(announcements []spinoff.Announcement) error {
	for _, a := range announcements {
		message, err := compile(a.Kind)
		switch {
		case err != nil:
			return err
		case a.Service.Name != b.app:
			return fmt.Errorf("app %s publishes %s; an app publishes only topics of the service with its own name", b.app, a.Kind)
		case a.Newer == nil && b.topics[a.String()] != nil:
			return fmt.Errorf("topic %s is announced twice", a.Kind)
		case a.Newer == nil:
			b.topics[a.String()] = &topic{message: message}
		}
	}
	for _, a := range announcements {
		if a.Newer == nil {
			continue
		}
		newer := b.topics[a.Newer.String()]
		if newer == nil {
			return fmt.Errorf("topic %s is made of %s, which the app does not announce as published", a.Kind, a.Newer)
		}
		c, err := conversion.OfTopic(a)
		if err == nil {
			err = c.Check()
		}
		if err != nil {
			return err
		}
		message, _ := compile(a.Kind) // it was without an error above
		newer.older = append(newer.older, older{a, message})
	}
	return nil
}

func compile(kind spinoff.Kind) (*shape.Message, error) {
	if kind.Service.Name == "" || kind.Service.Version < 1 || !validName(kind.Name) {
		return nil, fmt.Errorf("topic %s: it has a service, a version from 1 on, and a name of lower-case words with dots between, such as ticket.solved", kind)
	}
	m, err := shape.Event(kind.Data)
	if err != nil {
		return nil, fmt.Errorf("topic %s: %w", kind, err)
	}
	return m, nil
}

func validName(name string) bool {
	for word := range strings.SplitSeq(name, ".") {
		if word == "" || strings.ContainsFunc(word, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
			return false
		}
	}
	return true
}

// Open begins to send and to deliver.
func (b *Box) Open(ctx context.Context) error {
	engine := b.engine()
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	b.stop = stop
	if err := b.stepBack(ctx, engine); err != nil {
		b.log.Error("the consumers of a restored database could not be set back; the next start does it", "error", err)
	}
	if len(b.topics) > 0 {
		r := &relay{Box: b, engine: engine}
		b.working.Go(func() { r.run(work) })
	}
	for _, c := range b.consumers {
		if err := b.deliver(work, engine, c); err != nil {
			return errors.Join(fmt.Errorf("consume %s: %w", c.Kind, err), b.Close())
		}
	}
	if len(b.consumers) > 0 {
		b.working.Go(func() { b.repeat(work) })
	}
	return nil
}

// Between the clock of a backup and that of the engine, and until an event that an app has published is in the stream, this much may lie.
const restoreMargin = 10 * time.Minute

// stepBack lets the consumers of a database that was restored from a backup receive again what came after it: for the engine they have dealt with it, for the
// database they have not. What they had dealt with before the backup is noted there, and takes no effect again.
func (b *Box) stepBack(ctx context.Context, engine *jetstream.Engine) error {
	made, err := b.db.Restored(ctx)
	if made.IsZero() || err != nil {
		return err
	}
	since := made.Add(-restoreMargin)
	for _, c := range b.consumers {
		if err := engine.StepBack(ctx, c.Service.Name, c.durable(b.app), since); err != nil {
			return err
		}
	}
	b.log.Info("the database was restored: its consumers receive again what was published since", "since", since)
	return b.db.GoneOn(ctx)
}

// Close stops sending and delivering, and waits for the handlers that are running.
func (b *Box) Close() error {
	if b.stop != nil {
		b.stop()
		b.working.Wait()
		b.stop = nil
	}
	return nil
}

// Check returns nil: an engine that is away stops nobody from working. Events wait in the outbox meanwhile.
func (b *Box) Check(context.Context) error { return nil }

// Idle reports whether nothing of the app is waiting to be sent.
func (b *Box) Idle(ctx context.Context) (bool, error) {
	var waiting int64
	err := b.db.Read(ctx, func(tx *data.Tx) (err error) {
		waiting, err = data.One[int64](ctx, tx, "SELECT count(*) FROM spinoff_outbox WHERE sent_at = 0")
		return err
	})
	return waiting == 0, err
}
