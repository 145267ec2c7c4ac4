package postgres_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff/data/postgres"
	"github.com/spinoff-go/spinoff/spinofftest/pgtest"
)

func open(t *testing.T, address, schema string) *postgres.DB {
	t.Helper()
	db, err := postgres.Open(t.Context(), in(address, schema))
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return db
}

// in returns the address of a schema.
func in(address, schema string) string {
	if strings.Contains(address, "?") {
		return address + "&schema=" + schema
	}
	return address + "?schema=" + schema
}

func exec(t *testing.T, db *postgres.DB, statements ...string) {
	t.Helper()
	writer, _ := db.Pools()
	for _, s := range statements {
		if _, err := writer.ExecContext(context.WithoutCancel(t.Context()), s); err != nil { // also while the test is being cleaned up
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// as returns the address for another role, which it makes.
func as(t *testing.T, db *postgres.DB, address, role string) string {
	t.Helper()
	exec(t, db, "CREATE ROLE "+role+" LOGIN PASSWORD 'Geheim'")
	t.Cleanup(func() {
		exec(t, db, "DROP OWNED BY "+role, "DROP ROLE "+role)
	})
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(role, "Geheim")
	return u.String()
}

// Every connection has the settings that the SQL of the apps relies on, whatever the database says.
func TestSettings(t *testing.T) {
	address := pgtest.Start(t)
	first := open(t, address, "first")
	var name string
	writer, _ := first.Pools()
	if err := writer.QueryRowContext(t.Context(), "SELECT current_database()").Scan(&name); err != nil {
		t.Fatal(err)
	}
	exec(t, first, "CREATE TABLE public.stray (id INTEGER)",
		"ALTER DATABASE "+name+" SET search_path = public", "ALTER DATABASE "+name+" SET timezone = 'Asia/Tokyo'",
		"ALTER DATABASE "+name+" SET default_transaction_isolation = 'serializable'")
	writer, reader := open(t, address, "faq").Pools()
	for _, row := range []struct {
		name string
		pool *sql.DB
		want map[string]string
	}{
		{"writer", writer, map[string]string{
			"search_path": `"faq", pg_temp`, "TimeZone": "UTC", "application_name": "spinoff/faq", "transaction_isolation": "read committed",
			"transaction_read_only": "off", "lock_timeout": "10s", "idle_in_transaction_session_timeout": "1min", "statement_timeout": "0",
		}},
		{"reader", reader, map[string]string{
			"search_path": `"faq", pg_temp`, "TimeZone": "UTC", "application_name": "spinoff/faq", "transaction_isolation": "repeatable read",
			"transaction_read_only": "on", "lock_timeout": "10s", "idle_in_transaction_session_timeout": "1min", "statement_timeout": "1min",
		}},
	} {
		got := map[string]string{}
		for setting := range row.want {
			var value string
			if err := row.pool.QueryRowContext(t.Context(), "SELECT current_setting($1)", setting).Scan(&value); err != nil {
				t.Fatal(err)
			}
			got[setting] = value
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("settings of the %s (-want +got):\n%s", row.name, diff)
		}
		if _, err := row.pool.ExecContext(t.Context(), "SELECT * FROM stray"); err == nil {
			t.Errorf("the %s finds a table of the schema public", row.name)
		}
	}
}

func TestOpenSeveralAtOnce(t *testing.T) {
	address := pgtest.Start(t)
	var openers sync.WaitGroup
	for range 8 {
		openers.Go(func() {
			db, err := postgres.Open(t.Context(), in(address, "faq"))
			if err != nil {
				t.Errorf("Open by one of several: %v", err)
				return
			}
			if err := db.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
	}
	openers.Wait()
}

// A role that may not make schemas uses one that was made for it, and is told what to ask for where there is none.
func TestRights(t *testing.T) {
	address := pgtest.Start(t)
	owner := open(t, address, "owner")
	role := "role_" + strings.ToLower(strings.ReplaceAll(t.Name(), "/", "_"))
	limited := as(t, owner, address, role)
	refused := func(want string) {
		t.Helper()
		db, err := postgres.Open(t.Context(), in(limited, "faq"))
		if err == nil {
			db.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Open: got %v, want an error with %q", err, want)
		}
	}
	refused(fmt.Sprintf(`CREATE SCHEMA "faq" AUTHORIZATION %q`, role))
	exec(t, owner, "CREATE SCHEMA faq", "GRANT USAGE ON SCHEMA faq TO "+role)
	refused(fmt.Sprintf(`GRANT USAGE, CREATE ON SCHEMA "faq" TO %q`, role))
	exec(t, owner, "GRANT USAGE, CREATE ON SCHEMA faq TO "+role)
	db := open(t, limited, "faq")
	exec(t, db, "CREATE TABLE note (id INTEGER)")
	t.Cleanup(func() { exec(t, owner, "DROP SCHEMA faq CASCADE") })
}

// No error has the password, also where the address is wrong.
func TestErrorsHaveNoPassword(t *testing.T) {
	for _, address := range []string{
		"postgres://me:Geheim@127.0.0.1:1/x",
		"postgres://me:Geh%zzGeheim@127.0.0.1:1/x",
		"postgres://me:Geheim@127.0.0.1:port/x",
		"postgres://me:a/Geheim@127.0.0.1:1/x",
		"postgres://me:a?Geheim@127.0.0.1:1/x",
		"postgres://me:Geheim@127.0.0.1:1/x?sslmode=maybe",
		"postgres://me@127.0.0.1:1/x?password=Geheim&sslmode=maybe",
		"postgres://me@127.0.0.1:1/x?password=Geheim",
		"postgres:Geheim",
		"host=127.0.0.1 port=1 password=Geheim",
		"postgres://me:Geheim@no-such-host.invalid/x",
	} {
		db, err := postgres.Open(t.Context(), in(address, "faq"))
		if err == nil {
			db.Close()
		}
		if err == nil || strings.Contains(err.Error(), "Geheim") {
			t.Errorf("Open(%q): got %v, want an error without the password", address, err)
		}
	}
}

// Whoever begins to write waits for the one that writes, longer than the lock's time-out too.
func TestBeginWaits(t *testing.T) {
	address := pgtest.Start(t)
	begin := func(db *postgres.DB) (*sql.Conn, error) {
		writer, _ := db.Pools()
		conn, err := writer.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.ExecContext(t.Context(), "SET lock_timeout = '10ms'; CREATE TABLE IF NOT EXISTS spinoff_lease AS SELECT 7 AS epoch"); err != nil {
			t.Fatal(err)
		}
		epoch, err := db.Begin(t.Context(), conn)
		if err == nil && epoch != 7 {
			t.Errorf("Begin: got epoch %d, want that of the lease, 7", epoch)
		}
		return conn, err
	}
	one, two, other := open(t, address, "faq"), open(t, address, "faq"), open(t, address, "tickets")
	conn, err := begin(one)
	if err != nil {
		t.Fatalf("Begin: %v", err)
	}
	if apart, err := begin(other); err != nil || apart.Close() != nil {
		t.Errorf("Begin in another schema meanwhile: %v", err)
	}
	began := make(chan error, 1)
	go func() {
		conn, err := begin(two)
		if err == nil {
			_, err = conn.ExecContext(t.Context(), "COMMIT")
		}
		began <- errors.Join(err, conn.Close())
	}()
	select {
	case err := <-began:
		t.Fatalf("Begin while another process writes: got %v, want it to wait", err)
	case <-time.After(100 * time.Millisecond):
	}
	if _, err := conn.ExecContext(t.Context(), "COMMIT"); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(<-began, conn.Close()); err != nil {
		t.Errorf("Begin after the other one's commit: %v", err)
	}
}

// Two that make the same table are one that is Busy; a row that is there already is an error as any other.
func TestBusy(t *testing.T) {
	address := pgtest.Start(t)
	db, other := open(t, address, "faq"), open(t, address, "faq")
	writer, _ := db.Pools()
	exec(t, db, "CREATE TABLE note (id INTEGER PRIMARY KEY)", "INSERT INTO note VALUES (1)")
	if _, err := writer.ExecContext(t.Context(), "INSERT INTO note VALUES (1)"); err == nil || db.Busy(err) {
		t.Errorf("Busy(%v) = true", err)
	}
	tx, err := writer.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), "CREATE TABLE twin (id INTEGER)"); err != nil {
		t.Fatal(err)
	}
	second := make(chan error, 1)
	go func() {
		writer, _ := other.Pools()
		_, err := writer.ExecContext(context.WithoutCancel(t.Context()), "CREATE TABLE twin (id INTEGER)")
		second <- err
	}()
	waiting := "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'CREATE TABLE twin%')"
	for waits := false; !waits; {
		if _, err := tx.ExecContext(t.Context(), "SELECT pg_stat_clear_snapshot()"); err != nil {
			t.Fatal(err)
		}
		if err := tx.QueryRowContext(t.Context(), waiting).Scan(&waits); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-second; !db.Busy(err) {
		t.Errorf("Busy(%v) = false", err)
	}
}

func TestLockKey(t *testing.T) {
	if a, b := postgres.LockKey("faq"), postgres.LockKey("tickets"); a == b || a != postgres.LockKey("faq") {
		t.Errorf("LockKey: faq %d, tickets %d", a, b)
	}
}
