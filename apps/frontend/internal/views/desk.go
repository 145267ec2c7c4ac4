package views

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/apps/tickets/ticketsv1"
)

// desk is the home of the staff: a card for each app.
type desk struct{ Cards []card }

// card says how an app is and how much waits there.
type card struct {
	Title, URL string
	State      string // up, or away
	Tone       string // of the badge
	Facts      []fact
}

type fact struct{ Count, What, URL string }

const deskDeadline = 800 * time.Millisecond

func (v *Views) showDesk(w http.ResponseWriter, r *http.Request) {
	view := desk{make([]card, 2)}
	var both sync.WaitGroup
	both.Go(func() { view.Cards[0] = v.ticketsCard(r.Context()) })
	both.Go(func() { view.Cards[1] = v.faqCard(r.Context()) })
	both.Wait()
	v.desk.Render(w, r, http.StatusOK, view)
}

func (c *card) state(err error) {
	c.State, c.Tone = "up", "good"
	if absent := new(away); errors.As(err, absent) {
		c.State, c.Tone = "away", "bad"
		if absent.kept {
			c.State = "away, numbers of before"
		}
	}
}

func (v *Views) ticketsCard(ctx context.Context) card {
	c := card{Title: "Tickets", URL: "/tickets/"}
	counts, err := ask(ctx, v, "desk:tickets", deskDeadline, func(ctx context.Context) (ticketsv1.Counts, error) {
		return ticketsv1.Count.Call(ctx, v.calls, ticketsv1.All{})
	})
	if c.state(err); err == nil || c.State != "away" {
		c.Facts = []fact{
			{number(counts.Open), "open", "/tickets/"},
			{number(counts.Unassigned), "with nobody", "/tickets/?tab=unassigned"},
			{number(counts.Waiting), "waiting for the customer", "/tickets/?tab=waiting"},
		}
	}
	return c
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

func (v *Views) faqCard(ctx context.Context) card {
	c := card{Title: "Knowledge base", URL: "/faq/"}
	for _, part := range []struct {
		status faqv2.Status
		what   string
	}{{faqv2.Draft, "drafts"}, {faqv2.Review, "to review"}} {
		entries, err := ask(ctx, v, "desk:faq:"+string(part.status), deskDeadline, func(ctx context.Context) (faqv2.Entries, error) {
			return faqv2.List.Call(ctx, v.calls, faqv2.Filter{Status: part.status, Limit: 100})
		})
		c.state(err)
		if c.State == "away" {
			return c
		}
		count := number(int64(len(entries.Items)))
		if entries.Next != "" {
			count += "+"
		}
		c.Facts = append(c.Facts, fact{count, part.what, "/faq/?status=" + string(part.status)})
	}
	return c
}

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
