package frontend_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/spinoff-go/spinoff/apps/tickets/ticketsv1"
	"github.com/spinoff-go/spinoff/spinofftest"
)

func TestContact(t *testing.T) {
	w := newWorld()
	spinofftest.Run(t, w.project(), "tickets", func(t *testing.T, site *spinofftest.Site) {
		w.reset()
		v := visit(t, site)
		v.eventually("/contact/answers?subject=how+to+charge", "<mark>charge</mark>")
		form := v.get("/contact?subject=charge+it&search=charge").want(http.StatusOK, "<noscript>", "Look for answers first", `value="charge it"`)
		key := form.field("key")
		if other := v.get("/contact").field("key"); key == "" || other == key {
			t.Errorf("two forms have the keys %q and %q, want two different ones", key, other)
		}

		v.post("/contact", "key", key, "do", "look", "subject", "charge", "body", "kept "+naughty, "name", naughty, "email", naughty).
			want(http.StatusOK, "<mark>charge</mark>", "kept &#34;&gt;&lt;script&gt;")
		v.post("/contact", "key", key, "do", "look", "subject", "zeppelin").want(http.StatusOK, "No answer fits")
		v.post("/contact", "key", key, "body", "kept").want(http.StatusUnprocessableEntity, "There is a problem", `href="#field-subject"`, `href="#field-email"`, "kept")
		v.post("/contact", "key", key, "subject", naughty, "body", naughty, "name", naughty, "email", "nobody", "search", naughty).
			want(http.StatusUnprocessableEntity, `href="#field-email"`, "such as name@example.com", "&lt;script&gt;")
		v.post("/contact", "key", key, "subject", strings.Repeat("ä", 300), "body", "b", "email", "a@example.com").want(http.StatusUnprocessableEntity, `href="#field-subject"`)
		v.post("/contact", "key", key, "subject", "s", "body", strings.Repeat("x", 2<<20), "email", "a@example.com").want(http.StatusRequestEntityTooLarge)
		if n := w.count(); n != 0 {
			t.Fatalf("forms with mistakes opened %d tickets, want none", n)
		}

		question := []string{"key", key, "subject", "charge it " + naughty, "body", "It stays dark " + naughty, "name", "Ada " + naughty, "email", "ada@example.com", "search", "charge"}
		v.post("/contact", question...).to(http.StatusSeeOther, "/ticket/secret-1001")
		v.get("/ticket/secret-1001").want(http.StatusOK, "We have your question", "#1001")
		v.post("/contact", question...).to(http.StatusSeeOther, "/ticket/secret-1001")
		w.do(func() { w.solved[w.tickets[0].Fingerprint] = true })
		v.post("/contact", question...).to(http.StatusSeeOther, "/ticket/secret-1001")
		if n := w.count(); n != 1 {
			t.Errorf("the same form three times opened %d tickets, want 1", n)
		}
		other := slices.Clone(question)
		other[5] = "Something else"
		v.post("/contact", other...).to(http.StatusSeeOther, "/ticket/secret-1002")
		w.do(func() {
			if got := w.tickets[0]; got.Channel != "web" || got.Search != "charge" || !strings.HasPrefix(got.Fingerprint, "web:") {
				t.Errorf("ticket of the form: got %+v, want the channel web, the search and a fingerprint", got)
			}
		})
	})
}

func (w *world) count() (n int) {
	w.do(func() { n = len(w.tickets) })
	return n
}

func TestMyTicket(t *testing.T) {
	w := newWorld()
	spinofftest.Run(t, w.project(), "tickets", func(t *testing.T, site *spinofftest.Site) {
		w.reset()
		v := visit(t, site)
		v.post("/contact", "key", "k", "subject", naughty, "body", naughty, "name", naughty, "email", "a@example.com").to(http.StatusSeeOther, "/ticket/secret-1001")
		shown := v.get("/ticket/secret-1001").want(http.StatusOK, "#1001", "&lt;script&gt;", "We are on it")
		for name, want := range map[string]string{"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"} {
			if got := shown.Header.Get(name); got != want {
				t.Errorf("GET /ticket/{token}: header %s: got %q, want %q", name, got, want)
			}
		}
		shown.without("We have published an answer")
		w.do(func() {
			w.hints = []ticketsv1.Hint{{Title: "It shines " + naughty, URL: "/help/it-shines"}, {Title: "No way", URL: "javascript:alert(1)"}}
		})
		v.get("/ticket/secret-1001").want(http.StatusOK, `We have published an answer to this since you asked: <a href="/help/it-shines">It shines`).without("javascript:")
		v.get("/ticket/other").want(http.StatusNotFound, "There is no such ticket")
		v.post("/ticket/secret-1001", "key", "k", "body", "  ").want(http.StatusUnprocessableEntity, `href="#field-body"`)
		for range 2 {
			v.post("/ticket/secret-1001", "key", "k", "body", "More of it").to(http.StatusSeeOther, "/ticket/secret-1001")
		}
		w.do(func() {
			w.solved[w.tickets[0].Fingerprint] = true
			if len(w.answers) != 1 {
				t.Errorf("the same message twice: got %q, want it once", w.answers)
			}
		})
		v.get("/ticket/secret-1001").want(http.StatusOK, "More of it", "We think that this is solved")

		if site.Placement == "together" {
			return
		}
		site.Stop("tickets")
		v.get("/ticket/secret-1001").want(http.StatusServiceUnavailable, "We have your ticket")
		v.post("/ticket/secret-1001", "key", "k", "body", "typed in vain").want(http.StatusServiceUnavailable, "typed in vain", "away")
		v.post("/contact", "key", "k2", "subject", "all of it", "body", "typed in vain", "name", "Ada", "email", "ada@example.com").
			want(http.StatusServiceUnavailable, "was not sent", "typed in vain", `value="all of it"`, `value="ada@example.com"`, `value="k2"`)
		v.get("/").want(http.StatusOK)
		site.Start("tickets")
		v.eventually("/ticket/secret-1001", "#1001")
		v.post("/ticket/secret-1001", "key", "k", "body", "typed in vain").to(http.StatusSeeOther, "/ticket/secret-1001")
		v.get("/ticket/secret-1001").want(http.StatusOK, "typed in vain")
	})
}
