// Package sqlite opens a SQLite file the way its best operators do.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	driver "modernc.org/sqlite" // without cgo
	sqlite3 "modernc.org/sqlite/lib"
)

// DB is an open file: one writer, several readers. SQLite lets one transaction write at a time; a pool of one makes the others
// wait in order, where several connections would fail with SQLITE_BUSY.
type DB struct {
	writer, reader *sql.DB
}

// settings of every connection, in the order in which they are made.
var settings = []string{
	"busy_timeout(10000)",   // another process, such as an import, may be writing: wait for it, in milliseconds
	"journal_mode(WAL)",     // readers and the writer do not wait for each other
	"synchronous(FULL)",     // a committed transaction survives a power loss, for one fsync
	"foreign_keys(1)",       // off by default, for the sake of old files
	"temp_store(MEMORY)",    // no temporary files beside the database
	"recursive_triggers(1)", // INSERT OR REPLACE tells triggers about what it removes, such as those of a copy that follows
}

// Open opens the file at path, which it makes, with its folder, when there is none; both are readable by their owner only.
func Open(ctx context.Context, path string) (*DB, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	for {
		db, replaced, err := open(ctx, path)
		if !replaced || err != nil {
			return db, err
		}
	}
}

// open opens the file, and reports whether another one has taken its place meanwhile, by a restore, so that it has to be done again.
func open(ctx context.Context, path string) (db *DB, replaced bool, err error) {
	if err := create(path); err != nil {
		return nil, false, err
	}
	before, err := os.Stat(path)
	if err != nil {
		return nil, false, err
	}
	writer, err := sql.Open("sqlite", dsn(path, "_txlock=immediate")) // for migrations, which use database/sql's transactions
	if err != nil {
		return nil, false, err
	}
	reader, err := sql.Open("sqlite", dsn(path, "_pragma="+url.QueryEscape("query_only(1)")))
	if err != nil {
		return nil, false, errors.Join(err, writer.Close())
	}
	writer.SetMaxOpenConns(1)
	reader.SetMaxOpenConns(max(4, 2*runtime.GOMAXPROCS(0)))
	reader.SetMaxIdleConns(max(4, 2*runtime.GOMAXPROCS(0)))
	db = &DB{writer, reader}
	err = writer.PingContext(ctx)
	for db.Busy(err) && ctx.Err() == nil { // two processes turn on the WAL of a new file
		err = writer.PingContext(ctx)
	}
	if err != nil {
		return nil, false, errors.Join(fmt.Errorf("open %s: %w", path, err), db.Close())
	}
	if now, err := os.Stat(path); err != nil || !os.SameFile(before, now) {
		return nil, true, errors.Join(err, db.Close())
	}
	return db, false, nil
}

// Exists reports whether there is a file at path.
func Exists(path string) (bool, error) {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// create makes an empty file at path unless there is one. It never opens a file that is there: closing it again would drop the
// locks that this process holds on it through SQLite.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// Pools returns the connection that writes and those that read.
func (db *DB) Pools() (writer, reader *sql.DB) { return db.writer, db.reader }

// Begin begins a transaction that writes. It waits while another process is writing, also for longer than SQLite does.
func (db *DB) Begin(ctx context.Context, conn *sql.Conn) (epoch int64, err error) {
	for {
		_, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE")
		if !db.Busy(err) || ctx.Err() != nil {
			return 0, err
		}
	}
}

// Snapshot begins a transaction that reads.
func (db *DB) Snapshot(ctx context.Context, conn *sql.Conn) (*sql.Tx, error) {
	return conn.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
}

// Busy reports whether err says that another connection, here always one of another process, holds the lock.
func (*DB) Busy(err error) bool {
	var e *driver.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_BUSY
}

// Ended reports whether a statement that failed with err has ended its transaction: see sqlite.org/lang_transaction.html, section 4.
func (*DB) Ended(err error) bool {
	var e *driver.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_INTERRUPT:
		return true
	}
	return false
}

// Trouble reports whether err says that the disk is full or broken, or memory is short, or another process holds the lock.
func (db *DB) Trouble(err error) bool {
	var e *driver.Error
	return db.Ended(err) || errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_CANTOPEN
}

func dsn(path string, options ...string) string {
	for _, s := range settings {
		options = append(options, "_pragma="+url.QueryEscape(s))
	}
	options = append(options, "_dqs=0") // "text" is a name, never a text: a mistyped column is an error
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + strings.Join(options, "&")
}

// Close writes the log back into the file. When no other process has the file open, nothing is left beside it.
func (db *DB) Close() error {
	err := db.reader.Close()
	if _, checkpoint := db.writer.ExecContext(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)"); checkpoint != nil && !strings.Contains(checkpoint.Error(), "locked") {
		err = errors.Join(err, checkpoint)
	}
	return errors.Join(err, db.writer.Close())
}
