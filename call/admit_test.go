package call_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/call"
)

// unread is a body that nobody may read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body of a request that is refused was read")
	return 0, io.EOF
}

// full runs test with an app that has as much to do as it can, all of it waiting for something that does not come, and its pages.
func full(t *testing.T, test func(t *testing.T, p *call.Provider, pages http.Handler)) {
	synctest.Test(t, func(t *testing.T) {
		p, calls := busyApp(t, func(ctx context.Context) { <-ctx.Done() }, func(context.Context) {})
		page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "a page") })
		refuse := func(w http.ResponseWriter, _ *http.Request, e *spinoff.Error) { http.Error(w, e.Code, e.Status) }
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			var flood crowd
			flood.arrive(20_000, 2*time.Second, func() error { _, err := work.Call(t.Context(), calls, blank{}); return err })
		}()
		time.Sleep(time.Second)
		for p.Load().Waiting < p.Load().Limit {
			time.Sleep(time.Millisecond)
		}
		test(t, p, p.Admit(page, refuse))
		<-ended
	})
}

// TestRefusalOverHTTP: what is refused is refused before its body is read, and says when to ask again.
func TestRefusalOverHTTP(t *testing.T) {
	full(t, func(t *testing.T, p *call.Provider, pages http.Handler) {
		r := httptest.NewRequest(http.MethodPost, "/v1/work", unread{t})
		r.Header.Set("X-Request-Id", "r1")
		w := httptest.NewRecorder()
		before := time.Now()
		p.ServeHTTP(w, r)
		var problem struct {
			Type      string `json:"type"`
			RequestID string `json:"request_id"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &problem); err != nil {
			t.Fatalf("a call of a full app is answered with %d %s", w.Code, w.Body)
		}
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "1" || w.Header().Get("Content-Type") != "application/problem+json" ||
			problem.Type != "urn:problem-type:overloaded" || problem.RequestID != "r1" || w.Header().Get("X-Request-Id") != "r1" {
			t.Errorf("a call of a full app is answered with %d %v %s", w.Code, w.Header(), w.Body)
		}
		w = httptest.NewRecorder()
		pages.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/page", unread{t}))
		if w.Code != http.StatusServiceUnavailable || w.Body.String() != "overloaded\n" {
			t.Errorf("a page of a full app is answered with %d %s", w.Code, w.Body)
		}
		if took := time.Since(before); took > 0 {
			t.Errorf("they are refused after %s, want at once", took)
		}
	})
}

// TestLanesOverHTTP: where nearly all room is taken, what nobody waits for is refused, whether its endpoint or its header says so.
func TestLanesOverHTTP(t *testing.T) {
	for _, c := range []struct {
		path, priority string
		background     bool
	}{
		{"/v1/work", "", false},
		{"/v1/chore", "", true},
		{"/v1/work", "u=6", true},
		{"/v1/work", "i, u=7", true},
		{"/v1/work", "u=4", false},
		{"/v1/chore", "u=3", false},
		{"/v1/chore", "nonsense", true}, // RFC 9218, 4: as if it were absent
	} {
		full(t, func(t *testing.T, p *call.Provider, _ http.Handler) {
			before := p.Load().Refused
			r := httptest.NewRequest(http.MethodPost, c.path, nil)
			if c.priority != "" {
				r.Header.Set("Priority", c.priority)
			}
			p.ServeHTTP(httptest.NewRecorder(), r)
			after := p.Load().Refused
			if got := after[spinoff.Background] > before[spinoff.Background]; got != c.background {
				t.Errorf("POST %s with Priority %q is refused as background work: %t, want %t", c.path, c.priority, got, c.background)
			}
		})
	}
}

// TestCrowded: where goroutines wait for a processor, several for each, an app that has more to do than it can does less at a time.
func TestCrowded(t *testing.T) {
	p, calls := busyApp(t, func(context.Context) { time.Sleep(time.Millisecond) }, func(context.Context) {})
	var stop atomic.Bool
	var spinning sync.WaitGroup
	defer spinning.Wait()
	defer stop.Store(true)
	for range 100 * runtime.GOMAXPROCS(0) {
		spinning.Go(func() {
			for !stop.Load() {
				runtime.Gosched()
			}
		})
	}
	for range 200 {
		spinning.Go(func() {
			for !stop.Load() {
				_, _ = work.Call(t.Context(), calls, blank{})
			}
		})
	}
	for deadline := time.Now().Add(time.Minute); p.Load().Limit > 2; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the limit is %d, want it to come down to 2", p.Load().Limit)
		}
	}
}

// TestShare: an app holds so many requests and no more, whatever they wait for.
func TestShare(t *testing.T) {
	p, _ := busyApp(t, func(context.Context) {}, func(context.Context) {})
	p.SetShare(1)
	server := httptest.NewServer(p)
	defer server.Close()
	body, stop := io.Pipe()
	first := make(chan int)
	go func() {
		response, err := http.Post(server.URL+"/v1/work", "application/json", body)
		if err != nil {
			t.Error(err)
			first <- 0
			return
		}
		response.Body.Close()
		first <- response.StatusCode
	}()
	io.WriteString(stop, "{")
	for p.Load().Inside == 0 {
		time.Sleep(time.Millisecond)
	}
	post := func() int {
		t.Helper()
		response, err := http.Post(server.URL+"/v1/work", "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		return response.StatusCode
	}
	if got := post(); got != http.StatusServiceUnavailable {
		t.Errorf("a second request to an app that holds one is answered with %d, want 503", got)
	}
	if got := p.Load().Running; got != 0 {
		t.Errorf("while a body is on its way %d calls are running, want none", got)
	}
	io.WriteString(stop, "}")
	stop.Close()
	if got := <-first; got != http.StatusNoContent {
		t.Errorf("the first request is answered with %d, want 204", got)
	}
	for p.Load().Inside != 0 {
		time.Sleep(time.Millisecond)
	}
	if got := post(); got != http.StatusNoContent {
		t.Errorf("when it is over the next one is answered with %d, want 204", got)
	}
}

// TestPageTurns: a page holds nobody up while it waits for its visitor, and a stream of events not at all.
func TestPageTurns(t *testing.T) {
	p, _ := busyApp(t, func(context.Context) {}, func(context.Context) {})
	refuse := func(w http.ResponseWriter, _ *http.Request, e *spinoff.Error) { http.Error(w, e.Code, e.Status) }
	running := func() int { return p.Load().Running }
	during := map[string]int{}
	body := &watched{during: func() { during["the body is read"] = running() }}
	page := p.Admit(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		during["the page is made"] = running()
		io.Copy(io.Discard, r.Body)
		during["it goes on"] = running()
		if r.URL.Path == "/stream" {
			w.Header().Set("Content-Type", "text/event-stream")
			io.WriteString(w, "data: 1\n\n")
			during["a stream goes on"] = running()
		}
	}), refuse)
	page.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", body))
	page.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/stream", nil))
	during["all is over"] = running()
	for when, want := range map[string]int{"the page is made": 1, "the body is read": 0, "it goes on": 1, "a stream goes on": 0, "all is over": 0} {
		if got, ok := during[when]; !ok || got != want {
			t.Errorf("when %s %d are running (%t), want %d", when, got, ok, want)
		}
	}
}

type watched struct{ during func() }

func (w *watched) Read([]byte) (int, error) { w.during(); return 0, io.EOF }

// TestRefusalOfAnother: that a service which a provider calls has too much to do is no promise that blank has happened.
func TestRefusalOfAnother(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		e := *spinoff.ErrOverloaded
		e.RetryAfter = 7 * time.Second
		call.WriteProblem(w, &e)
	}))
	defer server.Close()
	other := spinoff.Endpoint[blank, blank]{Service: spinoff.Service{Name: "other", Version: 1}, Route: "POST /there"}
	calls := call.NewAllCalls("busy", call.Targets{"other": {Remote: remoteOf(t, "other", server.URL)}})
	p, err := call.NewProvider("busy", []spinoff.Handler{work.Serve(func(ctx context.Context, _ blank) (blank, error) { return other.Call(ctx, calls, blank{}) })},
		nil, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	_, err = work.Call(t.Context(), call.NewAllCalls("test", call.Targets{"busy": {Local: p}}), blank{})
	if !errors.Is(err, spinoff.ErrUnavailable) || spinoff.AsError(err).RetryAfter != 7*time.Second {
		t.Errorf("work: %v, want ErrUnavailable and to ask again after 7 s", err)
	}
}

// TestNoDecompression: a client of ours reads an answer as it comes, so that a small one cannot become a large one.
func TestNoDecompression(t *testing.T) {
	asked := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Header.Get("Accept-Encoding")
		var bomb bytes.Buffer
		z := gzip.NewWriter(&bomb)
		z.Write(bytes.Repeat([]byte(" "), 10<<20))
		z.Close()
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(bomb.Bytes())
	}))
	defer server.Close()
	_, err := brief.Call(t.Context(), call.NewAllCalls("test", call.Targets{"busy": {Remote: remoteOf(t, "busy", server.URL)}}), blank{})
	if got := <-asked; got != "" {
		t.Errorf("a call asks for Accept-Encoding %q, want nothing", got)
	}
	if err != nil && !errors.Is(err, spinoff.ErrUnavailable) {
		t.Errorf("a compressed answer: %v, want ErrUnavailable", err)
	}
}

func remoteOf(t *testing.T, service, address string) *call.Remote {
	t.Helper()
	base, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return call.NewRemote(service, call.Bases{base}, call.NewTransport(), nil, slog.New(slog.DiscardHandler), call.RemoteOptions{NoRetries: true})
}
