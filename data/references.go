package data

import (
	"context"
	"database/sql"
	"strings"
)

// References are of no use between two rows that are both right, and in the way: rows go before others come. SQLite is told to look away; PostgreSQL
// gets them again at the end of the transaction, and looks at what is there already by validateReferences.
const (
	references = `
		SELECT format('ALTER TABLE %I DROP CONSTRAINT %I', r.relname, k.conname),
			format('ALTER TABLE %I ADD CONSTRAINT %I ', r.relname, k.conname) || pg_get_constraintdef(k.oid)
		FROM pg_constraint k JOIN pg_class r ON r.oid = k.conrelid
		WHERE k.contype = 'f' AND k.connamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())`
	unvalidated = `
		SELECT format('ALTER TABLE %I VALIDATE CONSTRAINT %I', r.relname, k.conname)
		FROM pg_constraint k JOIN pg_class r ON r.oid = k.conrelid
		WHERE NOT k.convalidated AND k.connamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())`
)

// unbound runs do in a transaction on the target in which rows may refer to rows that are not there.
func (c *copying) unbound(ctx context.Context, do func() error) error {
	if c.dialect == SQLite {
		writer, _ := c.Pools()
		if _, err := writer.ExecContext(ctx, "PRAGMA foreign_keys = OFF"); err != nil { // of the one connection, outside a transaction
			return err
		}
		return c.transaction(ctx, do)
	}
	return c.transaction(ctx, func() error {
		drops, adds, err := c.references(ctx)
		if err != nil {
			return err
		}
		if _, err := c.conn.ExecContext(ctx, inOne(drops)); err != nil {
			return err
		}
		if err := do(); err != nil {
			return err
		}
		_, err = c.conn.ExecContext(ctx, inOne(adds))
		return err
	})
}

// inOne makes statements of PostgreSQL one, for one round trip.
func inOne(statements []string) string {
	return "DO $do$ BEGIN " + strings.Join(append(statements, "END $do$"), "; ")
}

func (c *copying) references(ctx context.Context) (drops, adds []string, err error) {
	rows, err := c.conn.QueryContext(ctx, references)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says
	for rows.Next() {
		var drop, add string
		if err := rows.Scan(&drop, &add); err != nil {
			return nil, nil, err
		}
		drops, adds = append(drops, drop), append(adds, strings.TrimSuffix(add, " NOT VALID")+" NOT VALID")
	}
	return drops, adds, rows.Err()
}

// validateReferences looks at all rows.
func validateReferences(ctx context.Context, db *sql.DB, dialect Dialect) error {
	if dialect != Postgres {
		return nil
	}
	statements, err := texts(ctx, db, unvalidated)
	for _, statement := range statements {
		if err == nil {
			_, err = db.ExecContext(ctx, statement)
		}
	}
	return err
}
