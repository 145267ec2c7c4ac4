package data

import (
	"context"
	"database/sql"
	"errors"
)

// Tx is a transaction. [Query], [One] and [Exec] work on it.
type Tx struct {
	db      *DB
	engine  engine
	dialect Dialect
	session session
	turn    *turn // nil in a transaction that reads
	reading bool  // although the session could write
}

// session runs statements.
type session interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// Dialect returns the engine, for the few statements that have to differ.
func (tx *Tx) Dialect() Dialect { return tx.dialect }

var errReading = errors.New("a transaction that reads cannot change anything; use Write")

func (tx *Tx) exec(ctx context.Context, statement string, args []any) (sql.Result, error) {
	if tx.reading {
		return nil, errReading
	}
	result, err := tx.session.ExecContext(ctx, statement, args...)
	return result, told(tx.engine, err)
}
