package faults_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/spinofftest/pgtest"
)

// steps are where processes are killed.
var steps = []string{
	"before the commit of an event", "after the commit of an event", "before publish", "after publish", "after noting what was sent",
	"before effect", "before the commit of an effect", "before ack", "after ack", "before another try",
}

// site is the apps of a project, with the faults that come over them.
type site struct {
	t         *testing.T
	random    *rand.Rand
	folder    string // of the engine and of SQLite
	urls      map[string]string
	apart     bool
	fail      int64 // handlers that fail, in percent
	skew      bool
	unordered bool          // order is not looked at
	steady    bool          // processes do not kill themselves
	mayEnd    bool          // a process that does not find what it needs may end, and is started again
	sync      time.Duration // the engine's sync interval. Default: its own
	broker    *broker       // nil: the embedded engine
	running   []*running
	step      int

	mu        sync.Mutex
	placed    map[int64]bool // orders whose commit was confirmed
	delivered int            // events, to all consumers together
	next      int64          // number of an order
	last      int64

	kills, restarts int
}

// running is a process of the site.
type running struct {
	apps string
	cmd  *exec.Cmd
	read chan struct{} // closed when everything it said is read
}

func newSite(t *testing.T, seed uint64, postgres bool) *site {
	s := &site{t: t, random: rand.New(rand.NewPCG(seed, 0)), folder: t.TempDir(), urls: map[string]string{}, placed: map[int64]bool{}}
	for _, app := range apps {
		if postgres {
			s.urls[app] = pgtest.Start(t) + "&schema=" + app
		} else {
			s.urls[app] = "sqlite:" + filepath.Join(s.folder, app+".db")
		}
	}
	s.step = s.random.IntN(len(steps))
	t.Cleanup(s.killAll)
	return s
}

// start starts what does not run. Each process ends itself at some step, sooner or later, unless calm.
func (s *site) start(calm bool) {
	s.t.Helper()
	groups := []string{strings.Join(apps, ",")}
	if s.apart {
		groups = apps
	}
	for _, group := range groups {
		if !s.runs(group) {
			s.running = append(s.running, s.startOne(group, calm))
		}
	}
}

func (s *site) runs(group string) bool {
	for i, r := range s.running {
		if r.apps != group {
			continue
		}
		select {
		case <-r.read: // it has ended itself
			s.ended(r)
			s.running = append(s.running[:i], s.running[i+1:]...)
			return false
		default:
			return true
		}
	}
	return false
}

func (s *site) startOne(group string, calm bool) *running {
	s.t.Helper()
	r := &running{apps: group, cmd: exec.Command(os.Args[0]), read: make(chan struct{})}
	r.cmd.Env = append(os.Environ(), "FAULTS_APPS="+group, "FAULTS_FOLDER="+s.folder, fmt.Sprint("FAULTS_FIRST=", s.next), fmt.Sprint("FAULTS_LAST=", s.last), fmt.Sprint("FAULTS_SYNC=", int64(s.sync)))
	for app, url := range s.urls {
		r.cmd.Env = append(r.cmd.Env, "FAULTS_DB_"+app+"="+url)
	}
	if s.broker != nil {
		r.cmd.Env = append(r.cmd.Env, "NATS_URL="+s.broker.url)
	}
	if calm {
		r.cmd.Env = append(r.cmd.Env, fmt.Sprint("FAULTS_SKEW=", int64(48*time.Hour))) // whatever waits for another try is due
	} else {
		if !s.steady {
			r.cmd.Env = append(r.cmd.Env, "FAULTS_STEP="+steps[s.step%len(steps)], fmt.Sprint("FAULTS_IN=", 1+s.random.Int64N(20)*s.random.Int64N(20)))
		}
		r.cmd.Env = append(r.cmd.Env, fmt.Sprint("FAULTS_FAIL=", s.fail))
		if s.skew {
			r.cmd.Env = append(r.cmd.Env, fmt.Sprint("FAULTS_SKEW=", s.random.Int64N(int64(24*time.Hour))-int64(12*time.Hour)))
		}
		s.step++
	}
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	log, err := os.OpenFile(filepath.Join(s.t.ArtifactDir(), strings.ReplaceAll(group, ",", "-")+".log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	defer log.Close()
	r.cmd.Stderr = log
	if err := r.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.restarts++
	go s.read(r, out)
	return r
}

// read notes which orders are placed.
func (s *site) read(r *running, out io.Reader) {
	defer close(r.read)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		s.mu.Lock()
		if text, ok := strings.CutPrefix(lines.Text(), "placed "); ok {
			if n, err := strconv.ParseInt(text, 10, 64); err == nil { // else a line that the end of the process has cut off
				s.placed[n] = true
			}
		} else {
			s.delivered++
		}
		s.mu.Unlock()
	}
}

// awaitOrder waits until one more order is placed, starting again what ends before that.
func (s *site) awaitOrder() {
	s.t.Helper()
	placed := func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.placed)
	}
	before := placed()
	for end := time.Now().Add(time.Minute); placed() == before && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		s.start(false)
	}
}

// kill kills one process.
func (s *site) kill(r *running) {
	r.cmd.Process.Kill()
	<-r.read
	s.ended(r)
}

// ended sees to it that a process was killed, and has not given up.
func (s *site) ended(r *running) {
	s.t.Helper()
	s.kills++
	if err := r.cmd.Wait(); r.cmd.ProcessState.Exited() && !s.mayEnd {
		s.t.Errorf("the process of %s has ended by itself: %v; see %s", r.apps, err, s.t.ArtifactDir())
	}
}

func (s *site) killAll() {
	for _, r := range s.running {
		s.kill(r)
	}
	s.running = nil
}

// fact is a row of an app's table, in the order of the commits.
type fact struct {
	Number  int64
	Subject string
}

// facts returns what happened in an app.
func (s *site) facts(app string) (facts []fact) {
	s.t.Helper()
	s.with(app, func(tx *data.Tx) (err error) {
		facts, err = data.Query[fact](s.t.Context(), tx, "SELECT number, subject FROM fact ORDER BY n")
		return err
	})
	return facts
}

func (s *site) count(app string) (n int64) {
	s.t.Helper()
	s.with(app, func(tx *data.Tx) (err error) {
		n, err = data.One[int64](s.t.Context(), tx, "SELECT count(*) FROM fact")
		return err
	})
	return n
}

func (s *site) with(app string, read func(tx *data.Tx) error) {
	s.t.Helper()
	db := data.New(func() string { return s.urls[app] }, migrations)
	if err := db.Open(context.Background()); err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	if err := db.Read(s.t.Context(), read); err != nil {
		s.t.Fatal(err)
	}
}

// broker is a nats-server of its own.
type broker struct {
	t            *testing.T
	program      string
	folder, port string
	url          string
	cmd          *exec.Cmd
}

// newBroker builds and starts the server.
func newBroker(t *testing.T) *broker {
	t.Helper()
	b := &broker{t: t, folder: t.TempDir(), program: filepath.Join(t.TempDir(), "nats-server")}
	if out, err := exec.Command("go", "build", "-o", b.program, "github.com/nats-io/nats-server/v2").CombinedOutput(); err != nil {
		t.Fatalf("build nats-server: %v\n%s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.port = strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	b.url = "nats://127.0.0.1:" + b.port
	l.Close()
	b.start()
	t.Cleanup(b.kill)
	return b
}

func (b *broker) start() {
	b.t.Helper()
	b.cmd = exec.Command(b.program, "-js", "-sd", b.folder, "-a", "127.0.0.1", "-p", b.port)
	if err := b.cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
}

func (b *broker) kill() {
	b.cmd.Process.Kill()
	b.cmd.Wait()
}
