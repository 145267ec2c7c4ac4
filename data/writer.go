package data

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// A batch takes at most this many transactions, and none that comes longer than this after its first one: those who wait for the commit
// should not wait much longer than one commit takes.
const (
	maxMembers  = 512
	maxBatchAge = 25 * time.Millisecond
)

// errAbandoned is why a transaction is rolled back whose function has not returned.
var errAbandoned = errors.New("the transaction was abandoned by a panic")

// writer is the one connection that writes. Transactions take turns on it, each in a savepoint of its own, and share commits: whoever ends its turn and sees
// somebody waiting leaves the commit to that one, so that nobody ever waits for company and a commit serves all who came during the one before.
type writer struct {
	engine
	pool      *sql.DB
	committed func() // called after a commit of a batch with events
	epoch     int64  // of the lease, when the database was opened
	done      done

	mu    sync.Mutex
	taken bool            // whether somebody has the turn
	queue []chan struct{} // who waits for it, in order; closed to hand it over

	// What follows belongs to whoever has the turn.
	conn       *sql.Conn              // nil until it is needed
	statements map[string]*sql.Stmt   // of the app
	own        map[string]driver.Stmt // of the writer
	batch      *batch                 // nil where no transaction has begun
	fenced     error                  // why nothing can be written any more, see [ErrFenced]
}

// batch is the transactions that share a commit.
type batch struct {
	began   time.Time
	members int
	events  bool          // whether one of them publishes
	last    bool          // whether nobody else may join
	done    chan struct{} // closed after the commit
	err     error         // why there was none; to be read after done
}

// turn is one transaction that writes.
type turn struct {
	*writer
	batch *batch
	ended error // of the statement that has ended the transaction of all, such as a full disk: there is nothing to write in any more
}

// enter waits for a turn and begins a transaction.
func (w *writer) enter(ctx context.Context) (*turn, error) {
	if err := w.take(ctx); err != nil {
		return nil, err
	}
	err := w.begin(ctx)
	if err == nil {
		err = w.run("SAVEPOINT member")
	}
	if err != nil {
		err = told(w, err)
		w.lose(err)
		w.pass()
		return nil, err
	}
	w.batch.members++
	return &turn{writer: w, batch: w.batch}, nil
}

// tx returns the transaction for whoever writes in it.
func (t *turn) tx(db *DB, dialect Dialect) *Tx {
	return &Tx{db: db, engine: t, dialect: dialect, session: t, turn: t}
}

// leave ends the transaction, by a rollback when it has failed, and otherwise returns when it is committed.
func (t *turn) leave(failed error) error {
	err := t.ended
	if err == nil && failed == nil { // on PostgreSQL it fails where a statement has failed before, and that was passed over
		if failed = t.run("RELEASE member"); failed != nil {
			failed = fmt.Errorf("the transaction cannot be committed; the error of a statement in it may have been passed over: %w", told(t, failed))
		}
	}
	if err == nil && failed != nil {
		if err = t.run("ROLLBACK TO member"); err == nil {
			err = t.run("RELEASE member")
		}
	}
	if err != nil {
		t.lose(told(t, err))
	}
	t.pass()
	if failed != nil {
		return failed
	}
	<-t.batch.done
	return t.batch.err
}

// take waits until it is the caller's turn.
func (w *writer) take(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w.mu.Lock()
	if !w.taken {
		w.taken = true
		w.mu.Unlock()
		return nil
	}
	ready := make(chan struct{})
	w.queue = append(w.queue, ready)
	w.mu.Unlock()
	select {
	case <-ready:
		return nil
	case <-ctx.Done():
	}
	w.mu.Lock()
	i := slices.Index(w.queue, ready)
	if i >= 0 {
		w.queue = slices.Delete(w.queue, i, i+1)
	}
	w.mu.Unlock()
	if i < 0 { // it was handed over at the same moment, perhaps with a commit to be made
		w.pass()
	}
	return ctx.Err()
}

// pass hands the turn on: to somebody who waits and can join the batch or, after its commit, to somebody who waits, or to nobody.
func (w *writer) pass() {
	open := w.batch != nil && !w.batch.last && w.batch.members < maxMembers && time.Since(w.batch.began) < maxBatchAge
	if open && w.handOver() {
		return
	}
	w.commit()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.taken = w.handOverLocked()
}

// handOver gives the turn to the first who waits, if there is one.
func (w *writer) handOver() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.handOverLocked()
}

func (w *writer) handOverLocked() bool {
	if len(w.queue) == 0 {
		return false
	}
	close(w.queue[0])
	w.queue = slices.Delete(w.queue, 0, 1)
	return true
}

// begin begins a transaction unless there is one to join.
func (w *writer) begin(ctx context.Context) (err error) {
	if w.batch != nil || w.fenced != nil {
		return w.fenced
	}
	var epoch int64
	for kept := w.conn != nil; ; kept = false {
		if w.conn == nil {
			if w.conn, err = w.pool.Conn(ctx); err != nil {
				w.conn = nil
				return err
			}
			w.statements, w.own = map[string]*sql.Stmt{}, map[string]driver.Stmt{}
		}
		epoch, err = w.Begin(ctx, w.conn)
		if err == nil && epoch == 0 {
			epoch, err = w.ask(readEpoch)
		}
		if err == nil {
			break
		}
		w.drop()
		if !kept || ctx.Err() != nil || !w.Ended(err) { // a connection that has broken since is no reason to fail: nothing was written on it
			return err
		}
	}
	if epoch != w.epoch {
		w.fenced = fenced(w.epoch, epoch)
		if err := w.run("ROLLBACK"); err != nil {
			w.drop()
		}
		return w.fenced
	}
	w.batch = &batch{began: time.Now(), done: make(chan struct{})}
	return nil
}

// commit commits the batch, if there is one, and tells its members.
func (w *writer) commit() {
	b := w.batch
	if b == nil {
		return
	}
	if err := w.run("COMMIT"); err != nil {
		w.lose(fmt.Errorf("commit: %w", told(w, err)))
		return
	}
	w.batch = nil
	w.done.commits.Add(1)
	w.done.transactions.Add(int64(b.members))
	close(b.done)
	if b.events {
		w.committed()
	}
}

// lose gives up the batch: what its members have written is gone, and they are told why.
func (w *writer) lose(err error) {
	if b := w.batch; b != nil {
		w.batch = nil
		w.drop()
		b.err = err
		close(b.done)
	}
}

// drop closes the connection, and with it the transaction.
func (w *writer) drop() {
	w.forget()
	w.conn.Raw(func(any) error { return driver.ErrBadConn }) //nolint:errcheck // says that the pool must not keep it
	w.conn.Close()                                           //nolint:errcheck // as above
	w.conn = nil
}

// forget lets go of the prepared statements.
func (w *writer) forget() {
	for _, s := range w.statements {
		s.Close() //nolint:errcheck // it has nothing to say
	}
	w.conn.Raw(func(any) error { //nolint:errcheck // as above
		for _, s := range w.own {
			s.Close() //nolint:errcheck // as above
		}
		return nil
	})
	w.statements, w.own = nil, nil
}

// close gives the connection back. Nobody may be waiting for a turn.
func (w *writer) close() error {
	if w.conn == nil {
		return nil
	}
	w.forget()
	err := w.conn.Close()
	w.conn = nil
	return err
}

// run runs a statement of the writer's own, straight on the driver: every transaction has two of them. No caller's deadline ends it: that would end the
// transaction of others.
func (w *writer) run(statement string) error {
	return w.raw(statement, func(s driver.Stmt) error {
		_, err := s.(driver.StmtExecContext).ExecContext(context.Background(), nil)
		return err
	})
}

// ask is run for a query of one number.
func (w *writer) ask(query string) (n int64, err error) {
	err = w.raw(query, func(s driver.Stmt) error {
		rows, err := s.(driver.StmtQueryContext).QueryContext(context.Background(), nil)
		if err != nil {
			return err
		}
		row := make([]driver.Value, 1)
		err = rows.Next(row)
		n, _ = row[0].(int64)
		return errors.Join(err, rows.Close())
	})
	return n, err
}

// raw does something with a prepared statement of the driver.
func (w *writer) raw(statement string, do func(s driver.Stmt) error) error {
	return w.conn.Raw(func(conn any) (err error) {
		s := w.own[statement]
		if s == nil {
			if s, err = conn.(driver.ConnPrepareContext).PrepareContext(context.Background(), statement); err != nil {
				return err
			}
			w.own[statement] = s
		}
		return do(s)
	})
}

// maxStatements bounds how many statements are kept prepared. An app has some dozens; one that builds its statements may have more.
const maxStatements = 256

func (w *writer) prepare(ctx context.Context, statement string) (*sql.Stmt, error) {
	if s, ok := w.statements[statement]; ok {
		return s, nil
	}
	if len(w.statements) >= maxStatements {
		for text, s := range w.statements {
			s.Close() //nolint:errcheck // it has nothing to say
			delete(w.statements, text)
		}
	}
	s, err := w.conn.PrepareContext(ctx, statement)
	if err == nil {
		w.statements[statement] = s
	}
	return s, err
}

// QueryContext runs a query of the transaction. ctx is looked at before, and not while it runs: SQLite and PostgreSQL both answer an
// interrupted statement by ending the transaction, which is not only that of the caller.
func (t *turn) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return statement(t, ctx, query, func(ctx context.Context, s *sql.Stmt) (*sql.Rows, error) { return s.QueryContext(ctx, args...) })
}

// ExecContext is QueryContext for a statement without rows.
func (t *turn) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return statement(t, ctx, query, func(ctx context.Context, s *sql.Stmt) (sql.Result, error) { return s.ExecContext(ctx, args...) })
}

func statement[T any](t *turn, ctx context.Context, text string, run func(context.Context, *sql.Stmt) (T, error)) (result T, err error) { //nolint:revive // the turn is the receiver
	if err := cmp.Or(t.ended, ctx.Err()); err != nil {
		return result, err
	}
	ctx = context.WithoutCancel(ctx)
	s, err := t.prepare(ctx, text)
	if err == nil {
		result, err = run(ctx, s)
	}
	if err != nil && t.Ended(err) {
		t.ended = err
	}
	return result, err
}
