//go:build linux

package lan_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/spinoff-go/spinoff/internal/lan"
)

// TestLinks sends requests from one host to another over links of every kind.
func TestLinks(t *testing.T) {
	network, hosts := lan.New(t, "a", "b")
	a, b := hosts["a"], hosts["b"]
	l, err := b.Listen(8000)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, strings.Repeat("x", 50_000)) })}
	go server.Serve(l)
	defer server.Close()
	get := func(timeout time.Duration) (took time.Duration, err error) {
		client := a.Client()
		defer client.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(t.Context(), timeout)
		defer cancel()
		start := time.Now()
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+l.Addr().String(), nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(r)
		if err != nil {
			return 0, err
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err == nil && len(body) != 50_000 {
			t.Errorf("the answer has %d bytes, want 50000", len(body))
		}
		return time.Since(start), err
	}
	for _, c := range []struct {
		name    string
		to, fro lan.Link
		arrives bool
		least   time.Duration // what the links alone take
	}{
		{"good", lan.Link{}, lan.Link{}, true, 0},
		{"slow", lan.Link{Latency: 50 * time.Millisecond}, lan.Link{Latency: 50 * time.Millisecond}, true, 200 * time.Millisecond}, // connecting, then asking
		{"lossy", lan.Link{Loss: 0.05}, lan.Link{Loss: 0.05}, true, 0},
		{"cut", lan.Link{Cut: true}, lan.Link{Cut: true}, false, 0},
		{"cut one way", lan.Link{}, lan.Link{Cut: true}, false, 0},
		{"healed", lan.Link{}, lan.Link{}, true, 0},
	} {
		network.Set(a, b, c.to)
		network.Set(b, a, c.fro)
		timeout := time.Minute
		if !c.arrives {
			timeout = 2 * time.Second
		}
		took, err := get(timeout)
		if (err == nil) != c.arrives || took < c.least {
			t.Errorf("%s: it took %s with the error %v, want an answer: %v, after at least %s", c.name, took, err, c.arrives, c.least)
		}
	}
}

// TestOwnLoopback: hosts share nothing but the network.
func TestOwnLoopback(t *testing.T) {
	_, hosts := lan.New(t, "a", "b")
	out, err := hosts["a"].Command(t.Context(), "ip", "-br", "addr").CombinedOutput()
	if err != nil || !strings.Contains(string(out), hosts["a"].Addr.String()) || strings.Contains(string(out), hosts["b"].Addr.String()) {
		t.Errorf("the addresses of a: %s %v, want %s alone", out, err, hosts["a"].Addr)
	}
}
