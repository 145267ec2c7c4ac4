package telemetry_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	protocol "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/spinoff-go/spinoff/telemetry"
	"github.com/spinoff-go/spinoff/trace"
)

// collector is one that takes spans by OTLP over HTTP, and reads them.
type collector struct {
	*httptest.Server
	t testing.TB

	mu       sync.Mutex
	answers  []int // statuses of the next answers; then 200
	requests []*http.Request
	spans    []*protocol.Span
	services map[string]string // by span: service.name and the apps of the process
}

func newCollector(t testing.TB) *collector {
	c := &collector{t: t, services: map[string]string{}}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	return c
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests = append(c.requests, r)
	if len(c.answers) > 0 {
		status := c.answers[0]
		c.answers = c.answers[1:]
		w.WriteHeader(status)
		return
	}
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(r.Body)
		if err != nil {
			c.t.Error(err)
			return
		}
		body = unzipped
	}
	text, err := io.ReadAll(body)
	var sent protocol.TracesData
	if err == nil {
		err = proto.Unmarshal(text, &sent)
	}
	if err != nil || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" {
		c.t.Errorf("%s %s with %q cannot be read: %v", r.Method, r.URL.Path, r.Header.Get("Content-Type"), err)
	}
	for _, process := range sent.ResourceSpans {
		of := map[string]string{}
		for _, a := range process.Resource.Attributes {
			of[a.Key] = a.Value.GetStringValue()
		}
		for _, scope := range process.ScopeSpans {
			for _, s := range scope.Spans {
				c.spans = append(c.spans, s)
				c.services[string(s.SpanId)] = of["service.name"] + " " + of["spinoff.apps"]
			}
		}
	}
}

// wait returns the spans of a trace when there are n.
func (c *collector) wait(id string, n int) []*protocol.Span {
	c.t.Helper()
	var of []*protocol.Span
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		c.mu.Lock()
		of = slices.Clone(c.spans)
		c.mu.Unlock()
		of = slices.DeleteFunc(of, func(s *protocol.Span) bool { return hex.EncodeToString(s.TraceId) != id })
		if len(of) >= n {
			return of
		}
	}
	c.t.Fatalf("trace %s has %d spans, want %d:\n%s", id, len(of), n, c.tree(of, ""))
	return nil
}

// tree writes spans below parent, each below its own, with what is the same in every placement.
func (c *collector) tree(spans []*protocol.Span, parent string) string {
	var below []string
	for _, s := range spans {
		if string(s.ParentSpanId) != parent {
			continue
		}
		kind := strings.ToLower(strings.TrimPrefix(s.Kind.String(), "SPAN_KIND_"))
		line := fmt.Sprintf("%s %s %s%s\n", s.Name, kind, attributes(s), map[bool]string{true: " failed: " + s.GetStatus().GetMessage()}[s.GetStatus().GetCode() == 2])
		inner := c.tree(spans, string(s.SpanId))
		for l := range strings.Lines(inner) {
			line += "  " + l
		}
		below = append(below, line)
	}
	slices.Sort(below)
	return strings.Join(below, "")
}

// attributes are those of a span that say the same whatever the placement.
func attributes(s *protocol.Span) string {
	var all []string
	for _, a := range s.Attributes {
		switch a.Key {
		case "spinoff.placement", "server.address", "server.port", "messaging.message.id":
			continue
		}
		value := a.Value.GetStringValue()
		if n := a.Value.GetIntValue(); n != 0 {
			value = fmt.Sprint(n)
		}
		all = append(all, a.Key+"="+value)
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func attribute(s *protocol.Span, key string) string {
	for _, a := range s.Attributes {
		if a.Key == key {
			return a.Value.GetStringValue()
		}
	}
	return ""
}

// record opens a tracer with variables, records one span and closes it. It returns the log.
func record(t *testing.T, variables map[string]string) string {
	t.Helper()
	tracer, text := open(t, variables)
	tracer.Start("", trace.Server, "one").End("")
	if err := tracer.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	return text.String()
}

// open opens a tracer with variables.
func open(t testing.TB, variables map[string]string) (*telemetry.Tracer, *bytes.Buffer) {
	t.Helper()
	settings, err := telemetry.Read(func(name string) string { return variables[name] }, "corner")
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	text := new(bytes.Buffer)
	tracer := telemetry.New(settings, slog.New(slog.NewTextHandler(text, nil)))
	if err := tracer.Open(context.Background(), "1.2.3", "shop"); err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() { tracer.Close() })
	return tracer, text
}

// TestSend: what a collector gets, and what happens where it does not take it.
func TestSend(t *testing.T) {
	const secret = "tok%2Cen"
	for _, c := range []struct {
		name     string
		answers  []int
		more     map[string]string
		requests int
		spans    int
		log      string // part of what it says; empty: nothing
	}{
		{"as it is", nil, nil, 1, 1, ""},
		{"compressed", nil, map[string]string{"OTEL_EXPORTER_OTLP_COMPRESSION": "gzip"}, 1, 1, ""},
		{"away for a moment", []int{503}, nil, 2, 1, ""},
		{"too much, twice", []int{429, 502}, nil, 3, 1, ""},
		{"refused", []int{400}, nil, 1, 0, "it answers with status 400"},
		{"elsewhere", []int{307}, nil, 1, 0, "it answers with status 307"},
		{"away for good", []int{503, 503, 503, 503}, map[string]string{"OTEL_EXPORTER_OTLP_TIMEOUT": "300"}, 1, 0, "spans could not be sent and are lost"},
	} {
		t.Run(c.name, func(t *testing.T) {
			collector := newCollector(t)
			collector.answers = c.answers
			variables := map[string]string{
				"OTEL_EXPORTER_OTLP_ENDPOINT": strings.Replace(collector.URL, "//", "//user:hunter2@", 1),
				"OTEL_EXPORTER_OTLP_HEADERS":  "api-key=" + secret + ",x=1", "OTEL_RESOURCE_ATTRIBUTES": "service.name=other,team=a%20b", "OTEL_SERVICE_NAME": "named",
			}
			maps.Copy(variables, c.more)
			log := record(t, variables)
			if len(collector.requests) != c.requests || len(collector.spans) != c.spans {
				t.Errorf("%d requests with %d spans, want %d with %d", len(collector.requests), len(collector.spans), c.requests, c.spans)
			}
			for _, r := range collector.requests {
				if r.Header.Get("Api-Key") != "tok,en" || r.Header.Get("X") != "1" {
					t.Errorf("the headers are %v, want api-key and x as set", r.Header)
				}
			}
			if c.log == "" != (log == "") || !strings.Contains(log, c.log) || strings.Contains(log, "hunter2") || strings.Contains(log, "tok") {
				t.Errorf("the log is %q, want %q and no secret", log, c.log)
			}
			for _, s := range collector.spans {
				if got := collector.services[string(s.SpanId)]; got != "named shop" {
					t.Errorf("the span is of %q, want that of %q", got, "named shop")
				}
			}
		})
	}
}
