package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// inTime is how late an answer may be: later, nobody waits for it any more.
const inTime = time.Second

// mostOut bounds the requests that wait for an answer; one more is not sent, and counts as not answered.
const mostOut = 6000

// arrivals sends one request again and again at a fixed rate, whatever becomes of those before: as a crowd does, which does not know of each other (open loop).
type arrivals struct {
	address string
	request []byte

	mu        sync.Mutex
	idle      []*wire
	out       int
	latencies []time.Duration // of what was answered in time, from when it was to be sent
	refused   int             // answered with 503
	failed    int             // not answered in time, or not sensibly
}

// wire is a connection. It does as little as it can, since what it costs is taken from the server under test.
type wire struct {
	net.Conn
	in *bufio.Reader
}

func newArrivals(address, method, path, body string) *arrivals {
	request := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", method, path, address, len(body), body)
	return &arrivals{address: address, request: []byte(request)}
}

// run sends rate requests a second for so long, and waits for their answers.
func (a *arrivals) run(rate float64, length time.Duration) {
	var wg sync.WaitGroup
	start := time.Now()
	for sent := 0; ; {
		elapsed := time.Since(start)
		if elapsed > length {
			break
		}
		for ; float64(sent) < rate*elapsed.Seconds(); sent++ {
			due := start.Add(time.Duration(float64(sent) / rate * float64(time.Second)))
			wg.Go(func() { a.one(due) })
		}
		time.Sleep(time.Millisecond)
	}
	wg.Wait()
}

// closed sends requests by so many callers, each of which waits for its answer.
func (a *arrivals) closed(callers int, length time.Duration) {
	var wg sync.WaitGroup
	end := time.Now().Add(length)
	for range callers {
		wg.Go(func() {
			for now := time.Now(); now.Before(end); now = time.Now() {
				a.one(now)
			}
		})
	}
	wg.Wait()
}

func (a *arrivals) one(due time.Time) {
	w, ok := a.take()
	status := 0
	if ok {
		status = w.ask(a.address, a.request, due.Add(inTime))
	}
	took := time.Since(due)
	a.mu.Lock()
	defer a.mu.Unlock()
	if ok {
		a.out--
	}
	if status != 0 {
		a.idle = append(a.idle, w)
	}
	switch {
	case status == http.StatusServiceUnavailable:
		a.refused++
	case status == 0 || status >= 300 || took > inTime:
		a.failed++
	default:
		a.latencies = append(a.latencies, took)
	}
}

// take returns a connection that nobody uses.
func (a *arrivals) take() (*wire, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.out >= mostOut {
		return nil, false
	}
	a.out++
	if n := len(a.idle); n > 0 {
		w := a.idle[n-1]
		a.idle = a.idle[:n-1]
		return w, true
	}
	return new(wire), true
}

// ask returns the status of the answer, or 0 where there is none.
func (w *wire) ask(address string, request []byte, end time.Time) int {
	var err error
	if w.Conn == nil {
		if w.Conn, err = (&net.Dialer{Deadline: end}).Dial("tcp", address); err != nil {
			w.Conn = nil
			return 0
		}
		w.in = bufio.NewReader(w.Conn)
	}
	w.SetDeadline(end) //nolint:errcheck // the next line says it
	status := 0
	if _, err = w.Write(request); err == nil {
		status, err = w.read()
	}
	if err != nil {
		w.Close() //nolint:errcheck // it is of no use any more
		w.Conn = nil
		return 0
	}
	return status
}

func (w *wire) read() (int, error) {
	response, err := http.ReadResponse(w.in, nil)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	if response.Close {
		err = io.EOF
	}
	return response.StatusCode, err
}

// quantile returns a quantile of what was answered in time.
func (a *arrivals) quantile(q float64) time.Duration {
	if len(a.latencies) == 0 {
		return 0
	}
	slices.Sort(a.latencies)
	return a.latencies[min(int(q*float64(len(a.latencies))), len(a.latencies)-1)]
}

func (a *arrivals) total() int { return len(a.latencies) + a.refused + a.failed }
