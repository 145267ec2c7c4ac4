// Package spinofftest runs a whole project inside a test, in every placement: all apps in one process, one app apart, all apart, and two replicas of each apart.
// Apart means what it means in production: real HTTP over loopback, a process object of its own, no shared memory but the test's.
package spinofftest

import (
	"context"
	"log/slog"
	"maps"
	"net"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/run"
	"github.com/spinoff-go/spinoff/spinofftest/pgtest"
)

// Site is a running project.
type Site struct {
	URL       string         // where a browser finds it, without a slash at the end
	Data      string         // folder of the databases
	Database  string         // DATABASE_URL of its processes, for other programs that work on its databases; "" where they are files
	Calls     spinoff.Caller // calls every service, from the process at URL
	Placement string         // "together", "faq apart", "all apart", "two of each"

	t         *testing.T
	project   spinoff.Project
	environ   map[string]string
	processes []*process
	allowed   []string // deprecated endpoints that the test may call
}

// process is one process of a site.
type process struct {
	*run.Process
	only []string // the apps that run in it; nil for all
	addr string
	// listener holds the address from before the first start, because others have to know it by then.
	listener net.Listener
	stop     func() error // nil while it is stopped
}

// Run runs test once for each placement: together, with the app called apart in a process of its own, with every app in its own, and with two processes
// for every app, where each call that may be sent again is, to the other one: what is not idempotent shows there.
// Each run has databases of its own, in a folder that is deleted afterwards, or with SPINOFF_TEST_DATABASE=postgres in a PostgreSQL database; see [pgtest.Start].
func Run(t *testing.T, project spinoff.Project, apart string, test func(t *testing.T, site *Site)) {
	t.Helper()
	RunIn(t, project, apart, nil, test)
}

// RunIn is [Run] with variables for the environment of the processes.
func RunIn(t *testing.T, project spinoff.Project, apart string, environ map[string]string, test func(t *testing.T, site *Site)) {
	t.Helper()
	names := appNames(t, project)
	if !slices.Contains(names, apart) {
		t.Fatalf("spinofftest.Run: the project has no app %q; it has %s", apart, strings.Join(names, ", "))
	}
	rest := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == apart })
	alone := make([][]string, 0, len(names))
	for _, name := range names {
		alone = append(alone, []string{name})
	}
	for _, placement := range []struct {
		name   string
		groups [][]string
	}{
		{"together", [][]string{names}},
		{apart + " apart", [][]string{rest, {apart}}},
		{"all apart", alone},
		{twoOfEach, slices.Concat(alone, alone)},
	} {
		if len(placement.groups) > 1 && len(names) == 1 {
			continue
		}
		t.Run(strings.ReplaceAll(placement.name, " ", "_"), func(t *testing.T) {
			test(t, start(t, project, environ, placement.name, placement.groups))
		})
	}
}

// twoOfEach is the placement with replicas.
const twoOfEach = "two of each"

// Together starts the project in one process and stops it when the test ends.
func Together(t *testing.T, project spinoff.Project) *Site {
	t.Helper()
	return start(t, project, nil, "together", [][]string{appNames(t, project)})
}

func appNames(t *testing.T, project spinoff.Project) []string {
	t.Helper()
	p, err := run.New(project, run.Options{Data: t.TempDir(), Environ: func(string) string { return "" }, Calling: true})
	if err != nil {
		t.Fatalf("spinofftest: %v", err)
	}
	return p.Here()
}

func start(t *testing.T, project spinoff.Project, environ map[string]string, placement string, groups [][]string) *Site {
	t.Helper()
	s := &Site{Placement: placement, t: t, project: project, Data: t.TempDir(), environ: map[string]string{}}
	maps.Copy(s.environ, environ)
	if os.Getenv("SPINOFF_TEST_DATABASE") == "postgres" { //nolint:forbidigo // a setting of the tests, not of the project
		s.Database = pgtest.Start(t)
		s.environ["DATABASE_URL"] = s.Database
	}
	for _, group := range groups {
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		p := &process{addr: l.Addr().String(), listener: l}
		if len(groups) > 1 {
			p.only = group
			for _, name := range group {
				s.environ[spinoff.Variable(name)] = strings.TrimPrefix(s.environ[spinoff.Variable(name)]+","+s.base(p, name), ",")
			}
		}
		s.processes = append(s.processes, p)
	}
	for _, p := range s.processes {
		s.start(p)
	}
	front := s.processes[0]
	for _, p := range s.processes {
		if slices.Contains(p.only, "frontend") {
			front = p
		}
	}
	s.URL, s.Calls = "http://"+front.addr, front.Calls("test")
	if placement == "together" { // the others make the same calls
		s.Calls = recording(t, project, s.Calls)
	}
	t.Cleanup(func() {
		for _, p := range s.processes {
			s.stop(p)
		}
	})
	return s
}

// base is the value of an app's variable: the root of its process where it is alone there.
func (s *Site) base(p *process, name string) string {
	if len(p.only) == 1 {
		return "http://" + p.addr
	}
	return "http://" + p.addr + "/" + name
}

func (s *Site) start(p *process) {
	s.t.Helper()
	environ := func(name string) string {
		app := strings.ToLower(strings.TrimSuffix(name, "_API"))
		if slices.Contains(p.only, app) {
			return ""
		}
		return s.environ[name]
	}
	var err error
	p.Process, err = run.New(s.project, run.Options{
		Data: s.Data, Only: p.only, Environ: environ, Twice: s.Placement == twoOfEach,
		Log: slog.New(slog.NewTextHandler(s.t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		s.t.Fatalf("start %v: %v", p.only, err)
	}
	l := p.listener
	if p.listener = nil; l == nil {
		if l, err = run.Listen(p.addr); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := p.Open(context.Background()); err != nil {
		s.t.Fatalf("open %v: %v", p.only, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- p.Serve(ctx, l) }()
	p.stop = func() error {
		cancel()
		if err := <-served; err != nil {
			return err
		}
		return p.Close()
	}
}

func (s *Site) stop(p *process) {
	if p.stop == nil {
		return
	}
	if err := p.stop(); err != nil {
		s.t.Errorf("stop %v: %v", p.only, err)
	}
	s.checkDeprecated(p)
	p.stop = nil
}

// Base returns where the app called name answers: what its variable is set to for other programs.
func (s *Site) Base(name string) string {
	if base, _, _ := strings.Cut(s.environ[spinoff.Variable(name)], ","); base != "" {
		return base
	}
	return s.URL + "/" + name
}

// SetUp returns the address of the page that makes the first account.
func (s *Site) SetUp() string {
	s.t.Helper()
	for _, p := range s.processes {
		path, err := p.SetUp(s.t.Context())
		if err != nil {
			s.t.Fatal(err)
		}
		if path != "" {
			return s.URL + path
		}
	}
	s.t.Fatal("no app of the project signs people in, or there is an account already")
	return ""
}

// Seed fills the databases with the examples of the apps.
func (s *Site) Seed() {
	s.t.Helper()
	seeded := map[string]bool{}
	for _, p := range s.processes {
		apps := strings.Join(p.Here(), ",")
		if seeded[apps] { // a replica of one before
			continue
		}
		seeded[apps] = true
		if err := p.Seed(s.t.Context()); err != nil {
			s.t.Fatal(err)
		}
	}
}

// Stop stops the process of an app that runs apart, so that nothing answers there until [Site.Start].
func (s *Site) Stop(name string) {
	for _, p := range s.alone(name) {
		s.stop(p)
	}
}

// Start starts the process of an app again, on the same address and the same database.
func (s *Site) Start(name string) {
	for _, p := range s.alone(name) {
		s.start(p)
	}
}

func (s *Site) alone(name string) (processes []*process) {
	for _, p := range s.processes {
		if len(p.only) == 1 && p.only[0] == name {
			processes = append(processes, p)
		}
	}
	if processes == nil {
		s.t.Fatalf("app %s has no process of its own when the placement is %s", name, s.Placement)
	}
	return processes
}
