package views

import (
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// A password may be guessed wrongly this often in that time, for one account and from one address.
const (
	triesPerAccount = 10
	triesPerAddress = 50
	triesWindow     = 15 * time.Minute
)

// tries counts wrong passwords. It is kept in memory: a restart forgets them.
type tries struct {
	now    func() time.Time
	mu     sync.Mutex
	failed map[string][]time.Time
}

func newTries(now func() time.Time) *tries { return &tries{now: now, failed: map[string][]time.Time{}} }

// keys are what the tries of a request count for. The address of a proxy on this machine stands for everybody and counts for nobody.
func (t *tries) keys(r *http.Request, email string) map[string]int {
	keys := map[string]int{"account " + strings.ToLower(email): triesPerAccount}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if ip := net.ParseIP(host); err == nil && ip != nil && !ip.IsLoopback() {
		keys["address "+host] = triesPerAddress
	}
	return keys
}

// allowed reports whether another try may be made.
func (t *tries) allowed(r *http.Request, email string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for key, limit := range t.keys(r, email) {
		if len(t.recent(key)) >= limit {
			return false
		}
	}
	return true
}

// fail counts a wrong password.
func (t *tries) fail(r *http.Request, email string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.failed) > 10_000 { // somebody tries many accounts: those of long ago are forgotten
		for key := range t.failed {
			t.recent(key)
		}
	}
	for key := range t.keys(r, email) {
		t.failed[key] = append(t.recent(key), t.now())
	}
}

// recent returns the wrong tries of the last while and forgets older ones.
func (t *tries) recent(key string) []time.Time {
	times := t.failed[key]
	for len(times) > 0 && t.now().Sub(times[0]) > triesWindow {
		times = times[1:]
	}
	if len(times) == 0 {
		delete(t.failed, key)
		return nil
	}
	t.failed[key] = times
	return times
}
