package call_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/call"
)

// TestMeasuredIsBounded: however many consumers say who they are, what is kept of them does not grow, and no call is lost from the counts.
func TestMeasuredIsBounded(t *testing.T) {
	provider, err := call.NewProvider("faq", handlers, nil, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	const names = 10_000
	var calling sync.WaitGroup
	for half := range 2 {
		calling.Go(func() {
			for i := range names / 2 {
				r := httptest.NewRequest("GET", "/v2/entries/7", nil)
				r.Header.Set("Spinoff-Consumer", fmt.Sprintf("consumer-%d-%d", half, i))
				provider.ServeHTTP(httptest.NewRecorder(), r)
			}
		})
	}
	calling.Wait()
	calls, others := int64(0), int64(0)
	for _, m := range provider.Measured() {
		calls += m.Calls()
		if m.Consumer == call.Others {
			others = m.Calls()
		}
	}
	if n := len(provider.Measured()); n > 64 || calls != names || others < names-64 {
		t.Errorf("%d consumers are counted apart, %d calls of which %d by others; want at most 64, %d, at least %d", n, calls, others, names, names-64)
	}
	if n := provider.InFlight(); n != 0 {
		t.Errorf("%d calls are in flight, want none", n)
	}
}

// TestMeasured: calls are counted by how they travelled, and failures by their error.
func TestMeasured(t *testing.T) {
	provider, err := call.NewProvider("faq", handlers, nil, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	calls := call.NewAllCalls("test", call.Targets{"faq": {Local: provider}})
	for _, id := range []string{"7", "gone", "gone"} {
		_, _ = get2.Call(t.Context(), calls, entryID{ID: id})
	}
	r := httptest.NewRequest("POST", "/v2/create", strings.NewReader("{"))
	r.Header.Set("Content-Type", "application/json")
	provider.ServeHTTP(httptest.NewRecorder(), r)
	var got []string
	for _, m := range provider.Measured() {
		got = append(got, fmt.Sprintf("%s %s %s %d %v", m.FullName(), m.Consumer, m.Placement, m.Calls(), m.Errors))
	}
	want := "faq.v2.create unknown http 1 [{malformed 400 1}]\nfaq.v2.get test in_process 3 [{faq.gone 410 2}]"
	if text := strings.Join(got, "\n"); text != want {
		t.Errorf("Measured:\n%s\nwant\n%s", text, want)
	}
}

// TestHistogram: durations are in the bucket that the bounds say, and quantiles are upper bounds.
func TestHistogram(t *testing.T) {
	provider, err := call.NewProvider("faq", []spinoff.Handler{slow2.Serve(func(context.Context, struct{}) (struct{}, error) {
		time.Sleep(20 * time.Millisecond)
		return struct{}{}, nil
	})}, nil, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	calls := call.NewAllCalls("test", call.Targets{"faq": {Local: provider}})
	began := time.Now()
	if _, err := slow2.Call(t.Context(), calls, struct{}{}); err != nil {
		t.Fatal(err)
	}
	most := time.Since(began).Seconds()
	m := provider.Measured()[0]
	for i, n := range m.Buckets {
		if n > 0 && (n != 1 || call.UpperBound(i) <= 0.02 || call.UpperBound(i)/2 > most) {
			t.Errorf("a call of 20 ms to %v s is %d times in the bucket up to %v s", most, n, call.UpperBound(i))
		}
	}
	if m.Calls() != 1 || m.Sum < 20*time.Millisecond || m.Sum.Seconds() > most {
		t.Errorf("%d calls in %v, want 1 in 20 ms to %v s", m.Calls(), m.Sum, most)
	}
	if p := provider.Counts()[0].Count.P50; p.Seconds() <= 0.02 || p.Seconds()/2 > most {
		t.Errorf("the median is below %v, want more than 20 ms", p)
	}
}
