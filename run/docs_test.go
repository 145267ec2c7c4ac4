package run_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/spinoff-go/spinoff/run"
)

// newDocsProcess returns a process of the test's project, which is not opened: a reference needs nothing that is.
func newDocsProcess(t *testing.T, options run.Options) *run.Process {
	t.Helper()
	p, err := run.New(project(nothing{}), options)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestDocs: the reference of a version is beside its document, says where the app answers, and is not for everybody where the project has a public name.
func TestDocs(t *testing.T) {
	together := newDocsProcess(t, run.Options{Environ: func(name string) string { return map[string]string{"SPINOFF_HOSTS": "lumen.example"}[name] }})
	alone := newDocsProcess(t, run.Options{Only: []string{"shop"}, Environ: func(string) string { return "" }})
	for _, c := range []struct {
		name                  string
		process               *run.Process
		host, forwarded, path string
		status                int
		want                  string
	}{
		{"together", together, "127.0.0.1:8000", "", "/shop/v1/docs", http.StatusOK, "SHOP_API=http://127.0.0.1:8000/shop<"},
		{"alone, at the root", alone, "localhost:8001", "", "/v1/docs", http.StatusOK, "SHOP_API=http://localhost:8001<"},
		{"alone, by its name", alone, "localhost:8001", "", "/shop/v1/docs", http.StatusOK, "SHOP_API=http://localhost:8001/shop<"},
		{"behind another process", alone, "localhost:8001", "127.0.0.1:8000", "/v1/docs", http.StatusOK, "SHOP_API=http://127.0.0.1:8000/shop<"},
		{"a version that is not there", together, "localhost", "", "/shop/v9/docs", http.StatusNotFound, ""},
		{"by a public name", together, "lumen.example", "", "/shop/v2/docs", http.StatusSeeOther, ""},
		{"by a public name that pretends", together, "lumen.example", "localhost", "/shop/v2/docs", http.StatusSeeOther, ""},
		{"behind a process with a public name", alone, "localhost:8001", "lumen.example", "/v2/docs", http.StatusSeeOther, ""},
	} {
		r := httptest.NewRequest(http.MethodGet, c.path, nil)
		r.Host = c.host
		r.Header.Set("Accept", "text/html")
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-Host", c.forwarded)
		}
		w := httptest.NewRecorder()
		c.process.ServeHTTP(w, r)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s: GET %s: %d, want %d with %q:\n%s", c.name, c.path, w.Code, c.status, c.want, w.Body)
		}
	}
}
