package page_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/spinoff-go/spinoff/page"
)

func TestSecureHeaders(t *testing.T) {
	w := get(t, page.Secure(http.NotFoundHandler()), "/")
	policy := w.Header().Get("Content-Security-Policy")
	if policy != page.Policy || strings.Contains(policy, "unsafe-") || !strings.HasPrefix(policy, "default-src 'none'") {
		t.Errorf("Content-Security-Policy = %q, want %q without unsafe-*", policy, page.Policy)
	}
	for header, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "strict-origin-when-cross-origin", "Cross-Origin-Opener-Policy": "same-origin",
	} {
		if got := w.Header().Get(header); got != want {
			t.Errorf("%s = %q, want %q", header, got, want)
		}
	}
}

func TestSecureRefusesOtherOriginsAndKeepsTheText(t *testing.T) {
	reached := false
	h := page.Secure(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	send := func(target, site string) *httptest.ResponseRecorder {
		form := url.Values{"body": {"\nMy long </textarea><script>story"}, "password": {"hunter2"}, "empty": {""}}
		r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", site)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	w := send("http://x//evil.example/contact", "cross-site")
	if reached || w.Code != http.StatusForbidden {
		t.Fatalf("POST from another site: status %d, reached the handler %t, want 403 and not reached", w.Code, reached)
	}
	doc := parse(t, w.Body.String())
	if got, want := text(find(doc, "id", "typed-0")[0]), "\nMy long </textarea><script>story"; got != want {
		t.Errorf("403 page kept %q, want %q", got, want)
	}
	if strings.Contains(w.Body.String(), "hunter2") {
		t.Error("403 page shows the password")
	}
	if strings.Contains(w.Body.String(), `"//evil`) {
		t.Error("403 page links to another host")
	}
	if send("/contact", "same-origin"); !reached {
		t.Error("POST from the same origin did not reach the handler")
	}
}

func TestForeignRunsNothing(t *testing.T) {
	h := page.Secure(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { page.Foreign(w, "<p>Hello") }))
	policy := get(t, h, "/").Header().Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "sandbox", "form-action 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("policy of foreign HTML = %q, want %q in it", policy, want)
		}
	}
	for _, never := range []string{"allow-scripts", "script-src", "http:", "https:"} {
		if strings.Contains(policy, never) {
			t.Errorf("policy of foreign HTML = %q, want no %q", policy, never)
		}
	}
}
