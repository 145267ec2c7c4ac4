package views

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"time"

	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
)

// robots tells search engines what is not for them.
func (v *Views) robots(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintf(w, "User-agent: *\nDisallow: /ticket/\nDisallow: /contact/\nDisallow: /help/search\nDisallow: /desk\nDisallow: /account\nSitemap: %s\n", absolute(r, "/sitemap.xml")) //nolint:gosec // plain text, for a host that is known
}

// maxSitemap is the most entries that a sitemap lists.
const maxSitemap = 5000

// sitemap lists the published entries for search engines.
func (v *Views) sitemap(w http.ResponseWriter, r *http.Request) {
	type location struct {
		Loc     string `xml:"loc"`
		LastMod string `xml:"lastmod"`
	}
	type urlset struct {
		XMLName xml.Name   `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
		URLs    []location `xml:"url"`
	}
	set := urlset{URLs: []location{}}
	for after := ""; len(set.URLs) < maxSitemap; {
		entries, err := ask(r.Context(), v, "", entryDeadline, func(ctx context.Context) (faqv2.Entries, error) {
			return faqv2.List.Call(ctx, v.calls, faqv2.Filter{Status: faqv2.Published, Limit: 100, After: after})
		})
		if err != nil { // half a list would say that the rest is gone
			w.Header().Set("Retry-After", "60")
			http.Error(w, "The FAQ is away.", http.StatusServiceUnavailable)
			return
		}
		for _, e := range entries.Items {
			set.URLs = append(set.URLs, location{absolute(r, "/help/"+e.Slug), e.UpdatedAt.Format(time.RFC3339)})
		}
		if after = entries.Next; after == "" {
			break
		}
	}
	text, err := xml.MarshalIndent(set, "", " ")
	if err != nil {
		v.fail(w, r, "write the sitemap", err)
		return
	}
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	w.Write(append([]byte(xml.Header), text...)) //nolint:errcheck // the reader is gone
}
