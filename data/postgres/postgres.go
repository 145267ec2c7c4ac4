// Package postgres opens a schema of a PostgreSQL database as the database of one app.
package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// DB is an open schema: one connection that writes, some that read. Writers of all processes take turns by an advisory lock, so that writing
// means the same as with SQLite, and no transaction has to be tried again because of another one.
type DB struct {
	writer, reader *sql.DB
	begin          string
}

// A process holds at most this many connections that read, for each app; a server allows 100 by default, for all of them.
const maxReaders = 8

// settings of every connection. A user's or a database's own settings do not change what the SQL of an app means.
var settings = map[string]string{
	"timezone":                            "UTC",
	"lock_timeout":                        "10s", // somebody else's transaction, such as a backup's, holds a table: say so, rather than wait for ever
	"idle_in_transaction_session_timeout": "60s", // a process that hangs, or whose machine is gone, gives up the lock that all writers wait for
}

// Of the connections that write. Each statement sees what was committed before it began, and so everything after it has the lock.
var writing = map[string]string{"default_transaction_isolation": "read committed"}

// Of the connections that read: a transaction sees the database as it was at its first statement.
var reading = map[string]string{
	"default_transaction_isolation": "repeatable read",
	"default_transaction_read_only": "on",
	"statement_timeout":             "60s", // no page waits as long; the query of one that is gone ends
}

// Open opens a schema at an address such as "postgres://user:password@host:5432/name?schema=faq", and makes it when there is none. Standard
// variables such as PGPASSWORD and PGSSLROOTCERT say what the address does not. Errors never have the password.
func Open(ctx context.Context, address string) (*DB, error) {
	config, schema, err := parse(address)
	if err != nil {
		return nil, err
	}
	db := &DB{
		writer: pool(config, schema, writing),
		reader: pool(config, schema, reading),
		begin:  fmt.Sprintf("BEGIN; SELECT pg_advisory_xact_lock(%d); SET LOCAL statement_timeout = '60s'; SELECT epoch FROM spinoff_lease", LockKey(schema)),
	}
	db.writer.SetMaxOpenConns(1)
	db.reader.SetMaxOpenConns(maxReaders)
	db.reader.SetMaxIdleConns(maxReaders)
	db.reader.SetConnMaxIdleTime(time.Minute)
	if err := prepare(ctx, db.writer, schema); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// parse reads the address. Its errors say nothing of it: where it cannot be read, it is not known which part is the password.
func parse(address string) (config *pgx.ConnConfig, schema string, err error) {
	const want = "want postgres://user:password@host:5432/name?schema=faq, with %40 for @, %2F for / and so on in the password" //nolint:gosec // no password
	u, err := url.Parse(address)
	if err != nil {
		return nil, "", errors.New("the address of the PostgreSQL database cannot be read; " + want)
	}
	options := u.Query()
	if schema = options.Get("schema"); schema == "" || u.Host == "" && options.Get("host") == "" {
		return nil, "", errors.New("the address of the PostgreSQL database lacks its schema or its host; " + want)
	}
	options.Del("schema")
	u.RawQuery = options.Encode()
	config, err = pgx.ParseConfig(u.String())
	if err != nil {
		return nil, "", fmt.Errorf("the address of the PostgreSQL database, its options or a PG… variable of the environment cannot be used (%s); %s", cause(err), want)
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 10 * time.Second
	}
	return config, schema, nil
}

// cause returns the text of the innermost error, which has no address in it, or what kind of an error it is.
func cause(err error) string {
	if inner := errors.Unwrap(err); inner != nil {
		return inner.Error()
	}
	return "a part of it is not valid"
}

// pool returns connections to the schema. They find the app's own tables and those of PostgreSQL, never what somebody put into "public".
func pool(config *pgx.ConnConfig, schema string, more map[string]string) *sql.DB {
	config = config.Copy()
	maps.Copy(config.RuntimeParams, settings)
	maps.Copy(config.RuntimeParams, more)
	config.RuntimeParams["search_path"] = quote(schema) + ", pg_temp"
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "spinoff/" + schema
	}
	return stdlib.OpenDB(*config)
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

// LockKey returns the key of the advisory lock that writers of a schema hold for the length of their transaction, for pg_advisory_xact_lock.
func LockKey(schema string) int64 {
	h := fnv.New64a()
	h.Write([]byte("spinoff/" + schema))
	return int64(h.Sum64())
}

// Pools returns the connection that writes and those that read.
func (db *DB) Pools() (writer, reader *sql.DB) { return db.writer, db.reader }

// Begin begins a transaction that writes, and returns the epoch of the lease of the schema, in one round trip. It waits while another process is writing, for as long as ctx allows.
func (db *DB) Begin(ctx context.Context, conn *sql.Conn) (epoch int64, err error) {
	for {
		err := conn.Raw(func(c any) error {
			server := c.(*stdlib.Conn).Conn().PgConn()
			results, err := server.Exec(ctx, db.begin).ReadAll()
			if err == nil { // the last one has a row with a number
				epoch, err = strconv.ParseInt(string(results[len(results)-1].Rows[0][0]), 10, 64)
			}
			if db.Busy(err) {
				_, failed := server.Exec(ctx, "ROLLBACK").ReadAll()
				err = errors.Join(err, failed)
			}
			return err
		})
		if !db.Busy(err) || ctx.Err() != nil {
			return epoch, err
		}
	}
}

// Snapshot begins a transaction that reads. It sees the database as it is at its first statement.
func (db *DB) Snapshot(ctx context.Context, conn *sql.Conn) (*sql.Tx, error) {
	return conn.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
}

// Busy reports whether err says that somebody else holds a lock for longer than we wait, or made the same thing at the same time.
func (*DB) Busy(err error) bool {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code {
	case "55P03", "40P01", "40001": // lock_not_available, deadlock_detected, serialization_failure
		return true
	case "23505": // unique_violation; in PostgreSQL's own tables it means that two made a table or an index of the same name
		return strings.HasPrefix(e.TableName, "pg_") || strings.HasPrefix(e.ConstraintName, "pg_")
	}
	return false
}

// Ended reports whether a statement that failed with err has ended its transaction, and not only what went before it since the last savepoint: the
// server has closed the connection, or it broke.
func (*DB) Ended(err error) bool {
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok {
		return refused.Severity != "ERROR"
	}
	_, broken := errors.AsType[net.Error](err)
	return broken || errors.Is(err, pgconn.ErrConnClosed) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.ErrUnexpectedEOF)
}

// Trouble reports whether err says that the server is away, short of a resource such as its disk, or held up by a lock.
func (db *DB) Trouble(err error) bool {
	if db.Ended(err) || db.Busy(err) {
		return true
	}
	refused, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (strings.HasPrefix(refused.Code, "53") || strings.HasPrefix(refused.Code, "58")) // insufficient resources, system error
}

// Close closes the connections.
func (db *DB) Close() error { return errors.Join(db.reader.Close(), db.writer.Close()) }
