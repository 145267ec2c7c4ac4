package data

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"

	"github.com/spinoff-go/spinoff/data/postgres"
	"github.com/spinoff-go/spinoff/data/sqlite"
)

// Status is how far the schema of a database has come.
type Status struct {
	Engine Dialect  `json:"engine"`
	Name   string   `json:"name"`   // its address, without a secret
	Exists bool     `json:"exists"` // what does not is made at the first start
	System Versions `json:"system"` // the tables that every app's database has
	App    Versions `json:"app"`    // the app's own
	Lease  Lease    `json:"lease"`
}

// Versions are the versions of one set of migrations.
type Versions struct {
	Now     int64       `json:"now"`
	Newest  int64       `json:"newest"` // that this program knows
	Pending []Migration `json:"pending"`
}

// Migration is a file that changes the schema.
type Migration struct {
	Version int64  `json:"version"`
	File    string `json:"file"`
	SQL     string `json:"-"`
}

// Exists reports whether there is a database. It makes none.
func (db *DB) Exists(ctx context.Context) (bool, error) {
	switch engineOf(db.url()) {
	case SQLite:
		return sqlite.Exists(db.path())
	case Postgres:
		return postgres.Exists(ctx, db.url())
	}
	return true, nil // opening it says what is wrong
}

// path returns the file of a SQLite database.
func (db *DB) path() string { return strings.TrimPrefix(db.url(), "sqlite:") }

// Status looks at the schema of a closed database, and changes nothing.
func (db *DB) Status(ctx context.Context) (Status, error) {
	s := Status{Name: db.name(), Engine: engineOf(db.url())}
	var err error
	if s.Exists, err = db.Exists(ctx); err != nil {
		return s, fmt.Errorf("database %s: %w", s.Name, err)
	}
	versions := func(reader *sql.DB) error {
		all, err := schemas(s.Engine, db.migrations)
		if err != nil {
			return err
		}
		for i, versions := range []*Versions{&s.System, &s.App} {
			if *versions, err = all[i].versions(ctx, reader, s.Engine); err != nil {
				return err
			}
		}
		return nil
	}
	if !s.Exists {
		return s, versions(nil)
	}
	engine, _, err := openEngine(ctx, db.url())
	if err != nil {
		return s, err
	}
	_, reader := engine.Pools()
	err = versions(reader)
	if err == nil {
		s.Lease, err = readLease(ctx, reader, s.Engine)
	}
	if err := errors.Join(err, engine.Close()); err != nil {
		return s, fmt.Errorf("database %s: %w", s.Name, err)
	}
	return s, nil
}

// engineOf returns the engine of an address, also one that is not known.
func engineOf(address string) Dialect {
	scheme, _, _ := strings.Cut(address, ":")
	if scheme == "postgresql" {
		return Postgres
	}
	return Dialect(scheme)
}

// versions compares the files with what a database, or none, says to have applied.
func (s schema) versions(ctx context.Context, reader *sql.DB, dialect Dialect) (v Versions, err error) {
	if reader != nil {
		if v.Now, err = s.version(ctx, reader, dialect); err != nil {
			return v, fmt.Errorf("read the version of the schema: %w", err)
		}
	}
	files, err := fs.Glob(s.files, "*.sql")
	if err != nil {
		return v, err
	}
	v.Pending = []Migration{}
	for _, file := range files { // in the order of their names, which begin with the version
		version, err := goose.NumericComponent(file)
		if err != nil {
			return v, fmt.Errorf("migration %s: %w; a name is NNNN_name.sql", file, err)
		}
		v.Newest = max(v.Newest, version)
		if version <= v.Now {
			continue
		}
		text, err := fs.ReadFile(s.files, file)
		if err != nil {
			return v, err
		}
		v.Pending = append(v.Pending, Migration{version, file, string(text)})
	}
	return v, nil
}

// version returns the version of the schema in a database; 0 where nothing was applied.
func (s schema) version(ctx context.Context, reader session, dialect Dialect) (version int64, err error) {
	if there, err := hasTable(ctx, reader, dialect, s.table); err != nil || !there {
		return 0, err
	}
	err = one(ctx, reader, &version, "SELECT coalesce(max(version_id), 0) FROM "+s.table)
	return version, err
}

func hasTable(ctx context.Context, s session, dialect Dialect, name string) (there bool, err error) {
	query := "SELECT count(*) > 0 FROM sqlite_master WHERE type = 'table' AND name = $1"
	if dialect == Postgres {
		query = "SELECT count(*) > 0 FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1"
	}
	err = one(ctx, s, &there, query, name)
	return there, err
}

// Migrate brings the schema of a closed database to a version of the app's own migrations, 0 being the newest, and the tables that every app has to their
// newest. It goes forward only. It returns the files that it has applied.
func (db *DB) Migrate(ctx context.Context, to int64) ([]Migration, error) {
	return db.migrate(ctx, to, Lease.here)
}

func (db *DB) migrate(ctx context.Context, to int64, admit func(Lease) error) ([]Migration, error) {
	before, err := db.Status(ctx)
	if err != nil {
		return nil, err
	}
	if err := before.Reach(to); err != nil {
		return nil, err
	}
	engine, dialect, err := openEngine(ctx, db.url())
	if err != nil {
		return nil, err
	}
	_, err = migrate(ctx, engine, dialect, db.migrations, to, admit)
	if err := errors.Join(err, engine.Close()); err != nil {
		return nil, fmt.Errorf("database %s: %w", before.Name, err)
	}
	return before.Next(to), nil
}

// Next returns the files that [DB.Migrate] applies, in order.
func (s Status) Next(to int64) []Migration {
	next := slices.Clone(s.System.Pending)
	for _, m := range s.App.Pending {
		if to == 0 || m.Version <= to {
			next = append(next, m)
		}
	}
	return next
}

// Reach returns why [DB.Migrate] cannot bring the schema to a version.
func (s Status) Reach(to int64) error {
	v := s.App
	known := to == 0 || to == v.Now || slices.ContainsFunc(v.Pending, func(m Migration) bool { return m.Version == to })
	switch {
	case v.Now > v.Newest || s.System.Now > s.System.Newest:
		return fmt.Errorf("database %s: a newer program has migrated it: its schema has version %d and this program knows only up to %d", s.Name, v.Now, v.Newest)
	case to > 0 && to < v.Now:
		return fmt.Errorf("database %s: its schema has version %d, and migrations only go forward: to get back to %d, restore a backup", s.Name, v.Now, to)
	case !known:
		return fmt.Errorf("database %s: there is no migration %d; its schema has version %d, and the newest is %d", s.Name, to, v.Now, v.Newest)
	}
	return nil
}
