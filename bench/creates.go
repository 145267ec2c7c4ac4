package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing/fstest"
	"time"

	_ "modernc.org/sqlite" // the engine of the servers that are written by hand

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/bench/workload"
	"github.com/spinoff-go/spinoff/call"
	"github.com/spinoff-go/spinoff/data"
)

// Names of the ways to make a durable row, and to publish that there is one.
const (
	commitEach  = "net/http by hand, a commit each"
	commitGroup = "net/http by hand, group commit"
	endpoint    = "endpoint, data.Write"
	telling     = "endpoint, data.Write that publishes"
	bareWrite   = "data.Write, no HTTP"
	publishing  = "data.Write that publishes, no HTTP"
)

const createNote = "CREATE TABLE note (id INTEGER PRIMARY KEY, question TEXT NOT NULL, source INTEGER NOT NULL)"

// NoteMade is the event of the ways that publish.
type NoteMade struct {
	ID       int64  `json:"id"`
	Question string `json:"question"`
}

var noteMade = spinoff.Topic[NoteMade]{Service: service, Name: "note.made"}

// creates holds three servers that do the same insert, durably, each into a database of its own.
type creates struct {
	fixture
	folder string
	urls   map[string]string
	db     *data.DB
	hand   []*sql.DB
	insert chan insertion
	stop   []func() // other programs
	django bool     // whether it is here
}

// openCreates returns what is measured of durable changes.
func openCreates() (group, error) {
	folder, err := os.MkdirTemp("", "spinoff-bench")
	if err != nil {
		return group{}, err
	}
	c := &creates{folder: folder, urls: map[string]string{}, insert: make(chan insertion)}
	c.handClient = &http.Client{Transport: call.NewTransport(), Timeout: 10 * time.Second}
	err = errors.Join(c.serveEach(), c.serveGroup(), c.serveEndpoint())
	if err == nil {
		c.django, err = c.serveDjango()
	}
	return group{c.ways(), c.bars, c.close}, err
}

func (c *creates) close() {
	c.fixture.close()
	for _, stop := range c.stop {
		stop()
	}
	close(c.insert)
	for _, db := range c.hand {
		db.Close() //nolint:errcheck // the measuring is over
	}
	c.db.Close()           //nolint:errcheck // as above
	os.RemoveAll(c.folder) //nolint:errcheck // as above
}

func (c *creates) ways() (ways []way) {
	body, _ := json.Marshal(workload.NewSmall())
	for _, callers := range []int{1, 16, 64} {
		servers := []string{commitEach, commitGroup, endpoint, telling}
		if c.django {
			servers = append(servers, django)
		}
		for _, name := range servers {
			ways = append(ways, way{name, callers, 1, func(ctx context.Context) error { return c.post(ctx, c.urls[name], body) }, 1})
		}
		ways = append(ways,
			way{bareWrite, callers, 1, func(ctx context.Context) error { _, err := c.write(ctx, workload.NewSmall(), false); return err }, 1},
			way{publishing, callers, 1, func(ctx context.Context) error { _, err := c.write(ctx, workload.NewSmall(), true); return err }, 1})
	}
	return ways
}

func (c *creates) bars(r results) {
	atLeast(endpoint+" / a commit each, 64 callers, calls/s", r.ratio(endpoint, commitEach, 64, rate), 5)
	atLeast(endpoint+" / group commit by hand, 64 callers, calls/s", r.ratio(endpoint, commitGroup, 64, rate), 0.9)
	atMost(publishing+" / without, 1 caller, time", r.ratio(publishing, bareWrite, 1, nanos), "", 1.25)
	for _, callers := range []int{16, 64} {
		atMost(fmt.Sprintf("%s / without, %d callers, time", telling, callers), r.ratio(telling, endpoint, callers, nanos), "", 1.25)
	}
}

// post is the client of all servers.
func (c *creates) post(ctx context.Context, to string, body []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := c.handClient.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode/100 != 2 {
		return errors.Join(err, fmt.Errorf("status %d", response.StatusCode))
	}
	return nil
}

// open opens a database as one does by hand: WAL, durable, one connection that writes.
func (c *creates) open(name string) (*sql.DB, error) {
	path := (&url.URL{Path: filepath.Join(c.folder, name)}).EscapedPath()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	c.hand = append(c.hand, db)
	_, err = db.ExecContext(context.Background(), createNote)
	return db, err
}

const (
	insertNote      = "INSERT INTO note (question, source) VALUES ($1, $2)"
	insertNoteForID = insertNote + " RETURNING id"
)

func (c *creates) serveEach() error {
	db, err := c.open("each.db")
	if err != nil {
		return err
	}
	statement, err := db.PrepareContext(context.Background(), insertNoteForID)
	if err != nil {
		return err
	}
	return c.serveHand(commitEach, func(ctx context.Context, in workload.Small) (workload.SmallAnswer, error) {
		out := workload.SmallAnswer{Question: in.Question, Status: "draft"}
		err := statement.QueryRowContext(ctx, in.Question, in.Source).Scan(&out.ID)
		return out, err
	})
}

func (c *creates) serveHand(name string, answer func(context.Context, workload.Small) (workload.SmallAnswer, error)) error {
	base, err := c.serve(workload.ByHand(answer))
	if err == nil {
		c.urls[name] = base.String()
	}
	return err
}

// insertion is a row on its way to the one goroutine that writes.
type insertion struct {
	in   workload.Small
	done chan inserted
}

type inserted struct {
	id  int64
	err error
}

func (c *creates) serveGroup() error {
	db, err := c.open("group.db")
	if err != nil {
		return err
	}
	w := &groupWriter{db: db}
	for text, s := range map[string]**sql.Stmt{insertNoteForID: &w.insert, "SAVEPOINT row": &w.save, "RELEASE row": &w.release, "ROLLBACK TO row": &w.undo} {
		if *s, err = db.PrepareContext(context.Background(), text); err != nil { //nolint:sqlclosecheck // with the database
			return err
		}
	}
	go func() {
		for first := range c.insert {
			w.insertAll(first, c.insert)
		}
	}()
	return c.serveHand(commitGroup, func(_ context.Context, in workload.Small) (workload.SmallAnswer, error) {
		i := insertion{in, make(chan inserted, 1)}
		c.insert <- i
		done := <-i.done
		return workload.SmallAnswer{ID: done.id, Question: in.Question, Status: "draft"}, done.err
	})
}

// groupWriter promises what data.Write does: a row that fails takes nobody along, and everybody is answered after the commit.
type groupWriter struct {
	db                          *sql.DB
	insert, save, release, undo *sql.Stmt
}

// insertAll inserts what is waiting, in one transaction.
func (w *groupWriter) insertAll(next insertion, waiting <-chan insertion) {
	ctx := context.Background()
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		next.done <- inserted{err: err}
		return
	}
	run := func(s *sql.Stmt) error { _, err := tx.StmtContext(ctx, s).ExecContext(ctx); return err } //nolint:sqlclosecheck // with the transaction
	var told []chan inserted
	var rows []inserted
	for more := true; more; {
		var row inserted
		row.err = run(w.save)
		if row.err == nil {
			row.err = tx.StmtContext(ctx, w.insert).QueryRowContext(ctx, next.in.Question, next.in.Source).Scan(&row.id) //nolint:sqlclosecheck // as above
		}
		if row.err != nil {
			row.err = errors.Join(row.err, run(w.undo))
		}
		row.err = errors.Join(row.err, run(w.release))
		told, rows = append(told, next.done), append(rows, row)
		select {
		case next, more = <-waiting:
		default:
			more = false
		}
	}
	err = tx.Commit()
	for i, row := range rows {
		row.err = errors.Join(row.err, err)
		told[i] <- row
	}
}

func (c *creates) serveEndpoint() error {
	migrations := fstest.MapFS{"migrations/0001_note.sql": {Data: []byte("-- +goose Up\n" + createNote + ";")}}
	c.db = data.New(func() string { return "sqlite:" + filepath.Join(c.folder, "endpoint.db") }, migrations)
	if err := c.db.Open(context.Background()); err != nil {
		return err
	}
	ask := askSmall.Serve(func(ctx context.Context, in workload.Small) (workload.SmallAnswer, error) {
		return c.write(ctx, in, false)
	})
	askAndTell := askSmall
	askAndTell.Route = "POST /told"
	tell := askAndTell.Serve(func(ctx context.Context, in workload.Small) (workload.SmallAnswer, error) {
		return c.write(ctx, in, true)
	})
	provider, err := call.NewProvider("bench", []spinoff.Handler{ask, tell}, c.db, nil, slog.Default())
	if err != nil {
		return err
	}
	base, err := c.serve(provider)
	if err == nil {
		c.urls[endpoint], c.urls[telling] = base.String()+"/v1/small", base.String()+"/v1/told"
	}
	return err
}

// write is the model of the endpoint.
func (c *creates) write(ctx context.Context, in workload.Small, publish bool) (out workload.SmallAnswer, err error) {
	err = c.db.Write(ctx, func(tx *data.Tx) error {
		id, err := data.One[int64](ctx, tx, insertNoteForID, in.Question, in.Source)
		if err == nil && publish {
			err = noteMade.Publish(ctx, tx, "1", NoteMade{id, in.Question})
		}
		out = workload.SmallAnswer{ID: id, Question: in.Question, Status: "draft"}
		return err
	})
	return out, err
}
