package postgres

import (
	"context"
	"database/sql"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Insert adds rows to a table by COPY, in the transaction of conn, until next returns nil. Foreign keys are looked at after the last one.
func (*DB) Insert(ctx context.Context, conn *sql.Conn, table string, columns []string, next func() ([]any, error)) error {
	return conn.Raw(func(c any) error {
		_, err := c.(*stdlib.Conn).Conn().CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromFunc(next))
		return err
	})
}

// Alone reports whether no other process has the schema open. The connections of db count as one: only that which writes may have been used.
func (db *DB) Alone(ctx context.Context) (bool, error) {
	var others int64
	err := db.writer.QueryRowContext(ctx, `SELECT count(*) FROM pg_stat_activity
		WHERE datname = current_database() AND application_name = current_setting('application_name') AND pid <> pg_backend_pid()`).Scan(&others)
	return others == 0, err
}
