package call_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/call"
)

// callsTo returns a caller of faq at addresses.
func callsTo(t *testing.T, o call.RemoteOptions, addresses ...string) (spinoff.Caller, *call.Remote) {
	t.Helper()
	bases, err := call.ParseBases(strings.Join(addresses, ","))
	if err != nil {
		t.Fatal(err)
	}
	remote := call.NewRemote("faq", bases, call.NewTransport(), nil, slog.New(slog.DiscardHandler), o)
	t.Cleanup(remote.Close)
	return call.NewAllCalls("test", call.Targets{"faq": {Remote: remote}}), remote
}

// seen is a request as a provider has it.
type seen struct {
	key     string
	timeout int
	at      time.Time
}

// troubled is a provider that answers its first requests in its own way, over plain TCP, and all others properly.
type troubled struct {
	url string

	mu       sync.Mutex
	requests []seen
}

// newTroubled starts a provider whose nth request is answered by troubles[n]: what it writes, after which the connection is reset.
// "" writes nothing.
func newTroubled(t *testing.T, troubles ...string) *troubled {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	p := &troubled{url: "http://" + l.Addr().String()}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(conn, troubles)
		}
	}()
	return p
}

func (p *troubled) serve(conn net.Conn, troubles []string) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		io.Copy(io.Discard, r.Body)
		timeout, _ := strconv.Atoi(r.Header.Get("Spinoff-Timeout-Ms"))
		p.mu.Lock()
		n := len(p.requests)
		p.requests = append(p.requests, seen{r.Header.Get("Idempotency-Key"), timeout, time.Now()})
		p.mu.Unlock()
		if n < len(troubles) {
			io.WriteString(conn, troubles[n])
			conn.(*net.TCPConn).SetLinger(0) // a reset, not an end
			return
		}
		body := `{"id":7,"question":"q","source":1,"related":[]}`
		fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	}
}

func (p *troubled) seen() []seen {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.requests
}

// answer is one over plain TCP.
func answer(status, media, headers, body string) string {
	return fmt.Sprintf("HTTP/1.1 %s\r\nContent-Type: %s\r\n%sContent-Length: %d\r\n\r\n%s", status, media, headers, len(body), body)
}

const (
	overloadedBody = `{"type":"urn:problem-type:overloaded","title":"t","status":503}`
	inFlightBody   = `{"type":"urn:problem-type:in_flight","title":"t","status":409}`
	problemMedia   = "application/problem+json"
)

// TestWhatIsSentAgain has a provider that fails once.
func TestWhatIsSentAgain(t *testing.T) {
	get := func(ctx context.Context, c spinoff.Caller) error {
		_, err := get2.Call(ctx, c, entryID{ID: "a"})
		return err
	}
	post := func(ctx context.Context, c spinoff.Caller) error {
		_, err := create2.Call(ctx, c, newQuestion2{Question: "q", Source: 1})
		return err
	}
	harmless := create2
	harmless.Idempotent = true
	postHarmless := func(ctx context.Context, c spinoff.Caller) error {
		_, err := harmless.Call(ctx, c, newQuestion2{Question: "q", Source: 1})
		return err
	}
	for _, trouble := range []struct{ name, text string }{
		{"reset after it was read", ""},
		{"garbage", "\x00\x01\x02 this is not HTTP\r\n\r\n"},
		{"another service", answer("200 OK", "text/html", "", "<h1>hi</h1>")},
		{"half an answer", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"id\":1,"},
		{"half a header", "HTTP/1.1 200 OK\r\nContent-Type: appl"},
		{"a gateway", answer("502 Bad Gateway", "text/html", "", "bad gateway")},
		{"another type", answer("200 OK", "application/json", "", `{"id":"x"}`)},
	} {
		for _, c := range []struct {
			name  string
			call  func(context.Context, spinoff.Caller) error
			o     call.RemoteOptions
			again bool
		}{
			{"GET", get, call.RemoteOptions{}, true},
			{"POST", post, call.RemoteOptions{}, false},
			{"POST that may be repeated", postHarmless, call.RemoteOptions{}, true},
			{"POST, keys are kept", post, call.RemoteOptions{KeepsKeys: true}, true},
			{"POST, keys are kept, no retries", post, call.RemoteOptions{KeepsKeys: true, NoRetries: true}, false},
			{"GET, no retries", get, call.RemoteOptions{NoRetries: true}, false},
		} {
			t.Run(trouble.name+"/"+c.name, func(t *testing.T) {
				provider := newTroubled(t, trouble.text)
				calls, _ := callsTo(t, c.o, provider.url)
				err := c.call(t.Context(), calls)
				requests := provider.seen()
				if !c.again {
					if !errors.Is(err, spinoff.ErrUnavailable) || len(requests) != 1 {
						t.Errorf("got %v after %d requests, want ErrUnavailable after 1", err, len(requests))
					}
					return
				}
				if err != nil || len(requests) != 2 {
					t.Fatalf("got %v after %d requests, want an answer after 2", err, len(requests))
				}
				if first, second := requests[0], requests[1]; first.key != second.key || second.timeout > first.timeout {
					t.Errorf("the requests are %+v and %+v, want the same key and less time", first, second)
				}
			})
		}
	}
}

func TestRetryAfterIsObeyed(t *testing.T) {
	provider := newTroubled(t, answer("503 Service Unavailable", problemMedia, "Retry-After: 1\r\n", overloadedBody))
	calls, _ := callsTo(t, call.RemoteOptions{}, provider.url)
	if _, err := create2.Call(t.Context(), calls, newQuestion2{Question: "q", Source: 1}); err != nil {
		t.Fatalf("a POST that was refused before it began: %v, want it sent again", err)
	}
	if r := provider.seen(); len(r) != 2 || r[1].at.Sub(r[0].at) < time.Second {
		t.Errorf("%d requests: %+v; want 2, a second apart", len(r), r)
	}

	provider = newTroubled(t, answer("503 Service Unavailable", problemMedia, "Retry-After: 60\r\n", overloadedBody))
	calls, _ = callsTo(t, call.RemoteOptions{}, provider.url)
	_, err := get2.Call(t.Context(), calls, entryID{ID: "a"})
	if told := spinoff.AsError(err); !errors.Is(err, spinoff.ErrOverloaded) || told.RetryAfter != time.Minute || len(provider.seen()) != 1 {
		t.Errorf("Retry-After beyond the deadline: got %v after %d requests, want ErrOverloaded with it after 1", err, len(provider.seen()))
	}
}

func TestInFlight(t *testing.T) {
	inFlight := answer("409 Conflict", problemMedia, "Retry-After: 1\r\n", inFlightBody)
	for _, c := range []struct {
		name     string
		troubles []string
		requests int
		want     error
	}{
		{"our own request is still answered", []string{"", inFlight}, 3, nil},
		{"that of somebody else with the same key", []string{inFlight}, 1, spinoff.ErrInFlight},
	} {
		provider := newTroubled(t, c.troubles...)
		calls, _ := callsTo(t, call.RemoteOptions{KeepsKeys: true}, provider.url)
		_, err := create2.Call(t.Context(), calls, newQuestion2{Question: "q", Source: 1})
		if !errors.Is(err, c.want) || len(provider.seen()) != c.requests {
			t.Errorf("%s: got %v after %d requests, want %v after %d", c.name, err, len(provider.seen()), c.want, c.requests)
		}
	}
}

// TestBudget calls a provider that refuses everything, and counts.
func TestBudget(t *testing.T) {
	requests := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests++
		w.Header().Set("Content-Type", problemMedia)
		w.WriteHeader(503)
		io.WriteString(w, overloadedBody)
	}))
	defer server.Close()
	calls, remote := callsTo(t, call.RemoteOptions{}, server.URL)
	const n = 200
	begun := time.Now()
	for range n {
		if _, err := get2.Call(t.Context(), calls, entryID{ID: "a"}); !errors.Is(err, spinoff.ErrOverloaded) {
			t.Fatalf("got %v, want ErrOverloaded", err)
		}
	}
	most := n + n/10 + 3 + int(time.Since(begun).Seconds()) + 1
	if requests <= n || requests > most {
		t.Errorf("%d calls made %d requests, want more than the calls and at most %d", n, requests, most)
	}
	if e := remote.Effort(); e.Retries != int64(requests-n) || e.Exhausted == 0 {
		t.Errorf("Effort: %+v, want %d retries, and calls that were not sent again", e, requests-n)
	}
}

// TestRestart calls a provider that is away for a moment: nothing was sent, so that every call may wait for it.
func TestRestart(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	calls, _ := callsTo(t, call.RemoteOptions{}, "http://"+address)
	back := time.AfterFunc(300*time.Millisecond, func() {
		l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", address)
		if err != nil {
			t.Error(err)
			return
		}
		server := &http.Server{Handler: serveFAQ(t).Config.Handler}
		t.Cleanup(func() { server.Close() })
		server.Serve(l)
	})
	defer back.Stop()
	if _, err := create2.Call(t.Context(), calls, newQuestion2{Question: "q", Source: 1}); err != nil {
		t.Errorf("a POST while the provider restarts: %v, want it to wait", err)
	}
}

// TestKeptConnectionsAreClosed has a provider that closes each connection after its answer, which the consumer may find out only when it sends the next request.
func TestKeptConnectionsAreClosed(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			r, err := http.ReadRequest(bufio.NewReader(conn))
			if err == nil {
				io.Copy(io.Discard, r.Body)
				io.WriteString(conn, answer("200 OK", "application/json", "", `{"id":7,"question":"q","source":1,"related":[]}`))
			}
			conn.Close()
		}
	}()
	calls, _ := callsTo(t, call.RemoteOptions{KeepsKeys: true}, "http://"+l.Addr().String())
	for i := range 300 {
		if _, err := create2.Call(t.Context(), calls, newQuestion2{Question: "q", Source: 1}); err != nil {
			t.Fatalf("call %d: %v", i, err)
		}
	}
}

func TestWhatWasTriedIsNamed(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	gone, broken := "http://me:hunter2@"+l.Addr().String(), newTroubled(t, "", "", "")
	calls, _ := callsTo(t, call.RemoteOptions{}, gone, strings.Replace(broken.url, "//", "//me:hunter2@", 1))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, err = get2.Call(ctx, calls, entryID{ID: "a"})
	for err == nil { // the one that is broken has answered thrice
		t.Fatal("a call of providers that fail succeeds")
	}
	text := err.Error()
	if !errors.Is(err, spinoff.ErrUnavailable) || !strings.Contains(text, strings.TrimPrefix(broken.url, "http://")) || strings.Contains(text, "hunter2") {
		t.Errorf("got %v, want ErrUnavailable that names %s and no secret", err, broken.url)
	}
}

func TestParseBases(t *testing.T) {
	for _, c := range []struct {
		value, want string // the addresses, or part of the error
	}{
		{"http://a:8001", "http://a:8001"},
		{"http://a:8001/faq/, https://b", "http://a:8001/faq,https://b"},
		{"h2c://a:8001", "h2c://a:8001"},
		{"http://me:s3cret@a,http://me:s3cret@b", "http://me:xxxxx@a,http://me:xxxxx@b"},
		{"http://me:s3cret@a,http://b", "have different keys"},
		{"http://me@a", "no secret"},
		{"http://a,http://a", "has http://a twice"},
		{"http://a,", "not a URL with a host"},
		{"http://a?x=1", "has a query"},
		{"ftp://a", "not a URL with a host"},
		{"http://a:s3cret\x7f@b", "not a URL"},
	} {
		bases, err := call.ParseBases(c.value)
		got := bases.Redacted()
		if err != nil {
			got = err.Error()
		}
		if (err == nil && got != c.want) || !strings.Contains(got, c.want) || strings.Contains(got, "s3cret") {
			t.Errorf("ParseBases(%q): got %q, want %q, and no secret", c.value, got, c.want)
		}
	}
	bases, err := call.ParseBases("http://me:s3cret@a,http://me:s3cret@b")
	if err != nil {
		t.Fatal(err)
	}
	name, secret, ok := bases.Key()
	if diff := cmp.Diff([]any{"me", "s3cret", true}, []any{name, secret, ok}); diff != "" {
		t.Errorf("Key: %s", diff)
	}
}
