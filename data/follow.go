package data

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/google/uuid"
)

// ErrFollowed says that another process copies the database at the moment.
var ErrFollowed = errors.New("it is being copied already")

// Following is a copy of a database that follows what is written meanwhile, until the copy takes the place of the original. One goroutine uses it at
// a time.
type Following struct {
	from, to       *DB
	source, target end
	id             string // of this one, in the table of the source that says who follows it
	lease          Lease  // of the source
	versions       [2]int64
	tables         []followed
	stale          bool // whether the derived tables of the copy are older than what they are derived from
	verified       bool // whether everything has been compared
	finished       bool
	stop           func()
}

// end is one of the two databases.
type end struct {
	engine
	dialect Dialect
}

// followed is a table of both databases.
type followed struct {
	from, to table
	seen     int64 // number of the last note that the copy has caught up with
}

// Follow copies a database, which may be open here or elsewhere, while it is written to, into another one of the same app, perhaps on another engine,
// and notes which rows change meanwhile. [Following.CatchUp] brings them over, and [Following.Finish] makes the copy the database of the app. Until
// then the original is the only one: the copy refuses to be opened. Whoever begins calls [Following.Close] in the end. When the process dies, the
// original is as good as before; what slows its writes a little, the notes, is removed a minute later, by the next one that opens or follows it.
//
// The target has to be empty, or a database that has moved to this one, as the rest of an earlier attempt, whose contents are replaced. Nobody else
// may use it. Every table needs a primary key. It fails with [ErrFollowed] while another one follows the database.
func (db *DB) Follow(ctx context.Context, to *DB, report Report) (f *Following, err error) {
	f = &Following{from: db, to: to, id: uuid.NewString(), stop: func() {}}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("database %s: %w", db.name(), err), f.Close(context.WithoutCancel(ctx)))
		}
	}()
	if there, err := db.Exists(ctx); err != nil || !there {
		return f, cmp.Or(err, errors.New("there is no such database"))
	}
	if err := f.source.open(ctx, db); err != nil {
		return f, err
	}
	if err := f.begin(ctx); err != nil {
		return f, err
	}
	if _, err := db.copyTo(ctx, to, Lease{MovedTo: db.place()}, false, report); err != nil {
		return f, err
	}
	if err := f.target.open(ctx, to); err != nil {
		return f, err
	}
	if _, err := tidy(ctx, f.target, f.target.dialect, time.Now().Add(2*abandonedAfter)); err != nil { // of the time before it moved
		return f, err
	}
	writer, _ := f.target.Pools()
	all, err := tables(ctx, writer, f.target.dialect, to.derived)
	for i, t := range all {
		f.tables[i].to = t
	}
	return f, err
}

func (e *end) open(ctx context.Context, db *DB) (err error) {
	e.engine, e.dialect, err = openEngine(ctx, db.url())
	return err
}

// begin begins to note the changes of the source.
func (f *Following) begin(ctx context.Context) error {
	busy, err := tidy(ctx, f.source, f.source.dialect, time.Now())
	if busy {
		return ErrFollowed
	}
	if err != nil {
		return err
	}
	err = transaction(ctx, f.source, func(conn *sql.Conn) error {
		if f.lease, err = readLease(ctx, conn, f.source.dialect); err != nil {
			return err
		}
		if err := f.lease.here(); err != nil {
			return err
		}
		if f.versions, err = f.from.versionsOf(ctx, conn, f.source.dialect); err != nil {
			return err
		}
		all, err := tables(ctx, conn, f.source.dialect, f.from.derived)
		if err != nil {
			return err
		}
		f.tables = make([]followed, len(all))
		for i, t := range all {
			f.tables[i].from = t
		}
		return capture(ctx, conn, f.source.dialect, all, f.id, time.Now())
	})
	if err == nil {
		f.stop = f.beat()
	}
	return err
}

// beat says every now and then that somebody follows the source, until the function that it returns is called.
func (f *Following) beat() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var beating sync.WaitGroup
	beating.Go(func() {
		for tick := time.NewTicker(abandonedAfter / 6); ; {
			select {
			case <-ctx.Done():
				tick.Stop()
				return
			case now := <-tick.C:
				_ = transaction(ctx, f.source, func(conn *sql.Conn) error { // Finish finds out when the notes are gone
					_, err := conn.ExecContext(ctx, "UPDATE "+captured+" SET beat_at = $1 WHERE id = $2", now.UnixMilli(), f.id)
					return err
				})
			}
		}
	})
	return func() { cancel(); beating.Wait() }
}

// soon is how long the last changes may take that are left for the pause.
const soon = 50 * time.Millisecond

// CatchUp brings over what has changed, again and again until that takes so little time that what is left can wait for a pause, or no less than the
// time before. The first time it also compares all rows of both databases, at one moment, and rebuilds the derived tables. Others write meanwhile. It
// may be called again.
func (f *Following) CatchUp(ctx context.Context) error {
	for last := time.Duration(math.MaxInt64); ; {
		began := time.Now()
		var n int64
		err := f.snapshot(ctx, func(source session) (err error) {
			n, err = f.step(ctx, source, false, nil)
			return err
		})
		if err != nil {
			return fmt.Errorf("follow database %s: %w", f.from.name(), err)
		}
		if took := time.Since(began); n > 0 && took > soon && took < last*3/4 {
			last = took
			continue
		}
		if f.verified {
			return nil
		}
		err = f.snapshot(ctx, func(source session) error {
			_, err := f.step(ctx, source, true, nil)
			return err
		})
		if err != nil {
			return fmt.Errorf("compare the copy of database %s: %w", f.from.name(), err)
		}
		f.verified = true
	}
}

// snapshot runs read while the source is as it is now.
func (f *Following) snapshot(ctx context.Context, read func(source session) error) error {
	_, err := snapshot(ctx, f.source, f.source.dialect, func(tx *sql.Tx) ([]Table, error) { return nil, read(tx) })
	return err
}

// Finish makes the copy the database of the app, held by holder, and returns its lease. Nothing is written to the original while it runs, so the
// app's calls should be waiting: it brings over the last changes, and then writes into the original that it has moved, which is the point of no
// return: from then on those who have it open get [ErrFenced], and those who open it [ErrMoved]. When Finish fails, nothing has happened, unless the
// connection to the original broke during its commit: only its [DB.Lease] knows.
func (f *Following) Finish(ctx context.Context, holder string) (lease Lease, err error) {
	if f.source.engine == nil || f.target.engine == nil {
		return lease, errors.New("nothing is followed any more")
	}
	err = transaction(ctx, f.source, func(source *sql.Conn) error {
		if err := f.unchanged(ctx, source); err != nil {
			return err
		}
		_, err := f.step(ctx, source, false, func(target session) error {
			before, err := readLease(ctx, target, f.target.dialect)
			if err != nil {
				return err
			}
			lease = Lease{Holder: holder}.after(f.lease).after(before)
			return errors.Join(lease.write(ctx, target), f.sign(ctx, target))
		})
		if err != nil {
			return err
		}
		return Lease{Epoch: f.lease.Epoch + 1, Holder: holder, MovedTo: f.to.place()}.write(ctx, source)
	})
	if err != nil {
		moved, failed := f.refuse(context.WithoutCancel(ctx))
		if !moved {
			return lease, errors.Join(fmt.Errorf("database %s: %w", f.from.name(), err), failed)
		}
	}
	f.finished = true
	return lease, nil
}

// copiedFrom is the scope of the note in a copy that says of which database, its id, and in which epoch of that, its hash. While that epoch lasts,
// the copy has not taken the place of the original, whatever its lease says: whoever has made it died at the last moment.
const copiedFrom = "copied from"

func (f *Following) sign(ctx context.Context, target session) error {
	_, err := target.ExecContext(ctx, `INSERT INTO spinoff_done (scope, id, hash, answer, expires_at) VALUES ($1, $2, $3, '', $4)
		ON CONFLICT (scope, id) DO UPDATE SET hash = $3, expires_at = $4`, copiedFrom, f.from.place(), fmt.Sprint(f.lease.Epoch), time.Now().Add(30*24*time.Hour).UnixMilli())
	return err
}

// leftover reports whether a database is the rest of an attempt to make it the copy of another one, or has moved to that.
func leftover(ctx context.Context, s session, lease Lease, place string, original Lease) (bool, error) {
	var signed int64
	err := one(ctx, s, &signed, "SELECT count(*) FROM spinoff_done WHERE scope = $1 AND id = $2 AND hash = $3", copiedFrom, place, fmt.Sprint(original.Epoch))
	return lease.MovedTo == place || signed > 0, err
}

// unchanged makes sure that the source is what the copy has followed.
func (f *Following) unchanged(ctx context.Context, source session) error {
	lease, err := readLease(ctx, source, f.source.dialect)
	if err != nil {
		return err
	}
	if lease.Epoch != f.lease.Epoch {
		return fenced(f.lease.Epoch, lease.Epoch)
	}
	versions, err := f.from.versionsOf(ctx, source, f.source.dialect)
	if err != nil {
		return err
	}
	if versions != f.versions {
		return errors.New("its schema has been migrated while it was copied: begin again")
	}
	var mine int64
	if err := one(ctx, source, &mine, "SELECT count(*) FROM "+captured+" WHERE id = $1", f.id); err != nil || mine != 1 {
		return cmp.Or(err, errors.New("what has changed was not noted for a while, since this process seemed to be dead: begin again"))
	}
	return nil
}

// refuse lets the copy say again that it is none, where Finish has failed after it had said the opposite, unless the original has moved all the same:
// a connection may break after a commit.
func (f *Following) refuse(ctx context.Context) (moved bool, err error) {
	writer, _ := f.source.Pools()
	lease, err := readLease(ctx, writer, f.source.dialect)
	if err != nil {
		return false, err
	}
	if lease.Epoch == f.lease.Epoch+1 && lease.MovedTo == f.to.place() {
		return true, nil
	}
	return false, transaction(ctx, f.target, func(conn *sql.Conn) error {
		now, err := readLease(ctx, conn, f.target.dialect)
		if err != nil || now.MovedTo != "" {
			return err
		}
		return Lease{MovedTo: f.from.place()}.after(now).write(ctx, conn)
	})
}

// Close ends the noting of changes. Unless Finish has succeeded, it gives the copy up, which stays and refuses to be opened; another Follow can
// replace it. After Finish it does what could wait for the end of the pause; an error of it then harms neither database.
func (f *Following) Close(ctx context.Context) (err error) {
	f.stop()
	f.stop = func() {}
	if f.target.engine != nil {
		if f.finished {
			writer, _ := f.target.Pools()
			err = validateReferences(ctx, writer, f.target.dialect)
		}
		err = errors.Join(err, f.target.Close())
		f.target.engine = nil
	}
	if f.source.engine != nil {
		noted := transaction(ctx, f.source, func(conn *sql.Conn) error {
			there, err := hasTable(ctx, conn, f.source.dialect, captured)
			if err != nil || !there {
				return err
			}
			var mine int64
			if err := one(ctx, conn, &mine, "SELECT count(*) FROM "+captured+" WHERE id = $1", f.id); err != nil || mine == 0 {
				return err
			}
			return release(ctx, conn, f.source.dialect)
		})
		err = errors.Join(err, noted, f.source.Close())
		f.source.engine = nil
	}
	return err
}

// versionsOf returns the versions of the two schemas of a database.
func (db *DB) versionsOf(ctx context.Context, s session, dialect Dialect) (versions [2]int64, err error) {
	all, err := schemas(dialect, db.migrations)
	for i, schema := range all {
		if err == nil {
			versions[i], err = schema.version(ctx, s, dialect)
		}
	}
	return versions, err
}
