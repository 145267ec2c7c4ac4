package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/spinofftest"
)

// asking is what an endpoint of the test takes, and answers with.
type asking struct {
	Question string `json:"question"`
}

// answering is what it answers with.
type answering struct {
	Answer string `json:"answer"`
}

// TestClientOfURL makes clients of what a running service says of itself, also behind a name and a secret, which nothing prints.
func TestClientOfURL(t *testing.T) {
	ask := spinoff.Endpoint[asking, answering]{Service: spinoff.Service{Name: "ask", Version: 1}, Route: "POST /ask"}
	site := spinofftest.Together(t, spinoff.Project{Name: "asking", Apps: []spinoff.New{func(spinoff.Env) (spinoff.App, error) {
		return spinoff.App{Name: "ask", Provides: []spinoff.Handler{
			ask.Serve(func(_ context.Context, in asking) (answering, error) { return answering{in.Question}, nil }),
		}}, nil
	}}})
	code, open, stderr := tool("contract", "client", site.URL+"/ask/v1/openapi.json", "--lang", "python")
	if code != 0 || !strings.Contains(open, "def ask(self, *, question: str,") {
		t.Fatalf("contract client URL: exit code %d\n%s%s; want a client that has ask", code, open, stderr)
	}

	guarded := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, secret, _ := r.BasicAuth(); user != "desk" || secret != "hidden" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		http.Redirect(w, r, site.URL+r.URL.Path, http.StatusFound)
	}))
	t.Cleanup(guarded.Close)
	for _, c := range []struct {
		secret, path string
		code         int
		says         string
	}{
		{"hidden", "/ask/v1/openapi.json", 0, ""},
		{"wrong-hidden", "/ask/v1/openapi.json", 1, "/ask/v1/openapi.json answers with 401 Unauthorized"},
		{"hidden", "/ask/v7/openapi.json", 1, "/ask/v7/openapi.json answers with 404 Not Found"},
		{"hidden", "/ask/openapi.json", 1, "the document does not say its version"},
	} {
		u, err := url.Parse(guarded.URL)
		if err != nil {
			t.Fatal(err)
		}
		u.User, u.Path = url.UserPassword("desk", c.secret), c.path
		code, stdout, stderr := tool("contract", "client", u.String(), "--lang", "python")
		switch {
		case code != c.code || !strings.Contains(stderr, c.says):
			t.Errorf("contract client %s: exit code %d, %q; want %d, %q", u, code, stderr, c.code, c.says)
		case code == 0 && stdout != open:
			t.Errorf("contract client %s: it is not the client that is made without a name and a secret", u)
		case strings.Contains(stdout+stderr, "hidden"):
			t.Errorf("contract client %s prints the secret:\n%s", u, stderr)
		}
	}
}
