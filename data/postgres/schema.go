package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// oldest is the oldest version of the server that the SQL of the apps and the tests are made for.
const oldest = 13

// server is what has to be known of a server before anything is written to it.
type server struct {
	version                 int // 150018 is 15.18
	encoding                string
	database, role          string
	standby                 bool
	exists, usable, creates bool // the schema
}

// Exists reports whether there is a schema at an address as [Open] takes it.
func Exists(ctx context.Context, address string) (bool, error) {
	config, schema, err := parse(address)
	if err != nil {
		return false, err
	}
	db := pool(config, schema, reading)
	defer db.Close() //nolint:errcheck // it was only read
	s, err := ask(ctx, db, schema)
	return s.exists, err
}

// prepare checks that the server can be used, and makes the schema when there is none.
func prepare(ctx context.Context, db *sql.DB, schema string) error {
	s, err := ask(ctx, db, schema)
	if err != nil {
		return err
	}
	if err := s.check(schema); err != nil {
		return err
	}
	if s.exists {
		return nil
	}
	_, err = db.ExecContext(ctx, "CREATE SCHEMA IF NOT EXISTS "+quote(schema))
	var refused *pgconn.PgError
	switch {
	case !errors.As(err, &refused):
		return err
	case refused.Code == "42501": // insufficient_privilege
		return fmt.Errorf("there is no schema %s in database %s, and role %s may not make one; let the owner of the database run: CREATE SCHEMA %s AUTHORIZATION %s",
			quote(schema), s.database, s.role, quote(schema), quote(s.role))
	}
	// Another process has made it at the same moment.
	if s, failed := ask(ctx, db, schema); failed == nil && s.exists {
		return s.check(schema)
	}
	return fmt.Errorf("make schema %s in database %s: %w", quote(schema), s.database, err)
}

func ask(ctx context.Context, db *sql.DB, schema string) (s server, err error) {
	err = db.QueryRowContext(ctx, `
		SELECT CAST(current_setting('server_version_num') AS INTEGER), current_setting('server_encoding'), current_database(), current_user, pg_is_in_recovery(),
			n.nspname IS NOT NULL, coalesce(has_schema_privilege(n.oid, 'USAGE'), false), coalesce(has_schema_privilege(n.oid, 'CREATE'), false)
		FROM (SELECT 1) one LEFT JOIN pg_namespace n ON n.nspname = $1`, schema).
		Scan(&s.version, &s.encoding, &s.database, &s.role, &s.standby, &s.exists, &s.usable, &s.creates)
	var refused *pgconn.ConnectError
	switch {
	case errors.As(err, &refused):
		tries := strings.Split(err.Error(), "\n") // a line for every address, with and without TLS
		return s, fmt.Errorf("PostgreSQL does not answer: %s", strings.TrimSpace(tries[len(tries)-1]))
	case err != nil:
		return s, fmt.Errorf("ask PostgreSQL what it is: %w", err)
	}
	return s, nil
}

// check says what is wrong with the server, and what would be right.
func (s server) check(schema string) error {
	switch {
	case s.version < oldest*10000:
		return fmt.Errorf("the server is PostgreSQL %d.%d; version %d or newer is needed", s.version/10000, s.version%10000, oldest)
	case s.encoding != "UTF8":
		return fmt.Errorf("database %s stores text as %s; make one that can hold every text: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0", s.database, s.encoding)
	case s.standby:
		return fmt.Errorf("the server is a standby, which can only be read; name the primary, or several servers with ?target_session_attrs=read-write")
	case s.exists && (!s.usable || !s.creates):
		return fmt.Errorf("role %s may not make tables in schema %s of database %s; let the owner of the schema run: GRANT USAGE, CREATE ON SCHEMA %s TO %s",
			s.role, quote(schema), s.database, quote(schema), quote(s.role))
	}
	return nil
}
