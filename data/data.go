// Package data is the database of one app. An app owns its data: no other app reads it, and no transaction crosses apps.
//
// Models are plain SQL with $1 placeholders. What goes into it and comes out is int64, float64, string, []byte and bool; a time is
// stored as Unix milliseconds ([Millis], [Time]), a list as JSON, so that the same text serves more than one engine.
//
// Transactions that write take turns, on every engine. Those that come while another one is being committed share the next commit: it costs one fsync
// for all of them, and each is answered only after it.
package data

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"github.com/spinoff-go/spinoff"
)

// Errors of this package.
var (
	ErrNotFound = errors.New("there is no such row")
	ErrClosed   = errors.New("the database is not open: the app does not run in this process")
	// ErrTrouble is found by errors.Is in errors that say that the database cannot work at the moment, as when its disk is full or its server away,
	// rather than that it refuses what was asked: the same may succeed later.
	ErrTrouble = errors.New("the database cannot work at the moment")
)

// trouble is an error that is [ErrTrouble] too.
type trouble struct{ error }

func (t trouble) Unwrap() error        { return t.error }
func (t trouble) Is(target error) bool { return target == ErrTrouble }

// told marks an error of an engine that is in trouble.
func told(e engine, err error) error {
	if err == nil || e == nil || !e.Trouble(err) {
		return err
	}
	return trouble{err}
}

var _ spinoff.Database = (*DB)(nil)

// DB is an app's database. It is made when the app is declared and opened when the app is placed in this process; it may be closed and
// opened again. It is safe for concurrent use.
type DB struct {
	url        func() string
	migrations fs.FS
	columns    sync.Map // of reflect.Type: map[string]int, see [Query]
	messages   sync.Map // of reflect.Type: *shape.Message, see [Tx.Publish]
	claims     sync.Map // of claim: string, the hash of the unit that is running; see [DB.Do]
	published  chan struct{}
	derived    []string // see [DB.WithDerived]
	rebuild    func(ctx context.Context, tx *Tx) error
	refresh    Refresh // see [DB.WithRefresh]

	change sync.Mutex // held while opening or closing
	mu     sync.Mutex // held only to look at what follows
	open   *opened    // nil while it is closed
}

// opened is a database while it is open.
type opened struct {
	engine
	dialect Dialect
	reader  *sql.DB
	writer  *writer
	running sync.WaitGroup // transactions
}

// New returns the closed database at url, such as "sqlite:data/faq.db"; url is asked when the database is opened. migrations has a folder of that name with goose
// files, NNNN_name.sql, which only ever go forward: what an app embeds by go:embed migrations/*.sql.
func New(url func() string, migrations fs.FS) *DB {
	return &DB{url: url, migrations: migrations, published: make(chan struct{}, 1)}
}

// Open opens the database, whoever holds it, and brings its schema up to date. It refuses a database that a newer program has migrated, and one that has
// moved: [ErrMoved]. What it writes joins the present epoch of the database; see [Lease].
func (db *DB) Open(ctx context.Context) error { return db.join(ctx, Lease.here) }

// join opens the database if its lease admits that.
func (db *DB) join(ctx context.Context, admit func(Lease) error) error {
	db.change.Lock()
	defer db.change.Unlock()
	if db.open != nil {
		return fmt.Errorf("database %s is open already", db.name())
	}
	engine, dialect, err := openEngine(ctx, db.url())
	if err != nil {
		return err
	}
	pool, reader := engine.Pools()
	epoch, err := migrate(ctx, engine, dialect, db.migrations, 0, admit)
	if err != nil {
		return errors.Join(fmt.Errorf("database %s: %w", db.name(), err), engine.Close())
	}
	if _, err := tidy(ctx, engine, dialect, time.Now()); err != nil {
		return errors.Join(fmt.Errorf("database %s: remove the rest of a copy that was given up: %w", db.name(), err), engine.Close())
	}
	db.swap(&opened{engine: engine, dialect: dialect, reader: reader, writer: &writer{engine: engine, pool: pool, committed: db.announce, epoch: epoch}})
	return nil
}

// name is the URL of the database without a secret.
func (db *DB) name() string { return redacted(db.url()) }

// Close waits for the transactions that are running and closes the database; one that begins meanwhile gets [ErrClosed], also inside
// another one. Closing a closed database does nothing.
func (db *DB) Close() error {
	db.change.Lock()
	defer db.change.Unlock()
	open := db.swap(nil)
	if open == nil {
		return nil
	}
	open.running.Wait()
	return errors.Join(open.writer.close(), open.Close())
}

// swap puts next in the place of what is open, and returns that.
func (db *DB) swap(next *opened) *opened {
	db.mu.Lock()
	defer db.mu.Unlock()
	before := db.open
	db.open = next
	return before
}

// enter returns what is open with one more running transaction, which the caller ends by running.Done.
func (db *DB) enter() (*opened, error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.open == nil {
		return nil, ErrClosed
	}
	db.open.running.Add(1)
	return db.open, nil
}

// Check reports whether the database answers.
func (db *DB) Check(ctx context.Context) error {
	return db.Read(ctx, func(tx *Tx) error {
		_, err := One[int64](ctx, tx, "SELECT 1")
		return err
	})
}

// Read runs read in a transaction that sees the database as it is when it begins, and cannot change it. In a unit that has
// written already, it sees what the unit has written; see [DB.Do].
func (db *DB) Read(ctx context.Context, read func(tx *Tx) error) error {
	if u := db.unitOf(ctx); u != nil {
		if joined, err := u.read(read); joined {
			return err
		}
	}
	open, err := db.enter()
	if err != nil {
		return err
	}
	defer open.running.Done()
	conn, err := open.reader.Conn(ctx)
	if err != nil {
		return told(open, err)
	}
	defer conn.Close() //nolint:errcheck // gives it back to the pool, after a rollback that is under way
	tx, err := open.Snapshot(ctx, conn)
	if err != nil {
		return told(open, err)
	}
	defer tx.Rollback() //nolint:errcheck // it has changed nothing
	err = read(&Tx{db: db, engine: open, dialect: open.dialect, session: tx})
	if ctx.Err() != nil && errors.Is(err, sql.ErrTxDone) {
		err = ctx.Err() // database/sql has rolled back as soon as ctx was done
	}
	return err
}

// Write runs write in a transaction, after all others that write. It commits when write returns nil, and otherwise, also when write
// panics or ctx is done, nothing has happened. Inside a unit the commit comes with the end of the unit; see [DB.Do].
func (db *DB) Write(ctx context.Context, write func(tx *Tx) error) (err error) {
	if u := db.unitOf(ctx); u != nil {
		return u.write(ctx, write)
	}
	open, err := db.enter()
	if err != nil {
		return err
	}
	defer open.running.Done()
	t, err := open.writer.enter(ctx)
	if err != nil {
		return err
	}
	failed := errAbandoned // should write panic
	defer func() { err = t.leave(failed) }()
	if failed = write(t.tx(db, open.dialect)); failed == nil {
		failed = ctx.Err()
	}
	return err
}

// Millis returns t as it is stored: milliseconds since 1970 in UTC; 0 for the zero time.
func Millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Time returns a stored time, in UTC; the zero time for 0.
func Time(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
