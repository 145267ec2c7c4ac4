package views

import (
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// A wrong password may be tried this often in that time, for one account and from one address.
const (
	triesPerAccount = 10
	triesPerAddress = 50
	triesWindow     = 15 * time.Minute
)

// tries counts passwords that were tried. It is kept in memory: a restart forgets them.
type tries struct {
	now   func() time.Time
	mu    sync.Mutex
	times map[string][]time.Time
}

func newTries(now func() time.Time) *tries { return &tries{now: now, times: map[string][]time.Time{}} }

// keys are what the tries of a request count for, with their limits.
func keys(r *http.Request, email string) map[string]int {
	keys := map[string]int{"account " + strings.ToLower(email): triesPerAccount}
	if address := addressOf(r); address != "" {
		keys["address "+address] = triesPerAddress
	}
	return keys
}

// addressOf returns where a request comes from: for one that a proxy on this machine passes on, what the proxy says. Only the last
// address of X-Forwarded-For is the proxy's word; those before it are the visitor's. Somebody on this machine has none.
func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return host
	}
	forwarded := strings.Join(r.Header.Values("X-Forwarded-For"), ",")
	return strings.TrimSpace(forwarded[strings.LastIndexByte(forwarded, ',')+1:])
}

// begin reports whether a password may be tried, and counts the try before its outcome is known: otherwise many at the same
// time would all be allowed.
func (t *tries) begin(r *http.Request, email string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.times) > 10_000 { // somebody tries many accounts: those of long ago are forgotten
		for key := range t.times {
			t.recent(key)
		}
	}
	counted := keys(r, email)
	for key, limit := range counted {
		if len(t.recent(key)) >= limit {
			return false
		}
	}
	for key := range counted {
		t.times[key] = append(t.times[key], t.now())
	}
	return true
}

// right takes a try back that had the right password.
func (t *tries) right(r *http.Request, email string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for key := range keys(r, email) {
		if times := t.recent(key); len(times) > 0 {
			t.times[key] = times[:len(times)-1]
		}
	}
}

// recent returns the tries of the last while and forgets older ones.
func (t *tries) recent(key string) []time.Time {
	times := t.times[key]
	for len(times) > 0 && t.now().Sub(times[0]) > triesWindow {
		times = times[1:]
	}
	if len(times) == 0 {
		delete(t.times, key)
		return nil
	}
	t.times[key] = times
	return times
}
