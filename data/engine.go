package data

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/spinoff-go/spinoff/data/sqlite"
)

// Dialect names an engine.
type Dialect string

// The engines.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// engine is an open database.
type engine interface {
	// Pools returns the connections that write, of which there is only one, and those that read.
	Pools() (writer, reader *sql.DB)
	// Begin begins a transaction on conn that writes. It waits for those of other processes.
	Begin(ctx context.Context, conn *sql.Conn) error
	// Snapshot begins a transaction on conn that reads the database as it is now.
	Snapshot(ctx context.Context, conn *sql.Conn) (*sql.Tx, error)
	// Busy reports whether err only says that another process was faster, so that it helps to try again.
	Busy(err error) bool
	// Ended reports whether a statement that failed with err has ended the transaction that it was in.
	Ended(err error) bool
	Close() error
}

// openEngine opens the database at url.
func openEngine(ctx context.Context, url string) (engine, Dialect, error) {
	scheme, rest, _ := strings.Cut(url, ":")
	switch scheme {
	case "sqlite":
		e, err := sqlite.Open(ctx, rest)
		return e, SQLite, err
	}
	return nil, "", fmt.Errorf("database engine %q is not known; there is sqlite, as in sqlite:data/faq.db", scheme)
}
