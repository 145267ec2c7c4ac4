package data

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
)

// migrate applies the migrations that db does not have yet.
func migrate(ctx context.Context, db *sql.DB, migrations fs.FS) error {
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, migrations, goose.WithLogger(goose.NopLogger()))
	if errors.Is(err, goose.ErrNoMigrations) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	current, newest, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the version of the schema: %w", err)
	}
	if current > newest {
		return fmt.Errorf("its schema has version %d and this program knows only up to %d: start the newer program that was here before, or restore a backup", current, newest)
	}
	_, err = provider.Up(ctx)
	if err != nil { // another process may be doing the same right now: then it is done in a moment
		time.Sleep(200 * time.Millisecond)
		if pending, errPending := provider.HasPending(ctx); errPending == nil && !pending {
			return nil
		}
		if partial := new(goose.PartialError); errors.As(err, &partial) {
			return fmt.Errorf("migration %s: %w", partial.Failed.Source.Path, partial.Err)
		}
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}
