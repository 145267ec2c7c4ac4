package data

import (
	"database/sql"
	"sync/atomic"
)

// done counts what a writer has done.
type done struct{ commits, transactions atomic.Int64 }

// Counts are what an open database has done since it was opened, and what it is doing.
type Counts struct {
	Readers      sql.DBStats // of the connections that read
	Commits      int64
	Transactions int64 // that were in them: several share a commit
	Waiting      int   // transactions that wait for their turn to write
}

// Counts returns what the database has done. It fails with [ErrClosed].
func (db *DB) Counts() (Counts, error) {
	open, err := db.enter()
	if err != nil {
		return Counts{}, err
	}
	defer open.running.Done()
	w := open.writer
	w.mu.Lock()
	defer w.mu.Unlock()
	return Counts{open.reader.Stats(), w.done.commits.Load(), w.done.transactions.Load(), len(w.queue)}, nil
}
