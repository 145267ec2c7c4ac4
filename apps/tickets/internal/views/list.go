package views

import (
	"net/http"
	"net/url"

	"github.com/spinoff-go/spinoff/apps/tickets/internal/models"
	"github.com/spinoff-go/spinoff/apps/tickets/ticketsv1"
)

type (
	listView struct {
		Query   string
		Tabs    []tab
		Tab     string // title of the current one
		Filters []filter
		Tickets []row
		Older   string // URL of the next page; "" on the last one
		Start   string // URL without search and filters
		Paged   bool   // whether this is not the first page
	}
	tab struct {
		Name, Title, URL string
		Count            int64
		Current          bool
	}
	// filter is one that is on, and how to take it off.
	filter struct{ Text, Off string }
	row    struct {
		models.Ticket
		State, Priority badge
	}
)

// pageSize is how many tickets a page shows.
const pageSize = 50

// place is where in the list somebody is: what stands in the URL.
type place struct{ tab, q, tag, assignee, after string }

// url returns the address of the place without its defaults.
func (p place) url() string {
	values := url.Values{}
	for name, value := range map[string]string{"tab": p.tab, "q": p.q, "tag": p.tag, "assignee": p.assignee, "after": p.after} {
		if value != "" && (name != "tab" || value != "open") {
			values.Set(name, value)
		}
	}
	if len(values) == 0 {
		return "/tickets/"
	}
	return "/tickets/?" + values.Encode()
}

func (d *desk) showList(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	at := place{
		tab: query.Get("tab"), q: models.Line(query.Get("q"), 300), tag: models.Tag(query.Get("tag")),
		assignee: models.Line(query.Get("assignee"), 254), after: query.Get("after"),
	}
	me := me(r)
	if _, known := at.filter(me); !known {
		at.tab = "open"
	}
	counts, err := d.models.Count(r.Context())
	if err != nil {
		d.fail(w, r, err)
		return
	}
	f, _ := at.filter(me)
	found, next, err := d.models.List(r.Context(), f)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	view := listView{Query: at.q, Tickets: rows(found), Start: place{tab: at.tab}.url(), Paged: f.After != models.Cursor{}}
	if next != (models.Cursor{}) {
		older := at
		older.after = next.String()
		view.Older = older.url()
	}
	view.addTabs(at, counts, me)
	view.addFilters(at)
	d.list.Render(w, r, http.StatusOK, view)
}

// filter returns what the place shows, and whether there is such a tab.
func (p place) filter(me string) (models.Filter, bool) {
	f := models.Filter{Q: p.q, Tag: p.tag, Assignee: p.assignee, Limit: pageSize}
	if after, err := models.ParseCursor(p.after); err == nil { // anything else starts at the top
		f.After = after
	}
	switch p.tab {
	case "open", "waiting", "solved":
		f.Status = ticketsv1.Status(p.tab)
	case "mine":
		f.NotSolved, f.Assignee = true, me
	case "unassigned":
		f.Status, f.Assignee = ticketsv1.Open, "none"
	case "all":
	default:
		return f, false
	}
	return f, true
}

func (v *listView) addTabs(at place, c models.Counts, me string) {
	at.after = ""
	counts := countsOf(c)
	counts["mine"] = c.Of[me]
	for _, t := range []struct{ name, title string }{
		{"open", "Open"},
		{"mine", "Mine"},
		{"unassigned", "Unassigned"},
		{"waiting", "Waiting"},
		{"solved", "Solved"},
		{"all", "All"},
	} {
		there := at
		there.tab = t.name
		if t.name == at.tab {
			v.Tab = t.title
		}
		v.Tabs = append(v.Tabs, tab{t.name, t.title, there.url(), counts[t.name], t.name == at.tab})
	}
}

func (v *listView) addFilters(at place) {
	at.after = ""
	off := func(text string, without place) { v.Filters = append(v.Filters, filter{text, without.url()}) }
	if without := at; at.tag != "" {
		without.tag = ""
		off("tagged "+at.tag, without)
	}
	if without := at; at.assignee != "" {
		without.assignee = ""
		off("assigned to "+at.assignee, without)
	}
	if without := at; at.q != "" {
		without.q = ""
		off("“"+at.q+"”", without)
	}
}

func rows(found []models.Ticket) []row {
	list := make([]row, 0, len(found))
	for _, t := range found {
		list = append(list, row{t, status(t.Status), priority(t.Priority)})
	}
	return list
}
