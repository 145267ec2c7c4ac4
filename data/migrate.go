package data

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"math"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
)

// systemFiles are the tables that every app's database has, beside its own.
//
//go:embed system
var systemFiles embed.FS

// schema is a set of migrations with a table that says which of them have been applied.
type schema struct {
	files fs.FS
	table string
	to    int64 // the last version to apply
}

// schemas returns what a database consists of.
func schemas(dialect Dialect, migrations fs.FS) ([]schema, error) {
	own, err := fs.Sub(migrations, "migrations")
	if err == nil {
		own, err = dialectFS(own, dialect)
	}
	if err != nil {
		return nil, err
	}
	system, err := fs.Sub(systemFiles, "system/"+string(dialect))
	return []schema{{files: system, table: "spinoff_db_version"}, {files: own, table: goose.DefaultTablename}}, err
}

// migrate applies the migrations that the database does not have yet, of the app's own those up to a version; 0 is all. Several processes may do so
// at the same time: each migration takes effect once, in a transaction that also records it, and whoever comes second goes on from there.
//
// Nothing is done unless the lease of the database admits it. migrate returns the epoch at which it was looked at; a migration after the end of that
// epoch fails with [ErrFenced].
func migrate(ctx context.Context, e engine, dialect Dialect, migrations fs.FS, to int64, admit func(Lease) error) (epoch int64, err error) {
	all, err := schemas(dialect, migrations)
	if err != nil {
		return 0, err
	}
	db, _ := e.Pools()
	for _, s := range all {
		if epoch == 0 { // at first, and once more where the tables that every database has were not there yet
			lease, err := readLease(ctx, db, dialect)
			if err == nil {
				err = admit(lease)
			}
			if err != nil {
				return 0, err
			}
			epoch = lease.Epoch
		}
		provider, err := s.provider(db, dialect, epoch)
		if err != nil {
			return 0, err
		}
		if s.table != goose.DefaultTablename || to == 0 {
			s.to = math.MaxInt64
		} else {
			s.to = to
		}
		if err := s.migrate(ctx, e, db, provider); err != nil {
			return 0, err
		}
	}
	return epoch, nil
}

func (s schema) provider(db *sql.DB, dialect Dialect, epoch int64) (*goose.Provider, error) {
	store, err := database.NewStore(gooseDialects[dialect], s.table)
	if err != nil {
		return nil, err
	}
	if epoch != 0 {
		store = fencedStore{store, dialect, epoch}
	}
	provider, err := goose.NewProvider("", db, s.files, goose.WithStore(store), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if errors.Is(err, goose.ErrNoMigrations) {
		return nil, errors.New("its app has no file migrations/NNNN_name.sql: an app without tables holds no database")
	}
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return provider, nil
}

var gooseDialects = map[Dialect]database.Dialect{SQLite: database.DialectSQLite3, Postgres: database.DialectPostgres}

// fencedStore records a migration, in the transaction of the migration, only in the epoch in which the database was opened.
type fencedStore struct {
	database.Store
	dialect Dialect
	epoch   int64
}

// Insert implements [database.Store]. On PostgreSQL it locks the lease until the commit; SQLite has one writer.
func (s fencedStore) Insert(ctx context.Context, tx database.DBTxConn, r database.InsertRequest) error {
	query := readEpoch
	if s.dialect == Postgres {
		query += " FOR SHARE"
	}
	var now int64
	if err := tx.QueryRowContext(ctx, query).Scan(&now); err != nil {
		return fmt.Errorf("read the lease: %w", err)
	}
	if now != s.epoch {
		return fenced(s.epoch, now)
	}
	return s.Store.Insert(ctx, tx, r)
}

func (s schema) migrate(ctx context.Context, e engine, db *sql.DB, provider *goose.Provider) error {
	for {
		version, err := s.step(ctx, db, provider)
		switch {
		case errors.Is(err, goose.ErrNoNextVersion):
			return nil
		case err == nil:
		case ctx.Err() != nil:
			return ctx.Err()
		case e.Busy(err): // another process is at it
		default:
			if now, failed := provider.GetDBVersion(ctx); failed != nil || now <= version {
				return err
			}
			// Another process has applied the same migration since.
		}
	}
}

// step applies one migration, if there is one that is missing, and returns the version from which it started.
func (s schema) step(ctx context.Context, db *sql.DB, provider *goose.Provider) (version int64, err error) {
	version, newest, err := provider.GetVersions(ctx)
	if err != nil {
		return version, fmt.Errorf("read the version of the schema: %w", err)
	}
	if version > newest {
		return version, fmt.Errorf("its schema has version %d and this program knows only up to %d: start the newer program that was here before, or restore a backup", version, newest)
	}
	if version < newest { // goose's table lets two processes record, and so apply, the same migration
		_, err = db.ExecContext(ctx, "CREATE UNIQUE INDEX IF NOT EXISTS "+s.table+"_once ON "+s.table+" (version_id)")
		if err != nil {
			return version, fmt.Errorf("make each migration take effect once: %w", err)
		}
	}
	if version >= s.to {
		return version, goose.ErrNoNextVersion
	}
	_, err = provider.UpByOne(ctx)
	if partial := new(goose.PartialError); errors.As(err, &partial) {
		err = fmt.Errorf("migration %s: %w", partial.Failed.Source.Path, partial.Err)
	}
	return version, err
}
