package data

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"

	"github.com/spinoff-go/spinoff/data/sqlite"
)

// migrate applies the migrations that db does not have yet. Several processes may do so at the same time: each migration takes
// effect once, in a transaction that also records it, and whoever comes second goes on from there.
func migrate(ctx context.Context, db *sql.DB, migrations fs.FS) error {
	folder, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, folder, goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if errors.Is(err, goose.ErrNoMigrations) {
		return errors.New("its app has no file migrations/NNNN_name.sql: an app without tables holds no database")
	}
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	for {
		version, err := step(ctx, db, provider)
		switch {
		case errors.Is(err, goose.ErrNoNextVersion):
			return nil
		case err == nil:
		case ctx.Err() != nil:
			return ctx.Err()
		case sqlite.Busy(err): // another process is at it
		default:
			if now, failed := provider.GetDBVersion(ctx); failed != nil || now <= version {
				return err
			}
			// Another process has applied the same migration since.
		}
	}
}

// step applies one migration, if there is one that is missing, and returns the version from which it started.
func step(ctx context.Context, db *sql.DB, provider *goose.Provider) (version int64, err error) {
	version, newest, err := provider.GetVersions(ctx)
	if err != nil {
		return version, fmt.Errorf("read the version of the schema: %w", err)
	}
	if version > newest {
		return version, fmt.Errorf("its schema has version %d and this program knows only up to %d: start the newer program that was here before, or restore a backup", version, newest)
	}
	if version < newest { // goose's table lets two processes record, and so apply, the same migration
		_, err = db.ExecContext(ctx, "CREATE UNIQUE INDEX IF NOT EXISTS goose_db_version_once ON goose_db_version (version_id)")
		if err != nil {
			return version, fmt.Errorf("make each migration take effect once: %w", err)
		}
	}
	_, err = provider.UpByOne(ctx)
	if partial := new(goose.PartialError); errors.As(err, &partial) {
		err = fmt.Errorf("migration %s: %w", partial.Failed.Source.Path, partial.Err)
	}
	return version, err
}
