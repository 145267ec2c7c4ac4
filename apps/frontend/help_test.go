package frontend_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/spinofftest"
)

func TestHelp(t *testing.T) {
	w := newWorld()
	spinofftest.Run(t, w.project(), "faq", func(t *testing.T, site *spinofftest.Site) {
		w.reset()
		v := visit(t, site)
		v.eventually("/", `href="/help/charge-a-light"`)
		v.eventually("/help/search?q=charge", "<mark>charge</mark>")
		v.get("/help/search?q=charge").want(http.StatusOK, "1 answer for", `href="/help/charge-a-light?s=31"`)
		v.get("/help/search?q=zeppelin+%22%3E").want(http.StatusOK, "No answer for", "/contact?subject=zeppelin%20%22%3e")
		v.get("/help/search").want(http.StatusOK, "Most read")

		entry := v.get("/help/charge-a-light?s=31").want(http.StatusOK, "<strong>USB</strong>", `rel="canonical"`)
		entry.without("A draft")
		v.get("/help/charge-a-light?s=rubbish").want(http.StatusOK)
		var clicks []faqv2.NewClick
		w.do(func() { clicks = w.clicks })
		if diff := cmp.Diff([]faqv2.NewClick{{LogID: 31, Entry: 7}, {Entry: 7}}, clicks); diff != "" {
			t.Errorf("clicks told to the FAQ (-want +got):\n%s", diff)
		}
		v.get("/help/old-name").to(http.StatusMovedPermanently, "/help/charge-a-light")
		v.get("/help/7").to(http.StatusMovedPermanently, "/help/charge-a-light")
		v.get("/help/secret").want(http.StatusNotFound).without("USB")
		v.get("/help/how-to-charge").want(http.StatusNotFound, "<mark>charge</mark>")
		v.get("/help/zeppelin").want(http.StatusNotFound)
		v.get("/help/%3Cscript%3Ealert(1)%3C%2Fscript%3E-charge").want(http.StatusNotFound)
		v.get("/robots.txt").want(http.StatusOK, "Sitemap: "+site.URL+"/sitemap.xml")
		v.get("/sitemap.xml").want(http.StatusOK, site.URL+"/help/charge-a-light")

		v.post("/help/charge-a-light/vote", "up", "yes").to(http.StatusSeeOther, "/help/charge-a-light")
		v.post("/help/charge-a-light/vote", "up", "no").to(http.StatusSeeOther, "/help/charge-a-light")
		v.get("/help/charge-a-light").want(http.StatusOK, "Thank you")
		visit(t, site).post("/help/charge-a-light/vote", "up", "yes").want(http.StatusSeeOther)
		w.do(func() {
			if len(w.votes) != 2 {
				t.Errorf("three votes of two visitors: got %v, want two votes", w.votes)
			}
		})
	})
}

// TestFAQAway stops the process of the FAQ: every page comes with its fallback, and all is well when it is back.
func TestFAQAway(t *testing.T) {
	w := newWorld()
	spinofftest.Run(t, w.project(), "faq", func(t *testing.T, site *spinofftest.Site) {
		w.reset()
		if site.Placement == "together" {
			t.Skip("nothing can be stopped here")
		}
		v := visit(t, site)
		v.eventually("/", `href="/help/charge-a-light"`)
		v.eventually("/help/charge-a-light", "<strong>USB</strong>")

		site.Stop("faq")
		v.get("/").want(http.StatusOK, "The FAQ is away for a moment", `href="/help/charge-a-light"`)
		v.get("/help/search?q=charge").want(http.StatusOK, "away for a moment", "/contact?subject=charge", "Most read")
		v.get("/help/charge-a-light").want(http.StatusOK, "as we saw it last", "<strong>USB</strong>")
		v.get("/help/never-seen").want(http.StatusServiceUnavailable, "The FAQ is away", `href="/contact?subject=never%20seen`, "Most read")
		v.get("/contact/answers?subject=charge").want(http.StatusOK).without("charge-a-light")
		v.get("/contact?subject=charge").want(http.StatusOK, `value="charge"`)
		v.get("/sitemap.xml").want(http.StatusServiceUnavailable)
		v.post("/help/charge-a-light/vote", "up", "yes").want(http.StatusSeeOther)
		v.get("/help/charge-a-light").want(http.StatusOK, "was not counted")
		if form := v.get("/contact"); form.StatusCode == http.StatusOK {
			v.post("/contact", "key", form.field("key"), "subject", "s", "body", "b", "email", "a@example.com").to(http.StatusSeeOther, "/ticket/secret-1001")
		}

		site.Start("faq")
		v.eventually("/help/search?q=charge", "<mark>charge</mark>")
		w.do(func() { w.entry.Status = faqv2.Archived })
		v.get("/help/charge-a-light").want(http.StatusNotFound)
		site.Stop("faq")
		if gone := v.get("/help/charge-a-light").want(http.StatusServiceUnavailable); strings.Contains(gone.body, "USB") {
			t.Error("an entry that was withdrawn comes back when the FAQ is away")
		}
	})
}
