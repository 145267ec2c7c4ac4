package views

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/page"
)

// How long the pages wait for the FAQ.
const (
	listDeadline   = 400 * time.Millisecond
	searchDeadline = 400 * time.Millisecond
	entryDeadline  = 800 * time.Millisecond
	clickDeadline  = 200 * time.Millisecond
)

// home is the start of the help centre.
type home struct {
	Popular, Recent []link
	Away            string // why the lists are old or missing
}

type link struct{ Title, URL string }

func (v *Views) showHome(w http.ResponseWriter, r *http.Request) {
	var view home
	var failed [2]error
	var both sync.WaitGroup
	both.Go(func() { view.Popular, failed[0] = v.list(r.Context(), "popular", "views") })
	both.Go(func() { view.Recent, failed[1] = v.list(r.Context(), "recent", "updated") })
	both.Wait()
	for _, err := range failed {
		if err != nil {
			view.Away = "The FAQ is away for a moment. You can still write to us."
		}
	}
	v.home.Render(w, r, http.StatusOK, view)
}

// list returns published entries in an order. Where the FAQ is away it returns those of last time, and an error.
func (v *Views) list(ctx context.Context, key, sort string) ([]link, error) {
	entries, err := ask(ctx, v, key, listDeadline, func(ctx context.Context) (faqv2.Entries, error) {
		return faqv2.List.Call(ctx, v.calls, faqv2.Filter{Status: faqv2.Published, Sort: sort, Limit: 6})
	})
	var links []link
	for _, e := range entries.Items {
		links = append(links, link{e.Title, "/help/" + e.Slug})
	}
	return links, err
}

// found is the page of a search.
type found struct {
	Query   string
	Results []result
	Away    string
	Popular []link // where nothing was found
}

type result struct {
	Title, Snippet []faqv2.Piece
	URL            string
}

func (v *Views) search(w http.ResponseWriter, r *http.Request) {
	view := found{Query: cut(r.URL.Query().Get("q"), 300)}
	if view.Query != "" {
		var err error
		if view.Results, err = v.find(r.Context(), faqv2.Query{Q: view.Query, Limit: 20, From: "help"}); err != nil {
			view.Away = "The FAQ is away for a moment, so nothing can be searched. You can still write to us, or try again."
		}
	}
	if len(view.Results) == 0 {
		view.Popular, _ = v.list(r.Context(), "popular", "views") // a page without them says enough
	}
	v.found.Render(w, r, http.StatusOK, view)
}

// find searches the FAQ. A result leads to its entry by way of an address that says which search found it.
func (v *Views) find(ctx context.Context, query faqv2.Query) ([]result, error) {
	answer, err := ask(ctx, v, "", searchDeadline, func(ctx context.Context) (faqv2.Results, error) {
		return faqv2.Search.Call(ctx, v.calls, query)
	})
	var results []result
	for _, item := range answer.Items {
		results = append(results, result{item.Title, item.Snippet, "/help/" + item.Slug + clicked(answer.LogID)})
	}
	return results, err
}

// cut returns at most n bytes of s, in whole characters.
func cut(s string, n int) string {
	s = strings.ToValidUTF8(strings.TrimSpace(s), "")
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "")
	}
	return s
}

// notFound answers with a page that looks for the words of an address.
func (v *Views) notFound(w http.ResponseWriter, r *http.Request, slug string) {
	view := found{Query: words(slug)}
	view.Results, _ = v.find(r.Context(), faqv2.Query{Q: view.Query, Limit: 5, From: "help"}) // without results the page says that there is none
	if len(view.Results) == 0 {
		page.Error(w, r, http.StatusNotFound, "", "There is no such answer. Search for it from the start.")
		return
	}
	v.found.Render(w, r, http.StatusNotFound, view)
}

// words returns what an address says of what somebody looks for.
func words(slug string) string { return strings.ReplaceAll(cut(slug, 300), "-", " ") }
