package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
)

// ErrInUse says that another process has the file open.
var ErrInUse = errors.New("another process has the database open")

// Held is a file that nobody else can use.
type Held struct {
	db   *sql.DB
	conn *sql.Conn
}

// Hold takes a file for itself, and writes its log back, so that the file alone is the database. It fails with [ErrInUse] where another process has it open,
// even one that does nothing at the moment: the log can only be given up by the last one.
func Hold(ctx context.Context, path string) (*Held, error) {
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?mode=rw&_pragma="+url.QueryEscape("busy_timeout(500)"))
	if err != nil {
		return nil, err
	}
	h := &Held{db: db}
	if h.conn, err = db.Conn(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	for _, statement := range []string{"PRAGMA journal_mode = DELETE", "BEGIN EXCLUSIVE"} {
		if _, err := h.conn.ExecContext(ctx, statement); err != nil {
			if (*DB)(nil).Busy(err) {
				err = ErrInUse
			}
			return nil, errors.Join(err, h.conn.Close(), db.Close())
		}
	}
	return h, nil
}

// Release lets others use the file again.
func (h *Held) Release() error {
	_, err := h.conn.ExecContext(context.Background(), "ROLLBACK")
	return errors.Join(err, h.conn.Close(), h.db.Close())
}
