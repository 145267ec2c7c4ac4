package data

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Report is told how far a long job is: rows of a table so far.
type Report func(table string, rows int64)

// reportEvery is after how many rows.
const reportEvery = 1000

// WithDerived says which tables of the app hold nothing of their own, such as those of a full-text search, and how they are filled from the others:
// they are not copied to another engine but rebuilt there. It returns db.
func (db *DB) WithDerived(tables []string, rebuild func(ctx context.Context, tx *Tx) error) *DB {
	db.derived, db.rebuild = tables, rebuild
	return db
}

// Row names a row by its primary key: values as [Query] returns them into any, a BOOLEAN as 0 or 1.
type Row struct {
	Table string
	Key   []any
}

// Refresh brings derived tables up to date with changes of some rows, each named once, also one that goes or comes. It calls apply once, which makes
// the changes: before, the tables are as they were, so that words can be removed from an index that does not keep its texts, and afterwards as they
// will be.
type Refresh func(ctx context.Context, tx *Tx, changed []Row, apply func() error) error

// WithRefresh says how the derived tables follow some rows, so that a copy that takes the place of the original need not rebuild them while the app
// waits; see [DB.Follow]. It returns db.
func (db *DB) WithRefresh(refresh Refresh) *DB {
	db.refresh = refresh
	return db
}

// At returns the same app's database at another address, closed.
func (db *DB) At(address string) *DB {
	return New(func() string { return address }, db.migrations).WithDerived(db.derived, db.rebuild).WithRefresh(db.refresh)
}

// CopyTo copies the whole of a closed database, as it is at one moment, into another one of the same app, which may be on another engine, and returns
// what was copied. The other one is made where there is none. It has to be empty, or else replace lets it lose what it has. Everything is copied, and
// found to be equal by counts and checksums, or nothing is changed. Numbers of rows go on where they were. Nobody holds the copy: its lease is free,
// at an epoch of its own.
func (db *DB) CopyTo(ctx context.Context, to *DB, replace bool, report Report) (copied []Table, err error) {
	lease, err := db.Lease(ctx)
	if err == nil {
		err = lease.here()
	}
	if err != nil {
		return nil, fmt.Errorf("database %s: %w", db.name(), err)
	}
	return db.copyTo(ctx, to, Lease{}, replace, report)
}

// copyTo is CopyTo, also of one that has moved, with the lease that the copy gets, at an epoch after those of both databases.
func (db *DB) copyTo(ctx context.Context, to *DB, lease Lease, replace bool, report Report) (copied []Table, err error) {
	status, err := db.Status(ctx)
	switch {
	case err != nil:
		return nil, err
	case !status.Exists:
		return nil, fmt.Errorf("there is no database %s", db.name())
	}
	if err := status.Reach(0); err != nil {
		return nil, err
	}
	if pending := status.Next(0); len(pending) > 0 {
		return nil, fmt.Errorf("database %s lacks %s: migrate it first", db.name(), pending[0].File)
	}
	if _, err := to.migrate(ctx, 0, anywhere); err != nil {
		return nil, err
	}
	source, dialect, err := openEngine(ctx, db.url())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	target, targetDialect, err := openEngine(ctx, to.url())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	return snapshot(ctx, source, dialect, func(from *sql.Tx) (copied []Table, err error) {
		c := &copying{db: to, engine: target, dialect: targetDialect, from: from, fromDialect: dialect, report: report}
		err = c.transaction(ctx, func() error {
			before, err := readLease(ctx, c.conn, c.dialect)
			if err != nil {
				return err
			}
			rest, err := leftover(ctx, c.conn, before, db.place(), status.Lease)
			if err != nil {
				return err
			}
			if copied, err = c.all(ctx, replace || rest); err != nil {
				return err
			}
			return lease.after(status.Lease).after(before).write(ctx, c.conn)
		})
		return copied, err
	})
}

// snapshot runs read in a transaction that sees the database as it is now, for as long as it takes.
func snapshot(ctx context.Context, e engine, dialect Dialect, read func(tx *sql.Tx) ([]Table, error)) ([]Table, error) {
	_, reader := e.Pools()
	conn, err := reader.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close() //nolint:errcheck // gives it back to the pool
	tx, err := e.Snapshot(ctx, conn)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback() //nolint:errcheck // it has changed nothing
	for _, statement := range patient[dialect] {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return nil, err
		}
	}
	return read(tx)
}

// patient are statements after which a transaction may take long.
var patient = map[Dialect][]string{Postgres: {"SET LOCAL statement_timeout = 0", "SET LOCAL idle_in_transaction_session_timeout = 0"}}

// copying is a copy on its way, in one transaction on the target.
type copying struct {
	engine
	db          *DB // the target
	dialect     Dialect
	conn        *sql.Conn
	from        session
	fromDialect Dialect
	report      Report
}

func (c *copying) transaction(ctx context.Context, do func() error) error {
	return transaction(ctx, c.engine, func(conn *sql.Conn) error {
		c.conn = conn
		statements := patient[c.dialect]
		if c.dialect == SQLite {
			statements = []string{"PRAGMA defer_foreign_keys = ON"}
		}
		for _, statement := range statements {
			if _, err := conn.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		return do()
	})
}

// transaction runs do in a transaction that writes, whoever owns the database.
func transaction(ctx context.Context, e engine, do func(conn *sql.Conn) error) (err error) {
	writer, _ := e.Pools()
	conn, err := writer.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // gives it back to the pool
	if _, err := e.Begin(ctx, conn); err != nil {
		return err
	}
	end := "ROLLBACK"
	defer func() {
		if _, failed := conn.ExecContext(context.WithoutCancel(ctx), end); err == nil {
			err = failed
		}
	}()
	if err = do(conn); err == nil {
		end = "COMMIT"
	}
	return err
}

func (c *copying) all(ctx context.Context, replace bool) (copied []Table, err error) {
	from, err := tables(ctx, c.from, c.fromDialect, c.db.derived)
	if err != nil {
		return nil, err
	}
	to, err := tables(ctx, c.conn, c.dialect, c.db.derived)
	if err != nil {
		return nil, err
	}
	if to, err = c.ordered(ctx, to); err != nil {
		return nil, err
	}
	if err := c.clear(ctx, to, replace); err != nil {
		return nil, err
	}
	if len(from) != len(to) {
		return nil, fmt.Errorf("there are %d tables on one engine and %d on the other: the migrations of the two differ", len(from), len(to))
	}
	for _, t := range to {
		i := slices.IndexFunc(from, func(f table) bool { return f.name == t.name })
		if i < 0 || !slices.Equal(from[i].columnNames(), t.columnNames()) {
			return nil, fmt.Errorf("table %s does not have the same columns on both engines: its migrations differ", t.name)
		}
		one, err := c.copy(ctx, from[i], t)
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", t.name, err)
		}
		copied = append(copied, one)
	}
	slices.SortFunc(copied, func(a, b Table) int { return strings.Compare(a.Name, b.Name) })
	return copied, c.rebuild(ctx)
}

// rebuild fills the derived tables.
func (c *copying) rebuild(ctx context.Context) error {
	if c.db.rebuild == nil {
		return nil
	}
	if c.report != nil {
		c.report(strings.Join(c.db.derived, ", "), 0)
	}
	if err := c.db.rebuild(ctx, &Tx{db: c.db, dialect: c.dialect, session: c.conn}); err != nil {
		return fmt.Errorf("rebuild %s: %w", strings.Join(c.db.derived, ", "), err)
	}
	return nil
}

// copy copies a table, and compares what there is then with what was read.
func (c *copying) copy(ctx context.Context, from, to table) (Table, error) {
	rows, err := from.open(ctx, c.from, c.fromDialect)
	if err != nil {
		return Table{}, err
	}
	err = c.Insert(ctx, c.conn, to.name, to.columnNames(), func() ([]any, error) {
		row, err := rows.next()
		if c.report != nil && row != nil && rows.n%reportEvery == 0 {
			c.report(to.name, rows.n)
		}
		if row == nil || err != nil {
			return nil, err
		}
		return to.fit(row), nil
	})
	read := rows.close()
	if err != nil {
		return Table{}, fmt.Errorf("row %d: %w", read.Rows, err)
	}
	by, last, err := from.last(ctx, c.from, c.fromDialect)
	if err != nil {
		return Table{}, err
	}
	if by == "" && slices.ContainsFunc(to.columns, func(column column) bool { return column.Counts }) {
		i := slices.IndexFunc(to.columns, func(column column) bool { return column.Counts })
		if err := one(ctx, c.from, &last, "SELECT coalesce(max("+quote(to.columns[i].Name)+"), 0) FROM "+quote(to.name)); err != nil {
			return Table{}, err
		}
	}
	if err := to.goOn(ctx, c.conn, c.dialect, last); err != nil {
		return Table{}, fmt.Errorf("number the rows: %w", err)
	}
	written, err := to.sum(ctx, c.conn, c.dialect)
	if err == nil && written != read {
		err = fmt.Errorf("the copy differs: %d rows with the checksum %s were read, %d with %s were written", read.Rows, read.SHA256, written.Rows, written.SHA256)
	}
	return written, err
}

// fit returns a row as the columns take it.
func (t table) fit(row []any) []any {
	for i, c := range t.columns {
		if n, ok := row[i].(int64); ok && c.Type == "boolean" {
			row[i] = n != 0
		}
	}
	return row
}

// clear makes sure that the tables are empty.
func (c *copying) clear(ctx context.Context, all []table, replace bool) error {
	for _, t := range slices.Backward(all) {
		var filled bool
		if err := one(ctx, c.conn, &filled, "SELECT EXISTS (SELECT 1 FROM "+quote(t.name)+")"); err != nil {
			return err
		}
		if filled && !replace {
			return fmt.Errorf("database %s is not empty: table %s has rows", c.db.name(), t.name)
		}
		if !filled {
			continue
		}
		if _, err := c.conn.ExecContext(ctx, "DELETE FROM "+quote(t.name)); err != nil { //nolint:gosec // a quoted name
			return err
		}
	}
	return nil
}

// ordered returns the tables so that each comes after those that it refers to. SQLite looks at the end; PostgreSQL after every table.
func (c *copying) ordered(ctx context.Context, all []table) (ordered []table, err error) {
	refers := map[string][]string{}
	if c.dialect == Postgres {
		rows, err := c.conn.QueryContext(ctx, `SELECT a.relname, b.relname FROM pg_constraint k JOIN pg_class a ON a.oid = k.conrelid JOIN pg_class b ON b.oid = k.confrelid
			WHERE k.contype = 'f' AND k.connamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND k.conrelid <> k.confrelid`)
		if err != nil {
			return nil, err
		}
		defer rows.Close() //nolint:errcheck // rows.Err says
		for rows.Next() {
			var from, to string
			if err := rows.Scan(&from, &to); err != nil {
				return nil, err
			}
			refers[from] = append(refers[from], to)
		}
		if err := rows.Err(); err != nil {
			return nil, err
		}
	}
	there := map[string]bool{}
	for len(ordered) < len(all) {
		before := len(ordered)
		for _, t := range all {
			if !there[t.name] && !slices.ContainsFunc(refers[t.name], func(to string) bool { return !there[to] }) {
				there[t.name], ordered = true, append(ordered, t)
			}
		}
		if len(ordered) == before {
			return nil, errors.New("tables refer to each other in a circle, so none of them can be filled first")
		}
	}
	return ordered, nil
}
