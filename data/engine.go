package data

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"strings"

	"github.com/spinoff-go/spinoff/data/postgres"
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
	// Begin begins a transaction on conn that writes. It waits for those of other processes. Where that costs no round trip of its own it returns the epoch of
	// the lease, and otherwise 0: it has to be asked for.
	Begin(ctx context.Context, conn *sql.Conn) (epoch int64, err error)
	// Snapshot begins a transaction on conn that reads the database as it is now.
	Snapshot(ctx context.Context, conn *sql.Conn) (*sql.Tx, error)
	// Busy reports whether err only says that another process was faster, so that it helps to try again.
	Busy(err error) bool
	// Ended reports whether a statement that failed with err has ended the transaction that it was in.
	Ended(err error) bool
	// Trouble reports whether err says that the engine itself cannot work at the moment, rather than that it refuses what was asked.
	Trouble(err error) bool
	// Insert adds rows to a table, in the transaction of conn, until next returns nil.
	Insert(ctx context.Context, conn *sql.Conn, table string, columns []string, next func() ([]any, error)) error
	Close() error
}

// openEngine opens the database at address.
func openEngine(ctx context.Context, address string) (engine, Dialect, error) {
	scheme, rest, isURL := strings.Cut(address, ":")
	switch scheme {
	case "sqlite":
		e, err := sqlite.Open(ctx, rest)
		return e, SQLite, err
	case "postgres", "postgresql":
		e, err := postgres.Open(ctx, address)
		return e, Postgres, err
	}
	if !isURL || strings.ContainsAny(scheme, " =@/") { // it may hold a password
		scheme = "?"
	}
	return nil, "", fmt.Errorf("database engine %q is not known; there are sqlite, as in sqlite:data/faq.db, and postgres, as in postgres://user:password@host:5432/name?schema=faq", scheme)
}

// redacted returns the address of a database without its password, and without options, one of which may be a password.
func redacted(address string) string {
	scheme, _, found := strings.Cut(address, "://")
	if !found {
		return address
	}
	u, err := url.Parse(address)
	if err != nil { // there is no telling which part is the password
		return scheme + "://"
	}
	short := url.URL{Scheme: scheme, Host: u.Host, Path: u.Path, RawQuery: "schema=" + u.Query().Get("schema")}
	return short.String()
}
