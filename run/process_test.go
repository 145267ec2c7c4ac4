package run_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/events/jetstream"
	"github.com/spinoff-go/spinoff/run"
)

// shelf is a resource that says what happens to it.
type shelf struct {
	events   *[]string
	name     string
	fail     error // of Open
	notReady error
}

func (s *shelf) Open(context.Context) error {
	*s.events = append(*s.events, "open "+s.name)
	return s.fail
}

func (s *shelf) Close() error {
	*s.events = append(*s.events, "close "+s.name)
	return nil
}
func (s *shelf) Check(context.Context) error { return s.notReady }

// start opens a process and serves it until the test ends.
func start(t *testing.T, p spinoff.Project, options run.Options) *httptest.Server {
	t.Helper()
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	if options.Environ == nil {
		options.Environ = func(string) string { return "" }
	}
	process, err := run.New(p, options)
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(process)
	t.Cleanup(func() {
		server.Close()
		if err := process.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

// ask sends a request with headers and returns status and body. It does not follow redirects.
func ask(t *testing.T, method, url string, header map[string]string) (int, string, http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	if host := header["Host"]; host != "" {
		r.Host = host
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body), response.Header
}

// TestWhoIsSignedIn: a person who signed in at the front is known in another process with the same data folder, and the cookie that proves it stays at the front.
func TestWhoIsSignedIn(t *testing.T) {
	data := t.TempDir()
	shop := start(t, project(nothing{}), run.Options{Data: data, Only: []string{"shop"}})
	environ := func(name string) string { return map[string]string{"SHOP_API": shop.URL}[name] }
	front := start(t, project(nothing{}), run.Options{Data: data, Environ: environ})
	anna := map[string]string{"Cookie": "sesame=Anna; other=kept"}

	if status, body, _ := ask(t, http.MethodGet, front.URL+"/shop/back", anna); status != http.StatusOK || !strings.Contains(body, "for Anna") || strings.Contains(body, "sesame") || !strings.Contains(body, "other=kept") {
		t.Errorf("through the front: %d %s; want it for Anna, with the other cookie only", status, body)
	}
	status, _, header := ask(t, http.MethodGet, front.URL+"/shop/back?x=1", nil)
	if want := "/signin?next=%2Fshop%2Fback%3Fx%3D1"; status != http.StatusSeeOther || header.Get("Location") != want {
		t.Errorf("without a cookie: %d to %q, want 303 to %q", status, header.Get("Location"), want)
	}
	if status, body, _ := ask(t, http.MethodGet, shop.URL+"/shop/back", anna); status == http.StatusOK {
		t.Errorf("past the front, with a cookie that only the front can judge: %d %s", status, body)
	}
	forged := map[string]string{"Spinoff-Person": "eyJwZXJzb24iOnsiZW1haWwiOiJhIn19.AAAA"}
	for _, url := range []string{front.URL, shop.URL} {
		if status, body, _ := ask(t, http.MethodGet, url+"/shop/back", forged); status == http.StatusOK {
			t.Errorf("with a forged statement at %s: %d %s", url, status, body)
		}
	}
	stranger := start(t, project(nothing{}), run.Options{Data: t.TempDir(), Environ: environ}) // another key
	if status, body, _ := ask(t, http.MethodGet, stranger.URL+"/shop/back", anna); status == http.StatusOK {
		t.Errorf("with a statement by another key: %d %s", status, body)
	}
}

func TestHosts(t *testing.T) {
	server := start(t, project(nothing{}), run.Options{Data: t.TempDir(), Environ: func(name string) string {
		return map[string]string{"SPINOFF_HOSTS": "support.example, www.support.example"}[name]
	}})
	for host, want := range map[string]int{
		"": http.StatusOK, "localhost:1": http.StatusOK, "[::1]:80": http.StatusOK, "127.0.0.1": http.StatusOK, "support.example": http.StatusOK, "www.support.example:443": http.StatusOK,
		"evil.example": http.StatusMisdirectedRequest, "127.0.0.1.evil.example": http.StatusMisdirectedRequest, "10.0.0.1": http.StatusMisdirectedRequest,
	} {
		if status, body, _ := ask(t, http.MethodGet, server.URL+"/", map[string]string{"Host": host}); status != want {
			t.Errorf("Host %q: %d %s, want %d", host, status, body, want)
		}
	}
}

func TestOtherSites(t *testing.T) {
	server := start(t, project(nothing{}), run.Options{Data: t.TempDir()})
	for name, c := range map[string]struct {
		header map[string]string
		want   int
	}{
		"a program":       {nil, http.StatusUnprocessableEntity},
		"our own page":    {map[string]string{"Sec-Fetch-Site": "same-origin"}, http.StatusUnprocessableEntity},
		"another site":    {map[string]string{"Sec-Fetch-Site": "cross-site"}, http.StatusForbidden},
		"an old browser":  {map[string]string{"Origin": "https://evil.example"}, http.StatusForbidden},
		"a sandboxed one": {map[string]string{"Origin": "null"}, http.StatusForbidden},
	} {
		if status, body, _ := ask(t, http.MethodPost, server.URL+"/shop/v1/create", c.header); status != c.want {
			t.Errorf("a call by %s: %d %s, want %d", name, status, body, c.want)
		}
	}
	_, _, header := ask(t, http.MethodGet, server.URL+"/shop/", nil)
	if policy := header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("Content-Security-Policy %q", policy)
	}
}

func TestResources(t *testing.T) {
	var events []string
	first, second := &shelf{events: &events, name: "first"}, &shelf{events: &events, name: "second", fail: errors.New("locked")}
	with := func(resources ...spinoff.Resource) spinoff.Project {
		return spinoff.Project{Apps: []spinoff.New{func(spinoff.Env) (spinoff.App, error) { return spinoff.App{Name: "store", Holds: resources}, nil }}}
	}
	process, err := run.New(with(first, second), run.Options{Data: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Open(t.Context()); err == nil || err.Error() != "app store: locked" {
		t.Errorf("Open: %v, want app store: locked", err)
	}
	if got := strings.Join(events, ", "); got != "open first, open second, close first" {
		t.Errorf("what happened: %s", got)
	}

	second.fail, second.notReady, events = nil, errors.New("full"), nil
	server := start(t, with(first, second), run.Options{Data: t.TempDir()})
	if status, body, _ := ask(t, http.MethodGet, server.URL+"/readyz", nil); status != http.StatusServiceUnavailable || !strings.Contains(body, `"store":"unavailable"`) || strings.Contains(body, "full") {
		t.Errorf("/readyz: %d %s, want 503 without the cause", status, body)
	}
	if status, _, _ := ask(t, http.MethodGet, server.URL+"/healthz", nil); status != http.StatusOK {
		t.Errorf("/healthz: %d, want 200", status)
	}
}

// TestShutdown: a request that is being answered is answered to its end, new ones are refused.
func TestShutdown(t *testing.T) {
	process, err := run.New(project(nothing{}), run.Options{Data: t.TempDir(), Environ: func(string) string { return "" }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	l, err := run.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- process.Serve(ctx, l) }()
	signal := filepath.Join(t.TempDir(), "go")
	response, err := http.Get("http://" + l.Addr().String() + "/slow?until=" + signal)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	stop()
	for range 200 { // the listener closes
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			break
		}
		conn.Close()
		time.Sleep(10 * time.Millisecond)
	}
	if err := os.WriteFile(signal, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil || string(body) != "done\n" {
		t.Errorf("the request that was being answered: %q, %v", body, err)
	}
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
}

// TestShutdownWhileStarting: a process that still waits for the event engine of another one ends without complaint.
func TestShutdownWhileStarting(t *testing.T) {
	folder := t.TempDir()
	engine, err := jetstream.Open(t.Context(), jetstream.Options{Folder: filepath.Join(folder, "events")})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	if err := os.Remove(filepath.Join(folder, "events", "socket")); err != nil { // it has the lock and does not answer
		t.Fatal(err)
	}
	process, err := run.New(depot(1), run.Options{Data: folder, Environ: func(string) string { return "" }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer process.Close()
	if err := process.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	l, err := run.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- process.Serve(ctx, l) }()
	select {
	case err := <-served:
		t.Fatalf("Serve before it was told to end: %v", err)
	case <-time.After(200 * time.Millisecond):
	}
	stop()
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
	if conn, err := net.Dial("tcp", l.Addr().String()); err == nil {
		conn.Close()
		t.Error("Serve has left its listener open")
	}
}

// TestShutdownEndsStreams: a stream has no end of its own, so that a server that stops ends it, also where it only passes through.
func TestShutdownEndsStreams(t *testing.T) {
	shop := start(t, project(nothing{}), run.Options{Data: t.TempDir()})
	for place, environ := range map[string]map[string]string{"here": {}, "apart": {"DOOR_API": shop.URL}} {
		process, err := run.New(project(nothing{}), run.Options{Data: t.TempDir(), Environ: func(name string) string { return environ[name] }, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		l, err := run.Listen("127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- process.Serve(ctx, l) }()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+l.Addr().String()+"/slow?until=never", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", "text/event-stream")
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if stop(); response.StatusCode != http.StatusOK {
			t.Errorf("%s: the stream has status %d, want 200", place, response.StatusCode)
		}
		if err := <-served; err != nil {
			t.Errorf("%s: Serve while somebody listens: %v", place, err)
		}
	}
}

// TestHelp: every command says what it does, with an example, in the name of the program.
func TestHelp(t *testing.T) {
	var check func(c *cobra.Command)
	check = func(c *cobra.Command) {
		if c.Name() == "help" || c.Name() == "completion" {
			return // cobra's own
		}
		if c.Short == "" || c.Long == "" || !strings.Contains(c.Example, c.CommandPath()+" ") && !strings.Contains(c.Example, c.CommandPath()+"\n") || strings.Contains(c.Long+c.Example, "company") {
			t.Errorf("command %q: short %q, long %q, example %q", c.CommandPath(), c.Short, c.Long, c.Example)
		}
		for _, sub := range c.Commands() {
			check(sub)
		}
	}
	check(run.Command(project(nothing{}), "corner"))
}
