package run

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// health is the answer of /healthz and /readyz.
type health struct {
	Status string            `json:"status"` // ok or unavailable
	Apps   map[string]string `json:"apps,omitempty"`
}

// serveReady answers whether the apps of this process can do their work. It does not ask other processes: one
// that is away must not take this one out of service too. A process of its own that it cannot keep running is told.
func (p *Process) serveReady(w http.ResponseWriter, r *http.Request) {
	answer, status := p.checkReady(r.Context())
	writeJSON(w, status, answer)
}

// checkReady returns the answer and its status.
func (p *Process) checkReady(ctx context.Context) (health, int) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	answer, status := health{Status: "ok", Apps: map[string]string{}}, http.StatusOK
	unavailable := func(app string) {
		answer.Apps[app], answer.Status, status = "unavailable", "unavailable", http.StatusServiceUnavailable
	}
	for _, a := range p.apps {
		if !a.here() {
			continue
		}
		answer.Apps[a.Name] = "ok"
		for _, resource := range a.resources() {
			if err := resource.Check(ctx); err != nil {
				a.log.Error("not ready", "error", err)
				unavailable(a.Name)
			}
		}
	}
	for _, s := range p.family.members() {
		if s.failing() != nil { // it has been told
			for _, app := range s.spec.Apps {
				unavailable(app)
			}
		}
	}
	return answer, status
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v) //nolint:errcheck // the client is gone
}
