package data_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/spinofftest"
)

// A server that closes the connections, as for a restart, fails nobody who comes after it.
func TestConnectionsAreClosed(t *testing.T) {
	address := spinofftest.Postgres(t, "faq")
	db, admin := open(t, address, first), open(t, address, first)
	if err := add(t.Context(), db, "before"); err != nil {
		t.Fatal(err)
	}
	count(t, db)
	err := admin.Write(t.Context(), func(tx *data.Tx) error {
		closed, err := data.One[int64](t.Context(), tx, `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'spinoff/faq'`)
		if closed < 2 {
			t.Errorf("connections closed: %d, want those of the reader and the writer", closed)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := add(t.Context(), db, "after"); err != nil {
		t.Errorf("Write after the server has closed the connections: %v", err)
	}
}

// A transaction that passes over the error of a statement takes nobody along on PostgreSQL, where that error has ended it.
func TestErrorPassedOver(t *testing.T) {
	spinofftest.Databases(t, func(t *testing.T, address func(app string) string) {
		db := open(t, address("x"), first)
		careless := make(chan error)
		err := db.Write(t.Context(), func(tx *data.Tx) error {
			go func() {
				careless <- db.Write(t.Context(), func(tx *data.Tx) error {
					if _, err := data.Exec(t.Context(), tx, "INSERT INTO note (text) VALUES (NULL)"); err == nil {
						return errors.New("the statement did not fail")
					}
					return nil
				})
			}()
			time.Sleep(20 * time.Millisecond) // it waits for its turn by then, and the two share a commit
			_, err := data.Exec(t.Context(), tx, "INSERT INTO note (text) VALUES ('before')")
			return err
		})
		if err != nil {
			t.Errorf("Write that shares a commit with it: %v", err)
		}
		if err := <-careless; err != nil && !strings.Contains(err.Error(), "may have been passed over") {
			t.Errorf("Write that passes over an error: got %v, want no error, or one that says so", err)
		}
		if err := add(t.Context(), db, "after"); err != nil {
			t.Errorf("Write after it: %v", err)
		}
		if n := count(t, db); n != 2 {
			t.Errorf("rows: got %d, want 2", n)
		}
	})
}
