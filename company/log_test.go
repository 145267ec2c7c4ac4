package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"testing"
)

// TestOneRequestInAllLogs: what one request has written in two processes is found by its id, and by its trace.
func TestOneRequestInAllLogs(t *testing.T) {
	data := t.TempDir()
	apart := up(t, data, nil, freeAddress(t), "faq", "-v", "--log-format", "json", "--seed")
	front := up(t, data, []string{"FAQ_API=" + apart.url}, freeAddress(t), "-v", "--seed") // json too: it is no terminal
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, front.url+"/help/search?q=secret-light", nil)
	if err != nil {
		t.Fatal(err)
	}
	const traceID = "0af7651916cd43dd8448eb211c80319c"
	r.Header.Set("X-Request-Id", "find-me")
	r.Header.Set("Traceparent", "00-"+traceID+"-b7ad6b7169203331-01")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	for _, c := range []*child{front, apart} { // the line of a page is written when it has been sent
		if err := errors.Join(c.command.Process.Signal(os.Interrupt), c.command.Wait()); err != nil {
			t.Fatalf("end the process: %v\n%s", err, c.out)
		}
	}
	type line struct {
		Level     string  `json:"level"`
		Message   string  `json:"msg"`
		App       string  `json:"app"`
		RequestID string  `json:"request_id"`
		TraceID   string  `json:"trace_id"`
		Endpoint  string  `json:"endpoint"`
		Side      string  `json:"side"`
		Consumer  string  `json:"consumer"`
		Placement string  `json:"placement"`
		Route     string  `json:"route"`
		Status    int     `json:"status"`
		Millis    float64 `json:"duration_ms"`
	}
	find := func(c *child, name string, want func(l line) bool) line {
		t.Helper()
		for text := range bytes.Lines(c.out.Bytes()) {
			var l line
			if err := json.Unmarshal(text, &l); err != nil {
				if bytes.Contains(text, []byte("level=")) {
					t.Errorf("a line of the log is not JSON: %s", text)
				}
				continue // of standard output
			}
			if l.RequestID == "find-me" && want(l) {
				return l
			}
		}
		t.Errorf("%s is not in the log:\n%s", name, c.out)
		return line{}
	}
	page := find(front, "the page", func(l line) bool { return l.Message == "page" })
	asks := find(front, "the call at its consumer", func(l line) bool { return l.Message == "call" && l.Side == "consumer" })
	answers := find(apart, "the call at its provider", func(l line) bool { return l.Message == "call" && l.Side == "provider" })
	if page.Route != "GET /help/search" || page.App != "frontend" || page.Status != 200 || page.Millis <= 0 || page.TraceID != traceID {
		t.Errorf("the page is %+v, want GET /help/search of the frontend with status 200, in the trace", page)
	}
	if asks.Endpoint != answers.Endpoint || asks.App != "frontend" || asks.TraceID != traceID || answers.TraceID != traceID || answers.App != "faq" ||
		answers.Consumer != "frontend" || answers.Placement != "http" || answers.Status != 200 || answers.Millis > asks.Millis {
		t.Errorf("the call is\n%+v at its consumer and\n%+v at its provider", asks, answers)
	}
	for _, c := range []*child{front, apart} {
		if bytes.Contains(c.out.Bytes(), []byte("secret-light")) {
			t.Errorf("the log has what somebody has searched for:\n%s", c.out)
		}
	}
}
