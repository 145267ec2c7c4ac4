package data_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff/data"
)

var first = fstest.MapFS{"migrations/0001_note.sql": {Data: []byte(`-- +goose Up
CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL, parent_id INTEGER REFERENCES note(id));`)}}

func open(t *testing.T, path string, migrations fs.FS) *data.DB {
	t.Helper()
	db := data.New(func() string { return "sqlite:" + path }, migrations)
	if err := db.Open(t.Context()); err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return db
}

func add(ctx context.Context, db *data.DB, text string) error {
	return db.Write(ctx, func(tx *data.Tx) error {
		_, err := data.Exec(ctx, tx, "INSERT INTO note (text) VALUES ($1)", text)
		return err
	})
}

func count(t *testing.T, db *data.DB) (n int64) {
	t.Helper()
	err := db.Read(t.Context(), func(tx *data.Tx) (err error) {
		n, err = data.One[int64](t.Context(), tx, "SELECT count(*) FROM note")
		return err
	})
	if err != nil {
		t.Fatalf("count: %v", err)
	}
	return n
}

func TestOpenCloseOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a folder with % and ?", "faq.db")
	db := open(t, path, first)
	if err := add(t.Context(), db, "kept"); err != nil {
		t.Fatal(err)
	}
	if err := db.Open(t.Context()); err == nil || !strings.Contains(err.Error(), "open already") {
		t.Errorf("Open of an open database: got %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
	if err != nil || len(left) != 1 || left[0] != path {
		t.Errorf("after Close there are %v, want only the database (%v)", left, err)
	}
	if err := add(t.Context(), db, "lost"); !errors.Is(err, data.ErrClosed) {
		t.Errorf("Write after Close: got %v, want ErrClosed", err)
	}
	if err := db.Open(t.Context()); err != nil {
		t.Fatalf("Open again: %v", err)
	}
	if n := count(t, db); n != 1 {
		t.Errorf("after Close and Open there are %d rows, want 1", n)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the file: %v %v, want 0600", info.Mode(), err)
	}
}

func TestWriteIsAllOrNothing(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "x.db"), first)
	boom := errors.New("boom")
	insert := func(tx *data.Tx) {
		if _, err := data.Exec(t.Context(), tx, "INSERT INTO note (text) VALUES ('half')"); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Write(t.Context(), func(tx *data.Tx) error { insert(tx); return boom }); !errors.Is(err, boom) {
		t.Errorf("Write: got %v, want boom", err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("Write swallowed the panic")
			}
		}()
		_ = db.Write(t.Context(), func(tx *data.Tx) error { insert(tx); panic("boom") })
	}()
	if n := count(t, db); n != 0 {
		t.Errorf("%d rows of failed transactions stayed", n)
	}
	if err := add(t.Context(), db, "after"); err != nil {
		t.Errorf("Write after a panic: %v", err)
	}
	err := db.Read(t.Context(), func(tx *data.Tx) error {
		_, err := data.Exec(t.Context(), tx, "DELETE FROM note")
		return err
	})
	if err == nil || count(t, db) != 1 {
		t.Errorf("a reading transaction could write: %v", err)
	}
}

func TestManyAtOnce(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "x.db"), first)
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for j := range 50 {
				if err := add(t.Context(), db, fmt.Sprint(i, j)); err != nil {
					t.Errorf("Write: %v", err)
				}
				count(t, db)
			}
		})
	}
	wg.Wait()
	if n := count(t, db); n != 800 {
		t.Errorf("%d rows, want 800", n)
	}
}

// TestTwoProcesses writes the same file from two processes at once, as an import beside a running project does.
func TestTwoProcesses(t *testing.T) {
	if path := os.Getenv("DATA_TEST_WRITE"); path != "" {
		db := open(t, path, first)
		for i := range 200 {
			if err := add(t.Context(), db, fmt.Sprint(i)); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	path := filepath.Join(t.TempDir(), "x.db")
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			child := exec.Command(os.Args[0], "-test.run=^TestTwoProcesses$")
			child.Env = append(os.Environ(), "DATA_TEST_WRITE="+path)
			if out, err := child.CombinedOutput(); err != nil {
				t.Errorf("child: %v\n%s", err, out)
			}
		})
	}
	wg.Wait()
	if n := count(t, open(t, path, first)); n != 400 {
		t.Errorf("%d rows, want 400", n)
	}
}

func TestMigrations(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	second := fstest.MapFS{"migrations/0001_note.sql": first["migrations/0001_note.sql"], "migrations/0002_more.sql": {Data: []byte("-- +goose Up\nALTER TABLE note ADD COLUMN more TEXT NOT NULL DEFAULT '';")}}
	broken := fstest.MapFS{"migrations/0001_note.sql": first["migrations/0001_note.sql"], "migrations/0003_broken.sql": {Data: []byte("-- +goose Up\nCREATE TABLE half (id INTEGER);\nSELEKT 1;")}}
	for _, step := range []struct {
		migrations fs.FS
		want       string // part of the error
	}{
		{first, ""}, {first, ""}, {broken, "0003_broken.sql"}, {second, ""}, {first, "version 2 and this program knows only up to 1"}, {fstest.MapFS{}, "no file migrations/NNNN_name.sql"},
	} {
		db := data.New(func() string { return "sqlite:" + path }, step.migrations)
		err := db.Open(t.Context())
		if step.want == "" && err != nil || step.want != "" && (err == nil || !strings.Contains(err.Error(), step.want)) {
			t.Errorf("Open: got %v, want %q", err, step.want)
		}
		if err := db.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	err := data.New(func() string { return "mysql://x" }, first).Open(t.Context())
	if err == nil || !strings.Contains(err.Error(), `"mysql" is not known; there is sqlite`) {
		t.Errorf("Open of an unknown engine: got %v", err)
	}
}

func TestQuery(t *testing.T) {
	ctx, db := t.Context(), open(t, filepath.Join(t.TempDir(), "x.db"), first)
	type note struct {
		ID       int64
		Text     string
		ParentID *int64
		Answer   bool `db:"yes"`
	}
	err := db.Write(ctx, func(tx *data.Tx) error {
		if _, err := data.Exec(ctx, tx, "INSERT INTO note (text, id, parent_id) VALUES ($2, $1, $3), ($2, $4, $1)", 7, "seven", nil, 8); err != nil {
			return err
		}
		got, err := data.Query[note](ctx, tx, "SELECT id, text, parent_id, id = $1 AS yes FROM note WHERE text = $2 ORDER BY id DESC", 7, "seven")
		if err != nil {
			return err
		}
		seven := int64(7)
		if diff := cmp.Diff([]note{{8, "seven", &seven, false}, {7, "seven", nil, true}}, got); diff != "" {
			t.Errorf("Query (-want +got):\n%s", diff)
		}
		if _, err := data.One[note](ctx, tx, "SELECT id FROM note WHERE id = 9"); !errors.Is(err, data.ErrNotFound) {
			t.Errorf("One of nothing: got %v, want ErrNotFound", err)
		}
		if _, err := data.Query[note](ctx, tx, "SELECT id, 1 AS other FROM note"); err == nil || !strings.Contains(err.Error(), `column "other"`) {
			t.Errorf("Query with a column too many: got %v", err)
		}
		if _, err := data.Query[int64](ctx, tx, "SELECT id, text FROM note"); err == nil || !strings.Contains(err.Error(), "2 columns") {
			t.Errorf("Query of two columns into one: got %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTextComesBackAsItWas(t *testing.T) {
	texts := []string{"", "'; DROP TABLE note; --", "\x00middle\x00", "日本語", "$1 ? :name @x"}
	if file, err := os.ReadFile("../../shared/data/naughty-strings.json"); err == nil {
		var naughty []string
		if err := json.Unmarshal(file, &naughty); err != nil {
			t.Fatal(err)
		}
		texts = append(texts, naughty...)
	}
	ctx, db := t.Context(), open(t, filepath.Join(t.TempDir(), "x.db"), first)
	for _, text := range texts {
		if err := add(ctx, db, text); err != nil {
			t.Fatalf("add(%q): %v", text, err)
		}
	}
	err := db.Read(ctx, func(tx *data.Tx) error {
		got, err := data.Query[string](ctx, tx, "SELECT text FROM note ORDER BY id")
		if diff := cmp.Diff(texts, got); diff != "" {
			t.Errorf("texts (-want +got):\n%s", diff)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestContextEndsTheWait(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "x.db"), first)
	holding, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = db.Write(t.Context(), func(*data.Tx) error { close(holding); <-release; return nil })
	})
	<-holding
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := add(ctx, db, "never"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Write while another one writes: got %v, want DeadlineExceeded", err)
	}
	close(release)
	wg.Wait()
}

func TestTimes(t *testing.T) {
	at := time.Date(2026, 3, 29, 2, 30, 0, 5e6, time.FixedZone("CET", 3600))
	if got := data.Time(data.Millis(at)); !got.Equal(at) || got.Location() != time.UTC {
		t.Errorf("Time(Millis(%v)) = %v", at, got)
	}
	if got := data.Time(data.Millis(time.Time{})); !got.IsZero() {
		t.Errorf("Time(Millis(zero)) = %v", got)
	}
}
