package data_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/spinofftest"
)

// handle returns another process's view of a database, closed; it is closed again at the end.
func handle(t *testing.T, address string) *data.DB {
	t.Helper()
	db := data.New(func() string { return address }, first)
	t.Cleanup(func() { db.Close() })
	return db
}

func grant(t *testing.T, db *data.DB, holder string) data.Lease {
	t.Helper()
	lease, err := db.Grant(t.Context(), holder)
	if err != nil {
		t.Fatalf("Grant(%q): %v", holder, err)
	}
	return lease
}

func TestLease(t *testing.T) {
	spinofftest.Databases(t, func(t *testing.T, address func(app string) string) {
		ctx, old, beside, next := t.Context(), handle(t, address("x")), handle(t, address("x")), handle(t, address("x"))
		if lease, err := old.Lease(ctx); err != nil || lease != (data.Lease{}) {
			t.Errorf("Lease where there is no database: got %+v, %v, want the zero one", lease, err)
		}
		if there, err := old.Exists(ctx); err != nil || there {
			t.Errorf("Exists after Lease: got %v, %v: it has made one", there, err)
		}
		if err := errors.Join(old.Open(ctx), beside.OpenAs(ctx, "beside"), add(ctx, old, "1"), add(ctx, beside, "2")); err != nil {
			t.Fatalf("two processes, held by nobody: %v", err)
		}
		granted := grant(t, old, "next")
		if want := (data.Lease{Epoch: 2, Holder: "next"}); granted != want {
			t.Errorf("Grant: got %+v, want %+v", granted, want)
		}
		for name, db := range map[string]*data.DB{"that has granted": old, "beside": beside} {
			err := add(ctx, db, "fenced")
			told := spinoff.AsError(err)
			if !errors.Is(err, data.ErrFenced) || !errors.Is(err, data.ErrTrouble) || told == nil || told.Code != spinoff.ErrUnavailable.Code || told.RetryAfter == 0 {
				t.Errorf("Write of the process %s: got %v, want ErrFenced, which is ErrUnavailable with RetryAfter, and ErrTrouble", name, err)
			}
			if _, err := db.Grant(ctx, "again"); !errors.Is(err, data.ErrFenced) {
				t.Errorf("Grant of the process %s: got %v, want ErrFenced", name, err)
			}
		}
		if err := handle(t, address("x")).OpenAs(ctx, "other"); !errors.Is(err, data.ErrHeld) || !strings.Contains(err.Error(), `"next"`) {
			t.Errorf("OpenAs of somebody else: got %v, want ErrHeld with the name of who holds it", err)
		}
		if err := errors.Join(next.OpenAs(ctx, "next"), add(ctx, next, "3"), handle(t, address("x")).Open(ctx)); err != nil {
			t.Errorf("the holder, and a command beside it: %v", err)
		}
		if seen, err := old.Lease(ctx); err != nil || seen != granted {
			t.Errorf("Lease of an open database: got %+v, %v, want %+v", seen, err, granted)
		}
		if status, err := handle(t, address("x")).Status(ctx); err != nil || status.Lease != granted {
			t.Errorf("Status: got %+v, %v, want the lease %+v", status.Lease, err, granted)
		}
		if _, err := old.Take(ctx, data.Lease{Epoch: 1}, "late"); !errors.Is(err, data.ErrHeld) {
			t.Errorf("Take of a lease that has changed: got %v, want ErrHeld", err)
		}
		taken, err := old.Take(ctx, granted, "old")
		if want := (data.Lease{Epoch: 3, Holder: "old"}); err != nil || taken != want {
			t.Errorf("Take: got %+v, %v, want %+v", taken, err, want)
		}
		if err := add(ctx, next, "fenced"); !errors.Is(err, data.ErrFenced) {
			t.Errorf("Write of the one that was taken for dead: got %v, want ErrFenced", err)
		}
		if err := errors.Join(old.Close(), old.OpenAs(ctx, "old"), add(ctx, old, "4")); err != nil {
			t.Errorf("Write of the one that has taken it: %v", err)
		}
		if free := grant(t, old, ""); free.Epoch != 4 || handle(t, address("x")).OpenAs(ctx, "anybody") != nil {
			t.Errorf("Grant to whoever opens it: %+v", free)
		}
		if n := count(t, next); n != 4 {
			t.Errorf("rows: got %d, want 4", n)
		}
	})
}

// A migration of a process that has lost the database while it was opening it does not take effect.
func TestMigrationIsFenced(t *testing.T) {
	spinofftest.Databases(t, func(t *testing.T, address func(app string) string) {
		owner := handle(t, address("x"))
		if err := errors.Join(owner.Open(t.Context()), add(t.Context(), owner, "x")); err != nil {
			t.Fatal(err)
		}
		late := data.New(func() string { return address("x") }, then("0002_drop.sql", "DELETE FROM note;"))
		err := late.Join(t.Context(), func(data.Lease) error {
			grant(t, owner, "next")
			return nil
		})
		if !errors.Is(err, data.ErrFenced) || !strings.Contains(err.Error(), "0002_drop.sql") {
			t.Errorf("Open with a migration, while the lease changes: got %v, want ErrFenced with the name of the migration", err)
		}
		if n := count(t, owner); n != 1 {
			t.Errorf("rows: got %d, want 1: the migration has taken effect", n)
		}
	})
}

// A database that has moved is opened, migrated, saved and copied by nobody, and says where it is now. Restored or copied over, it is an ordinary
// database again, in which whoever had opened it before cannot write.
func TestMoved(t *testing.T) {
	spinofftest.Databases(t, func(t *testing.T, address func(app string) string) {
		ctx, db, folder := t.Context(), handle(t, address("x")), t.TempDir()
		backup := filepath.Join(folder, "backup")
		if err := errors.Join(db.Open(ctx), add(ctx, db, "x")); err != nil {
			t.Fatal(err)
		}
		held := grant(t, db, "held")
		if _, err := handle(t, address("x")).Backup(ctx, backup, nil); err != nil {
			t.Fatalf("Backup of what somebody holds: %v", err)
		}
		mover := handle(t, address("x"))
		use(t, mover, func() error {
			return mover.Write(ctx, func(tx *data.Tx) error {
				_, err := data.Exec(ctx, tx, "UPDATE spinoff_lease SET epoch = epoch + 1, moved_to = 'postgres://db.example/company?schema=x'")
				return err
			})
		})
		closed := handle(t, address("x"))
		_, migrated := closed.Migrate(ctx, 0)
		_, saved := closed.Backup(ctx, filepath.Join(folder, "other"), nil)
		_, copied := closed.CopyTo(ctx, closed.At("sqlite:"+filepath.Join(folder, "copy.db")), false, nil)
		_, taken := closed.Take(ctx, held, "x")
		for call, err := range map[string]error{
			"Open": closed.Open(ctx), "OpenAs": closed.OpenAs(ctx, "held"), "Migrate": migrated, "Backup": saved, "CopyTo": copied, "Take": taken,
		} {
			if !errors.Is(err, data.ErrMoved) || !strings.Contains(err.Error(), "postgres://db.example/company?schema=x") || !strings.Contains(err.Error(), "FAQ_DATABASE_URL") {
				t.Errorf("%s of a database that has moved: got %v, want ErrMoved with the address and the variable", call, err)
			}
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		r, err := closed.Stage(ctx, backup, filepath.Join(folder, "x.db"), time.UnixMilli(1), time.Now())
		if err != nil {
			t.Fatalf("Stage: %v", err)
		}
		if err := errors.Join(r.Replace(ctx), r.Undo(ctx), r.Close()); err != nil {
			t.Fatal(err)
		}
		if lease, err := closed.Lease(ctx); err != nil || lease.MovedTo == "" {
			t.Errorf("Lease after a restore that was undone: got %+v, %v, want one that has moved", lease, err)
		}
		if r, err = closed.Stage(ctx, backup, filepath.Join(folder, "x.db"), time.UnixMilli(1), time.Now()); err != nil {
			t.Fatalf("Stage: %v", err)
		}
		if err := errors.Join(r.Replace(ctx), r.Close()); err != nil {
			t.Fatal(err)
		}
		lease, err := closed.Lease(ctx)
		if err != nil || lease.Epoch <= held.Epoch+1 || lease.Holder != "" || lease.MovedTo != "" {
			t.Errorf("Lease after a restore: got %+v, %v, want a free one after epoch %d", lease, err, held.Epoch+1)
		}
		use(t, closed, func() error { return add(ctx, closed, "y") })
	})
}

// A copy over a database fences those who have it open.
func TestCopyFences(t *testing.T) {
	spinofftest.Databases(t, func(t *testing.T, address func(app string) string) {
		source, target := handle(t, address("source")), handle(t, address("target"))
		use(t, source, func() error { return add(t.Context(), source, "x") })
		if err := errors.Join(target.Open(t.Context()), add(t.Context(), target, "y")); err != nil {
			t.Fatal(err)
		}
		if _, err := source.CopyTo(t.Context(), handle(t, address("target")), true, nil); err != nil {
			t.Fatalf("CopyTo: %v", err)
		}
		if err := add(t.Context(), target, "z"); !errors.Is(err, data.ErrFenced) {
			t.Errorf("Write where a copy has replaced everything: got %v, want ErrFenced", err)
		}
	})
}

// A grant waits for what has begun, also for a unit, and nothing that comes later shares its commit.
func TestGrantWaitsForItsTurn(t *testing.T) {
	spinofftest.Databases(t, func(t *testing.T, address func(app string) string) {
		ctx, db, other := t.Context(), handle(t, address("x")), handle(t, address("x"))
		if err := errors.Join(db.Open(ctx), other.Open(ctx)); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		began, granted := make(chan struct{}), make(chan struct{})
		all.Go(func() {
			_, _, err := db.Do(ctx, spinoff.Key{}, func(ctx context.Context) ([]byte, error) {
				err := add(ctx, db, "before")
				close(began)
				select {
				case <-granted:
					t.Error("Grant did not wait for the unit")
				case <-time.After(50 * time.Millisecond):
				}
				return nil, errors.Join(err, add(ctx, db, "before"))
			})
			if err != nil {
				t.Errorf("a unit that began before the grant: %v", err)
			}
		})
		<-began
		all.Go(func() {
			grant(t, other, "next")
			close(granted)
		})
		all.Wait()
		for range 3 {
			all.Go(func() {
				_, _, err := other.Do(ctx, spinoff.Key{ID: "k", Scope: fmt.Sprint(rand.Int64())}, func(ctx context.Context) ([]byte, error) { return nil, add(ctx, other, "after") })
				if !errors.Is(err, data.ErrFenced) {
					t.Errorf("a unit after the grant: got %v, want ErrFenced", err)
				}
			})
		}
		all.Wait()
		if n := count(t, db); n != 2 {
			t.Errorf("rows: got %d, want the 2 of the unit before the grant", n)
		}
	})
}

// Processes open, write, grant, take and close as chance has it, all at once. Every row has the epoch that its writer had joined, and the one that
// held when it was written; the two are the same, and go up with the rows.
func TestNobodyWritesInAnEarlierEpoch(t *testing.T) {
	const epochs = `ALTER TABLE note ADD COLUMN joined INTEGER NOT NULL DEFAULT 0; ALTER TABLE note ADD COLUMN held INTEGER NOT NULL DEFAULT 0;`
	spinofftest.Databases(t, func(t *testing.T, address func(app string) string) {
		var all sync.WaitGroup
		for p := range 6 {
			name := fmt.Sprint("p", p)
			all.Go(func() {
				r := rand.New(rand.NewPCG(1, uint64(p)))
				db := data.New(func() string { return address("x") }, then("0002_epochs.sql", epochs))
				for range 25 {
					live(t, db, name, r)
				}
			})
		}
		all.Wait()
		db := open(t, address("x"), then("0002_epochs.sql", epochs))
		type row struct{ Joined, Held int64 }
		err := db.Read(t.Context(), func(tx *data.Tx) error {
			rows, err := data.Query[row](t.Context(), tx, "SELECT joined, held FROM note ORDER BY id")
			last, changes := int64(1), 0
			for i, r := range rows {
				if r.Joined != r.Held || r.Held < last {
					t.Fatalf("row %d of %d: its writer had joined epoch %d, and it was written in %d, after one in %d", i, len(rows), r.Joined, r.Held, last)
				}
				if r.Held > last {
					changes++
				}
				last = r.Held
			}
			if len(rows) < 20 || changes < 3 {
				t.Errorf("%d rows in %d epochs: too few to say anything", len(rows), changes)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// live is one time that a process has the database open.
func live(t *testing.T, db *data.DB, name string, r *rand.Rand) {
	ctx := t.Context()
	var err error
	if r.IntN(3) == 0 {
		err = db.Open(ctx)
	} else {
		err = db.OpenAs(ctx, name)
	}
	if errors.Is(err, data.ErrHeld) {
		if held, err := db.Lease(ctx); err == nil && r.IntN(3) == 0 {
			if _, err := db.Take(ctx, held, name); err != nil && !errors.Is(err, data.ErrHeld) {
				t.Errorf("Take: %v", err)
			}
		}
		return
	}
	if errors.Is(err, data.ErrFenced) { // somebody has changed the lease while it was migrated
		return
	}
	if err != nil {
		t.Errorf("Open: %v", err)
		return
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}()
	joined := db.Epoch()
	var writers sync.WaitGroup
	for range 1 + r.IntN(3) {
		writers.Go(func() {
			for range 5 {
				err := db.Write(ctx, func(tx *data.Tx) error {
					_, err := data.Exec(ctx, tx, "INSERT INTO note (text, joined, held) SELECT 'x', CAST($1 AS BIGINT), epoch FROM spinoff_lease", joined)
					return err
				})
				if err != nil && !errors.Is(err, data.ErrFenced) {
					t.Errorf("Write: %v", err)
				}
			}
		})
	}
	if to := r.IntN(8); to < 4 {
		if _, err := db.Grant(ctx, []string{"", "p1", "p2", name}[to]); err != nil && !errors.Is(err, data.ErrFenced) {
			t.Errorf("Grant: %v", err)
		}
	}
	writers.Wait()
}

// A process that is killed in the middle of a grant leaves the lease as it was before or as it is after.
func TestKilledWhileGranting(t *testing.T) {
	if address := os.Getenv("DATA_TEST_GRANT"); address != "" {
		db := handle(t, address)
		for i := range 1 << 30 {
			if err := errors.Join(db.OpenAs(t.Context(), fmt.Sprint(i)), add(t.Context(), db, "x")); err != nil {
				t.Fatal(err)
			}
			fmt.Println("granting", i+1)
			grant(t, db, fmt.Sprint(i+1))
			fmt.Println("granted", i+1)
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	spinofftest.Databases(t, func(t *testing.T, address func(app string) string) {
		for i := range 8 {
			app := fmt.Sprint("x", i)
			child := exec.Command(os.Args[0], "-test.run=^TestKilledWhileGranting$")
			child.Env = append(os.Environ(), "DATA_TEST_GRANT="+address(app))
			out, err := child.StdoutPipe()
			if err == nil {
				err = child.Start()
			}
			if err != nil {
				t.Fatal(err)
			}
			granting, granted := 0, 0
			wait := time.Duration(rand.IntN(2000)) * time.Microsecond
			for lines := bufio.NewScanner(out); lines.Scan(); {
				if _, err := fmt.Sscanf(lines.Text(), "granting %d", &granting); err == nil && granting == 2+i {
					time.Sleep(wait)
					child.Process.Kill()
				}
				fmt.Sscanf(lines.Text(), "granted %d", &granted)
			}
			child.Wait()
			db := handle(t, address(app))
			lease, err := db.Lease(t.Context())
			if now := int(lease.Epoch) - 1; err != nil || now != granted && now != granting || lease.Holder != fmt.Sprint(now) {
				t.Errorf("Lease after a kill: got %+v, %v; granted %d, and being granted %d", lease, err, granted, granting)
			}
			if err := errors.Join(db.OpenAs(t.Context(), lease.Holder), add(t.Context(), db, "after")); err != nil {
				t.Errorf("the holder after a kill: %v", err)
			}
		}
	})
}
