package telemetry

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	protocol "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// collector sends spans by OTLP over HTTP, as protobuf (OTLP specification 1, "OTLP/HTTP"). It does what OpenTelemetry's own client does, which would
// bring gRPC along, 7 MB of it.
type collector struct {
	Collector
	client *http.Client
}

func newCollector(c Collector) *collector {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = c.TLS
	return &collector{c, &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// Start does nothing: the collector need not be there when the program starts.
func (c *collector) Start(context.Context) error { return nil }

// Stop closes the connections.
func (c *collector) Stop(context.Context) error {
	c.client.CloseIdleConnections()
	return nil
}

// UploadTraces sends spans, and sends them again where the collector asks for that or does not answer, until the time is over.
func (c *collector) UploadTraces(ctx context.Context, spans []*protocol.ResourceSpans) error {
	body, err := proto.Marshal(&protocol.TracesData{ResourceSpans: spans}) // on the wire the same as an ExportTraceServiceRequest
	if err == nil && c.Gzip {
		body, err = compress(body)
	}
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	for wait := 500 * time.Millisecond; ; wait *= 2 {
		after, err := c.post(ctx, body)
		if err == nil || after < 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(max(after, wait/2+rand.N(wait))): //nolint:gosec // no secret
		}
	}
}

func compress(body []byte) ([]byte, error) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	err := w.Close()
	return b.Bytes(), err
}

// post sends once. Where that has failed, after is how long to wait at least before the next time, or negative where there is to be none.
func (c *collector) post(ctx context.Context, body []byte) (after time.Duration, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL.String(), bytes.NewReader(body))
	if err != nil {
		return -1, err
	}
	for name, value := range c.Headers {
		r.Header.Set(name, value)
	}
	r.Header.Set("Content-Type", "application/x-protobuf")
	if c.Gzip {
		r.Header.Set("Content-Encoding", "gzip")
	}
	response, err := c.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	io.Copy(io.Discard, io.LimitReader(response.Body, 1<<20)) //nolint:errcheck // so that the connection is kept
	switch response.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		seconds, _ := strconv.ParseUint(response.Header.Get("Retry-After"), 10, 16)
		return time.Duration(seconds) * time.Second, fmt.Errorf("it answers with status %d", response.StatusCode)
	}
	if response.StatusCode/100 != 2 {
		return -1, fmt.Errorf("it answers with status %d", response.StatusCode)
	}
	return 0, nil
}

// complaining is an exporter whose failures go into the log, at most once a minute.
type complaining struct {
	sdk.SpanExporter
	log   *slog.Logger
	where string

	mu   sync.Mutex
	last time.Time
	lost int
}

// ExportSpans implements the exporter. What could not be sent is lost: a trace is not worth memory without bounds.
func (c *complaining) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	err := c.SpanExporter.ExportSpans(ctx, spans)
	if err == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lost += len(spans)
	if time.Since(c.last) >= time.Minute {
		c.log.Warn("spans could not be sent and are lost", "to", c.where, "spans", c.lost, "error", err)
		c.last, c.lost = time.Now(), 0
	}
	return nil
}
