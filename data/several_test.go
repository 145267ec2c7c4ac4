package data_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/spinofftest"
)

// A migration that several openers want to apply takes effect once, also one that SQL would let run twice.
func TestMigrationTakesEffectOnce(t *testing.T) {
	spinofftest.Databases(t, func(t *testing.T, address func(app string) string) {
		migrations := then("0002_first.sql", "INSERT INTO note (text) VALUES ('first');\n")
		dbs := make([]*data.DB, 4)
		var openers sync.WaitGroup
		for i := range dbs {
			dbs[i] = data.New(func() string { return address("x") }, migrations)
			t.Cleanup(func() { dbs[i].Close() })
			openers.Go(func() {
				if err := dbs[i].Open(context.Background()); err != nil {
					t.Errorf("Open by one of several: %v", err)
				}
			})
		}
		openers.Wait()
		if n := count(t, dbs[0]); n != 1 {
			t.Errorf("rows that the migration inserted: got %d, want 1", n)
		}
	})
}

// A transaction inside another one ends with ErrClosed when the database is being closed, and not in a deadlock.
func TestReadInsideWriteWhileClosing(t *testing.T) {
	spinofftest.Databases(t, func(t *testing.T, address func(app string) string) {
		db := open(t, address("x"), first)
		ended := make(chan error, 1)
		go func() {
			ended <- db.Write(context.Background(), func(*data.Tx) error {
				go db.Close()
				for { // until Close has begun
					if err := db.Read(context.Background(), func(*data.Tx) error { return nil }); err != nil {
						return err
					}
				}
			})
		}()
		select {
		case err := <-ended:
			if !errors.Is(err, data.ErrClosed) {
				t.Errorf("Read inside Write while closing: got %v, want %v", err, data.ErrClosed)
			}
		case <-time.After(time.Minute):
			t.Fatal("Read inside Write while closing does not end")
		}
	})
}

// What was canceled before the commit says so, and has not happened.
func TestCanceledBeforeCommit(t *testing.T) {
	spinofftest.Databases(t, func(t *testing.T, address func(app string) string) {
		db := open(t, address("x"), first)
		ctx, cancel := context.WithCancel(t.Context())
		err := db.Write(ctx, func(tx *data.Tx) error {
			_, err := data.Exec(ctx, tx, "INSERT INTO note (text) VALUES ('too late')")
			cancel()
			return err
		})
		if n := count(t, db); n != 0 {
			t.Errorf("rows of a transaction that was canceled: got %d, want 0", n)
		}
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Write canceled before its commit: got %v, want %v", err, context.Canceled)
		}
	})
}

// A time and a mistyped column are errors, not wrong rows.
func TestMistakesAreErrors(t *testing.T) {
	spinofftest.Databases(t, func(t *testing.T, address func(app string) string) {
		db := open(t, address("x"), first)
		err := db.Read(t.Context(), func(tx *data.Tx) error {
			if _, err := data.One[string](t.Context(), tx, "SELECT $1", time.Now()); err == nil {
				t.Error("a time as argument: got no error")
			}
			if _, err := data.Query[int64](t.Context(), tx, `SELECT 1 FROM note WHERE "naem" = ''`); err == nil {
				t.Error("a quoted name that is no column: got no error")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
