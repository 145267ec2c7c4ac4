package data

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/spinoff-go/spinoff"
)

// unit is what one call or one event does to the database: one transaction, which begins with the first Write.
type unit struct {
	db *DB

	mu   sync.Mutex // held by whoever is in the transaction
	over bool
	open *opened // nil until something is written
	turn *turn
}

type unitKey struct{ db *DB }

// errOver is the error of a Write that comes after the end of its unit, as from a goroutine that was left behind.
var errOver = errors.New("the unit that this context belongs to is over: a goroutine that goes on working needs a context of its own")

// errRace says that another process has kept an answer for the same key first.
var errRace = errors.New("another process was faster")

// claim is a key that a unit is running for in this process.
type claim struct{ scope, id string }

// Do runs do as one unit; see [spinoff.Database]. The transaction begins with the first Write, and from then on other writers of the app wait for
// the end of do: what takes long, such as a call to another service, comes before it.
func (db *DB) Do(ctx context.Context, key spinoff.Key, do func(ctx context.Context) ([]byte, error)) (answer []byte, kept bool, err error) {
	if key.ID == "" {
		answer, err = db.unit(ctx, do)
		return answer, false, err
	}
	c := claim{key.Scope, key.ID}
	if hash, running := db.claims.LoadOrStore(c, key.Hash); running {
		if hash != key.Hash {
			return nil, false, spinoff.ErrKeyReused
		}
		return nil, false, spinoff.ErrInFlight
	}
	defer db.claims.Delete(c)
	answer, kept, err = db.kept(ctx, key)
	if kept || err != nil {
		return answer, kept, err
	}
	answer, err = db.unit(ctx, func(ctx context.Context) ([]byte, error) {
		answer, err := do(ctx)
		if err == nil {
			err = db.Write(ctx, func(tx *Tx) error { return keep(ctx, tx, key, answer) })
		}
		return answer, err
	})
	if errors.Is(err, errRace) {
		return db.kept(ctx, key)
	}
	return answer, false, err
}

// Hold begins the transaction of the unit that ctx belongs to, without writing anything; see [spinoff.Database].
func (db *DB) Hold(ctx context.Context) error { return db.Write(ctx, func(*Tx) error { return nil }) }

// unit runs do with a context that makes its transactions one.
func (db *DB) unit(ctx context.Context, do func(ctx context.Context) ([]byte, error)) (answer []byte, err error) {
	u := &unit{db: db}
	failed := errAbandoned // should do panic
	defer func() {
		if left := u.leave(failed); left != nil {
			answer, err = nil, left
		}
	}()
	if answer, failed = do(context.WithValue(ctx, unitKey{db}, u)); failed == nil {
		failed = ctx.Err()
	}
	return answer, failed
}

// unitOf returns the unit that ctx belongs to, or nil.
func (db *DB) unitOf(ctx context.Context) *unit {
	u, _ := ctx.Value(unitKey{db}).(*unit)
	return u
}

// write runs write in the transaction of the unit: when it fails, and the unit goes on all the same, nothing of it stays. The first one has the savepoint
// that the transaction begins with, and each later one has its own.
func (u *unit) write(ctx context.Context, write func(tx *Tx) error) (failed error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	first := u.turn == nil
	if err := u.begin(ctx); err != nil {
		return err
	}
	end := []string{"ROLLBACK TO member"} // should write panic
	if !first {
		if err := u.turn.run("SAVEPOINT step"); err != nil {
			return err
		}
		end = []string{"ROLLBACK TO step", "RELEASE step"}
	}
	failed = errAbandoned
	defer func() {
		for _, statement := range end {
			if err := told(u.turn, u.turn.run(statement)); err != nil && failed == nil {
				failed = err
			}
		}
	}()
	if failed = write(u.turn.tx(u.db, u.open.dialect)); failed == nil {
		end = end[1:]
	}
	return failed
}

// begin begins the transaction of the unit unless it has begun.
func (u *unit) begin(ctx context.Context) error {
	switch {
	case u.over:
		return errOver
	case u.turn != nil:
		return ctx.Err()
	}
	open, err := u.db.enter()
	if err != nil {
		return err
	}
	if u.turn, err = open.writer.enter(ctx); err != nil {
		open.running.Done()
		return err
	}
	u.open = open
	return nil
}

// read runs read in the transaction of the unit when there is one that nobody is in, and reports whether it has.
func (u *unit) read(read func(tx *Tx) error) (joined bool, err error) {
	if !u.mu.TryLock() {
		return false, nil
	}
	defer u.mu.Unlock()
	if u.turn == nil || u.over {
		return false, nil
	}
	tx := u.turn.tx(u.db, u.open.dialect)
	tx.reading = true
	return true, read(tx)
}

// leave ends the unit: by a rollback when it has failed.
func (u *unit) leave(failed error) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.over = true
	if u.turn == nil {
		return failed
	}
	defer u.open.running.Done()
	return u.turn.leave(failed)
}

// kept returns the answer that is kept for key, and whether there is one.
func (db *DB) kept(ctx context.Context, key spinoff.Key) (answer []byte, found bool, err error) {
	type row struct{ Hash, Answer string }
	err = db.Read(ctx, func(tx *Tx) error {
		r, err := One[row](ctx, tx, "SELECT hash, answer FROM spinoff_done WHERE scope = $1 AND id = $2", key.Scope, key.ID)
		switch {
		case errors.Is(err, ErrNotFound):
			return nil
		case err == nil && r.Hash != key.Hash:
			return spinoff.ErrKeyReused
		}
		answer, found = []byte(r.Answer), err == nil
		return err
	})
	return answer, found, err
}

// keep keeps the answer for key in the transaction of its unit. An expired one of the same key has gone before, see [forget].
func keep(ctx context.Context, tx *Tx, key spinoff.Key, answer []byte) error {
	now := time.Now()
	if err := forget(ctx, tx, now); err != nil {
		return err
	}
	n, err := Exec(ctx, tx, `INSERT INTO spinoff_done (scope, id, hash, answer, expires_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
		key.Scope, key.ID, key.Hash, string(answer), Millis(key.Until))
	if err == nil && n == 0 {
		err = errRace
	}
	return err
}

// forget drops answers that have expired, a few at a time, so that no transaction has many to drop.
func forget(ctx context.Context, tx *Tx, now time.Time) error {
	_, err := Exec(ctx, tx, `DELETE FROM spinoff_done WHERE (scope, id) IN
		(SELECT scope, id FROM spinoff_done WHERE expires_at > 0 AND expires_at < $1 LIMIT 8)`, now.UnixMilli())
	return err
}
