package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"strings"
)

// Insert adds rows to a table, in the transaction of conn, until next returns nil.
func (*DB) Insert(ctx context.Context, conn *sql.Conn, table string, columns []string, next func() ([]any, error)) (err error) {
	places := strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ")
	insert, err := conn.PrepareContext(ctx, `INSERT INTO "`+table+`" ("`+strings.Join(columns, `", "`)+`") VALUES (`+places+`)`) //nolint:gosec // names of the schema
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, insert.Close()) }()
	for {
		row, err := next()
		if row == nil || err != nil {
			return err
		}
		if _, err := insert.ExecContext(ctx, row...); err != nil {
			return err
		}
	}
}
