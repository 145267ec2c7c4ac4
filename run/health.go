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
// that is away must not take this one out of service too.
func (p *Process) serveReady(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	answer, status := health{Status: "ok", Apps: map[string]string{}}, http.StatusOK
	for _, a := range p.apps {
		if !a.here {
			continue
		}
		answer.Apps[a.Name] = "ok"
		for _, resource := range a.resources() {
			if err := resource.Check(ctx); err != nil {
				a.log.Error("not ready", "error", err)
				answer.Apps[a.Name], answer.Status, status = "unavailable", "unavailable", http.StatusServiceUnavailable
			}
		}
	}
	writeJSON(w, status, answer)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v) //nolint:errcheck // the client is gone
}
