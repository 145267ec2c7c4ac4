package faults_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spinoff-go/spinoff/events/jetstream"
)

var (
	long = flag.Bool("long", false, "more of everything: some minutes")
	seed = flag.Uint64("seed", 0, "of what happens; the same seed makes the same faults. Default: the time")
)

// effort returns how many times something goes wrong while orders are placed.
func effort(t *testing.T) (faults int) {
	switch {
	case testing.Short():
		t.Skip("left out of a short run")
	case *long:
		return 80
	}
	return 3
}

func newSeed(t *testing.T) uint64 {
	s := *seed
	if s == 0 {
		s = uint64(time.Now().UnixNano()) & 0xffffff
	}
	t.Logf("replay by -seed %d", s)
	return s
}

// TestKill kills processes, and servers, at every step and at any other moment.
func TestKill(t *testing.T) {
	for _, postgres := range []bool{false, true} {
		for _, external := range []bool{false, true} {
			for _, apart := range []bool{false, true} {
				name := map[bool]string{false: "sqlite", true: "postgres"}[postgres] + " " + map[bool]string{false: "embedded", true: "external"}[external] +
					" " + map[bool]string{false: "together", true: "apart"}[apart]
				t.Run(name, func(t *testing.T) {
					faults := effort(t)
					s := newSite(t, newSeed(t), postgres)
					s.apart = apart
					if external {
						s.broker = newBroker(t)
					}
					s.run(faults, s.killSome)
				})
			}
		}
	}
}

// TestFailAndSkew lets handlers fail and clocks differ by hours, in both directions, from one start to the next.
func TestFailAndSkew(t *testing.T) {
	t.Parallel()
	faults := effort(t)
	s := newSite(t, newSeed(t), false)
	s.apart, s.fail, s.skew = true, 3, true
	s.run(faults, s.killSome)
}

// TestPowerLoss ends all processes and takes back what the engine has not synced: each of its files is as it is, as it was at the start before, or
// is cut off somewhere between.
func TestPowerLoss(t *testing.T) {
	t.Parallel()
	faults := effort(t)
	s := newSite(t, newSeed(t), false)
	s.sync, s.steady = 24*time.Hour, true
	engine, before := filepath.Join(s.folder, "events"), filepath.Join(t.TempDir(), "before")
	// Known: where the engine loses the file that describes a stream or a position, events can come after later ones, when their delivery times out.
	s.apart, s.unordered = true, true
	s.run(max(3, faults/2), func() {
		for _, r := range s.running { // the events of the last moments are nowhere but in the outbox and the engine
			if r.apps != "shop" {
				s.kill(r)
			}
		}
		s.running = slices.DeleteFunc(s.running, func(r *running) bool { return r.apps != "shop" })
		time.Sleep(300 * time.Millisecond)
		s.killAll()
		s.losePower(engine, before)
	})
}

// losePower makes of the files in folder what a power loss may leave of them, when before has what was on the disk; and makes before what is there now.
func (s *site) losePower(folder, before string) {
	s.t.Helper()
	err := filepath.WalkDir(folder, func(name string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || d.Name() == "epoch" || d.Name() == "address" { // these are synced
			return err
		}
		path, err := filepath.Rel(folder, name)
		if err != nil {
			return err
		}
		now, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		was, missing := os.ReadFile(filepath.Join(before, path))
		switch s.random.IntN(4) {
		case 0:
			return nil
		case 1:
			if missing == nil && len(was) <= len(now) && strings.HasSuffix(name, ".blk") {
				return os.Truncate(name, int64(len(was)+s.random.IntN(len(now)-len(was)+1)))
			}
			fallthrough
		default:
			if missing != nil && strings.Contains(path, "streams") {
				return os.RemoveAll(name)
			}
			return os.WriteFile(name, was, 0o600)
		}
	})
	if err == nil {
		err = os.RemoveAll(before)
	}
	if err == nil {
		err = copyFiles(before, folder)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

func copyFiles(to, from string) error {
	return filepath.WalkDir(from, func(name string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		path, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(name)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(filepath.Join(to, path)), 0o700)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(to, path), text, 0o600)
		}
		return err
	})
}

// TestFullDisk fills the disk that has the databases and the engine's folder, and makes room again.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	faults := effort(t)
	s := newSite(t, newSeed(t), false)
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", s.folder).CombinedOutput(); err != nil {
		t.Skipf("a small disk can be mounted by root only, where it may: %v: %s", err, out)
	}
	t.Cleanup(func() {
		s.killAll()
		if out, err := exec.Command("umount", s.folder).CombinedOutput(); err != nil {
			t.Errorf("umount: %v: %s", err, out)
		}
	})
	s.mayEnd, s.steady = true, true
	filler := filepath.Join(s.folder, "filler")
	s.run(max(2, faults/4), func() {
		f, err := os.Create(filler)
		for piece := make([]byte, 1<<12); err == nil; {
			_, err = f.Write(piece)
		}
		f.Close()
		time.Sleep(time.Duration(500+s.random.IntN(1500)) * time.Millisecond)
		if s.random.IntN(2) == 0 {
			s.killAll()
		}
		if err := os.Remove(filler); err != nil {
			t.Error(err)
		}
	})
}

// killSome kills a process, or the server, or nothing: processes kill themselves as well.
func (s *site) killSome() {
	switch n := s.random.IntN(4); {
	case n == 0 && s.broker != nil:
		s.broker.kill()
		s.kills++
		time.Sleep(time.Duration(s.random.IntN(300)) * time.Millisecond)
		s.broker.start()
	case n < 3:
		i := s.random.IntN(len(s.running))
		s.kill(s.running[i])
		s.running = slices.Delete(s.running, i, i+1)
	}
}

// run places orders, lets something go wrong again and again, then waits until everything has had its effect, and counts.
func (s *site) run(faults int, wrong func()) {
	s.t.Helper()
	began := time.Now()
	for i := range faults {
		s.next = int64(i+1) * 1_000_000
		s.last = s.next + 999_999
		s.start(false)
		if i == 0 || s.random.IntN(2) == 0 { // else things may also go wrong while they start
			s.awaitOrder()
		}
		time.Sleep(time.Duration(100+s.random.IntN(500)) * time.Millisecond)
		wrong()
	}
	s.killAll()
	s.next, s.last = 1, 0
	s.start(true)
	all := s.count("shop")
	for end := time.Now().Add(2 * time.Minute); s.count("post") < all && time.Now().Before(end); {
		time.Sleep(100 * time.Millisecond)
		s.start(true)
	}
	time.Sleep(time.Second) // for more than there should be
	if all == 0 {
		s.t.Error("no order was placed")
	}
	stored := s.repeated()
	s.killAll()
	lost, doubled := s.check()
	s.t.Logf("| %s | %d events | %d kills | %d starts | %d stored twice | %d delivered again | %d lost | %d doubled | %.1f s |",
		strings.TrimPrefix(s.t.Name(), "Test"), 2*all, s.kills, s.restarts, stored, s.delivered-int(2*all), lost, doubled, time.Since(began).Seconds())
}

// check compares what happened with its effects.
func (s *site) check() (lost, doubled int) {
	s.t.Helper()
	want := map[int64]int{}
	for _, f := range s.facts("shop") {
		want[f.Number]++
	}
	s.mu.Lock()
	for n := range s.placed {
		if want[n] != 1 {
			s.t.Errorf("order %d was confirmed and is %d times in the shop's database", n, want[n])
		}
	}
	s.mu.Unlock()
	for _, app := range apps[1:] {
		got, newest, faults := map[int64]int{}, map[string]int64{}, 0
		for _, f := range s.facts(app) {
			got[f.Number]++
			if want[f.Number] != 1 {
				s.t.Errorf("%s: order %d was invented", app, f.Number)
			}
			if s.fail == 0 && !s.unordered && f.Number < newest[f.Subject] {
				faults++
			}
			newest[f.Subject] = max(newest[f.Subject], f.Number)
		}
		for n := range want {
			switch {
			case got[n] == 0:
				lost++
				s.t.Errorf("%s: order %d has had no effect", app, n)
			case got[n] > 1:
				doubled++
				s.t.Errorf("%s: order %d has had its effect %d times", app, n, got[n])
			}
		}
		if faults > 0 {
			s.t.Errorf("%s: %d effects came before one that was published earlier about the same subject", app, faults)
		}
	}
	return lost, doubled
}

// repeated returns how many messages the engine has stored more than once.
func (s *site) repeated() (n int) {
	o := jetstream.Options{Folder: filepath.Join(s.folder, "events")}
	if s.broker != nil {
		o = jetstream.Options{URL: s.broker.url}
	}
	e, err := jetstream.Open(s.t.Context(), o)
	if err != nil {
		s.t.Fatal(err)
	}
	defer e.Close()
	for _, stream := range apps[:2] {
		messages, err := e.List(s.t.Context(), jetstream.Query{Stream: stream, Limit: 1 << 20})
		if err != nil {
			s.t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, m := range messages {
			if seen[m.ID] {
				n++
			}
			seen[m.ID] = true
		}
	}
	return n
}
