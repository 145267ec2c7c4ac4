package call_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/call"
)

// faqServer is a replica of faq that counts its requests, and whose answers can be held up.
type faqServer struct {
	*httptest.Server
	requests atomic.Int64
	delay    atomic.Int64
	protocol atomic.Value
}

func newFAQServer(t *testing.T, change func(*httptest.Server)) *faqServer {
	t.Helper()
	provider, err := call.NewProvider("faq", handlers, nil, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	s := &faqServer{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests.Add(1)
		s.protocol.Store(r.Proto)
		select {
		case <-time.After(time.Duration(s.delay.Load())):
		case <-r.Context().Done():
		}
		provider.ServeHTTP(w, r)
	}))
	if change == nil {
		s.Start()
	} else {
		change(s.Server)
	}
	t.Cleanup(s.Close)
	return s
}

// spread makes n calls, some of them at once.
func spread(t *testing.T, calls spinoff.Caller, n, atOnce int) {
	t.Helper()
	var wg sync.WaitGroup
	for range atOnce {
		wg.Go(func() {
			for range n / atOnce {
				if _, err := create2.Call(t.Context(), calls, newQuestion2{Question: "q", Source: 1}); err != nil {
					t.Errorf("a POST: %v", err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestReplicaThatIsAwayAndReturns(t *testing.T) {
	a, b := newFAQServer(t, nil), newFAQServer(t, nil)
	address := a.Listener.Addr().String()
	calls, remote := callsTo(t, call.RemoteOptions{KeepsKeys: true}, a.URL, b.URL)
	spread(t, calls, 200, 4)
	if a.requests.Load() < 20 || b.requests.Load() < 20 {
		t.Errorf("200 calls went to two replicas as %d and %d, want both to have a good part", a.requests.Load(), b.requests.Load())
	}
	a.CloseClientConnections() // it is killed
	a.Close()
	spread(t, calls, 200, 4) // which no call may notice
	states := remote.Replicas()
	if !slices.ContainsFunc(states, func(s call.ReplicaState) bool { return s.Address == "http://"+address && s.Ejected > 0 }) || remote.Effort().Ejections != 1 {
		t.Errorf("with one replica away: %+v, %+v; want it left out, once", states, remote.Effort())
	}

	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Skipf("the port was taken meanwhile: %v", err)
	}
	back := newFAQServer(t, func(s *httptest.Server) {
		s.Listener.Close()
		s.Listener = l
		s.Start()
	})
	for back.requests.Load() == 0 {
		spread(t, calls, 20, 1)
	}
}

func TestSlowReplicaIsAvoided(t *testing.T) {
	fast, slow := newFAQServer(t, nil), newFAQServer(t, nil)
	slow.delay.Store(int64(30 * time.Millisecond))
	calls, _ := callsTo(t, call.RemoteOptions{}, fast.URL, slow.URL)
	spread(t, calls, 400, 8)
	if f, s := fast.requests.Load(), slow.requests.Load(); s > f {
		t.Errorf("the slow replica got %d of 400 calls, the fast one %d; want fewer", s, f)
	}
}

func TestReplicaThatAnswersGarbageIsLeftOut(t *testing.T) {
	var garbage atomic.Int64
	bad := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { garbage.Add(1); io.WriteString(w, "<h1>hi</h1>") }))
	defer bad.Close()
	good := newFAQServer(t, nil)
	calls, remote := callsTo(t, call.RemoteOptions{KeepsKeys: true}, bad.URL, good.URL)
	spread(t, calls, 300, 3)
	if garbage.Load() > 20 {
		t.Errorf("of 300 calls %d went to a replica that answers garbage, want few; %+v", garbage.Load(), remote.Replicas())
	}
}

// TestNameWithSeveralAddresses calls a name over TLS whose addresses change. The certificate is for the name.
func TestNameWithSeveralAddresses(t *testing.T) {
	first := newFAQServer(t, func(s *httptest.Server) { s.EnableHTTP2 = true; s.StartTLS() })
	port := netip.MustParseAddrPort(first.Listener.Addr().String()).Port()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", netip.AddrPortFrom(netip.MustParseAddr("127.0.0.2"), port).String())
	if err != nil {
		t.Skipf("this machine has no second loopback address: %v", err)
	}
	second := newFAQServer(t, func(s *httptest.Server) {
		s.Listener.Close()
		s.Listener = l
		s.EnableHTTP2 = true
		s.StartTLS()
	})
	var addresses atomic.Value
	addresses.Store([]netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.0.0.2")})
	lookUp := func(context.Context, string) ([]netip.Addr, error) { return addresses.Load().([]netip.Addr), nil }

	transport := call.NewTransport()
	roots := x509.NewCertPool()
	roots.AddCert(first.Certificate())
	transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	dial := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) { // before the name was looked up
		return dial(ctx, network, strings.Replace(address, "example.com", "127.0.0.1", 1))
	}
	bases, err := call.ParseBases(fmt.Sprintf("https://example.com:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	remote := call.NewRemote("faq", bases, transport, nil, slog.New(slog.DiscardHandler), call.RemoteOptions{LookUp: lookUp, KeepsKeys: true})
	defer remote.Close()
	calls := call.NewAllCalls("test", call.Targets{"faq": {Remote: remote}})
	for len(remote.Replicas()) < 2 {
		spread(t, calls, 1, 1)
	}
	for first.requests.Load() == 0 || second.requests.Load() == 0 {
		spread(t, calls, 10, 1)
	}
	if p := second.protocol.Load(); p != "HTTP/2.0" {
		t.Errorf("over TLS the protocol is %v, want HTTP/2.0", p)
	}

	addresses.Store([]netip.Addr{netip.MustParseAddr("127.0.0.1")})
	second.CloseClientConnections()
	second.Close() // so that a failure has the name looked up again
	for len(remote.Replicas()) > 1 {
		spread(t, calls, 10, 2)
	}
}

// protocols are the ways in which HTTP is spoken in the clear.
var protocols = []struct{ scheme, name string }{{"http", "HTTP/1.1"}, {"h2c", "HTTP/2.0"}}

// inTheClear lets a server speak all of them.
func inTheClear(s *httptest.Server) {
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetHTTP1(true)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	s.Start()
}

func TestProtocols(t *testing.T) {
	for _, p := range protocols {
		server := newFAQServer(t, inTheClear)
		calls, remote := callsTo(t, call.RemoteOptions{}, strings.Replace(server.URL, "http", p.scheme, 1))
		spread(t, calls, 64, 8)
		if got := server.protocol.Load(); got != p.name || remote.Replicas()[0].Address != p.scheme+server.URL[4:] {
			t.Errorf("%s: the protocol is %v, and the replica %s", p.scheme, got, remote.Replicas()[0].Address)
		}
		server.Config.Shutdown(t.Context()) // GOAWAY: connections end when what is on them is answered
	}
}

// TestRollingRestart stops one of two replicas in good order while calls go on: none of them may fail. Over HTTP/2, where a server says which requests it
// has not looked at, that holds for those that may not be repeated too; over HTTP/1.1 a request may cross the end of its connection.
func TestRollingRestart(t *testing.T) {
	for _, p := range protocols {
		a, b := newFAQServer(t, inTheClear), newFAQServer(t, inTheClear)
		a.delay.Store(int64(time.Millisecond))
		b.delay.Store(int64(time.Millisecond))
		calls, _ := callsTo(t, call.RemoteOptions{KeepsKeys: p.scheme != "h2c"}, strings.Replace(a.URL, "http", p.scheme, 1), strings.Replace(b.URL, "http", p.scheme, 1))
		done := make(chan struct{})
		go func() {
			defer close(done)
			spread(t, calls, 600, 6)
		}()
		for a.requests.Load() < 50 {
			time.Sleep(time.Millisecond)
		}
		if err := a.Config.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		<-done
	}
}

// TestGivingUp looks at the context of the provider when the caller gives up, and when the time is over.
func TestGivingUp(t *testing.T) {
	for _, p := range protocols {
		for _, c := range []struct {
			name   string
			giveUp func(context.Context) (context.Context, context.CancelFunc)
			want   error
		}{
			{"cancelled", func(ctx context.Context) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancel(ctx)
				time.AfterFunc(50*time.Millisecond, cancel)
				return ctx, cancel
			}, context.Canceled},
			{"deadline", func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeout(ctx, 50*time.Millisecond)
			}, context.DeadlineExceeded},
		} {
			t.Run(p.scheme+"/"+c.name, func(t *testing.T) {
				ended := make(chan error, 1)
				server := httptest.NewUnstartedServer(nil)
				provider, err := call.NewProvider("faq", []spinoff.Handler{slow2.Serve(func(ctx context.Context, _ struct{}) (struct{}, error) {
					<-ctx.Done()
					ended <- ctx.Err()
					return struct{}{}, ctx.Err()
				})}, nil, nil, slog.New(slog.DiscardHandler))
				if err != nil {
					t.Fatal(err)
				}
				server.Config.Handler = provider
				inTheClear(server)
				defer server.Close()
				calls, _ := callsTo(t, call.RemoteOptions{}, strings.Replace(server.URL, "http", p.scheme, 1))
				ctx, cancel := c.giveUp(t.Context())
				defer cancel()
				if _, err := slow2.Call(ctx, calls, struct{}{}); !errors.Is(err, c.want) {
					t.Errorf("the caller gets %v, want %v", err, c.want)
				}
				if err := <-ended; err == nil { // the endpoint's minute would be longer than a test may take
					t.Error("the provider's context ends without an error")
				}
			})
		}
	}
}

func TestHedging(t *testing.T) {
	a, b := newFAQServer(t, nil), newFAQServer(t, nil)
	calls, remote := callsTo(t, call.RemoteOptions{Hedge: true}, a.URL, b.URL)
	get := func(n int) {
		t.Helper()
		for range n {
			if _, err := get2.Call(t.Context(), calls, entryID{ID: "a"}); err != nil {
				t.Fatal(err)
			}
		}
	}
	const learned = 100
	get(learned)
	before := remote.Effort().Hedges
	a.delay.Store(int64(time.Minute)) // longer than the time-out of the call
	for remote.Effort().HedgesWon == 0 {
		get(1)
	}
	a.delay.Store(0)
	get(300)
	n := a.requests.Load() + b.requests.Load()
	if e := remote.Effort(); e.Hedges > n/20+1 || before > learned/20 {
		t.Errorf("%+v of %d requests, %d after the first %d; want at most 5 of 100 hedged", e, n, before, learned)
	}
	plain, off := callsTo(t, call.RemoteOptions{Hedge: true, NoRetries: true}, a.URL, b.URL)
	for range 50 {
		if _, err := get2.Call(t.Context(), plain, entryID{ID: "a"}); err != nil {
			t.Fatal(err)
		}
	}
	if e := off.Effort(); e.Hedges != 0 {
		t.Errorf("with retries off: %+v, want no hedges", e)
	}
}

// TestPriority asks the provider what priority its call has.
func TestPriority(t *testing.T) {
	type told struct {
		Priority string `json:"priority"`
	}
	endpoint := func(p spinoff.Priority, path string) spinoff.Endpoint[struct{}, told] {
		return spinoff.Endpoint[struct{}, told]{Service: faq2, Route: "GET /" + path, Priority: p}
	}
	answer := func(ctx context.Context, _ struct{}) (told, error) {
		return told{string(spinoff.OriginOf(ctx).Priority)}, nil
	}
	plain, background := endpoint("", "plain"), endpoint(spinoff.Background, "background")
	provider, err := call.NewProvider("faq", []spinoff.Handler{plain.Serve(answer), background.Serve(answer)}, nil, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	var header atomic.Value
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header.Store(r.Header.Get("Priority"))
		provider.ServeHTTP(w, r)
	}))
	defer server.Close()
	remote, _ := callsTo(t, call.RemoteOptions{}, server.URL)
	local := call.NewAllCalls("test", call.Targets{"faq": {Local: provider}})
	for _, c := range []struct {
		endpoint     spinoff.Endpoint[struct{}, told]
		asked, want  spinoff.Priority
		wantInHeader string
	}{
		{plain, "", spinoff.Interactive, ""},
		{plain, spinoff.Background, spinoff.Background, "u=6"},
		{background, "", spinoff.Background, "u=6"},
		{background, spinoff.Interactive, spinoff.Interactive, "u=3"},
	} {
		for way, calls := range map[string]spinoff.Caller{"in process": local, "over HTTP": remote} {
			got, err := c.endpoint.Call(spinoff.WithPriority(t.Context(), c.asked), calls, struct{}{})
			if err != nil || got.Priority != string(c.want) {
				t.Errorf("%s, %s asked with %q: got %q, %v; want %q", way, c.endpoint.Route, c.asked, got.Priority, err, c.want)
			}
		}
		if got := header.Load(); got != c.wantInHeader {
			t.Errorf("%s asked with %q: the header Priority is %q, want %q", c.endpoint.Route, c.asked, got, c.wantInHeader)
		}
	}
	for text, want := range map[string]spinoff.Priority{
		"u=7": spinoff.Background, "i, u=6": spinoff.Background, "u=5, i": spinoff.Interactive, "u=0": spinoff.Interactive,
		"u=9": spinoff.Background, "u=x": spinoff.Background, "i": spinoff.Background, "": spinoff.Background, // which says nothing: it is the endpoint's
	} {
		r := httptest.NewRequest(http.MethodGet, "/v2/background", nil)
		r.Header.Set("Priority", text)
		w := httptest.NewRecorder()
		provider.ServeHTTP(w, r)
		if !strings.Contains(w.Body.String(), `"`+string(want)+`"`) {
			t.Errorf("Priority: %q: got %s, want %s", text, w.Body, want)
		}
	}
}

// TestPagesGoToALiveReplica sends forms and looks at pages, with one replica away.
func TestPagesGoToALiveReplica(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		io.WriteString(w, r.Method+" "+r.URL.EscapedPath()+"?"+r.URL.RawQuery+" "+string(body))
	}))
	defer server.Close()
	_, remote := callsTo(t, call.RemoteOptions{}, "http://"+l.Addr().String(), server.URL+"/faq")
	for _, c := range []struct{ method, path, body, want string }{
		{"GET", "/list?q=1", "", "GET /faq/list?q=1 "},
		{"GET", "/", "", "GET /faq/? "},
		{"GET", "/a%2Fb", "", "GET /faq/a%2Fb? "},
		{"POST", "/form", "x=1", "POST /faq/form? x=1"},
	} {
		for range 5 {
			r, err := http.NewRequestWithContext(t.Context(), c.method, c.path, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			response, err := remote.Pages().RoundTrip(r)
			if err != nil {
				t.Errorf("%s %s: %v", c.method, c.path, err)
				continue
			}
			got, _ := io.ReadAll(response.Body)
			response.Body.Close()
			if string(got) != c.want {
				t.Errorf("%s %s: got %q, want %q", c.method, c.path, got, c.want)
			}
		}
	}
	for _, s := range remote.Replicas() {
		if s.Outstanding != 0 {
			t.Errorf("when all is answered: %+v, want nothing outstanding", s)
		}
	}
}
