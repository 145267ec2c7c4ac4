package usage_test

import (
	"log/slog"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff/contract/usage"
	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/spinofftest"
)

var migrations = fstest.MapFS{"migrations/0001_x.sql": &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE x (id BIGINT);")}}

// process is one process of an app: its connection to the database, and what it has counted.
type process struct {
	*usage.Counter
	db     *data.DB
	clock  *clock
	counts map[string]int64 // of faq.v1.create, by consumer
	mu     sync.Mutex
}

// clock is the time of all processes of a test.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) set(t *testing.T, text string) {
	t.Helper()
	now, err := time.Parse(time.DateTime, text)
	if err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = now
}

func open(t *testing.T, address string, clock *clock) *process {
	t.Helper()
	p := &process{db: data.New(func() string { return address }, migrations), clock: clock, counts: map[string]int64{}}
	p.Counter = usage.NewCounter(usage.Options{
		DB: p.db, Now: clock.Now, Log: slog.New(slog.DiscardHandler), Expect: func(names ...string) {
			for _, name := range names {
				p.count(name, 0)
			}
		},
		Counts: func() (all []usage.Count) {
			p.mu.Lock()
			defer p.mu.Unlock()
			for consumer, n := range p.counts {
				all = append(all, usage.Count{Endpoint: "faq.v1.create", Consumer: consumer, Calls: n})
			}
			return all
		},
	})
	p.do(t, p.db.Open(t.Context()))
	p.do(t, p.Open(t.Context()))
	t.Cleanup(func() { p.db.Close() })
	return p
}

func (p *process) do(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (p *process) count(consumer string, n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts[consumer] += n
}

// kill ends a process as kill -9 does: it writes nothing any more.
func (p *process) kill() { p.db.Close() }

// report returns what is known, in words that are easy to compare.
func (p *process) report(t *testing.T, days int) (calls map[string][]int64, gaps []string, r usage.Report) {
	t.Helper()
	r, err := usage.Read(t.Context(), p.db, p.clock.Now(), days)
	p.do(t, err)
	calls = map[string][]int64{}
	for _, u := range r.Uses {
		calls[u.Consumer] = u.Days
	}
	for _, g := range r.Gaps {
		gaps = append(gaps, g.From.Format(time.DateTime)+" to "+g.To.Format(time.DateTime)+": "+g.Why)
	}
	return calls, gaps, r
}

func TestUsesAreWrittenByDay(t *testing.T) {
	spinofftest.Databases(t, func(t *testing.T, address func(app string) string) {
		clock := new(clock)
		clock.set(t, "2026-11-22 23:59:58")
		p := open(t, address("faq"), clock)
		p.count("tickets", 2)
		clock.set(t, "2026-11-23 00:00:00") // the calls were before midnight
		p.do(t, p.Flush(t.Context()))
		p.do(t, p.Flush(t.Context()))
		p.count("tickets", 3)
		p.count("billing", 1)
		clock.set(t, "2026-11-23 00:00:05")
		p.do(t, p.Flush(t.Context()))
		p.count("tickets", 4)
		p.do(t, p.Close())
		clock.set(t, "2026-11-24 10:00:00")
		calls, gaps, r := p.report(t, 3)
		if diff := cmp.Diff(map[string][]int64{"tickets": {2, 7, 0}, "billing": {0, 1, 0}}, calls); diff != "" {
			t.Errorf("calls by day (-want +got):\n%s", diff)
		}
		if gaps != nil || r.Running != 0 || r.Began.Format(time.DateTime) != "2026-11-22 23:59:58" {
			t.Errorf("after a clean end: gaps %v, %d processes running, counting since %v; want none, 0, 2026-11-22 23:59:58", gaps, r.Running, r.Began)
		}

		again := open(t, address("faq"), clock)
		if _, known := again.counts["billing"]; !known {
			t.Error("a process that starts does not expect the consumers that there were before")
		}
		calls, _, r = again.report(t, 1)
		if diff := cmp.Diff(map[string][]int64{"tickets": {0}, "billing": {0}}, calls); diff != "" || r.Running != 1 {
			t.Errorf("calls of today, with %d running, want 1 (-want +got):\n%s", r.Running, diff)
		}
	})
}

func TestWhatAKilledProcessCountedIsAGap(t *testing.T) {
	spinofftest.Databases(t, func(t *testing.T, address func(app string) string) {
		clock := new(clock)
		clock.set(t, "2026-11-23 10:00:00")
		one, two := open(t, address("faq"), clock), open(t, address("faq"), clock)
		one.count("tickets", 1)
		two.count("tickets", 10)
		clock.set(t, "2026-11-23 10:00:05")
		one.do(t, one.Flush(t.Context()))
		two.do(t, two.Flush(t.Context()))
		one.count("tickets", 100)
		one.kill()
		for _, at := range []string{"2026-11-23 10:00:40", "2026-11-23 10:01:10"} {
			clock.set(t, at)
			two.do(t, two.Flush(t.Context())) // nothing to write but that it lives
		}
		calls, gaps, r := two.report(t, 1)
		if diff := cmp.Diff(map[string][]int64{"tickets": {11}}, calls); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		want := []string{"2026-11-23 10:00:05 to 2026-11-23 10:01:05: a process was killed"}
		if diff := cmp.Diff(want, gaps); diff != "" || r.Running != 1 {
			t.Errorf("gaps, with %d running, want 1 (-want +got):\n%s", r.Running, diff)
		}
		two.do(t, two.Close())
		clock.set(t, "2026-11-25 10:00:00") // nothing ran in between: that is no gap
		three := open(t, address("faq"), clock)
		if _, gaps, _ := three.report(t, 30); cmp.Diff(want, gaps) != "" {
			t.Errorf("gaps after two days in which nothing ran: got %v, want %v", gaps, want)
		}
		if _, gaps, _ := three.report(t, 1); gaps != nil {
			t.Errorf("gaps of today: got %v, want none", gaps)
		}
	})
}

// What cannot be written is kept, and a process that was away for a while and has lost nothing leaves no gap.
func TestCountsOutliveADatabaseThatIsAway(t *testing.T) {
	clock := new(clock)
	clock.set(t, "2026-11-23 10:00:00")
	p := open(t, "sqlite:"+t.TempDir()+"/faq.db", clock)
	p.count("tickets", 1)
	p.do(t, p.db.Close())
	clock.set(t, "2026-11-23 11:00:00")
	if err := p.Flush(t.Context()); err == nil {
		t.Error("Flush with a closed database: got no error")
	}
	p.do(t, p.db.Open(t.Context()))
	if _, gaps, _ := p.report(t, 1); len(gaps) != 1 {
		t.Errorf("while nothing is known of an hour: got gaps %v, want one", gaps)
	}
	p.count("tickets", 1)
	p.do(t, p.Flush(t.Context()))
	calls, gaps, _ := p.report(t, 1)
	if diff := cmp.Diff(map[string][]int64{"tickets": {2}}, calls); diff != "" || gaps != nil {
		t.Errorf("after the database has come back: gaps %v, want none; calls (-want +got):\n%s", gaps, diff)
	}
}

func TestWhatWasCountedAfterABackupIsAGap(t *testing.T) {
	spinofftest.Databases(t, func(t *testing.T, address func(app string) string) {
		clock := new(clock)
		clock.set(t, "2026-11-23 10:00:00")
		p := open(t, address("faq"), clock)
		p.count("tickets", 1)
		p.do(t, p.Close())
		p.do(t, p.db.Close())
		file := t.TempDir() + "/faq.db"
		_, err := p.db.Backup(t.Context(), file, nil)
		p.do(t, err)
		made := clock.Now()
		clock.set(t, "2026-11-23 12:00:00")
		restoring, err := p.db.Stage(t.Context(), file, t.TempDir()+"/faq", made, clock.Now())
		p.do(t, err)
		p.do(t, restoring.Replace(t.Context()))
		p.do(t, restoring.Close())
		p.do(t, p.db.Open(t.Context()))
		_, gaps, _ := p.report(t, 1)
		if diff := cmp.Diff([]string{"2026-11-23 10:00:00 to 2026-11-23 12:00:00: a backup was restored"}, gaps); diff != "" {
			t.Errorf("gaps (-want +got):\n%s", diff)
		}
	})
}
