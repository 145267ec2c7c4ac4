package run

import (
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/call"
)

// onlyKnownHosts refuses requests for another host than this machine's own names or those in SPINOFF_HOSTS, so that a page elsewhere cannot
// reach the project by a name that it lets point here (DNS rebinding).
func (p *Process) onlyKnownHosts(next http.Handler) http.Handler {
	known := strings.FieldsFunc(p.options.Environ("SPINOFF_HOSTS"), func(r rune) bool { return r == ',' || r == ' ' })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := hostname(r.Host)
		if !isLoopback(host) && !slices.Contains(known, host) {
			refused := *spinoff.ErrForbidden.With("this site does not answer for the host %q; name it in SPINOFF_HOSTS", host)
			refused.Status = http.StatusMisdirectedRequest
			refused.RequestID = call.RequestID(r)
			call.WriteProblem(w, &refused)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// hostname returns a host without its port.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return host
}

// isLoopback reports whether host names this machine to itself.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return ip != nil && ip.IsLoopback()
}
