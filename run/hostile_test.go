package run_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spinoff-go/spinoff/run"
)

// hosted serves the project on l until the test ends.
func hosted(t *testing.T, l net.Listener, log io.Writer) {
	t.Helper()
	options := run.Options{Data: t.TempDir(), Environ: func(string) string { return "" }, Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	process, err := run.New(project(nothing{}), options)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	served := make(chan error, 1)
	go func() { served <- process.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
}

// hostedAt serves the project at an address.
func hostedAt(t *testing.T, log io.Writer) string {
	t.Helper()
	l, err := run.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	hosted(t, l, log)
	return l.Addr().String()
}

// say sends text on a connection of its own, and after it a request for /healthz, and returns the statuses of all answers: where the last
// is "200 ok" the server has taken the end of text for what it is, otherwise it has closed the connection.
func sayRaw(t *testing.T, address, text string) string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	go io.WriteString(conn, text+"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
	var statuses []string
	for in := bufio.NewReader(conn); ; {
		response, err := http.ReadResponse(in, nil)
		if err != nil {
			return strings.Join(statuses, ", ")
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil && response.StatusCode == http.StatusBadRequest && response.Close {
			err = nil // what the client sent behind it is not read, so that the end of the connection may overtake the text
		}
		if err != nil {
			return strings.Join(append(statuses, "cut off"), ", ")
		}
		status := fmt.Sprint(response.StatusCode)
		if string(body) == "{\"status\":\"ok\"}\n" {
			status += " ok"
		}
		statuses = append(statuses, status)
	}
}

// TestHostileRequests sends what no client of good will sends. Each is answered clearly, or the connection is closed, and no second request is
// found in the body of a first one.
func TestHostileRequests(t *testing.T) {
	const post = "POST /shop/v2/create HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
	const hidden = "GET /shop/v2/items/1 HTTP/1.1\r\nHost: localhost\r\n\r\n" // what an attacker wants to be taken for a request
	get := func(headers string) string {
		return "GET /shop/v2/items/1 HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n"
	}
	for _, c := range []struct{ name, text, want string }{
		{"a good request", get(""), "200, 200 ok"},
		{"a good body", post + "Content-Length: 14\r\n\r\n" + `{"name":"bell"}`[:14], "400, 200 ok"},

		{"no HTTP", "how are you?\r\n\r\n", "400"},
		{"HTTP/0.9", "GET /\r\n\r\n", "400"},
		{"a version to come", "GET / HTTP/3.0\r\nHost: localhost\r\n\r\n", "505"},
		{"a method with a space", "GE T / HTTP/1.1\r\nHost: localhost\r\n\r\n", "400"},
		{"garbage after a request", get("") + "garbage\r\n\r\n", "200, 400"},
		{"no host", "GET /shop/ HTTP/1.1\r\n\r\n", "400"},
		{"two hosts", get("Host: evil.example\r\n"), "400"},
		{"another host in the address", "GET http://evil.example/shop/ HTTP/1.1\r\nHost: localhost\r\n\r\n", "421, 200 ok"},

		{"two lengths", post + "Content-Length: 15\r\nContent-Length: 14\r\n\r\n" + `{"name":"bell"}`, "400"},
		{"a list of lengths", post + "Content-Length: 15, 14\r\n\r\n" + `{"name":"bell"}`, "400"},
		{"a length with a sign", post + "Content-Length: +15\r\n\r\n" + `{"name":"bell"}`, "400"},
		{"a length and chunks", post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden, "400"},
		{"chunks and a length", post + "Transfer-Encoding: chunked\r\nContent-Length: 200\r\n\r\nf\r\n{\"name\":\"bell\"}\r\n0\r\n\r\n" + hidden, "200"},
		{"chunks twice", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden, "501"},
		{"chunks of chunks", post + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n" + hidden, "501"},
		{"chunks that are none", post + "Transfer-Encoding: xchunked\r\nContent-Length: 0\r\n\r\n" + hidden, "501"},
		{"a space before the colon", post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + hidden, "400"},
		{"a tab in the coding", post + "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n" + hidden, "400"},
		{"a length on two lines", post + "Content-Length:\r\n 0\r\n\r\n" + hidden, "400, 200, 200 ok"},
		{"an extension of a chunk", post + "Transfer-Encoding: chunked\r\n\r\nf;a=b\r\n{\"name\":\"bell\"}\r\n0\r\n\r\n" + hidden, "200"},
		{"a chunk without a CR", post + "Transfer-Encoding: chunked\r\n\r\nf\n{\"name\":\"bell\"}\r\n0\r\n\r\n" + hidden, "400"},
		{"a chunk below zero", post + "Transfer-Encoding: chunked\r\n\r\n-1\r\n" + hidden, "400"},
		{"a chunk of 2^64", post + "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n" + hidden, "400"},

		{"a name with a space", get("X Y: z\r\n"), "400"},
		{"a name with a NUL", get("X\x00Y: z\r\n"), "400"},
		{"a value with a NUL", get("X: y\x00z\r\n"), "400"},
		{"a value with a CR", get("X: y\rz\r\n"), "400"},
		{"a header without a colon", get("X\r\n"), "400"},
		{"a header of 64 kB", get("X: " + strings.Repeat("y", 64<<10) + "\r\n"), "431"},
		{"300 headers", get(strings.Repeat("X: y\r\n", 300)), "431"},
		{"20000 headers", get(strings.Repeat("X:\r\n", 20000)), "431"},
		{"an address of 64 kB", "GET /" + strings.Repeat("y", 64<<10) + " HTTP/1.1\r\nHost: localhost\r\n\r\n", "431"},

		{"a bomb", post + "Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00", "415, 200 ok"},
		{"a bomb in a bomb", post + "Content-Encoding: br, gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00", "415, 200 ok"},
		{"a body that is too large", post + fmt.Sprintf("Content-Length: %d\r\n\r\n", 100<<20), "413"},
		{"deep nesting", post + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", 500_000, strings.Repeat("[", 500_000)), "400, 200 ok"},
		{"deep nesting of a field", post + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", 500_000, `{"tags":`+strings.Repeat("[", 500_000-8)), "400, 200 ok"},
		{"deep nesting of an unknown field", post + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", 500_000, `{"x":`+strings.Repeat("[", 500_000-5)), "400, 200 ok"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var log journal
			address := hostedAt(t, &log)
			if got := sayRaw(t, address, c.text); got != c.want {
				t.Errorf("%.300q\nis answered with %s\nwant %s", c.text, got, c.want)
			}
			if got := sayRaw(t, address, ""); got != "200 ok" {
				t.Errorf("the next connection is answered with %s", got)
			}
		})
	}
}

// TestInjection puts line ends and quotation marks where they could end in a log or in the header of an answer.
func TestInjection(t *testing.T) {
	var log journal
	address := hostedAt(t, &log)
	for _, target := range []string{"/shop/broken?a=%0d%0aSet-Cookie:%20a=b", "/shop/back?a=%0d%0aSet-Cookie:%20a=b", "/shop/v2/items/%0d%0aSet-Cookie:%20a=b", "/%0d%0aSet-Cookie:%20a=b"} {
		for _, header := range []map[string]string{
			{"X-Request-Id": `a" level=ERROR msg="forged`, "Spinoff-Consumer": `a" level=ERROR msg="forged`},
			{"X-Request-Id": "a\tb", "Spinoff-Consumer": strings.Repeat("x", 5000), "Accept": "text/html"},
		} {
			_, _, answer := ask(t, http.MethodGet, "http://"+address+target, header)
			if got := answer["Set-Cookie"]; got != nil {
				t.Errorf("GET %s with %q sets the cookie %q", target, header, got)
			}
			if id := answer.Get("X-Request-Id"); strings.ContainsAny(id, "\" \t\r\n") {
				t.Errorf("GET %s with %q is answered with the request id %q", target, header, id)
			}
		}
	}
	for line := range strings.Lines(log.String()) {
		if !strings.HasPrefix(line, "time=") || strings.Contains(line, ` msg="forged`) || len(line) > 8<<10 {
			t.Errorf("the log has the line %q", line)
		}
	}
}

// pipes is a listener whose connections have the time of synctest, and no buffer.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	conn, ok := <-p
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}

func (p pipes) Close() error {
	defer func() { _ = recover() }() // it is closed twice
	close(p)
	return nil
}
func (p pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

func (p pipes) dial() net.Conn {
	here, there := net.Pipe()
	p <- there
	return here
}

// TestSlowClients sends and reads more slowly than anybody would wait for. Each ends by itself, and others are answered meanwhile.
func TestSlowClients(t *testing.T) {
	const post = "POST /shop/v2/create HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
	form := strings.ReplaceAll(strings.ReplaceAll(post, "/v2/create", "/basket"), "application/json", "application/x-www-form-urlencoded")
	for _, c := range []struct {
		name, text string
		trickle    bool // more bytes, one each second
		reads      bool // what is answered
		longest    time.Duration
	}{
		{"nothing at all", "", false, true, 10 * time.Second},
		{"half a header", "GET / HTTP/1.1\r\nHost: loc", false, true, 10 * time.Second},
		{"header by header", "GET / HTTP/1.1\r\nHost: localhost\r\nX: ", true, true, 10 * time.Second},
		{"a body that does not come", post, false, true, time.Minute},
		{"a body that trickles in", post, true, true, time.Minute},
		{"a form that trickles in", form, true, true, time.Minute},
		{"who does not read a page", "GET /shop/ HTTP/1.1\r\nHost: localhost\r\n\r\n", true, false, 2 * time.Minute},
		{"who does not read an answer", "GET /shop/v2/items/1 HTTP/1.1\r\nHost: localhost\r\n\r\n", true, false, 2 * time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := make(pipes)
				hosted(t, l, io.Discard)
				const many = 100
				start := time.Now()
				ended := make(chan time.Duration, many)
				for range many {
					conn := l.dial()
					read, written := make(chan struct{}), make(chan struct{})
					go func() {
						defer close(written)
						_, err := io.WriteString(conn, c.text)
						for c.trickle && err == nil {
							time.Sleep(time.Second)
							_, err = io.WriteString(conn, "1")
						}
					}()
					go func() {
						defer close(read)
						if c.reads {
							io.Copy(io.Discard, conn)
						}
					}()
					go func() {
						<-written
						<-read
						conn.Close()
						ended <- time.Since(start)
					}()
				}
				time.Sleep(5 * time.Second)
				conn := l.dial()
				go io.WriteString(conn, "GET /shop/v2/items/1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
				asked := time.Now()
				response, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil || response.StatusCode != http.StatusOK || time.Since(asked) > 0 {
					t.Errorf("beside %d of them a call is answered with %v, %v, after %s; want 200 at once", many, response, err, time.Since(asked))
				}
				if err == nil {
					response.Body.Close()
				}
				conn.Close()
				for range many {
					if took := <-ended; took > c.longest+2*time.Second {
						t.Fatalf("one of them has ended after %s, want at most %s", took, c.longest)
					}
				}
			})
		})
	}
}

// TestManyConnections opens more connections than a server holds. The oldest go, and the next one is answered.
func TestManyConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := make(pipes)
		hosted(t, l, io.Discard)
		var conns []net.Conn
		for range 10_000 {
			conns = append(conns, l.dial())
		}
		synctest.Wait()
		closed := 0
		for _, conn := range conns {
			conn.SetDeadline(time.Now().Add(time.Millisecond))
			if _, err := conn.Read(make([]byte, 1)); errors.Is(err, io.EOF) {
				closed++
			}
		}
		if want := 10_000 - 8192; closed < want || closed > want+1 {
			t.Errorf("of 10000 connections %d are closed, want %d", closed, want)
		}
		conn := l.dial()
		go io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
		var answer bytes.Buffer
		if _, err := io.Copy(&answer, conn); err != nil || !strings.HasPrefix(answer.String(), "HTTP/1.1 200 ") {
			t.Errorf("the next one is answered with %q, %v", answer.String(), err)
		}
		for _, conn := range conns {
			conn.Close()
		}
	})
}

// TestHostileMemory sends large bodies that never end, and looks at what is held of them.
func TestHostileMemory(t *testing.T) {
	address := hostedAt(t, io.Discard)
	before := heap()
	var conns []net.Conn
	for range 300 {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "POST /shop/v2/create HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", 1<<20)
		conn.Write(bytes.Repeat([]byte(" "), 1<<20-1)) // a refused one is closed meanwhile
		conns = append(conns, conn)
	}
	if got := heap() - before; got > 250<<20 {
		t.Errorf("%d bodies of 1 MiB that do not end hold %d MiB, want at most 64 and their buffers", len(conns), got>>20)
	}
	if got := sayRaw(t, address, "POST /shop/v2/create HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n"+`{"name":"bell"}`); got != "200, 200 ok" {
		t.Errorf("beside them a small body is answered with %s", got)
	}
}

// heap returns how many bytes are in use.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
