package page_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spinoff-go/spinoff/page"
)

// shop has goods to count, and notes how often it was asked.
type shop struct {
	open, asked atomic.Int64
	broken      atomic.Bool
	mine        atomic.Int64
}

func (s *shop) count(_ context.Context, of []string) (map[string]page.Counts, error) {
	s.asked.Add(1)
	if s.broken.Load() {
		panic("the shelf fell down")
	}
	counts := map[string]page.Counts{"": {"open": s.open.Load()}}
	for _, name := range of {
		counts[name] = page.Counts{"of " + name: s.mine.Load()}
	}
	return counts, nil
}

// serve opens a live that counts the shop, and serves its stream to people who say their name.
func (s *shop) serve(t *testing.T, options page.LiveOptions) (*page.Live, string) {
	t.Helper()
	if options.Every == 0 {
		options.Every = 5 * time.Millisecond
	}
	live := page.NewLive(slog.New(slog.DiscardHandler), s.count, options)
	server := httptest.NewServer(page.Secure(live.Stream(func(r *http.Request) []string { return r.URL.Query()["name"] })))
	t.Cleanup(func() {
		if err := live.Close(); err != nil {
			t.Error(err)
		}
		server.Close()
	})
	if err := live.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	return live, server.URL
}

// wait waits until the shop was asked n more times.
func (s *shop) wait(t *testing.T, n int64) {
	t.Helper()
	for until, deadline := s.asked.Load()+n, time.Now().Add(time.Minute); s.asked.Load() < until; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("nobody counts: %d times in all", s.asked.Load())
		}
	}
}

// idle waits until nobody counts any more.
func (s *shop) idle(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; {
		before := s.asked.Load()
		if time.Sleep(100 * time.Millisecond); s.asked.Load() == before {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the watcher goes on though nobody listens")
		}
	}
}

// stream is a page that listens.
type stream struct {
	*http.Response
	lines *bufio.Scanner
	leave context.CancelFunc
}

func listen(t *testing.T, url string) stream {
	t.Helper()
	ctx, leave := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(leave)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/event-stream")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatalf("GET %s: %v", url, err)
	}
	t.Cleanup(func() { response.Body.Close() })
	return stream{response, bufio.NewScanner(response.Body), leave}
}

// next returns the next line that begins with start, without it; "" at the end of the stream.
func (s stream) next(start string) string {
	for s.lines.Scan() {
		if text, ok := strings.CutPrefix(s.lines.Text(), start); ok {
			return text
		}
	}
	return ""
}

func (s stream) want(t *testing.T, want string) {
	t.Helper()
	if got := s.next("data: "); got != want {
		t.Fatalf("the stream says %q, want %q", got, want)
	}
}

func TestLiveTellsChangesOnly(t *testing.T) {
	var s shop
	_, url := s.serve(t, page.LiveOptions{})
	one := listen(t, url)
	if got := one.Header.Get("Content-Type"); one.StatusCode != http.StatusOK || got != "text/event-stream" {
		t.Fatalf("GET: %d %s, want 200 text/event-stream", one.StatusCode, got)
	}
	if got := one.next("retry: "); got != "3000" {
		t.Errorf("the stream begins with retry %q, want 3000", got)
	}
	one.want(t, `{"open":0}`)
	s.wait(t, 5)
	s.open.Store(12)
	one.want(t, `{"open":12}`)

	ada, bob := listen(t, url+"?name=ada"), listen(t, url+"?name=bob&name=")
	ada.want(t, `{"of ada":0,"open":12}`)
	bob.want(t, `{"of bob":0,"open":12}`)
	s.wait(t, 5)
	s.mine.Store(3)
	ada.want(t, `{"of ada":3,"open":12}`)
	bob.want(t, `{"of bob":3,"open":12}`)
	s.open.Store(13)
	one.want(t, `{"open":13}`) // what changed for others was no news here
}

func TestLiveWatchesWhileSomebodyListens(t *testing.T) {
	var s shop
	live, url := s.serve(t, page.LiveOptions{})
	time.Sleep(20 * time.Millisecond)
	if n := s.asked.Load(); n != 0 {
		t.Errorf("counted %d times before anybody listened, want 0", n)
	}
	for range 3 { // one watcher ends, another begins
		one, two := listen(t, url), listen(t, url)
		one.want(t, `{"open":0}`)
		two.want(t, `{"open":0}`)
		one.leave()
		s.wait(t, 3)
		two.leave()
		s.idle(t)
	}
	one := listen(t, url)
	one.want(t, `{"open":0}`)
	if err := live.Close(); err != nil {
		t.Fatal(err)
	}
	before := s.asked.Load()
	if got := one.next("data: "); got != "" || one.lines.Err() != nil {
		t.Errorf("after Close the stream says %q, %v, want a clean end", got, one.lines.Err())
	}
	if got := listen(t, url); got.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("GET while closed: %d, want 503", got.StatusCode)
	}
	if got := s.asked.Load(); got != before {
		t.Errorf("counted %d times after Close, want 0", got-before)
	}
	if err := live.Open(t.Context()); err != nil { // the app came back
		t.Fatal(err)
	}
	listen(t, url).want(t, `{"open":0}`)
}

func TestLiveLimits(t *testing.T) {
	var s shop
	_, url := s.serve(t, page.LiveOptions{Limit: 2, Life: 300 * time.Millisecond, Beat: 10 * time.Millisecond})
	one, two := listen(t, url), listen(t, url)
	one.want(t, `{"open":0}`)
	two.want(t, `{"open":0}`)
	if got := listen(t, url); got.StatusCode != http.StatusServiceUnavailable || got.Header.Get("Retry-After") == "" {
		t.Errorf("GET by a third, with a limit of two: %d, want 503 with Retry-After", got.StatusCode)
	}
	if got := one.next(": "); got != "nothing new" {
		t.Errorf("a stream without news says %q, want nothing new", got)
	}
	if got := two.next("data: "); got != "" || two.lines.Err() != nil {
		t.Errorf("at the end of its life the stream says %q, %v, want a clean end", got, two.lines.Err())
	}
	one.leave()
	listen(t, url).want(t, `{"open":0}`) // there is place again

	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if text, _ := io.ReadAll(response.Body); response.StatusCode != http.StatusNotAcceptable || !strings.Contains(string(text), "Accept: text/event-stream") {
		t.Errorf("GET without Accept: %d %s, want 406 with what to send", response.StatusCode, text)
	}
}

// TestLiveBroken: when counting panics, the streams and the process go on, and what is counted later is told.
func TestLiveBroken(t *testing.T) {
	var s shop
	s.broken.Store(true)
	_, url := s.serve(t, page.LiveOptions{})
	one := listen(t, url)
	s.wait(t, 3)
	s.broken.Store(false)
	one.want(t, `{"open":0}`)
}

func TestLiveFunction(t *testing.T) {
	view := func(call string) (body string, err error) {
		defer func() {
			if broken := recover(); broken != nil {
				err = errors.New(broken.(string))
			}
		}()
		v := page.Desk[struct{}](files(`{{define "title"}}x{{end}}{{define "main"}}`+call+`{{end}}`), "templates/note.html")
		return get(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { v.Render(w, r, http.StatusOK, struct{}{}) }), "/").Body.String(), nil
	}
	for call, want := range map[string]string{
		`{{live "open" 12}}`:                        `<span data-count="open">12</span>`,
		`{{live "made" 1 "# draft" "# drafts"}}`:    `<span data-count="made" data-one="# draft" data-many="# drafts">1 draft</span>`,
		`{{live "made" 0 "# draft" "# drafts"}}`:    `data-many="# drafts">0 drafts</span>`,
		`{{live "asked" 1 "once" "# times"}}`:       `>once</span>`,
		`{{live "gap \"><script>" 2 "<b>" "<i>#"}}`: `<span data-count="gap &#34;&gt;&lt;script&gt;" data-one="&lt;b&gt;" data-many="&lt;i&gt;#">&lt;i&gt;2</span>`,
	} {
		if got, err := view(call); err != nil || !strings.Contains(got, want) {
			t.Errorf("%s: %v, got %s, want %s", call, err, got, want)
		}
	}
	if _, err := view(`{{live "made" 1 "draft"}}`); err == nil || !strings.Contains(err.Error(), `has 1 words`) {
		t.Errorf("live with one form of the words: %v, want an error that says how many", err)
	}
}
