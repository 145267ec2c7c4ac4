package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// load sends requests to a company at a fixed rate, whether those before have been answered or not, and keeps a journal of what was acknowledged.
type load struct {
	t      *testing.T
	front  string
	client *http.Client
	again  bool // whether a request is sent again, with its key, when its connection has failed, as our client does: a process is to be killed
	number atomic.Int64

	// Pages that a person got without what the FAQ would have added: the front end waits for it 400 ms and no longer.
	fallbacks atomic.Int64

	mu     sync.Mutex
	acked  map[string]string // what was written, by the text that tells it apart: which app has it
	sent   int
	failed []string
	waits  []time.Duration // how long each request to the FAQ took
}

func newLoad(t *testing.T, front string, again bool) *load {
	l := &load{t: t, front: front, again: again, acked: map[string]string{}}
	l.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}, Timeout: 30 * time.Second}
	l.number.Store(time.Now().UnixNano() / 1000)
	return l
}

// during sends so many requests a second while do runs, and waits for the answers of all.
func (l *load) during(rate int, do func()) {
	done := make(chan struct{})
	go func() { defer close(done); do() }()
	var sending sync.WaitGroup
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-done:
			sending.Wait()
			return
		case <-tick.C:
		}
		sending.Go(func() { l.one(i) })
	}
}

// stream keeps a stream of events open, as a browser does: it opens it again when it ends. The function that it returns ends that, and says how often it was opened.
func (l *load) stream(client *http.Client, path string) func() int {
	ctx, stop := context.WithCancel(context.Background())
	ended, opened := make(chan struct{}), 0
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, l.front+path, nil)
			if err != nil {
				panic(err)
			}
			r.Header.Set("Accept", "text/event-stream")
			response, err := client.Do(r)
			if err != nil {
				continue
			}
			if response.StatusCode == http.StatusOK {
				opened++
			}
			_, _ = io.Copy(io.Discard, response.Body) // ends with the stream
			response.Body.Close()
			time.Sleep(10 * time.Millisecond)
		}
	}()
	return func() int { stop(); <-ended; return opened }
}

// one sends one of the kinds of requests, in turn.
func (l *load) one(i int) {
	n := l.number.Add(1)
	text := fmt.Sprintf("load %d", n)
	switch i % 6 {
	case 0, 1:
		l.write("faq", text, "/faq/v2/create", map[string]any{"question": text, "source": n})
	case 2:
		l.write("tickets", text, "/tickets/v1/tickets", map[string]any{"subject": text, "body": "It blinks.", "email": "ada@example.com"})
	case 3:
		l.read("/faq/v2/entries?limit=5", "application/json")
	case 4:
		l.read("/help/search?q=charge", "text/html")
	case 5:
		l.read("/tickets/v1/tickets?limit=5", "application/json")
	}
}

func (l *load) write(app, text, path string, in any) {
	body, err := json.Marshal(in)
	if err != nil {
		panic(err)
	}
	if l.send(http.MethodPost, path, text, "application/json", body) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.acked[text] = app
	}
}

func (l *load) read(path, accept string) { l.send(http.MethodGet, path, "", accept, nil) }

// send sends a request, and reports whether it was answered.
func (l *load) send(method, path, key, accept string, body []byte) bool {
	began := time.Now()
	for {
		status, answer, err := l.exchange(method, path, key, accept, body)
		if err == nil && status < 300 {
			if bytes.Contains(answer, []byte("is away")) {
				l.fallbacks.Add(1)
			}
			l.record(began, "")
			return true
		}
		if !l.again || err == nil || time.Since(began) > 25*time.Second {
			l.record(began, fmt.Sprintf("%s %s: status %d, %v: %.300s", method, path, status, err, answer))
			return false
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (l *load) record(began time.Time, failed string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent++
	l.waits = append(l.waits, time.Since(began))
	if failed != "" {
		l.failed = append(l.failed, failed)
	}
}

func (l *load) exchange(method, path, key, accept string, body []byte) (status int, answer []byte, err error) {
	r, err := http.NewRequestWithContext(context.Background(), method, l.front+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Accept", accept)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", `"`+key+`"`)
	}
	response, err := l.client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

// check says what failed, and compares the journal with the databases.
func (l *load) check(data string) {
	l.t.Helper()
	for i, failed := range l.failed {
		if i == 5 {
			l.t.Errorf("and %d more", len(l.failed)-i)
			break
		}
		l.t.Error(failed)
	}
	there := map[string]int{}
	for app, table := range map[string]string{"faq": "SELECT r.title FROM revision r", "tickets": "SELECT subject FROM ticket"} {
		for _, text := range texts(l.t, data, app, table) {
			there[text]++
		}
	}
	lost, doubled := 0, 0
	for text := range l.acked {
		if there[text] == 0 {
			lost++
			l.t.Errorf("%q in %s was acknowledged, and is lost", text, l.acked[text])
		}
	}
	for text, n := range there {
		if n > 1 && len(text) > 5 && text[:5] == "load " {
			doubled++
			l.t.Errorf("%q is there %d times", text, n)
		}
	}
	l.t.Logf("%d requests, %d failed; %d writes acknowledged, %d lost, %d doubled; %d pages without the FAQ's part",
		l.sent, len(l.failed), len(l.acked), lost, doubled, l.fallbacks.Load())
}

// quantile returns how long the q slowest part of the requests took at least.
func quantile(all []time.Duration, q float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)].Round(100 * time.Microsecond)
}
