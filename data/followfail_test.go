package data_test

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/spinofftest"
)

// follow copies a library, and is ready for Finish.
func follow(t *testing.T, source, target *data.DB) *data.Following {
	t.Helper()
	use(t, source, func() error { return scribbleAll(t.Context(), source) })
	f, err := source.Follow(t.Context(), target, nil)
	if err != nil {
		t.Fatalf("Follow: %v", err)
	}
	t.Cleanup(func() {
		if err := f.Close(context.Background()); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	if err := f.CatchUp(t.Context()); err != nil {
		t.Fatalf("CatchUp: %v", err)
	}
	return f
}

// run runs statements in one transaction.
func run(t *testing.T, db *data.DB, statements map[data.Dialect][]string) {
	t.Helper()
	err := db.Write(t.Context(), func(tx *data.Tx) error {
		for _, s := range statements[tx.Dialect()] {
			if _, err := data.Exec(t.Context(), tx, s); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// When Finish cannot write into the original that it has moved, nothing has happened, and it can be tried again. When the process dies at that
// moment, the copy that says that it is the database can be replaced all the same.
func TestFinishFails(t *testing.T) {
	forbid := map[data.Dialect][]string{
		data.SQLite: {"CREATE TRIGGER stay BEFORE UPDATE ON spinoff_lease BEGIN SELECT RAISE(ABORT, 'stay here'); END"},
		data.Postgres: {
			"CREATE FUNCTION stay() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'stay here'; END $$",
			"CREATE TRIGGER stay BEFORE UPDATE ON spinoff_lease FOR EACH ROW EXECUTE FUNCTION stay()",
		},
	}
	allow := map[data.Dialect][]string{data.SQLite: {"DROP TRIGGER stay"}, data.Postgres: {"DROP FUNCTION stay() CASCADE"}}
	spinofftest.Databases(t, func(t *testing.T, address func(app string) string) {
		ctx, source, target := t.Context(), books(address("source")), books(address("target"))
		f := follow(t, source, target)
		if err := source.Open(ctx); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { source.Close() })
		run(t, source, forbid)
		if _, err := f.Finish(ctx, "next"); err == nil || !strings.Contains(err.Error(), "stay here") {
			t.Errorf("Finish: got %v, want the error of the original", err)
		}
		run(t, source, allow) // the original can be written
		if err := target.OpenAs(ctx, "next"); !errors.Is(err, data.ErrMoved) {
			t.Errorf("OpenAs of the copy: got %v, want ErrMoved", err)
		}
		if err := f.Close(ctx); err != nil {
			t.Fatal(err)
		}
		killed := data.New(func() string { return address("target") }, library)
		if err := killed.Join(ctx, func(data.Lease) error { return nil }); err != nil {
			t.Fatal(err)
		}
		both := []string{"UPDATE spinoff_lease SET moved_to = ''"}
		run(t, killed, map[data.Dialect][]string{data.SQLite: both, data.Postgres: both})
		if err := killed.Close(); err != nil {
			t.Fatal(err)
		}
		again, err := source.Follow(ctx, target, nil)
		if err != nil {
			t.Fatalf("Follow again: %v", err)
		}
		_, err = again.Finish(ctx, "next")
		if err := errors.Join(err, again.Close(ctx)); err != nil {
			t.Errorf("Finish again: %v", err)
		}
		use(t, target, func() error { return nil })
	})
}

// What happens to the original while it is followed, so that the copy is none.
func TestFollowIsOver(t *testing.T) {
	later := fstest.MapFS{"migrations/0002_later.sql": {Data: []byte("-- +goose Up\nCREATE TABLE later (id BIGINT PRIMARY KEY);")}}
	maps.Copy(later, library)
	spinofftest.Databases(t, func(t *testing.T, address func(app string) string) {
		ctx := t.Context()
		for _, c := range []struct {
			name   string
			happen func(t *testing.T, source *data.DB)
			want   string // part of the error
		}{
			{"granted", func(t *testing.T, source *data.DB) {
				use(t, source, func() error { _, err := source.Grant(ctx, "other"); return err })
			}, "the app has moved to another process"},
			{"migrated", func(t *testing.T, source *data.DB) {
				use(t, data.New(func() string { return address("migrated") }, later), func() error { return nil })
			}, "has been migrated while it was copied"},
			{"tidied", func(t *testing.T, source *data.DB) {
				use(t, source, func() error {
					both := []string{"UPDATE spinoff_changes SET beat_at = 0"}
					run(t, source, map[data.Dialect][]string{data.SQLite: both, data.Postgres: both})
					return nil
				})
				f, err := source.Follow(ctx, books(address("another")), nil)
				if err != nil {
					t.Fatalf("Follow where somebody seems to be dead: %v", err)
				}
				t.Cleanup(func() { f.Close(context.Background()) })
			}, "seemed to be dead"},
		} {
			t.Run(c.name, func(t *testing.T) {
				source := books(address(c.name))
				f := follow(t, source, books(address("to"+c.name)))
				c.happen(t, source)
				if _, err := f.Finish(ctx, "next"); err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("Finish: got %v, want %q", err, c.want)
				}
				if lease, err := source.Lease(ctx); err != nil || lease.MovedTo != "" {
					t.Errorf("Lease of the original: got %+v, %v, want it to be where it was", lease, err)
				}
			})
		}
	})
}

// A table without a key cannot be followed, and the error says which; nothing is left in the original.
func TestFollowRefuses(t *testing.T) {
	spinofftest.Databases(t, func(t *testing.T, address func(app string) string) {
		ctx, db := t.Context(), kinds(address("x"))
		if _, err := db.Follow(ctx, kinds(address("to")), nil); err == nil || !strings.Contains(err.Error(), "there is no such database") {
			t.Errorf("Follow of nothing: got %v", err)
		}
		use(t, db, func() error { return nil })
		if _, err := db.Follow(ctx, kinds(address("to")), nil); err == nil || !strings.Contains(err.Error(), "table heap has no primary key") {
			t.Errorf("Follow with a table that has no key: got %v, want its name", err)
		}
		full := books(address("full"))
		use(t, full, func() error {
			_, err := full.Grant(ctx, "somebody")
			return errors.Join(err, full.Close(), full.Open(ctx), scribbleAll(ctx, full))
		})
		source := books(address("source"))
		use(t, source, func() error { return scribbleAll(ctx, source) })
		if _, err := source.Follow(ctx, full, nil); err == nil || !strings.Contains(err.Error(), "is not empty") {
			t.Errorf("Follow into a database that is used: got %v", err)
		}
		use(t, source, func() error {
			return source.Read(ctx, func(tx *data.Tx) error {
				left, err := hasChanges(ctx, tx)
				if left {
					t.Error("a Follow that was refused has left its notes")
				}
				return err
			})
		})
	})
}

func scribbleAll(ctx context.Context, db *data.DB) error {
	r := rand.New(rand.NewPCG(3, 3))
	for range 20 {
		if err := scribble(ctx, db, r); err != nil {
			return err
		}
	}
	return nil
}
