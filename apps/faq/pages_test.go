package faq_test

import (
	"html"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/spinofftest"
)

// browser asks for pages and sends forms, and does not follow redirects.
type browser struct {
	t    *testing.T
	site *spinofftest.Site
}

func (b browser) do(method, path string, form url.Values) (status int, body, location string) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.site.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Content-Type", asForm)
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		b.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatalf("%s %s: %v", method, path, err)
	}
	return response.StatusCode, string(text), response.Header.Get("Location")
}

// see asks for a page and returns it as text, which must hold the wanted ones.
func (b browser) see(path string, want ...string) string {
	b.t.Helper()
	status, body, _ := b.do(http.MethodGet, path, nil)
	if status != http.StatusOK {
		b.t.Fatalf("GET %s: status %d", path, status)
	}
	text := html.UnescapeString(body)
	for _, w := range want {
		if !strings.Contains(text, w) {
			b.t.Errorf("GET %s: the page lacks %q", path, w)
		}
	}
	return text
}

// send sends a form, which must lead to another page, and returns its address.
func (b browser) send(path string, form url.Values) string {
	b.t.Helper()
	status, body, location := b.do(http.MethodPost, path, form)
	if status != http.StatusSeeOther {
		b.t.Fatalf("POST %s: status %d, want 303\n%.3000s", path, status, body)
	}
	return location
}

// version returns the hidden version of the form on an entry's page.
func version(t *testing.T, page string) string {
	t.Helper()
	_, after, found := strings.Cut(page, `name="version" value="`)
	if !found {
		t.Fatal("the page has no form with a version")
	}
	v, _, _ := strings.Cut(strings.TrimPrefix(after, `"`), `"`)
	return `"` + v + `"`
}

func TestDesk(t *testing.T) {
	spinofftest.Run(t, project(), "faq", func(t *testing.T, site *spinofftest.Site) {
		b := browser{t, site}
		b.see("/faq/", "No entries yet")
		b.see("/faq/review", "All reviewed")
		b.see("/faq/gaps", "No gaps")
		at := b.send("/faq/new", url.Values{"title": {"How do I charge it?"}, "questions": {"Which cable?\n\nWhich charger?\n"}, "answer": {"Over **USB**."}, "tags": {"Charging, lights"}, "related": {"#2, 77"}})
		page := b.see(at, "How do I charge it?", "Which charger?", "<strong>USB</strong>", `>draft<`, "/faq/?tag=charging", "#77 does not exist yet")
		must[faqv2.Question](t)(faqv2.Create.Call(t.Context(), site.Calls, faqv2.NewQuestion{Question: "Which cable?", Source: 41}))
		b.see(at, ">once</span>", "/tickets/41", "Which cable?")

		form := url.Values{"note": {"Please have a look"}, "version": {`"0"`}}
		if status, body, _ := b.do(http.MethodPost, at+"/submit", form); status != http.StatusPreconditionFailed || !strings.Contains(body, `value="Please have a look"`) {
			t.Errorf("submit from a page of before: status %d, want 412 and the note kept", status)
		}
		form.Set("version", version(t, b.see(at)))
		b.send(at+"/submit", form)
		b.see("/faq/review", "How do I charge it?", "Please have a look")
		if back := b.send(at+"/reject", url.Values{"note": {"Which charger?!"}, "back": {"review"}}); back != "/faq/review" {
			t.Errorf("rejected from the queue, it leads to %q", back)
		}
		b.see(at, "Sent back:", "Which charger?!")
		b.send(at+"/publish", nil)
		b.see(at, "published", "Readers see a new revision as soon as you save it", "ines@lumen.example")
		if status, body, _ := b.do(http.MethodPost, at+"/submit", nil); status != http.StatusConflict || !strings.Contains(body, "entry 1 is published") {
			t.Errorf("submit what is published: status %d", status)
		}

		edit := url.Values{"title": {"How do I charge it?"}, "answer": {"Over USB-C."}, "note": {"Connector named"}, "version": {version(t, page)}}
		if status, body, _ := b.do(http.MethodPost, at, edit); status != http.StatusPreconditionFailed || !strings.Contains(body, "Over USB-C.") || !strings.Contains(body, "<ins>") {
			t.Errorf("save over steps that others took: status %d, want 412 and a page that keeps the text", status)
		} else {
			edit.Set("version", version(t, html.UnescapeString(body)))
		}
		b.send(at, edit)
		b.see(at, "Over USB-C.", "Connector named")
		b.see(at+"/revisions/2", "<del>Over **USB**.</del>", "<ins>Over USB-C.</ins>", "current")
		b.see(at+"/revisions/1?from=2", "<ins>Over **USB**.</ins>", "Restore it")
		for _, step := range []string{"/archive", "/revisions/1"} {
			if status, body, _ := b.do(http.MethodPost, at+step, url.Values{"version": {version(t, page)}, "seen": {"1"}}); status != http.StatusPreconditionFailed || step == "/archive" && !strings.Contains(body, "/revisions/2?from=1") {
				t.Errorf("POST %s from a page of before: status %d, want 412 and a link to what changed", step, status)
			}
		}
		b.send(at+"/revisions/1", url.Values{"version": {version(t, b.see(at))}})
		b.see(at, "As in revision 1", "Which charger?")

		status, body, _ := b.do(http.MethodPost, at, url.Values{"title": {"Kept"}, "answer": {"*so*"}, "do": {"preview"}})
		if status != http.StatusOK || !strings.Contains(body, "<em>so</em>") || !strings.Contains(body, `value="Kept"`) {
			t.Errorf("preview: status %d", status)
		}
		for field, value := range map[string]string{"title": "", "related": "one", "tags": strings.Repeat("x,y", 30), "answer": strings.Repeat("x", 100_001)} {
			form := url.Values{"title": {"Typed"}, "answer": {"and kept"}, "version": {"*"}}
			form.Set(field, value)
			status, body, _ := b.do(http.MethodPost, at, form)
			if status != http.StatusUnprocessableEntity || !strings.Contains(body, `href="#field-`+field) {
				t.Errorf("save with a wrong %s: status %d, want 422 and a link to the field", field, status)
			}
		}
		must[struct{}](t)(faqv2.Vote.Call(t.Context(), site.Calls, faqv2.NewVote{ID: "1", Anon: "x", Reason: "unclear", Comment: "Which one?"}))
		b.see(at, ">0</span> yes", ">1</span> no", "Which one?", "unclear")
		b.see("/faq/?q=charger", "1 entry found", "How do I charge it?")
		b.see("/faq/?q=%231", "How do I charge it?")
		b.see("/faq/?q=zeppelin", "No entry fits “zeppelin”")
		b.see("/faq/?tag=charging", "How do I charge it?")
		b.see("/faq/?status=published&after=nonsense", "How do I charge it?")
		must[faqv2.Results](t)(faqv2.Search.Call(t.Context(), site.Calls, faqv2.Query{Q: "Zeppelin", From: "help"}))
		must[faqv2.Results](t)(faqv2.Search.Call(t.Context(), site.Calls, faqv2.Query{Q: "zeppelin!", From: "contact"}))
		b.see("/faq/gaps", "Zeppelin", "nothing found", `data-label="times"><span data-count="gap Zeppelin">2<`)
		b.send(at+"/archive", nil)
		b.see("/faq/?status=archived", "How do I charge it?")
		for _, path := range []string{"/faq/edit/99", "/faq/edit/1/revisions/99", "/faq/edit/1/revisions/x", "/faq/nothing"} {
			if status, _, _ := b.do(http.MethodGet, path, nil); status != http.StatusNotFound {
				t.Errorf("GET %s: status %d, want 404", path, status)
			}
		}
		if status, _, _ := b.do(http.MethodPost, at+"/explode", nil); status != http.StatusNotFound {
			t.Errorf("POST a step that is none: status %d, want 404", status)
		}
	})
}

func TestMarkdownCannotHarm(t *testing.T) {
	site := spinofftest.Together(t, project())
	b := browser{t, site}
	attack := strings.Join([]string{
		`<script>alert(1)</script>`, `<img src=x onerror=alert(1)>`, `[a](javascript:alert(1))`, `[b](data:text/html,<script>alert(1)</script>)`,
		`<a href="vbscript:x">c</a>`, `<svg onload=alert(1)>`, `<iframe src="//evil.example"></iframe>`, "```\"><script>alert(1)</script>\n```", `<style>body{display:none}</style>`,
	}, "\n\n")
	at := b.send("/faq/new", url.Values{"title": {`"><script>alert(1)</script> how?`}, "answer": {attack}, "questions": {attack}, "tags": {attack}})
	b.send(at+"/submit", url.Values{"note": {attack}})
	must[struct{}](t)(faqv2.Vote.Call(t.Context(), site.Calls, faqv2.NewVote{ID: "1", Anon: attack[:90], Comment: attack}))
	b.send(at, url.Values{"title": {"Changed " + attack[:200]}, "answer": {attack + "\n\nmore"}, "note": {attack[:200]}, "version": {"*"}})
	for _, path := range []string{at, at + "/revisions/1", at + "/revisions/2", "/faq/", "/faq/review", "/faq/?q=" + url.QueryEscape(attack), "/faq/new?title=" + url.QueryEscape(attack)} {
		status, body, _ := b.do(http.MethodGet, path, nil)
		for _, bad := range []string{"<script>alert", "<svg onload", "<iframe", "<style", "<img src=x", `href="javascript:`, `href="data:`, `href="vbscript:`} {
			if status != http.StatusOK || strings.Contains(body, bad) {
				t.Errorf("GET %s: status %d, and the page holds %q: %v", path, status, bad, strings.Contains(body, bad))
			}
		}
	}
}

func TestNaughtyForms(t *testing.T) {
	site := spinofftest.Together(t, project())
	b := browser{t, site}
	for i, text := range naughty(t) {
		if i%5 != 0 { // a page for each takes long; the contract's test sends all of them
			continue
		}
		status, body, at := b.do(http.MethodPost, "/faq/new", url.Values{"title": {"About " + text}, "questions": {text}, "answer": {text}, "tags": {text}, "related": {text}})
		if status == http.StatusUnprocessableEntity && strings.Contains(body, "#field-related") {
			status, _, at = b.do(http.MethodPost, "/faq/new", url.Values{"title": {"About " + text}, "questions": {text}, "answer": {text}, "tags": {text}})
		}
		if status == http.StatusUnprocessableEntity && len(text) > 100 {
			continue // longer than a title, or more than 20 tags
		}
		if status != http.StatusSeeOther {
			t.Errorf("POST /faq/new with %q: status %d", text, status)
			continue
		}
		b.see(at)
		b.see("/faq/?q=" + url.QueryEscape(text))
		b.see("/faq/?tag=" + url.QueryEscape(text))
	}
}
