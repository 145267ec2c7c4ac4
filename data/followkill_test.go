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
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/spinofftest"
)

// followPhases are what a process that copies says, before it does it.
var followPhases = []string{"follow", "catch up", "finish", "close", "closed"}

// A process that copies a database is killed in each phase. Either the original goes on, and can be copied again to the same place, or the copy has
// taken its place.
func TestKilledWhileFollowing(t *testing.T) {
	if from, to := os.Getenv("DATA_TEST_FOLLOW"), os.Getenv("DATA_TEST_FOLLOW_TO"); from != "" {
		followAndSay(t, books(from), books(to))
		return
	}
	spinofftest.Databases(t, func(t *testing.T, from func(app string) string) {
		spinofftest.Databases(t, func(t *testing.T, to func(app string) string) {
			for i, phase := range followPhases {
				app := fmt.Sprint(filepath.Base(t.Name()), i)
				source, target := books(from(app)), books(to("to"+app))
				use(t, source, func() error {
					r := rand.New(rand.NewPCG(9, uint64(i)))
					for range 200 {
						if err := scribble(t.Context(), source, r); err != nil {
							return err
						}
					}
					return nil
				})
				killAt(t, phase, []time.Duration{100 * time.Millisecond, 5 * time.Millisecond}[min(i, 1)], from(app), to("to"+app))
				afterKill(t, phase, source, target)
			}
		})
	})
}

func followAndSay(t *testing.T, source, target *data.DB) {
	ctx := t.Context()
	say := func(phase string) { fmt.Println("phase", phase) }
	say("follow")
	f, err := source.Follow(ctx, target, nil)
	if err == nil {
		say("catch up")
		err = f.CatchUp(ctx)
	}
	if err == nil {
		say("finish")
		_, err = f.Finish(ctx, "next")
	}
	if err == nil {
		say("close")
		err = f.Close(ctx)
	}
	if err != nil {
		t.Fatal(err)
	}
	say("closed")
}

// killAt lets another process copy, and kills it within some time after it has begun a phase.
func killAt(t *testing.T, phase string, within time.Duration, from, to string) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestKilledWhileFollowing$")
	child.Env = append(os.Environ(), "DATA_TEST_FOLLOW="+from, "DATA_TEST_FOLLOW_TO="+to)
	out, err := child.StdoutPipe()
	if err == nil {
		err = child.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	said := ""
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if said = lines.Text(); said == "phase "+phase {
			time.Sleep(time.Duration(rand.Int64N(int64(within))))
			child.Process.Kill()
		}
	}
	child.Wait()
	if said == "" {
		t.Fatalf("the process that copies said nothing")
	}
}

// afterKill looks at what a killed process has left, and goes on with it.
func afterKill(t *testing.T, phase string, source, target *data.DB) {
	t.Helper()
	ctx := t.Context()
	lease, err := source.Lease(ctx)
	if err != nil {
		t.Fatalf("killed in phase %s: Lease: %v", phase, err)
	}
	t.Logf("killed in phase %s: the original has the lease %+v", phase, lease)
	if lease.MovedTo != "" {
		if err := errors.Join(target.OpenAs(ctx, "next"), scribble(ctx, target, rand.New(rand.NewPCG(1, 1))), target.Close()); err != nil {
			t.Errorf("killed in phase %s: the copy that has taken its place: %v", phase, err)
		}
		return
	}
	var want []string
	use(t, source, func() error { // with whatever triggers there are
		err := source.Write(ctx, func(tx *data.Tx) error {
			left, err := hasChanges(ctx, tx)
			if err == nil && left {
				_, err = data.Exec(ctx, tx, "UPDATE spinoff_changes SET beat_at = 0") // a minute later
			}
			return err
		})
		return errors.Join(err, scribble(ctx, source, rand.New(rand.NewPCG(0, 3))))
	})
	use(t, source, func() error {
		want = contents(t, source)
		return source.Read(ctx, func(tx *data.Tx) error {
			left, err := hasChanges(ctx, tx)
			if left {
				t.Errorf("killed in phase %s: the next Open has not removed what was left", phase)
			}
			return err
		})
	})
	f, err := source.Follow(ctx, target, nil)
	if err != nil {
		t.Fatalf("killed in phase %s: Follow again: %v", phase, err)
	}
	if err := f.CatchUp(ctx); err != nil {
		t.Errorf("killed in phase %s: CatchUp: %v", phase, err)
	}
	if _, err := f.Finish(ctx, ""); err != nil {
		t.Errorf("killed in phase %s: Finish: %v", phase, err)
	}
	if err := errors.Join(f.Close(ctx), target.Open(ctx)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, contents(t, target)); diff != "" || len(want) < 10 {
		t.Errorf("killed in phase %s: the next copy, of %d rows (-original +copy):\n%s", phase, len(want), diff)
	}
	if err := target.Close(); err != nil {
		t.Error(err)
	}
}

func hasChanges(ctx context.Context, tx *data.Tx) (bool, error) {
	query := "SELECT count(*) FROM sqlite_master WHERE name = 'spinoff_changes'"
	if tx.Dialect() == data.Postgres {
		query = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'spinoff_changes'"
	}
	n, err := data.One[int64](ctx, tx, query)
	return n > 0, err
}
