package events_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/events"
	"github.com/spinoff-go/spinoff/events/jetstream"
)

type (
	soldV1 struct {
		Item string `json:"item"`
	}
	soldV2 struct {
		Item  string   `json:"item" spinoff:"min=1"`
		Count int64    `json:"count"`
		Tags  []string `json:"tags,omitempty"`
	}
)

var (
	v1 = spinoff.Topic[soldV1]{Service: spinoff.Service{Name: "shop", Version: 1}, Name: "item.sold"}
	v2 = spinoff.Topic[soldV2]{Service: spinoff.Service{Name: "shop", Version: 2}, Name: "item.sold"}
)

var migrations = fstest.MapFS{"migrations/0001_seen.sql": {Data: []byte(`-- +goose Up
CREATE TABLE seen (text TEXT NOT NULL);`)}}

// place is one app with its database and box.
type place struct {
	t  *testing.T
	db *data.DB
	*events.Box
}

func open(t *testing.T, engine *jetstream.Engine, path string, app spinoff.App) *place {
	t.Helper()
	return openAt(t, engine, path, app, time.Now)
}

// openAt is open with a clock.
func openAt(t *testing.T, engine *jetstream.Engine, path string, app spinoff.App, now func() time.Time) *place {
	t.Helper()
	db := data.New(func() string { return "sqlite:" + path }, migrations)
	if err := db.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range app.Consumes {
		handle := app.Consumes[i].Handle
		app.Consumes[i].Handle = func(ctx context.Context, e spinoff.Event[any]) error {
			return handle(context.WithValue(ctx, dbKey{}, db), e)
		}
	}
	box, err := events.New(events.Options{App: app, DB: db, Engine: func() *jetstream.Engine { return engine }, Log: slog.New(slog.DiscardHandler), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	if err := box.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(box.Close(), db.Close()); err != nil {
			t.Error(err)
		}
	})
	return &place{t, db, box}
}

type dbKey struct{}

// see notes text in the database of the app.
func see(ctx context.Context, text string) error {
	db := ctx.Value(dbKey{}).(*data.DB)
	return db.Write(ctx, func(tx *data.Tx) error {
		_, err := data.Exec(ctx, tx, "INSERT INTO seen (text) VALUES ($1)", text)
		return err
	})
}

func (p *place) publish(subject string, e soldV2) {
	p.t.Helper()
	err := p.db.Write(p.t.Context(), func(tx *data.Tx) error { return v2.Publish(p.t.Context(), tx, subject, e) })
	if err != nil {
		p.t.Fatalf("Publish: %v", err)
	}
}

func (p *place) exec(statement string) {
	p.t.Helper()
	err := p.db.Write(p.t.Context(), func(tx *data.Tx) error {
		_, err := data.Exec(p.t.Context(), tx, statement)
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *place) seen() (texts []string) {
	p.t.Helper()
	err := p.db.Read(p.t.Context(), func(tx *data.Tx) (err error) {
		texts, err = data.Query[string](p.t.Context(), tx, "SELECT text FROM seen ORDER BY rowid")
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return texts
}

// await waits until ok.
func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not after three minutes", what)
		}
	}
}

func engine(t *testing.T) *jetstream.Engine {
	t.Helper()
	e, err := jetstream.Open(t.Context(), jetstream.Options{Folder: filepath.Join(t.TempDir(), "events"), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func shop() spinoff.App {
	return spinoff.App{Name: "shop", Publishes: []spinoff.Announcement{
		v2.Announce(),
		spinoff.AnnounceOlder(v1, v2, func(e soldV2) soldV1 { return soldV1{e.Item} }),
	}}
}

// A handler that fails because the disk is full has not failed: its event waits for room, and later ones about its subject wait behind it.
func TestFullDatabase(t *testing.T) {
	e, dir := engine(t), t.TempDir()
	seller := open(t, e, filepath.Join(dir, "shop.db"), shop())
	var tries atomic.Int64
	buyer := open(t, e, filepath.Join(dir, "buyer.db"), spinoff.App{Name: "buyer", Consumes: []spinoff.Consumer{
		v2.Consume(func(ctx context.Context, e spinoff.Event[soldV2]) error {
			tries.Add(1)
			if e.Data.Count > 0 { // what needs room
				if err := see(ctx, strings.Repeat("x", int(e.Data.Count))); err != nil {
					return fmt.Errorf("note it: %w", err)
				}
			}
			return see(ctx, e.Data.Item)
		}),
	}})
	buyer.exec("PRAGMA max_page_count = 200") // as it is with a full disk: SQLITE_FULL for what needs more, and small changes succeed
	seller.publish("1", soldV2{Item: "first", Count: 1 << 20})
	seller.publish("1", soldV2{Item: "second"})
	await(t, "the first event is tried more than once", func() bool { return tries.Load() > 1 })
	if got := buyer.seen(); len(got) > 0 {
		t.Fatalf("effects while the database is full: got %q, want none", got)
	}
	buyer.exec("PRAGMA max_page_count = 100000")
	await(t, "both have their effect", func() bool { return len(buyer.seen()) == 3 })
	if got := buyer.seen(); got[1] != "first" || got[2] != "second" {
		t.Errorf("effects: got %.10q, want x…, first, second", got)
	}
}

// Consumers of both versions get every event once, those about one subject in order.
func TestBothVersions(t *testing.T) {
	e, dir := engine(t), t.TempDir()
	seller := open(t, e, filepath.Join(dir, "shop.db"), shop())
	old := open(t, e, filepath.Join(dir, "old.db"), spinoff.App{Name: "old", Consumes: []spinoff.Consumer{
		v1.Consume(func(ctx context.Context, e spinoff.Event[soldV1]) error { return see(ctx, e.Subject+" "+e.Data.Item) }),
	}})
	current := open(t, e, filepath.Join(dir, "current.db"), spinoff.App{Name: "current", Consumes: []spinoff.Consumer{
		v2.Consume(func(ctx context.Context, e spinoff.Event[soldV2]) error {
			if e.Source != "/shop" || e.Type != "shop.v2.item.sold" || e.ID == "" || time.Since(e.Time) > time.Hour {
				return fmt.Errorf("envelope: %+v", e)
			}
			return see(ctx, fmt.Sprintf("%s %s %d %v", e.Subject, e.Data.Item, e.Data.Count, e.Data.Tags))
		}),
	}})
	var wantOld, wantCurrent []string
	for i := range 200 {
		subject, item := fmt.Sprint(i%7), fmt.Sprint("item", i)
		seller.publish(subject, soldV2{Item: item, Count: int64(i), Tags: []string{"a"}})
		wantOld, wantCurrent = append(wantOld, subject+" "+item), append(wantCurrent, fmt.Sprintf("%s %s %d [a]", subject, item, i))
	}
	for _, p := range []struct {
		*place
		want []string
	}{{old, wantOld}, {current, wantCurrent}} {
		await(t, "all events have their effect", func() bool { return len(p.seen()) >= 200 })
		for i := range 7 {
			of := func(texts []string) []string {
				return slices.DeleteFunc(slices.Clone(texts), func(s string) bool { return !strings.HasPrefix(s, fmt.Sprint(i, " ")) })
			}
			if diff := cmp.Diff(of(p.want), of(p.seen())); diff != "" {
				t.Errorf("events about %d (-want +got):\n%s", i, diff)
			}
		}
	}
	await(t, "the outbox is sent", func() bool { idle, err := seller.Idle(t.Context()); return idle && err == nil })
}

// A transaction that fails publishes nothing; an event that breaks its contract fails the transaction.
func TestPublishIsPartOfTheTransaction(t *testing.T) {
	seller := open(t, engine(t), filepath.Join(t.TempDir(), "shop.db"), shop())
	boom := errors.New("boom")
	err := seller.db.Write(t.Context(), func(tx *data.Tx) error {
		return errors.Join(v2.Publish(t.Context(), tx, "1", soldV2{Item: "x"}), boom)
	})
	if !errors.Is(err, boom) {
		t.Fatalf("Write: got %v, want boom", err)
	}
	for _, wrong := range []struct{ subject, item, want string }{
		{"1", "", "breaks its contract"},
		{"", "x", "subject"},
		{"a b", "x", "subject"},
		{"é", "x", "subject"},
		{strings.Repeat("x", 300), "x", "subject"},
		{"1", strings.Repeat("x", 1<<20), "most"},
	} {
		err := seller.db.Write(t.Context(), func(tx *data.Tx) error { return v2.Publish(t.Context(), tx, wrong.subject, soldV2{Item: wrong.item}) })
		if err == nil || !strings.Contains(err.Error(), wrong.want) {
			t.Errorf("Publish(%q, %.20q): got %v, want an error about its %s", wrong.subject, wrong.item, err, wrong.want)
		}
	}
	if idle, err := seller.Idle(t.Context()); !idle || err != nil {
		t.Errorf("the outbox is empty: got %v, %v", idle, err)
	}
}

// An event that fails is tried again and does not hold up the others; what a failing handler wrote is gone; one that is replayed after its data was
// mended has its effect once.
func TestPoison(t *testing.T) {
	e, dir := engine(t), t.TempDir()
	seller := open(t, e, filepath.Join(dir, "shop.db"), shop())
	var mu sync.Mutex
	tries := map[string]int{}
	buyer := open(t, e, filepath.Join(dir, "buyer.db"), spinoff.App{Name: "buyer", Consumes: []spinoff.Consumer{
		v2.Consume(func(ctx context.Context, e spinoff.Event[soldV2]) error {
			mu.Lock()
			tries[e.Data.Item]++
			n := tries[e.Data.Item]
			mu.Unlock()
			if err := see(ctx, e.Data.Item); err != nil {
				return err
			}
			switch {
			case e.Data.Item == "poison":
				return errors.New("cannot be digested")
			case e.Data.Item == "panic":
				panic("at the disco")
			case e.Data.Item == "second time" && n == 1:
				return errors.New("not yet")
			}
			return nil
		}),
	}})
	for _, item := range []string{"poison", "good", "panic", "second time", "better"} {
		seller.publish("1", soldV2{Item: item})
	}
	await(t, "the good ones have their effect", func() bool { return len(buyer.seen()) == 3 })
	got := buyer.seen()
	slices.Sort(got)
	if diff := cmp.Diff([]string{"better", "good", "second time"}, got); diff != "" {
		t.Errorf("effects (-want +got):\n%s", diff)
	}
	var failed []events.Failed
	await(t, "two are put aside, and not being tried", func() bool {
		var err error
		failed, err = events.ListFailed(t.Context(), buyer.db, 10)
		return err == nil && len(failed) == 2 && !slices.ContainsFunc(failed, func(f events.Failed) bool { return strings.HasPrefix(f.Error, "the process ended") })
	})
	for _, f := range failed {
		poison := strings.Contains(f.Data, "poison")
		if f.Consumer != "buyer:shop.item.sold" || f.Subject != "1" || poison && f.Error != "cannot be digested" || !poison && (f.Error != "panic: at the disco" || !strings.Contains(f.Stack, "events_test.go")) {
			t.Errorf("failed event: %+v", f)
		}
		if err := events.Replay(t.Context(), buyer.db, f, strings.NewReplacer("poison", "mended", "panic", "mended too").Replace(f.Data), time.Now()); err != nil {
			t.Error(err)
		}
	}
	await(t, "the mended ones have their effect", func() bool { return len(buyer.seen()) == 5 })
	if failed, err := events.ListFailed(t.Context(), buyer.db, 10); err != nil || len(failed) != 0 {
		t.Errorf("failed events after their replay: got %v, %v", failed, err)
	}
}

// A clock that jumps ahead lets go of nothing that the engine has not had for long: it may still lose it.
func TestClockJump(t *testing.T) {
	var ahead atomic.Int64
	seller := openAt(t, engine(t), filepath.Join(t.TempDir(), "shop.db"), shop(), func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) })
	for i := range 3 {
		seller.publish("1", soldV2{Item: fmt.Sprint(i)})
		await(t, "the outbox is sent", func() bool { idle, err := seller.Idle(t.Context()); return idle && err == nil })
		ahead.Add(int64(24 * time.Hour))
	}
	err := seller.db.Read(t.Context(), func(tx *data.Tx) error {
		n, err := data.One[int64](t.Context(), tx, "SELECT count(*) FROM spinoff_outbox")
		if n != 3 {
			t.Errorf("rows of the outbox after the clock has jumped: got %d, want 3", n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// While not even a failure can be noted, events wait in their order, and none of them is to blame.
func TestDatabaseTrouble(t *testing.T) {
	e, dir := engine(t), t.TempDir()
	seller := open(t, e, filepath.Join(dir, "shop.db"), shop())
	var tries atomic.Int64
	buyer := open(t, e, filepath.Join(dir, "buyer.db"), spinoff.App{Name: "buyer", Consumes: []spinoff.Consumer{
		v2.Consume(func(ctx context.Context, e spinoff.Event[soldV2]) error {
			if tries.Add(1) == 1 {
				return errors.New("not now")
			}
			return see(ctx, e.Data.Item)
		}),
	}})
	buyer.exec("CREATE TRIGGER trouble BEFORE INSERT ON spinoff_failed BEGIN SELECT RAISE(ABORT, 'no room'); END")
	var want []string
	for i := range 5 {
		seller.publish("1", soldV2{Item: fmt.Sprint(i)})
		want = append(want, fmt.Sprint(i))
	}
	await(t, "all events have their effect", func() bool { return len(buyer.seen()) >= 5 })
	if diff := cmp.Diff(want, buyer.seen()); diff != "" {
		t.Errorf("effects (-want +got):\n%s", diff)
	}
}

// An event that was published long ago takes effect once like any other.
func TestOldEvent(t *testing.T) {
	e, dir := engine(t), t.TempDir()
	seller := open(t, e, filepath.Join(dir, "shop.db"), shop())
	buyer := open(t, e, filepath.Join(dir, "buyer.db"), spinoff.App{Name: "buyer", Consumes: []spinoff.Consumer{
		v2.Consume(func(ctx context.Context, e spinoff.Event[soldV2]) error { return see(ctx, e.Data.Item) }),
	}})
	const old = 3
	for i := range old {
		err := seller.db.Write(t.Context(), func(tx *data.Tx) error {
			err := v2.Publish(t.Context(), tx, "1", soldV2{Item: fmt.Sprint(i)})
			if err == nil {
				_, err = data.Exec(t.Context(), tx, "UPDATE spinoff_outbox SET at = $1", time.Now().Add(-100*24*time.Hour).UnixMilli())
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	await(t, "all events have their effect", func() bool { return len(buyer.seen()) == old })
	err := buyer.db.Read(t.Context(), func(tx *data.Tx) error {
		n, err := data.One[int64](t.Context(), tx, "SELECT count(*) FROM spinoff_done WHERE scope LIKE 'event:%'")
		if n != old {
			t.Errorf("notes that events have been handled: got %d, want %d", n, old)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A consumer that ends in the middle of its work and begins again goes on at once, where it was: what was on its way to it is not overtaken.
func TestOrderOverRestarts(t *testing.T) {
	e, dir := engine(t), t.TempDir()
	seller := open(t, e, filepath.Join(dir, "shop.db"), shop())
	const all = 120
	var want []string
	for i := range all {
		seller.publish("1", soldV2{Item: fmt.Sprint(i)})
		want = append(want, fmt.Sprint(i))
	}
	began := time.Now()
	consume := v2.Consume(func(ctx context.Context, e spinoff.Event[soldV2]) error {
		time.Sleep(time.Millisecond)
		return see(ctx, e.Data.Item)
	})
	buyer := open(t, e, filepath.Join(dir, "buyer.db"), spinoff.App{Name: "buyer", Consumes: []spinoff.Consumer{consume}})
	for n := 20; n < all; n += 40 {
		await(t, "some events have their effect", func() bool { return len(buyer.seen()) >= n })
		if err := buyer.Close(); err != nil {
			t.Fatal(err)
		}
		if err := buyer.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	await(t, "all events have their effect", func() bool { return len(buyer.seen()) >= all })
	if diff := cmp.Diff(want, buyer.seen()); diff != "" {
		t.Errorf("effects (-want +got):\n%s", diff)
	}
	if took := time.Since(began); took >= jetstream.AckWait {
		t.Errorf("the events in flight came again after %v, want before the time-out of their delivery, %v", took, jetstream.AckWait)
	}
}

// One process that publishes, and consumes with several apps, goes on without a halt: neither it nor the engine waits for the other to read.
func TestManyConsumers(t *testing.T) {
	e, dir := engine(t), t.TempDir()
	seller := open(t, e, filepath.Join(dir, "shop.db"), shop())
	buyers := make([]*place, 8)
	for i := range buyers {
		name := fmt.Sprint("buyer", i)
		buyers[i] = open(t, e, filepath.Join(dir, name+".db"), spinoff.App{Name: name, Consumes: []spinoff.Consumer{
			v2.Consume(func(ctx context.Context, e spinoff.Event[soldV2]) error { return see(ctx, e.Data.Item) }),
		}})
	}
	changed := e.Changed()
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for j := range 60 {
				seller.publish(fmt.Sprint(i), soldV2{Item: fmt.Sprint(i, "-", j)})
			}
		})
	}
	wg.Wait()
	for _, b := range buyers {
		await(t, "every event has its effect", func() bool { return len(b.seen()) == 16*60 })
	}
	select {
	case <-changed:
		t.Error("the connection to the engine broke: one side gave up on the other")
	default:
	}
}

func TestMistakes(t *testing.T) {
	nothing := func(context.Context, spinoff.Event[soldV2]) error { return nil }
	for _, c := range []struct {
		app  spinoff.App
		want string
	}{
		{spinoff.App{Name: "other", Publishes: []spinoff.Announcement{v2.Announce()}}, "only topics of the service with its own name"},
		{spinoff.App{Name: "shop", Publishes: []spinoff.Announcement{v2.Announce(), v2.Announce()}}, "announced twice"},
		{spinoff.App{Name: "shop", Publishes: shop().Publishes[1:]}, "does not announce"},
		{spinoff.App{Name: "other", Consumes: []spinoff.Consumer{v2.Consume(nothing), v1.Consume(func(context.Context, spinoff.Event[soldV1]) error { return nil })}}, "twice"},
		{spinoff.App{Name: "shop", Publishes: []spinoff.Announcement{spinoff.Topic[soldV1]{Service: v1.Service, Name: "Item Sold"}.Announce()}}, "lower-case words"},
		{spinoff.App{Name: "shop", Publishes: []spinoff.Announcement{spinoff.Topic[struct{ F func() }]{Service: v1.Service, Name: "x"}.Announce()}}, "F"},
	} {
		if _, err := events.New(events.Options{App: c.app}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("New: got %v, want an error with %q", err, c.want)
		}
	}
}
