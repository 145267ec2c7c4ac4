package data

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// While a database is followed, triggers on each of its tables note the primary keys of the rows that are written: those of table number N in the
// table spinoff_changes_N, numbered in the order in which they were written. The table spinoff_changes says who follows, and that it is alive.
const captured = "spinoff_changes"

// abandonedAfter is how long whoever follows a database may be silent before what it has left there is removed.
const abandonedAfter = time.Minute

func notesOf(number int) string { return captured + "_" + strconv.Itoa(number) }

// noteNumber is the column that numbers the notes. SQLite has one in every table.
var noteNumber = map[Dialect]string{SQLite: "_rowid_", Postgres: "spinoff_n"}

// capture begins to note changes of tables.
func capture(ctx context.Context, s session, dialect Dialect, all []table, id string, now time.Time) error {
	statements := []string{"CREATE TABLE " + captured + " (id TEXT NOT NULL PRIMARY KEY, beat_at BIGINT NOT NULL)"}
	for i, t := range all {
		if len(t.key()) == 0 {
			return fmt.Errorf("table %s has no primary key, so that its changes cannot be followed; give it one, or copy the database while nothing writes to it", t.name)
		}
		statements = append(statements, t.captureBy(dialect, notesOf(i))...)
	}
	for _, statement := range statements {
		if _, err := s.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("note the changes of its rows: %w", err)
		}
	}
	_, err := s.ExecContext(ctx, "INSERT INTO "+captured+" (id, beat_at) VALUES ($1, $2)", id, now.UnixMilli())
	return err
}

// captureBy returns the statements that let triggers note the keys of written rows in a table. An UPDATE that changes the key is noted with both.
func (t table) captureBy(dialect Dialect, notes string) []string {
	into := fmt.Sprintf("INSERT INTO %s (%s)", notes, list("", t.key()))
	before, after := list("OLD.", t.key()), list("NEW.", t.key())
	statements := []string{fmt.Sprintf("CREATE TABLE %s AS SELECT %s FROM %s LIMIT 0", notes, list("", t.key()), quote(t.name))}
	if dialect == SQLite {
		for event, values := range map[string]string{"INSERT": "SELECT " + after, "UPDATE": "SELECT " + after + " UNION SELECT " + before, "DELETE": "SELECT " + before} {
			statements = append(statements, fmt.Sprintf("CREATE TRIGGER %s_%s AFTER %s ON %s BEGIN %s %s; END", notes, event, event, quote(t.name), into, values))
		}
		return statements
	}
	return append(statements,
		fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", notes, noteNumber[dialect]),
		fmt.Sprintf(`CREATE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND ROW(%s) IS DISTINCT FROM ROW(%s) THEN %s VALUES (%s); END IF;
			IF TG_OP <> 'DELETE' THEN %s VALUES (%s); END IF;
			RETURN NULL;
		END $$`, notes, before, after, into, before, into, after),
		fmt.Sprintf("CREATE TRIGGER %s AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION %s()", notes, quote(t.name), notes))
}

// list returns the names of columns, each after prefix.
func list(prefix string, columns []column) string {
	var names []string
	for _, c := range columns {
		names = append(names, prefix+quote(c.Name))
	}
	return strings.Join(names, ", ")
}

// dropCaptured makes the statements that remove what capture has made, in order.
var dropCaptured = map[Dialect]string{
	SQLite: `
		SELECT 'DROP ' || type || ' ' || name FROM sqlite_master
		WHERE type IN ('trigger', 'table') AND name LIKE 'spinoff\_changes%' ESCAPE '\' ORDER BY type DESC`,
	Postgres: `
		SELECT 'DROP FUNCTION ' || proname || '() CASCADE' FROM pg_proc
		WHERE pronamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND proname LIKE 'spinoff\_changes%'
		UNION ALL SELECT 'DROP TABLE ' || tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename LIKE 'spinoff\_changes%' ORDER BY 1`,
}

// release ends the noting of changes.
func release(ctx context.Context, s session, dialect Dialect) error {
	drops, err := texts(ctx, s, dropCaptured[dialect])
	for _, drop := range drops {
		if err == nil {
			_, err = s.ExecContext(ctx, drop)
		}
	}
	return err
}

// texts returns the rows of a query of one column.
func texts(ctx context.Context, s session, query string) (all []string, err error) {
	rows, err := s.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, rows.Err()
}

// tidy removes what somebody has left who followed the database and died, and reports whether somebody follows it now.
func tidy(ctx context.Context, e engine, dialect Dialect, now time.Time) (followed bool, err error) {
	_, reader := e.Pools()
	if there, err := hasTable(ctx, reader, dialect, captured); err != nil || !there {
		return false, err
	}
	err = transaction(ctx, e, func(conn *sql.Conn) error {
		there, err := hasTable(ctx, conn, dialect, captured)
		if err != nil || !there {
			return err
		}
		var beat int64
		if err := one(ctx, conn, &beat, "SELECT coalesce(max(beat_at), 0) FROM "+captured); err != nil {
			return err
		}
		if followed = beat > now.Add(-abandonedAfter).UnixMilli(); followed {
			return nil
		}
		return release(ctx, conn, dialect)
	})
	return followed, err
}
