package faults_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/events"
	"github.com/spinoff-go/spinoff/events/jetstream"
)

// Three apps in a row: the shop tells of orders; billing notes each and, in the same unit, tells of its bill; the post notes each bill.
type order struct {
	Number int64 `json:"number"`
}

var (
	placed = spinoff.Topic[order]{Service: spinoff.Service{Name: "shop", Version: 1}, Name: "order.placed"}
	billed = spinoff.Topic[order]{Service: spinoff.Service{Name: "billing", Version: 1}, Name: "order.billed"}
)

var apps = []string{"shop", "billing", "post"}

var migrations = fstest.MapFS{
	"migrations/0001_fact.sql": {Data: []byte(`-- +goose Up
CREATE TABLE fact (n INTEGER PRIMARY KEY, number BIGINT NOT NULL, subject TEXT NOT NULL);`)},
	"migrations/0001_fact.postgres.sql": {Data: []byte(`-- +goose Up
CREATE TABLE fact (n BIGSERIAL PRIMARY KEY, number BIGINT NOT NULL, subject TEXT NOT NULL);`)},
}

// Each writer places an order in this time, and what it takes.
const pace = 10 * time.Millisecond

const writers = 8 // orders that are placed at the same time; each writer's are about one subject, and their numbers rise

// TestMain runs apps where the environment says so, and else the tests.
func TestMain(m *testing.M) {
	if os.Getenv("FAULTS_APPS") == "" {
		os.Exit(m.Run())
	}
	if err := runApps(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// process is what runs apps.
type process struct {
	now    func() time.Time
	fail   float64 // how likely a handler fails
	dbs    map[string]*data.DB
	engine *jetstream.Engine

	step string // at which the process kills itself
	in   atomic.Int64
}

// mark kills the process when a step is done for the so-many'th time: as suddenly as a power switch does.
func (p *process) mark(step string) {
	if step == "before effect" {
		fmt.Println("delivered")
	}
	if step == p.step && p.in.Add(-1) == 0 {
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}

func runApps() error {
	number := func(name string) int64 { n, _ := strconv.ParseInt(os.Getenv(name), 10, 64); return n }
	skew := time.Duration(number("FAULTS_SKEW"))
	p := &process{
		now:  func() time.Time { return time.Now().Add(skew) },
		fail: float64(number("FAULTS_FAIL")) / 100,
		dbs:  map[string]*data.DB{},
		step: os.Getenv("FAULTS_STEP"),
	}
	p.in.Store(number("FAULTS_IN"))
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	var err error
	p.engine, err = jetstream.Open(ctx, jetstream.Options{
		Folder: filepath.Join(os.Getenv("FAULTS_FOLDER"), "events"), URL: os.Getenv("NATS_URL"), Log: log, Now: p.now,
		SyncInterval: time.Duration(number("FAULTS_SYNC")),
	})
	if err != nil {
		return err
	}
	var boxes []*events.Box
	for app := range strings.SplitSeq(os.Getenv("FAULTS_APPS"), ",") {
		db := data.New(func() string { return os.Getenv("FAULTS_DB_" + app) }, migrations)
		if err := db.Open(ctx); err != nil {
			return err
		}
		p.dbs[app] = db
		box, err := events.New(events.Options{App: p.app(app), DB: db, Engine: func() *jetstream.Engine { return p.engine }, Log: log, Now: p.now, Mark: p.mark})
		if err != nil {
			return err
		}
		if err := box.Open(ctx); err != nil {
			return err
		}
		boxes = append(boxes, box)
	}
	if p.dbs["shop"] != nil {
		p.placeOrders(ctx, number("FAULTS_FIRST"), number("FAULTS_LAST"))
	}
	<-ctx.Done()
	for _, box := range slices.Backward(boxes) {
		err = errors.Join(err, box.Close())
	}
	err = errors.Join(err, p.engine.Close())
	for _, db := range p.dbs {
		err = errors.Join(err, db.Close())
	}
	return err
}

func (p *process) app(name string) spinoff.App {
	app := spinoff.App{Name: name}
	switch name {
	case "shop":
		app.Publishes = []spinoff.Announcement{placed.Announce()}
	case "billing":
		app.Publishes = []spinoff.Announcement{billed.Announce()}
		app.Consumes = []spinoff.Consumer{placed.Consume(func(ctx context.Context, e spinoff.Event[order]) error { return p.handle(ctx, name, e, &billed) })}
	case "post":
		app.Consumes = []spinoff.Consumer{billed.Consume(func(ctx context.Context, e spinoff.Event[order]) error { return p.handle(ctx, name, e, nil) })}
	}
	return app
}

// handle has the effect of an event, and sometimes fails after it.
func (p *process) handle(ctx context.Context, app string, e spinoff.Event[order], next *spinoff.Topic[order]) error {
	err := p.dbs[app].Write(ctx, func(tx *data.Tx) error {
		if err := note(ctx, tx, e.Data.Number, e.Subject); err != nil || next == nil {
			return err
		}
		return next.Publish(ctx, tx, e.Subject, e.Data)
	})
	if err == nil && rand.Float64() < p.fail {
		err = errors.New("the handler fails")
	}
	p.mark("before the commit of an effect")
	return err
}

func note(ctx context.Context, tx *data.Tx, number int64, subject string) error {
	_, err := data.Exec(ctx, tx, "INSERT INTO fact (number, subject) VALUES ($1, $2)", number, subject)
	return err
}

// placeOrders places orders with the numbers first … last, and says which are placed.
func (p *process) placeOrders(ctx context.Context, first, last int64) {
	var placing sync.WaitGroup
	defer placing.Wait()
	for w := range int64(writers) {
		placing.Go(func() {
			for n := first + w; n <= last && ctx.Err() == nil; n += writers {
				subject := fmt.Sprint("writer-", w)
				err := p.dbs["shop"].Write(ctx, func(tx *data.Tx) error {
					if err := note(ctx, tx, n, subject); err != nil {
						return err
					}
					err := placed.Publish(ctx, tx, subject, order{n})
					p.mark("before the commit of an event")
					return err
				})
				if err == nil {
					fmt.Println("placed", n)
					p.mark("after the commit of an event")
				} else if ctx.Err() == nil {
					fmt.Fprintln(os.Stderr, "place an order:", err)
				}
				time.Sleep(pace)
			}
		})
	}
}
