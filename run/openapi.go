package run

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/contract"
)

// described is a version of a service with its document.
type described struct {
	contract.Version
	document contract.Document
}

// describe describes the service of an app. It refuses types that are shared, and what cannot be described.
func (a *placed) describe() error {
	versions := contract.Versions(a.App)
	if err := contract.Separate(versions); err != nil {
		return fmt.Errorf("app %s: %w", a.Name, err)
	}
	for _, v := range versions {
		document, err := contract.Served(v)
		if err != nil {
			return fmt.Errorf("app %s: its contract: %w", a.Name, err)
		}
		a.contracts = append(a.contracts, described{v, document})
	}
	return nil
}

// Contracts returns the versions of all services of the project, app by app, oldest first.
func (p *Process) Contracts() []contract.Version {
	var versions []contract.Version
	for _, a := range p.apps {
		for _, d := range a.contracts {
			versions = append(versions, d.Version)
		}
	}
	return versions
}

// openAPI serves the documents of an app: each version's, and the list of them.
func (a *placed) openAPI(mux *http.ServeMux) error {
	if len(a.contracts) == 0 {
		return nil
	}
	list := listedVersions{Service: a.Name, Versions: []listedVersion{}}
	for _, d := range a.contracts {
		path := "v" + strconv.Itoa(d.Service.Version) + "/openapi.json"
		list.Versions = append(list.Versions, listedVersion{d.Service.Version, path, d.document.Hash(), d.Frozen != nil, d.Deprecated})
		if err := handle(mux, "GET /"+path, document(d.document)); err != nil {
			return fmt.Errorf("app %s: the document of %s: %w", a.Name, d.Service, err)
		}
	}
	return handle(mux, "GET /openapi.json", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, list) }))
}

// listedVersions says which versions of a service there are.
type listedVersions struct {
	Service  string          `json:"service"`
	Versions []listedVersion `json:"versions"` // oldest first
}

type listedVersion struct {
	Version    int                  `json:"version"`
	Document   string               `json:"document"` // URL, relative to the list
	Hash       string               `json:"hash"`     // of what the contract says without its words
	Released   bool                 `json:"released"`
	Deprecated *spinoff.Deprecation `json:"deprecated,omitempty"`
}

// document serves a contract. It may be kept, and has to be asked for again each time, which costs next to nothing while it is the same.
func document(d contract.Document) http.Handler {
	text, tag := d.Text(), `"`+d.TextHash()+`"`
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", tag)
		h.Set("X-Content-Type-Options", "nosniff")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(text))
	})
}
