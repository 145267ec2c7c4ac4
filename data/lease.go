package data

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spinoff-go/spinoff"
)

// Errors about who owns a database.
var (
	// ErrFenced is found by errors.Is in the error of a transaction that writes to a database which belongs to somebody else since this process has
	// opened it: nothing was written, and nothing ever will be until it is opened again. The error is [ErrTrouble] and [spinoff.ErrUnavailable] too.
	ErrFenced = errors.New("the database belongs to somebody else by now")
	// ErrHeld is found in the error of [DB.OpenAs] and [DB.Take] when somebody else holds the lease; its text says who.
	ErrHeld = errors.New("somebody else holds the database")
	// ErrMoved is found in the error of [DB.Open] when another database has taken the place of this one; its text says which.
	ErrMoved = errors.New("the database has moved")
)

// Lease says who owns a database. It is a row in the database itself, and its epoch is a fencing token (Kleppmann, "How to do distributed locking",
// 2016): a process remembers the epoch at which it has opened the database, and each of its transactions that write checks, within the transaction,
// that it is still the same. So whoever was paused, cut off or forgotten cannot write any more once the epoch has gone up, whatever it believes.
type Lease struct {
	Epoch   int64  `json:"epoch"`              // only ever goes up; 0 where there is no database, or one from before there were leases
	Holder  string `json:"holder,omitempty"`   // whom the last move gave it to; "" for whoever opens it, which may be several processes
	MovedTo string `json:"moved_to,omitempty"` // the address, without a secret, of the database that has taken the place of this one; "" for none
}

// Lease reads who owns the database, which may be open or closed. It makes none.
func (db *DB) Lease(ctx context.Context) (Lease, error) {
	if open, err := db.enter(); err == nil {
		defer open.running.Done()
		return readLease(ctx, open.reader, open.dialect)
	}
	var lease Lease
	_, err := db.existing(ctx, func(e engine, dialect Dialect) (err error) {
		_, reader := e.Pools()
		lease, err = readLease(ctx, reader, dialect)
		return err
	})
	return lease, err
}

// OpenAs is [DB.Open] for a process with a name. Where the lease names somebody else it fails with [ErrHeld], before anything is changed.
func (db *DB) OpenAs(ctx context.Context, holder string) error {
	return db.join(ctx, func(l Lease) error {
		if err := l.here(); err != nil || l.Holder == "" || l.Holder == holder {
			return err
		}
		return fmt.Errorf("%w: the process %q, since epoch %d, and this is the process %q", ErrHeld, l.Holder, l.Epoch, holder)
	})
}

// Grant gives the open database to another holder, or to whoever opens it where holder is "". It waits for the transactions that are running or
// waiting. Those that come later, here and in every process that had it open, fail with [ErrFenced]. When the connection breaks during the commit,
// only [DB.Lease] says whether it took effect. It must not be called within a unit.
func (db *DB) Grant(ctx context.Context, holder string) (lease Lease, err error) {
	open, err := db.enter()
	if err != nil {
		return lease, err
	}
	defer open.running.Done()
	t, err := open.writer.enter(ctx)
	if err != nil {
		return lease, err
	}
	t.batch.last = true
	lease = Lease{Epoch: t.epoch + 1, Holder: holder}
	failed := lease.write(ctx, t)
	if failed == nil {
		failed = ctx.Err()
	}
	return lease, t.leave(failed)
}

// Take gives the database to holder when its lease still is from, whose holder is known to be dead, and fails with [ErrHeld] when it is not. It uses
// a connection of its own: db may be open or closed, and an open one stays in the epoch that it has joined. Like Grant, it fences all who have the
// database open.
func (db *DB) Take(ctx context.Context, from Lease, holder string) (lease Lease, err error) {
	lease = Lease{Epoch: from.Epoch + 1, Holder: holder}
	there, err := db.existing(ctx, func(e engine, dialect Dialect) error {
		return transaction(ctx, e, func(conn *sql.Conn) error {
			now, err := readLease(ctx, conn, dialect)
			switch {
			case err != nil:
				return err
			case now.MovedTo != "":
				return now.here()
			case now != from:
				return fmt.Errorf("database %s: %w: it was %q at epoch %d, and is %q at epoch %d", db.name(), ErrHeld, from.Holder, from.Epoch, now.Holder, now.Epoch)
			}
			return lease.write(ctx, conn)
		})
	})
	if err == nil && !there {
		err = fmt.Errorf("there is no database %s", db.name())
	}
	return lease, err
}

// existing does something with a database that need not be open, and reports whether there is one.
func (db *DB) existing(ctx context.Context, do func(e engine, dialect Dialect) error) (there bool, err error) {
	if there, err = db.Exists(ctx); err != nil {
		return there, fmt.Errorf("database %s: %w", db.name(), err)
	}
	if !there {
		return false, nil
	}
	e, dialect, err := openEngine(ctx, db.url())
	if err != nil {
		return true, err
	}
	return true, errors.Join(do(e, dialect), e.Close())
}

// here fails when the database has moved.
func (l Lease) here() error {
	if l.MovedTo == "" {
		return nil
	}
	return fmt.Errorf("%w to %s: set the variable of its app to that address, such as FAQ_DATABASE_URL for the app faq", ErrMoved, l.MovedTo)
}

// anywhere lets a database be opened whoever owns it.
func anywhere(Lease) error { return nil }

// place is the address of the database without a secret, and the same in every folder.
func (db *DB) place() string {
	if engineOf(db.url()) == SQLite {
		if path, err := filepath.Abs(db.path()); err == nil {
			return "sqlite:" + path
		}
	}
	return db.name()
}

// readEpoch is what every transaction that writes begins with.
const readEpoch = "SELECT epoch FROM spinoff_lease"

// readLease reads the row; the zero Lease where there is none yet.
func readLease(ctx context.Context, s session, dialect Dialect) (l Lease, err error) {
	if there, err := hasTable(ctx, s, dialect, "spinoff_lease"); err != nil || !there {
		return l, err
	}
	rows, err := s.QueryContext(ctx, "SELECT epoch, holder, moved_to FROM spinoff_lease")
	if err != nil {
		return l, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says
	if rows.Next() {
		err = rows.Scan(&l.Epoch, &l.Holder, &l.MovedTo)
	}
	return l, errors.Join(err, rows.Err())
}

// write puts the lease in the place of the one before.
func (l Lease) write(ctx context.Context, s session) error {
	_, err := s.ExecContext(ctx, "UPDATE spinoff_lease SET epoch = $1, holder = $2, moved_to = $3, changed_at = $4",
		l.Epoch, clean(l.Holder), l.MovedTo, time.Now().UnixMilli())
	return err
}

// after returns the lease of a database whose place another one takes, as by a restore: nobody who had opened either of them can go on.
func (l Lease) after(other Lease) Lease {
	l.Epoch = max(l.Epoch, other.Epoch) + 1
	return l
}

// fenced is the error of a process that has joined the database at an epoch which is over.
func fenced(joined, now int64) error {
	refused := spinoff.ErrUnavailable.With("the app has moved to another process; nothing has happened here")
	refused.RetryAfter = time.Second
	return trouble{refused.Because(fmt.Errorf("%w: it is at epoch %d, and was opened here at epoch %d", ErrFenced, now, joined))}
}
