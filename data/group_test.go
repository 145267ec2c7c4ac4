package data_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/spinofftest"
)

// A transaction that fails takes nobody along, whatever is committed together with it; and those that succeeded are there after a crash.
func TestFailuresInABatch(t *testing.T) {
	spinofftest.Databases(t, func(t *testing.T, address func(app string) string) {
		db := open(t, address("x"), first)
		boom := errors.New("boom")
		var wg sync.WaitGroup
		for i := range 64 {
			wg.Go(func() {
				for j := range 20 {
					fail := (i+j)%3 == 0
					err := db.Write(t.Context(), func(tx *data.Tx) error {
						if _, err := data.Exec(t.Context(), tx, "INSERT INTO note (text) VALUES ($1)", fmt.Sprint(fail)); err != nil {
							return err
						}
						switch {
						case fail && j%2 == 0:
							return boom
						case fail: // breaks a constraint of the database
							_, err := data.Exec(t.Context(), tx, "INSERT INTO note (text) VALUES (NULL)")
							return err
						}
						return nil
					})
					if fail != (err != nil) {
						t.Errorf("Write: got error %v, want one: %v", err, fail)
					}
				}
			})
		}
		wg.Wait()
		err := db.Read(t.Context(), func(tx *data.Tx) error {
			kept, err := data.One[int64](t.Context(), tx, "SELECT count(*) FROM note WHERE text = 'false'")
			if n := int64(64*20 - 427); kept != n {
				t.Errorf("rows of transactions that succeeded: got %d, want %d", kept, n)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if n := count(t, db); n != 64*20-427 {
			t.Errorf("rows: got %d, want %d", n, 64*20-427)
		}
	})
}

// Those who wait for a turn may give up at any moment, also at the one when it is theirs.
func TestGivingUpInABatch(t *testing.T) {
	spinofftest.Databases(t, func(t *testing.T, address func(app string) string) {
		db := open(t, address("x"), first)
		var wg sync.WaitGroup
		var mu sync.Mutex
		var told int64
		for i := range 32 {
			wg.Go(func() {
				for j := range 50 {
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration((i*j)%40)*20*time.Microsecond)
					err := add(ctx, db, "x")
					cancel()
					if err == nil {
						mu.Lock()
						told++
						mu.Unlock()
					} else if !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("Write: got %v, want DeadlineExceeded", err)
					}
				}
			})
		}
		wg.Wait()
		if err := add(t.Context(), db, "last"); err != nil {
			t.Fatalf("Write after all this: %v", err)
		}
		if n := count(t, db); n != told+1 {
			t.Errorf("rows: got %d, want %d, as many as were told so", n, told+1)
		}
	})
}

// A panic ends its own transaction and nobody else's.
func TestPanicInABatch(t *testing.T) {
	spinofftest.Databases(t, func(t *testing.T, address func(app string) string) {
		db := open(t, address("x"), first)
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() {
				defer func() {
					if v := recover(); (v != nil) != (i%2 == 0) {
						t.Errorf("transaction %d: recovered %v", i, v)
					}
				}()
				err := db.Write(t.Context(), func(tx *data.Tx) error {
					_, err := data.Exec(t.Context(), tx, "INSERT INTO note (text) VALUES ('x')")
					if i%2 == 0 {
						panic(i)
					}
					return err
				})
				if err != nil {
					t.Errorf("Write: %v", err)
				}
			})
		}
		wg.Wait()
		if n := count(t, db); n != 50 {
			t.Errorf("rows: got %d, want 50", n)
		}
	})
}
