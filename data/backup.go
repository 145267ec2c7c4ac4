package data

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spinoff-go/spinoff/data/postgres"
	"github.com/spinoff-go/spinoff/data/sqlite"
)

// Contents is what a database holds.
type Contents struct {
	System int64   `json:"system"` // version of the tables that every app has
	App    int64   `json:"app"`    // version of the app's own
	Tables []Table `json:"tables"` // without those that are derived from others
}

// ErrInUse says that another process has the database open.
var ErrInUse = errors.New("another process has it open: stop the project first")

// Backup writes a closed database, as it is at one moment, into the file at path, which must not exist: a SQLite database, whatever the engine. Other
// processes may go on working with it. It returns what is in the file, after a look whether that is intact. One that has moved is refused: what it holds is old.
func (db *DB) Backup(ctx context.Context, path string, report Report) (Contents, error) {
	lease, err := db.Lease(ctx)
	if err == nil {
		err = lease.here()
	}
	if err != nil {
		return Contents{}, fmt.Errorf("database %s: %w", db.name(), err)
	}
	return db.save(ctx, path, report)
}

func (db *DB) save(ctx context.Context, path string, report Report) (Contents, error) {
	if there, err := sqlite.Exists(path); there || err != nil {
		return Contents{}, errors.Join(err, fmt.Errorf("%s is there already", path))
	}
	copied, err := db.backup(ctx, path, report)
	if err != nil {
		return Contents{}, err
	}
	contents, err := db.ReadBackup(ctx, path)
	for i, t := range copied { // SQLite copies the file as a whole, and names no tables
		if err == nil && contents.Tables[i] != t {
			err = fmt.Errorf("%s differs from the database in table %s", path, t.Name)
		}
	}
	return contents, err
}

func (db *DB) backup(ctx context.Context, path string, report Report) ([]Table, error) {
	if engineOf(db.url()) == SQLite {
		return nil, sqlite.Backup(ctx, db.path(), path)
	}
	copied, err := db.copyTo(ctx, db.At("sqlite:"+path), Lease{}, false, report)
	if err == nil {
		err = plainFile(ctx, path)
	}
	return copied, err
}

// plainFile makes a database one file without a log beside it.
func plainFile(ctx context.Context, path string) error {
	held, err := sqlite.Hold(ctx, path)
	if err == nil {
		err = errors.Join(held.Release(), sqlite.Sync(path))
	}
	return err
}

// ReadBackup returns what is in a file that [DB.Backup] has written. It refuses one that is damaged, or that a newer program has made.
func (db *DB) ReadBackup(ctx context.Context, path string) (c Contents, err error) {
	file, err := sqlite.OpenFile(path)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := sqlite.Examine(ctx, file); err != nil {
		return c, fmt.Errorf("%s: %w", path, err)
	}
	all, err := schemas(SQLite, db.migrations)
	if err != nil {
		return c, err
	}
	for i, now := range []*int64{&c.System, &c.App} {
		versions, err := all[i].versions(ctx, file, SQLite)
		if err != nil {
			return c, fmt.Errorf("%s: %w", path, err)
		}
		if *now = versions.Now; versions.Now > versions.Newest {
			return c, fmt.Errorf("%s: its schema has version %d and this program knows only up to %d: restore it with the program that made it, or a newer one", path, versions.Now, versions.Newest)
		}
	}
	tables, err := tables(ctx, file, SQLite, db.derived)
	for _, t := range tables {
		sum, err := t.sum(ctx, file, SQLite)
		if err != nil {
			return c, fmt.Errorf("%s: %w", path, err)
		}
		c.Tables = append(c.Tables, sum)
	}
	return c, err
}

// InUse returns [ErrInUse] where another process has the closed database open.
func (db *DB) InUse(ctx context.Context) (err error) {
	there, err := db.Exists(ctx)
	if !there || err != nil {
		return err
	}
	if engineOf(db.url()) == SQLite {
		held, err := db.hold(ctx)
		if err != nil {
			return err
		}
		return held.Release()
	}
	if engineOf(db.url()) != Postgres {
		_, _, err := openEngine(ctx, db.url()) // says which there are
		return err
	}
	server, err := postgres.Open(ctx, db.url())
	if err != nil {
		return err
	}
	alone, err := server.Alone(ctx)
	if err == nil && !alone {
		err = fmt.Errorf("database %s: %w", db.name(), ErrInUse)
	}
	return errors.Join(err, server.Close())
}

func (db *DB) hold(ctx context.Context) (*sqlite.Held, error) {
	held, err := sqlite.Hold(ctx, db.path())
	if errors.Is(err, sqlite.ErrInUse) {
		err = ErrInUse
	}
	if err != nil {
		return nil, fmt.Errorf("database %s: %w", db.name(), err)
	}
	return held, nil
}

// Restoring is a database whose place a backup is about to take. Whoever has one closes it.
type Restoring struct {
	db     *DB
	kept   string       // where what is replaced is kept; "" where there was nothing
	staged string       // the backup, ready
	held   *sqlite.Held // nil where there is no file, and on PostgreSQL
	lease  Lease        // of what is replaced
	done   bool         // whether it has been replaced
}

// Stage prepares the closed database for a backup of a moment: nobody else may have it open, and on SQLite nobody can from now on. The new database is made ready
// in a file beside the old one, with a note of when the backup was made, and another file keeps what is replaced. Their names begin with base, on SQLite with the
// database's own, and end with the time now.
func (db *DB) Stage(ctx context.Context, backup, base string, made, now time.Time) (r *Restoring, err error) {
	if engineOf(db.url()) == SQLite {
		base = db.path()
	}
	staged, kept := base+".restoring", base+".before-restore-"+now.UTC().Format("20060102T150405.000Z")
	if err := db.InUse(ctx); err != nil {
		return nil, err
	}
	there, err := db.Exists(ctx)
	if err == nil && !there && engineOf(db.url()) == SQLite {
		err = sqlite.Remove(base) // what a lost one has left
	}
	if err != nil {
		return nil, err
	}
	r = &Restoring{db: db, staged: staged}
	r.lease, _ = db.Lease(ctx) // a damaged one does not say; that it can be replaced all the same is what a restore is for
	defer func() {
		if err != nil {
			err = errors.Join(err, r.Close())
		}
	}()
	if err := r.ready(ctx, backup, made, now); err != nil {
		return nil, err
	}
	if !there {
		return r, nil
	}
	r.kept = kept
	if engineOf(db.url()) == Postgres {
		_, err := db.save(ctx, kept, nil)
		return r, err
	}
	if r.held, err = db.hold(ctx); err != nil {
		return nil, err
	}
	return r, errors.Join(os.Link(db.path(), kept), sqlite.Sync(kept))
}

// restored is the scope of the note that a database was restored; its id is when the backup was made.
const restored = "restored"

// ready makes a copy of a backup that is up to date and knows that it is one: what was counted between the moment of the backup and now is lost. Nobody holds it.
func (r *Restoring) ready(ctx context.Context, backup string, made, now time.Time) error {
	if err := sqlite.Remove(r.staged); err != nil { // of a restore that was killed
		return err
	}
	if err := sqlite.Backup(ctx, backup, r.staged); err != nil {
		return err
	}
	ready := r.db.At("sqlite:" + r.staged)
	if err := ready.join(ctx, anywhere); err != nil {
		return err
	}
	err := ready.Write(ctx, func(tx *Tx) error {
		_, err := Exec(ctx, tx, "INSERT INTO spinoff_done (scope, id, hash, answer, expires_at) VALUES ($1, $2, '', '', 0) ON CONFLICT DO NOTHING", restored, fmt.Sprint(made.UnixMilli()))
		if err == nil {
			_, err = Exec(ctx, tx, "INSERT INTO spinoff_counting (process, began_at, counted_to, lost_to) VALUES ($1, $2, $3, $4)",
				fmt.Sprint(restored, " ", now.UnixMilli()), made.UnixMilli(), made.UnixMilli(), now.UnixMilli())
		}
		if err == nil {
			err = Lease{Epoch: tx.turn.epoch}.after(r.lease).write(ctx, tx.session)
		}
		if err == nil {
			err = release(ctx, tx.session, SQLite) // the backup may have been made while the database was followed
		}
		return err
	})
	if err := errors.Join(err, ready.Close()); err != nil {
		return err
	}
	return plainFile(ctx, r.staged)
}

// Replace puts the backup in the place of the database, in one step: whoever is killed has the old one or the new one.
func (r *Restoring) Replace(ctx context.Context) error {
	if engineOf(r.db.url()) == Postgres {
		_, err := r.db.At("sqlite:"+r.staged).CopyTo(ctx, r.db, true, nil)
		r.done = err == nil
		return err
	}
	path := r.db.path()
	if err := os.Rename(r.staged, path); err != nil {
		return err
	}
	r.done = true
	return sqlite.Sync(path)
}

// Kept returns the file that keeps what was replaced; "" where there was nothing.
func (r *Restoring) Kept() string { return r.kept }

// Undo puts what was replaced back.
func (r *Restoring) Undo(ctx context.Context) error {
	if !r.done {
		return nil
	}
	r.done = false
	path := r.db.path()
	switch {
	case engineOf(r.db.url()) == Postgres && r.kept != "":
		_, err := r.db.At("sqlite:"+r.kept).copyTo(ctx, r.db, r.lease, true, nil)
		return err
	case engineOf(r.db.url()) == Postgres:
		return nil
	case r.kept == "":
		return os.Remove(path)
	}
	return os.Rename(r.kept, path)
}

// Close lets others use the database again, and removes what was not used.
func (r *Restoring) Close() error {
	err := sqlite.Remove(r.staged)
	if !r.done && r.kept != "" {
		err = errors.Join(err, os.RemoveAll(r.kept))
	}
	if r.held != nil {
		err = errors.Join(err, r.held.Release())
		r.held = nil
	}
	return err
}

// Restored returns when the backup was made that an open database was restored from, and has not been [DB.GoneOn] since; the zero time otherwise.
func (db *DB) Restored(ctx context.Context) (made time.Time, err error) {
	err = db.Read(ctx, func(tx *Tx) error {
		ms, err := One[int64](ctx, tx, "SELECT coalesce(min(CAST(id AS BIGINT)), 0) FROM spinoff_done WHERE scope = $1", restored)
		made = Time(ms)
		return err
	})
	return made, err
}

// GoneOn forgets that a database was restored.
func (db *DB) GoneOn(ctx context.Context) error {
	return db.Write(ctx, func(tx *Tx) error {
		_, err := Exec(ctx, tx, "DELETE FROM spinoff_done WHERE scope = $1", restored)
		return err
	})
}
