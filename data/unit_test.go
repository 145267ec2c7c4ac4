package data_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/spinofftest"
)

func TestUnitIsAllOrNothing(t *testing.T) {
	spinofftest.Databases(t, func(t *testing.T, address func(app string) string) {
		db := open(t, address("x"), first)
		boom := errors.New("boom")
		two := func(last error) func(context.Context) ([]byte, error) {
			return func(ctx context.Context) ([]byte, error) {
				for range 2 {
					if err := add(ctx, db, "x"); err != nil {
						return nil, err
					}
				}
				if err := db.Read(ctx, func(tx *data.Tx) error {
					n, err := data.One[int64](ctx, tx, "SELECT count(*) FROM note")
					if n < 2 {
						t.Errorf("a unit does not see what it has written: %d rows", n)
					}
					if _, err := data.Exec(ctx, tx, "DELETE FROM note"); err == nil {
						t.Error("a reading transaction of a unit could write")
					}
					return err
				}); err != nil {
					return nil, err
				}
				if err := db.Write(ctx, func(tx *data.Tx) error {
					if _, err := data.Exec(ctx, tx, "INSERT INTO note (text) VALUES ('undone')"); err != nil {
						return err
					}
					return boom
				}); !errors.Is(err, boom) {
					t.Errorf("Write in a unit: got %v, want boom", err)
				}
				return nil, last
			}
		}
		for _, step := range []struct {
			err  error
			rows int64
		}{{nil, 2}, {boom, 2}, {nil, 4}} {
			if _, _, err := db.Do(t.Context(), spinoff.Key{}, two(step.err)); !errors.Is(err, step.err) {
				t.Errorf("Do: got %v, want %v", err, step.err)
			}
			if n := count(t, db); n != step.rows {
				t.Errorf("rows after a unit that ended with %v: got %d, want %d", step.err, n, step.rows)
			}
		}
	})
}

func TestKeyTakesEffectOnce(t *testing.T) {
	spinofftest.Databases(t, func(t *testing.T, address func(app string) string) {
		path := address("x")
		db := open(t, path, first)
		key := spinoff.Key{Scope: "faq.create", ID: "1", Hash: "h", Until: time.Now().Add(time.Hour)}
		effect := func(ctx context.Context) ([]byte, error) { return []byte("answer"), add(ctx, db, "x") }
		if _, _, err := db.Do(t.Context(), key, func(ctx context.Context) ([]byte, error) {
			return nil, errors.Join(add(ctx, db, "x"), errors.New("boom"))
		}); err == nil {
			t.Error("Do: got no error, want boom")
		}
		for i := range 3 {
			answer, kept, err := db.Do(t.Context(), key, effect)
			if string(answer) != "answer" || kept != (i > 0) || err != nil {
				t.Errorf("Do number %d: got %q, %v, %v", i, answer, kept, err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			if err := db.Open(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		other := key
		other.Hash = "another"
		if _, _, err := db.Do(t.Context(), other, effect); !errors.Is(err, spinoff.ErrKeyReused) {
			t.Errorf("Do with the key of another request: got %v, want ErrKeyReused", err)
		}
		if n := count(t, db); n != 1 {
			t.Errorf("rows: got %d, want 1", n)
		}
	})
}

// Two processes have no claims in common; the database decides.
func TestKeyInTwoProcesses(t *testing.T) {
	spinofftest.Databases(t, func(t *testing.T, address func(app string) string) {
		path := address("x")
		dbs := []*data.DB{open(t, path, first), open(t, path, first)}
		var wg sync.WaitGroup
		var ran, answered atomic.Int64
		for i := range 40 {
			key := spinoff.Key{Scope: "s", ID: fmt.Sprint(i)}
			for _, db := range dbs {
				wg.Go(func() {
					_, kept, err := db.Do(t.Context(), key, func(ctx context.Context) ([]byte, error) { return nil, add(ctx, db, "x") })
					switch {
					case err != nil:
						t.Errorf("Do: %v", err)
					case kept:
						answered.Add(1)
					default:
						ran.Add(1)
					}
				})
			}
		}
		wg.Wait()
		if n := count(t, dbs[0]); n != 40 || ran.Load() != 40 || answered.Load() != 40 {
			t.Errorf("40 keys, each in two processes: %d rows, %d ran, %d got the kept answer; want 40 of each", n, ran.Load(), answered.Load())
		}
	})
}

func TestInFlight(t *testing.T) {
	spinofftest.Databases(t, func(t *testing.T, address func(app string) string) {
		db := open(t, address("x"), first)
		key := spinoff.Key{Scope: "s", ID: "1", Hash: "h"}
		_, _, err := db.Do(t.Context(), key, func(ctx context.Context) ([]byte, error) {
			if _, _, err := db.Do(t.Context(), key, nil); !errors.Is(err, spinoff.ErrInFlight) {
				t.Errorf("Do while the first runs: got %v, want ErrInFlight", err)
			}
			return nil, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestLeftBehind(t *testing.T) {
	spinofftest.Databases(t, func(t *testing.T, address func(app string) string) {
		db := open(t, address("x"), first)
		var left context.Context
		if _, _, err := db.Do(t.Context(), spinoff.Key{}, func(ctx context.Context) ([]byte, error) { left = ctx; return nil, add(ctx, db, "x") }); err != nil {
			t.Fatal(err)
		}
		if err := add(left, db, "late"); err == nil {
			t.Error("Write after the end of the unit: got no error")
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Error("Do swallowed a panic")
				}
			}()
			db.Do(t.Context(), spinoff.Key{}, func(ctx context.Context) ([]byte, error) {
				add(ctx, db, "half")
				panic("boom")
			})
		}()
		if n := count(t, db); n != 1 {
			t.Errorf("rows: got %d, want 1", n)
		}
	})
}
