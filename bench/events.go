package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing/fstest"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/events"
	engine "github.com/spinoff-go/spinoff/events/jetstream"
)

// eventsAtOnce is how many events are published and waited for in one measured call.
const eventsAtOnce = 1000

// publishers is how many publish them at a time.
const publishers = 16

// bareEvents is what events are measured against: no outbox, no inbox, and what is published is not part of any transaction.
const bareEvents = "JetStream alone, a transaction per effect"

func throughBoxes(consumers int, where string) string {
	return fmt.Sprintf("publish commit → effect commit, %d consumers, %s", consumers, where)
}

// stations is publishers, engines and consumers.
type stations struct {
	creates // for its folder and databases
	closers []func() error
	next    atomic.Int64
}

// openEvents returns what is measured of events.
func openEvents() (group, error) {
	folder, err := os.MkdirTemp("", "spinoff-bench")
	if err != nil {
		return group{}, err
	}
	s := &stations{creates: creates{folder: folder}}
	g := group{close: s.closeAll, bars: s.bars}
	add := func(name string, call func(context.Context) error, failed error) {
		err = errors.Join(err, failed)
		g.ways = append(g.ways, way{name: name, callers: 1, batch: 1, each: eventsAtOnce, call: call})
	}
	bare, failed := s.openBare()
	add(bareEvents, bare, failed)
	external, failed := s.startExternal()
	err = errors.Join(err, failed)
	for _, consumers := range []int{1, 8} {
		for _, where := range []struct{ name, url string }{{"embedded", ""}, {"external", external}} {
			call, failed := s.openBoxes(consumers, where.name, where.url)
			add(throughBoxes(consumers, where.name), call, failed)
		}
	}
	return g, err
}

func (s *stations) closeAll() {
	for i := range s.closers {
		s.closers[len(s.closers)-1-i]() //nolint:errcheck // the measuring is over
	}
	for _, db := range s.hand {
		db.Close() //nolint:errcheck // as above
	}
	os.RemoveAll(s.folder) //nolint:errcheck // as above
}

func (s *stations) bars(r results) {
	for _, where := range []string{"embedded", "external"} {
		atLeast(throughBoxes(1, where)+" / "+bareEvents, r.ratio(throughBoxes(1, where), bareEvents, 1, rate), 0.5)
	}
}

// await waits until count has grown by n.
func await(ctx context.Context, count *atomic.Int64, n int64) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for count.Load() < n {
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d of %d effects: %w", count.Load(), n, ctx.Err())
		case <-time.After(200 * time.Microsecond):
		}
	}
	return nil
}

// openBare publishes without waiting for each acknowledgement, and consumes with one transaction for each event.
func (s *stations) openBare() (func(context.Context) error, error) {
	ns, err := server.NewServer(&server.Options{DontListen: true, JetStream: true, StoreDir: filepath.Join(s.folder, "bare"), NoSigs: true})
	if err != nil {
		return nil, err
	}
	ns.Start()
	s.closers = append(s.closers, func() error { ns.Shutdown(); ns.WaitForShutdown(); return nil })
	nc, err := nats.Connect("", nats.InProcessServer(ns))
	if err != nil {
		return nil, err
	}
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	stream, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "bare", Subjects: []string{"bare"}})
	if err != nil {
		return nil, err
	}
	consumer, err := stream.CreateConsumer(ctx, jetstream.ConsumerConfig{Durable: "bare", AckPolicy: jetstream.AckExplicitPolicy})
	if err != nil {
		return nil, err
	}
	db, err := s.open("bare.db")
	if err != nil {
		return nil, err
	}
	statement, err := db.PrepareContext(ctx, insertNote) //nolint:sqlclosecheck // with the database
	if err != nil {
		return nil, err
	}
	var effects atomic.Int64
	consuming, err := consumer.Consume(func(m jetstream.Msg) {
		if _, err := statement.ExecContext(ctx, string(m.Data()), 1); err == nil {
			effects.Add(1)
			m.Ack() //nolint:errcheck // it comes again
		}
	})
	if err != nil {
		return nil, err
	}
	s.closers = append(s.closers, func() error { consuming.Stop(); return nil })
	return func(ctx context.Context) error {
		want := effects.Load() + eventsAtOnce
		for range eventsAtOnce {
			if _, err := js.PublishAsync("bare", []byte(`{"id":1,"question":"How do I reset my light?"}`)); err != nil {
				return err
			}
		}
		return await(ctx, &effects, want)
	}, nil
}

// startExternal starts a server that is reached by TCP, as one elsewhere is.
func (s *stations) startExternal() (url string, err error) {
	ns, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: filepath.Join(s.folder, "external"), NoSigs: true})
	if err != nil {
		return "", err
	}
	ns.Start()
	s.closers = append(s.closers, func() error { ns.Shutdown(); ns.WaitForShutdown(); return nil })
	if !ns.ReadyForConnections(10 * time.Second) {
		return "", errors.New("the NATS server does not start")
	}
	return ns.ClientURL(), nil
}

// openBoxes makes one app that publishes and several that consume, each with a database of its own.
func (s *stations) openBoxes(consumers int, name, url string) (func(context.Context) error, error) {
	ctx, folder := context.Background(), filepath.Join(s.folder, fmt.Sprint(name, consumers))
	e, err := engine.Open(ctx, engine.Options{Folder: filepath.Join(folder, "events"), URL: url, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	s.closers = append(s.closers, e.Close)
	service := spinoff.Service{Name: fmt.Sprint("bench", s.next.Add(1)), Version: 1} // a stream of its own
	topic := spinoff.Topic[NoteMade]{Service: service, Name: "note.made"}
	publisher, err := s.openBox(ctx, e, folder, spinoff.App{Name: service.Name, Publishes: []spinoff.Announcement{topic.Announce()}}, nil)
	if err != nil {
		return nil, err
	}
	effects := make([]atomic.Int64, consumers)
	for i := range consumers {
		app := spinoff.App{Name: fmt.Sprint("consumer", i)}
		if _, err := s.openBox(ctx, e, folder, app, func(db *data.DB) spinoff.Consumer {
			c := topic.Consume(func(ctx context.Context, e spinoff.Event[NoteMade]) error { return insert(ctx, db, e.Data.Question) })
			return counted(c, db, &effects[i])
		}); err != nil {
			return nil, err
		}
	}
	return func(ctx context.Context) error {
		want := effects[0].Load() + eventsAtOnce
		var wg sync.WaitGroup
		var failed atomic.Pointer[error]
		for p := range publishers {
			wg.Go(func() {
				for i := p; i < eventsAtOnce; i += publishers {
					err := publisher.Write(ctx, func(tx *data.Tx) error {
						return topic.Publish(ctx, tx, fmt.Sprint(i), NoteMade{int64(i), "How do I reset my light?"})
					})
					if err != nil {
						failed.Store(&err)
					}
				}
			})
		}
		wg.Wait()
		if err := failed.Load(); err != nil {
			return *err
		}
		for i := range effects {
			if err := await(ctx, &effects[i], want); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// counted counts the effects that are in the database of the consumer.
func counted(c spinoff.Consumer, db *data.DB, effects *atomic.Int64) spinoff.Consumer {
	go func() {
		for {
			var n int64
			err := db.Read(context.Background(), func(tx *data.Tx) (err error) {
				n, err = data.One[int64](context.Background(), tx, "SELECT coalesce(max(id), 0) FROM note")
				return err
			})
			if errors.Is(err, data.ErrClosed) && effects.Load() > 0 {
				return
			}
			effects.Store(n)
			time.Sleep(time.Millisecond)
		}
	}()
	return c
}

func insert(ctx context.Context, db *data.DB, question string) error {
	return db.Write(ctx, func(tx *data.Tx) error {
		_, err := data.Exec(ctx, tx, insertNote, question, 1)
		return err
	})
}

func (s *stations) openBox(ctx context.Context, e *engine.Engine, folder string, app spinoff.App, consume func(*data.DB) spinoff.Consumer) (*data.DB, error) {
	migrations := fstest.MapFS{"migrations/0001_note.sql": {Data: []byte("-- +goose Up\n" + createNote + ";")}}
	db := data.New(func() string { return "sqlite:" + filepath.Join(folder, app.Name+".db") }, migrations)
	if err := db.Open(ctx); err != nil {
		return nil, err
	}
	s.closers = append(s.closers, db.Close)
	if consume != nil {
		app.Consumes = []spinoff.Consumer{consume(db)}
	}
	box, err := events.New(events.Options{App: app, DB: db, Engine: func() *engine.Engine { return e }, Log: slog.New(slog.DiscardHandler), Now: time.Now})
	if err == nil {
		err = box.Open(ctx)
	}
	s.closers = append(s.closers, func() error { return box.Close() })
	return db, err
}
