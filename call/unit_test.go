package call_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/call"
)

// shelf is a small database in memory with the promises of spinoff.Database: one unit after the other, each of which takes effect wholly or not at all.
type shelf struct {
	mu   sync.Mutex
	busy map[spinoff.Key]bool // scope and id
	done map[spinoff.Key]spinoff.Key
	text map[spinoff.Key][]byte
	rows []string
}

func newShelf() *shelf {
	return &shelf{busy: map[spinoff.Key]bool{}, done: map[spinoff.Key]spinoff.Key{}, text: map[spinoff.Key][]byte{}}
}

type draftKey struct{}

func (*shelf) Open(context.Context) error  { return nil }
func (*shelf) Close() error                { return nil }
func (*shelf) Check(context.Context) error { return nil }

// Hold does nothing: a unit of a shelf has it for itself.
func (s *shelf) Hold(context.Context) error { return nil }

func (s *shelf) Do(ctx context.Context, key spinoff.Key, do func(context.Context) ([]byte, error)) ([]byte, bool, error) {
	name := spinoff.Key{Scope: key.Scope, ID: key.ID}
	s.mu.Lock()
	before, known := s.done[name]
	switch {
	case known && before.Hash != key.Hash:
		s.mu.Unlock()
		return nil, false, spinoff.ErrKeyReused
	case known:
		defer s.mu.Unlock()
		return s.text[name], true, nil
	case key.ID != "" && s.busy[name]:
		s.mu.Unlock()
		return nil, false, spinoff.ErrInFlight
	}
	s.busy[name] = true
	s.mu.Unlock()
	var draft []string
	text, err := func() (text []byte, err error) {
		defer func() {
			s.mu.Lock()
			delete(s.busy, name)
			s.mu.Unlock()
		}()
		return do(context.WithValue(ctx, draftKey{}, &draft))
	}()
	if err != nil {
		return nil, false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows = append(s.rows, draft...)
	if key.ID != "" {
		s.done[name], s.text[name] = key, text
	}
	return text, false, nil
}

func (s *shelf) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.rows)
}

func write(ctx context.Context, row string) {
	draft := ctx.Value(draftKey{}).(*[]string)
	*draft = append(*draft, row)
}

type (
	order1 struct {
		ID   string `json:"id"`
		Text string `json:"text" spinoff:"min=1"`
	}
	order2 struct {
		ID      string            `json:"id"`
		Text    string            `json:"text"`
		More    map[string]string `json:"more,omitempty"`
		IfMatch string            `json:"-" spinoff:"header=If-Match"`
	}
	placed struct {
		N      int64     `json:"n"`
		Text   string    `json:"text"`
		At     time.Time `json:"at"`
		Key    string    `json:"key"` // that the provider found in its context
		ETag   string    `json:"-" spinoff:"header=ETag"`
		Status int       `json:"-" spinoff:"status=201|202"`
	}
	numbered struct {
		N int64 `json:"n"`
	}
)

var (
	shop1  = spinoff.Service{Name: "shop", Version: 1}
	shop2  = spinoff.Service{Name: "shop", Version: 2}
	errNo  = &spinoff.Error{Code: "shop.no", Status: http.StatusConflict, Title: "no"}
	place1 = spinoff.Endpoint[order1, numbered]{Service: shop1, Route: "POST /orders/{id}", Name: "place", Errors: []*spinoff.Error{errNo}}
	place2 = spinoff.Endpoint[order2, placed]{Service: shop2, Route: "POST /orders/{id}", Name: "place", Timeout: time.Second, Errors: []*spinoff.Error{errNo}}
	look2  = spinoff.Endpoint[entryID, placed]{Service: shop2, Route: "GET /orders/{id}"}
	drop2  = spinoff.Endpoint[entryID, struct{}]{Service: shop2, Route: "DELETE /orders/{id}"}
)

// shopHandlers writes to db and does what the text of an order says. meanwhile is called after the write of "wait".
func shopHandlers(db *shelf, meanwhile func()) []spinoff.Handler {
	tries := 0
	return []spinoff.Handler{
		spinoff.Older(place1, place2, func(in order1) order2 { return order2{ID: in.ID, Text: in.Text} }, func(out placed) numbered { return numbered{out.N} }),
		place2.Serve(func(ctx context.Context, in order2) (placed, error) {
			if db != nil {
				write(ctx, in.Text)
			}
			out := placed{N: 1, Text: in.Text, At: time.Unix(1, 5).UTC(), ETag: `"` + in.ID + `"`, Status: 202, Key: spinoff.OriginOf(ctx).IdempotencyKey}
			if db != nil {
				out.N = int64(db.count() + 1)
			}
			switch in.Text {
			case "no":
				return out, errNo
			case "once no":
				if tries++; tries == 1 {
					return out, errNo
				}
			case "panic":
				panic("the till is on fire")
			case "late":
				time.Sleep(1100 * time.Millisecond)
			case "broken":
				out.Text = "caf\xe9"
			case "status":
				out.Status = 299
			case "wait":
				meanwhile()
			}
			return out, nil
		}),
		look2.Serve(func(ctx context.Context, in entryID) (placed, error) {
			return placed{ETag: `"` + in.ID + `"`, Text: fmt.Sprint(ctx.Value(draftKey{}) != nil)}, nil
		}),
		drop2.Serve(func(ctx context.Context, in entryID) (struct{}, error) { write(ctx, in.ID); return struct{}{}, nil }),
	}
}

// shop is a provider with a database, and the two ways to call it.
type shop struct {
	*shelf
	*httptest.Server
	ways map[string]spinoff.Caller
}

func openShop(t *testing.T, db *shelf, meanwhile func()) shop {
	t.Helper()
	var data spinoff.Database
	if db != nil {
		data = db
	}
	provider, err := call.NewProvider("shop", shopHandlers(db, meanwhile), data, testIdentity(t, 'k'), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(provider)
	t.Cleanup(server.Close)
	base, err := call.ParseBases(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	remote := call.NewRemote("shop", base, call.NewTransport(), testIdentity(t, 'k'), slog.New(slog.DiscardHandler), call.RemoteOptions{})
	return shop{db, server, map[string]spinoff.Caller{
		"in process": call.NewAllCalls("test", call.Targets{"shop": {Local: provider}}),
		"over HTTP":  call.NewAllCalls("test", call.Targets{"shop": {Remote: remote}}),
	}}
}

func (s shop) post(t *testing.T, path, media, body string, header ...string) (status int, h http.Header, text string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", media)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header, string(read)
}

// TestAnEndpointIsAUnit: what a provider has written stays only when its answer is there, in time, and as the contract has it.
func TestAnEndpointIsAUnit(t *testing.T) {
	for _, c := range []struct {
		text string
		rows int
		want error
	}{
		{"fine", 1, nil},
		{"no", 0, errNo},
		{"panic", 0, spinoff.ErrInternal},
		{"late", 0, spinoff.ErrTimeout},
		{"broken", 0, spinoff.ErrInternal},
		{"status", 0, spinoff.ErrInternal},
	} {
		for _, way := range []string{"in process", "over HTTP"} {
			for _, key := range []string{"", "k"} {
				s := openShop(t, newShelf(), nil)
				_, err := place2.Call(spinoff.WithIdempotencyKey(t.Context(), key), s.ways[way], order2{ID: "1", Text: c.text})
				if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) || s.count() != c.rows {
					t.Errorf("%s %s with key %q: got %v and %d rows, want %v and %d", way, c.text, key, err, s.count(), c.want, c.rows)
				}
			}
		}
	}
	s := openShop(t, newShelf(), nil)
	if _, err := drop2.Call(t.Context(), s.ways["in process"], entryID{ID: "1"}); err != nil || s.count() != 1 {
		t.Errorf("DELETE: %v, %d rows", err, s.count())
	}
	if got, err := look2.Call(t.Context(), s.ways["in process"], entryID{ID: "1"}); err != nil || got.Text != "false" {
		t.Errorf("GET: %v, a unit: %s, want none", err, got.Text)
	}
}

// TestKeys makes the same call twice, in both ways and in both versions, in every order.
func TestKeys(t *testing.T) {
	ways := []string{"in process", "over HTTP"}
	for _, first := range ways {
		for _, second := range ways {
			s := openShop(t, newShelf(), nil)
			ctx := spinoff.WithIdempotencyKey(t.Context(), `a "key" \ for 1`)
			want, err := place2.Call(ctx, s.ways[first], order2{ID: "1", Text: "one", IfMatch: `"x"`})
			if err != nil || want.Key != "" || want.Status != 202 || want.ETag != `"1"` {
				t.Errorf("%s: the first answer is %+v, %v; want the key kept from the provider", first, want, err)
			}
			got, err := place2.Call(ctx, s.ways[second], order2{ID: "1", Text: "one", IfMatch: `"x"`, More: map[string]string{}})
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%s, then %s: %v (-first +second):\n%s", first, second, err, diff)
			}
			for name, in := range map[string]order2{
				"another text":   {ID: "1", Text: "two", IfMatch: `"x"`},
				"another path":   {ID: "2", Text: "one", IfMatch: `"x"`},
				"another header": {ID: "1", Text: "one"},
			} {
				if _, err := place2.Call(ctx, s.ways[second], in); !errors.Is(err, spinoff.ErrKeyReused) {
					t.Errorf("%s: %s with the same key: %v, want ErrKeyReused", second, name, err)
				}
			}
			if s.count() != 1 {
				t.Errorf("%s, then %s: %d effects, want 1", first, second, s.count())
			}

			ctx = spinoff.WithIdempotencyKey(t.Context(), "across versions")
			old, err := place1.Call(ctx, s.ways[first], order1{ID: "1", Text: "one"})
			if err != nil {
				t.Fatal(err)
			}
			if got, err := place2.Call(ctx, s.ways[second], order2{ID: "1", Text: "one"}); err != nil || got.N != old.N || s.count() != 2 {
				t.Errorf("v1 %s, then v2 %s: %d, then %d %v, and %d effects", first, second, old.N, got.N, err, s.count()-1)
			}
			if again, err := place1.Call(ctx, s.ways[second], order1{ID: "1", Text: "one"}); err != nil || again != old {
				t.Errorf("v1 again: got %v %v, want %v", again, err, old)
			}
		}
	}
}

func TestAnErrorIsNotKept(t *testing.T) {
	for _, way := range []string{"in process", "over HTTP"} {
		s := openShop(t, newShelf(), nil)
		ctx := spinoff.WithIdempotencyKey(t.Context(), "k")
		if _, err := place2.Call(ctx, s.ways[way], order2{ID: "1", Text: "once no"}); !errors.Is(err, errNo) {
			t.Errorf("%s: got %v, want errNo", way, err)
		}
		if got, err := place2.Call(ctx, s.ways[way], order2{ID: "1", Text: "once no"}); err != nil || got.N != 1 || s.count() != 1 {
			t.Errorf("%s, again with the same key: %+v, %v, %d effects; want it done once", way, got, err, s.count())
		}
	}
}

func TestKeyInFlight(t *testing.T) {
	reached, release := make(chan bool), make(chan bool)
	s := openShop(t, newShelf(), func() { reached <- true; <-release })
	ctx, in := spinoff.WithIdempotencyKey(t.Context(), "k"), order2{ID: "1", Text: "wait"}
	first := make(chan error, 1)
	go func() { _, err := place2.Call(ctx, s.ways["in process"], in); first <- err }()
	<-reached
	if _, err := place2.Call(ctx, s.ways["in process"], in); !errors.Is(err, spinoff.ErrInFlight) {
		t.Errorf("in process: got %v, want ErrInFlight", err)
	}
	status, header, text := s.post(t, "/v2/orders/1", "application/json", `{"text":"wait"}`, "Idempotency-Key", "k", "Spinoff-Consumer", "test")
	if status != http.StatusConflict || header.Get("Retry-After") != "1" || !strings.Contains(text, "in_flight") {
		t.Errorf("over HTTP: got %d, Retry-After %q, %s", status, header.Get("Retry-After"), text)
	}
	close(release)
	if err := <-first; err != nil || s.count() != 1 {
		t.Errorf("the first call: %v, %d effects", err, s.count())
	}
}

// TestKeyHeader sends a key by hand, twice each: as a form and as JSON, in all spellings.
func TestKeyHeader(t *testing.T) {
	const form, jsonType = "application/x-www-form-urlencoded", "application/json"
	s := openShop(t, newShelf(), nil)
	for _, c := range []struct {
		name, first, second string // values of the header
		status              int
	}{
		{"quoted", `"a1"`, `"a1"`, 202},
		{"bare is the same key", `"a2"`, "a2", 202},
		{"escaped", `"a\"3\\"`, `"a\"3\\"`, 202},
		{"as long as can be", `"` + strings.Repeat("x", 255) + `"`, strings.Repeat("x", 255), 202},
		{"too long", strings.Repeat("x", 256), `"` + strings.Repeat("x", 256) + `"`, 400},
		{"empty", `""`, ``, 400},
		{"not ASCII", "ü", `"ü"`, 400},
		{"two words", "a b", "a,b", 400},
		{"no end", `"a`, `"a\"`, 400},
		{"more after the end", `"a" b`, `"a";x=1`, 400},
	} {
		before := s.count()
		status, header, text := s.post(t, "/v2/orders/1", jsonType, `{"text":"x"}`, "Idempotency-Key", c.first)
		statusAgain, headerAgain, textAgain := s.post(t, "/v2/orders/1", form, "text=x", "Idempotency-Key", c.second)
		if status != c.status || statusAgain != c.status {
			t.Errorf("%s: got %d and %d, want %d: %s", c.name, status, statusAgain, c.status, text)
		}
		if c.status == 400 {
			if !strings.Contains(text, "Idempotency-Key") || s.count() != before {
				t.Errorf("%s: got %s and %d effects, want the header named and none", c.name, text, s.count()-before)
			}
			continue
		}
		if text != textAgain || headerAgain.Get("ETag") != `"1"` || headerAgain.Get("Idempotency-Replayed") != "true" || header.Get("Idempotency-Replayed") != "" || s.count() != before+1 {
			t.Errorf("%s: got %q, then %q %v and %d effects; want the same answer, said to be replayed", c.name, text, textAgain, headerAgain, s.count()-before)
		}
	}
	if status, _, _ := s.post(t, "/v2/orders/1", form, "text=x", "Idempotency-Key", "a", "Idempotency-Key", "a"); status != 400 {
		t.Errorf("two keys: got %d, want 400", status)
	}
	if status, _, _ := s.post(t, "/v2/orders/1", form, "text=another", "Idempotency-Key", "a2"); status != 422 {
		t.Errorf("a key with another request: got %d, want 422", status)
	}
	before := s.count()
	for _, consumer := range []string{"one", "two"} {
		if status, _, _ := s.post(t, "/v2/orders/1", form, "text=x", "Idempotency-Key", "mine", "Spinoff-Consumer", consumer); status != 202 {
			t.Errorf("consumer %s: %d", consumer, status)
		}
	}
	if s.count() != before+2 {
		t.Errorf("two consumers with the same key: %d effects, want one for each", s.count()-before)
	}
}

// TestKeysThatAreRefused: what no header could carry is refused alike in process. An app without a database looks at no key.
func TestKeysThatAreRefused(t *testing.T) {
	for _, db := range []*shelf{nil, newShelf()} {
		s := openShop(t, db, nil)
		for way, calls := range s.ways {
			for _, key := range []string{"ü", "a\nb", strings.Repeat("x", 256)} {
				ctx := spinoff.WithIdempotencyKey(t.Context(), key)
				_, err := place2.Call(ctx, calls, order2{ID: "1", Text: "x"})
				refused := errors.Is(err, spinoff.ErrMalformed) && strings.Contains(err.Error(), "Idempotency-Key")
				if db != nil && !refused || db == nil && err != nil {
					t.Errorf("%s with key %.10q, with a database: %v: got %v, want ErrMalformed that names the header, and an answer without a database", way, key, db != nil, err)
				}
				if _, err := look2.Call(ctx, calls, entryID{ID: "1"}); err != nil {
					t.Errorf("%s: GET with key %.10q: %v, want it ignored", way, key, err)
				}
			}
			ctx := spinoff.WithIdempotencyKey(t.Context(), "fine")
			if got, err := place2.Call(ctx, calls, order2{ID: "1", Text: "x"}); err != nil || got.Key != "" {
				t.Errorf("%s: got %+v, %v; want an answer, and no key for the provider", way, got, err)
			}
		}
	}
}

// TestRemoteSendsKeys looks at the requests of the client.
func TestRemoteSendsKeys(t *testing.T) {
	var sent []string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { sent = append(sent, r.Header.Get("Idempotency-Key")) }))
	defer server.Close()
	base, err := call.ParseBases(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	calls := call.NewAllCalls("test", call.Targets{"shop": {Remote: call.NewRemote("shop", base, call.NewTransport(), nil, slog.New(slog.DiscardHandler), call.RemoteOptions{NoRetries: true})}})
	for _, ctx := range []context.Context{t.Context(), t.Context(), spinoff.WithIdempotencyKey(t.Context(), "mine")} {
		_, _ = place2.Call(ctx, calls, order2{ID: "1", Text: "x"})
		_, _ = look2.Call(ctx, calls, entryID{ID: "1"})
		_, _ = drop2.Call(ctx, calls, entryID{ID: "1"})
	}
	for i, method := range []string{"POST", "GET", "DELETE"} {
		keys := []string{sent[i], sent[i+3], sent[i+6]}
		if method == "GET" {
			if !cmp.Equal(keys, []string{"", "", ""}) {
				t.Errorf("GET sends the keys %q, want none", keys)
			}
			continue
		}
		if len(keys[0]) < 20 || len(keys[1]) < 20 || keys[0] == keys[1] || keys[2] != `"mine"` {
			t.Errorf("%s sends the keys %q, want two new ones and the caller's", method, keys)
		}
	}
}

func TestIfNoneMatch(t *testing.T) {
	s := openShop(t, nil, nil)
	for _, c := range []struct {
		value  string
		status int
	}{
		{"", 201}, {`"1"`, 304}, {`W/"1"`, 304}, {`"0", "1"`, 304}, {"*", 304}, {`"0"`, 201}, {"1", 201}, {`"1`, 201}, {`"a,b", W/"1"`, 304},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/v2/orders/1", nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.value != "" {
			r.Header.Set("If-None-Match", c.value)
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != c.status || response.Header.Get("ETag") != `"1"` || (len(body) == 0) != (c.status == 304) {
			t.Errorf("If-None-Match: %s: got %d, ETag %s, %d bytes, %v; want %d", c.value, response.StatusCode, response.Header.Get("ETag"), len(body), err, c.status)
		}
	}
	if status, _, _ := s.post(t, "/v2/orders/1", "application/json", `{"text":"x"}`, "If-None-Match", "*"); status != 202 {
		t.Errorf("POST with If-None-Match: %d, want it ignored", status)
	}
}
