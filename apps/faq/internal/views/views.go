// Package views has the pages on which the staff write, review and improve the knowledge base.
package views

import (
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/apps/faq/internal/models"
	"github.com/spinoff-go/spinoff/apps/faq/internal/provider"
	"github.com/spinoff-go/spinoff/page"
)

//go:embed templates/*.html
var templates embed.FS

// Views are the pages of the app. They may be used concurrently.
type Views struct {
	models *models.Models
	now    func() time.Time
	log    *slog.Logger

	live     *page.Live // of the lists and the entries
	liveGaps *page.Live

	list     *page.View[listView]
	review   *page.View[reviewView]
	gaps     *page.View[gapsView]
	entry    *page.View[entryView]
	blank    *page.View[blankView]
	conflict *page.View[conflictView]
	revision *page.View[revisionView]
}

// New parses the pages. It panics, naming file and line, when one cannot be shown.
func New(m *models.Models, now func() time.Time, log *slog.Logger) *Views {
	v := &Views{
		models: m, now: now, log: log,
		list:     page.Desk[listView](templates, "templates/list.html"),
		review:   page.Desk[reviewView](templates, "templates/review.html"),
		gaps:     page.Desk[gapsView](templates, "templates/gaps.html"),
		entry:    page.Desk[entryView](templates, "templates/entry.html"),
		blank:    page.Desk[blankView](templates, "templates/new.html"),
		conflict: page.Desk[conflictView](templates, "templates/conflict.html"),
		revision: page.Desk[revisionView](templates, "templates/revision.html"),
	}
	v.live = page.NewLive(log, v.count, page.LiveOptions{})
	v.liveGaps = page.NewLive(log, v.countGaps, page.LiveOptions{Every: gapsEvery})
	return v
}

// Live returns what keeps the counts of open pages up to date, to be held by the app.
func (v *Views) Live() []spinoff.Resource { return []spinoff.Resource{v.live, v.liveGaps} }

// Routes returns the pages with their routes. All of them are for the staff; the public ones belong to the front end.
func (v *Views) Routes() []spinoff.View {
	var routes []spinoff.View
	add := func(route string, handle func(http.ResponseWriter, *http.Request) error) {
		routes = append(routes, spinoff.View{Route: route, Handler: v.orProblem(handle)})
	}
	add("GET /{$}", v.showList)
	add("GET /review", v.showReview)
	add("GET /gaps", v.showGaps)
	routes = append(routes,
		spinoff.View{Route: "GET /live", Handler: v.live.Stream(entriesOf)},
		spinoff.View{Route: "GET /live/gaps", Handler: v.liveGaps.Stream(nil)})
	add("GET /new", v.showNew)
	add("POST /new", v.create)
	add("GET /edit/{id}", v.showEntry)
	add("POST /edit/{id}", v.save)
	add("POST /edit/{id}/{step}", v.step)
	add("GET /edit/{id}/revisions/{n}", v.showRevision)
	add("POST /edit/{id}/revisions/{n}", v.restore)
	return routes
}

// orProblem answers with a page that says what is wrong where handle returns an error.
func (v *Views) orProblem(handle func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := handle(w, r)
		switch {
		case err == nil:
		case errors.Is(err, faqv2.ErrNotFound):
			page.Error(w, r, http.StatusNotFound, "There is no such entry", "It may have another number. Look for it in the list.")
		case errors.Is(err, faqv2.ErrState), errors.Is(err, faqv2.ErrStale):
			page.Error(w, r, spinoff.AsError(err).Status, "Somebody was faster", "Nothing was done: "+spinoff.AsError(err).Detail+". Open the entry again to see what is possible now.")
		default:
			v.log.ErrorContext(r.Context(), "page failed", "path", r.URL.Path, "error", err)
			page.Error(w, r, http.StatusInternalServerError, "", "")
		}
	})
}

// number returns the number in the path of the request. What is none names no entry.
func number(r *http.Request, name string) (int64, error) {
	n, err := strconv.ParseInt(r.PathValue(name), 10, 64)
	if err != nil {
		return 0, faqv2.ErrNotFound
	}
	return n, nil
}

func author(r *http.Request) string { return spinoff.OriginOf(r.Context()).Person.Email }

// toEntry sends the browser to an entry's page, which says what was done.
func toEntry(w http.ResponseWriter, r *http.Request, number int64, done string) error {
	page.Flash(w, r, done)
	http.Redirect(w, r, provider.EntryURL(number), http.StatusSeeOther)
	return nil
}

// tab is one of the lists at the top of a page.
type tab struct {
	Name, Title, URL string // a tab without a name is not counted
	Count            int64
	Current          bool
}

// tabs returns the lists there are; current is the URL of the one that is shown.
func (v *Views) tabs(r *http.Request, current string) ([]tab, error) {
	byStatus, err := v.models.Counts(r.Context())
	if err != nil {
		return nil, fmt.Errorf("count entries: %w", err)
	}
	counts := countsOf(byStatus)
	tabs := []tab{
		{Name: "all", Title: "All", URL: "/faq/"},
		{Name: "draft", Title: "Drafts", URL: "/faq/?status=draft"},
		{Name: "review", Title: "To review", URL: "/faq/review"},
		{Name: "published", Title: "Published", URL: "/faq/?status=published"},
		{Name: "archived", Title: "Archived", URL: "/faq/?status=archived"},
		{Title: "Gaps", URL: "/faq/gaps"},
	}
	for i := range tabs {
		tabs[i].Count = counts[tabs[i].Name]
		tabs[i].Current = tabs[i].URL == current
	}
	return tabs, nil
}
