package run_test

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestRestoreIsKilled kills a restore at any moment, again and again: the database is the old or the new one, whole, and the next restore works.
func TestRestoreIsKilled(t *testing.T) {
	folder := t.TempDir()
	command := func(args ...string) *exec.Cmd {
		c := exec.Command("depot", args...)
		c.Dir = folder
		return c
	}
	depot := func(args ...string) []byte {
		t.Helper()
		out, err := command(args...).Output()
		if err != nil {
			t.Fatalf("depot %s: %v", strings.Join(args, " "), err)
		}
		return out
	}
	sales := func() int64 { // a copy compares everything
		t.Helper()
		var tables []struct {
			Name string
			Rows int64
		}
		if err := json.Unmarshal(depot("data", "copy", "stock", "--json", "--to", "sqlite:"+filepath.Join(t.TempDir(), "x.db")), &tables); err != nil {
			t.Fatal(err)
		}
		for _, table := range tables {
			if table.Name == "sale" {
				return table.Rows
			}
		}
		return -1
	}
	depot("call", "stock.v1.sell", "item=first", "cents=1")
	depot("backup", "--to", "backup")
	restore := func() time.Duration {
		began := time.Now()
		depot("restore", "backup", "--yes")
		return time.Since(began)
	}
	takes := restore()
	found := map[int64]int{}
	const rounds = 8
	for i := range rounds {
		depot("call", "stock.v1.sell", "item=later", "cents=1")
		c := command("restore", "backup", "--yes")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(takes * time.Duration(i) / rounds) // the first one is killed at once
		_ = c.Process.Kill()                          // it may have ended
		_ = c.Wait()                                  // it was killed, or not
		found[sales()]++
		takes = restore()
		if n := sales(); n != 1 {
			t.Errorf("after another restore: %d sales, want 1", n)
		}
	}
	t.Logf("killed within %v: %d times the old database, %d times the new one", takes, found[2], found[1])
	if found[1]+found[2] != rounds || found[2] == 0 {
		t.Errorf("sales after a restore was killed: %v; want the old database, with 2, or the new one, with 1", found)
	}
	if left, err := filepath.Glob(filepath.Join(folder, "data", "*.restoring*")); err != nil || left != nil {
		t.Errorf("there is left %v (%v)", left, err)
	}
}
