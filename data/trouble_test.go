package data_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/spinofftest/pgtest"
)

// ErrTrouble is in errors of an engine that cannot work, and in no others.
func TestTrouble(t *testing.T) {
	db := open(t, "sqlite:"+filepath.Join(t.TempDir(), "note.db"), first)
	exec := func(db *data.DB, statement string, args ...any) error {
		return db.Write(t.Context(), func(tx *data.Tx) error {
			_, err := data.Exec(t.Context(), tx, statement, args...)
			return err
		})
	}
	if err := exec(db, "INSERT INTO note (text, parent_id) VALUES ('x', 99)"); err == nil || errors.Is(err, data.ErrTrouble) {
		t.Errorf("a foreign key that is broken: got %v, want an error that is no trouble", err)
	}
	if err := exec(db, "PRAGMA max_page_count = 60"); err != nil {
		t.Fatal(err)
	}
	if err := exec(db, "INSERT INTO note (text) VALUES ($1)", strings.Repeat("x", 1<<20)); !errors.Is(err, data.ErrTrouble) {
		t.Errorf("a full database: got %v, want ErrTrouble", err)
	}
}

// The server ends the connection of a transaction.
func TestTroublePostgres(t *testing.T) {
	db := open(t, pgtest.Start(t)+"&schema=trouble", first)
	err := db.Write(t.Context(), func(tx *data.Tx) error {
		_, err := data.Exec(t.Context(), tx, "SELECT pg_terminate_backend(pg_backend_pid())")
		return err
	})
	if !errors.Is(err, data.ErrTrouble) {
		t.Errorf("a connection that was ended: got %v, want ErrTrouble", err)
	}
	if err := add(t.Context(), db, "after"); err != nil {
		t.Errorf("the next transaction: %v", err)
	}
}
