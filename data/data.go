// Package data is the database of one app. An app owns its data: no other app reads it, and no transaction crosses apps.
//
// Models are plain SQL with $1 placeholders. What goes into it and comes out is int64, float64, string, []byte and bool; a time is
// stored as Unix milliseconds ([Millis], [Time]), a list as JSON, so that the same text serves more than one engine.
package data

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"time"

	"github.com/spinoff-go/spinoff/data/sqlite"
)

// Errors of this package.
var (
	ErrNotFound = errors.New("there is no such row")
	ErrClosed   = errors.New("the database is not open: the app does not run in this process")
)

// DB is an app's database. It is made when the app is declared and opened when the app is placed in this process; it may be closed and
// opened again. It is safe for concurrent use.
type DB struct {
	url        func() string
	migrations fs.FS
	columns    sync.Map // of reflect.Type: map[string]int, see [Query]

	change sync.Mutex // held while opening or closing
	mu     sync.Mutex // held only to look at what follows
	open   *opened    // nil while it is closed
}

// opened is a database while it is open.
type opened struct {
	*sqlite.DB
	running sync.WaitGroup // transactions
}

// New returns the closed database at url, such as "sqlite:data/faq.db"; url is asked when the database is opened. migrations has a folder of that name with goose
// files, NNNN_name.sql, which only ever go forward: what an app embeds by go:embed migrations/*.sql.
func New(url func() string, migrations fs.FS) *DB {
	return &DB{url: url, migrations: migrations}
}

// Open opens the database and brings its schema up to date. It refuses a database that a newer program has migrated.
func (db *DB) Open(ctx context.Context) error {
	db.change.Lock()
	defer db.change.Unlock()
	url := db.url()
	if db.open != nil {
		return fmt.Errorf("database %s is open already", url)
	}
	path, ok := strings.CutPrefix(url, "sqlite:")
	if !ok {
		scheme, _, _ := strings.Cut(url, ":")
		return fmt.Errorf("database engine %q is not known; there is sqlite, as in sqlite:data/faq.db", scheme)
	}
	open, err := sqlite.Open(ctx, path)
	if err != nil {
		return err
	}
	if err := migrate(ctx, open.Writer, db.migrations); err != nil {
		return errors.Join(fmt.Errorf("database %s: %w", path, err), open.Close())
	}
	db.swap(&opened{DB: open})
	return nil
}

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
	return open.Close()
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

// Tx is a transaction.
type Tx struct {
	*sql.Tx
	db *DB
}

// Read runs read in a transaction that sees the database as it is when it begins, and cannot change it.
func (db *DB) Read(ctx context.Context, read func(tx *Tx) error) error {
	return db.transact(ctx, func(open *sqlite.DB) *sql.DB { return open.Reader }, &sql.TxOptions{ReadOnly: true}, read)
}

// Write runs write in a transaction, after all others that write. It commits when write returns nil, and otherwise, also when write
// panics, nothing has happened.
func (db *DB) Write(ctx context.Context, write func(tx *Tx) error) error {
	return db.transact(ctx, func(open *sqlite.DB) *sql.DB { return open.Writer }, nil, write)
}

func (db *DB) transact(ctx context.Context, pool func(*sqlite.DB) *sql.DB, options *sql.TxOptions, do func(tx *Tx) error) (err error) {
	open, err := db.enter()
	if err != nil {
		return err
	}
	defer open.running.Done()
	defer func() {
		if ctx.Err() != nil && errors.Is(err, sql.ErrTxDone) {
			err = ctx.Err() // database/sql has rolled back as soon as ctx was done
		}
	}()
	// Closing a connection of our own waits for a rollback that is under way.
	conn, err := pool(open.DB).Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // gives it back to the pool
	tx, err := conn.BeginTx(ctx, options)
	for sqlite.Busy(err) && ctx.Err() == nil { // another process is writing for longer than SQLite waits
		tx, err = conn.BeginTx(ctx, options)
	}
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // does nothing after a commit
	if err := do(&Tx{tx, db}); err != nil {
		return err
	}
	return tx.Commit()
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
