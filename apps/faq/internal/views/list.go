package views

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/apps/faq/internal/models"
)

type listView struct {
	Tabs    []tab
	Query   string
	Tag     string
	Source  int64
	Sort    string
	Entries []faqv2.Summary
	Next    string // URL of the next page
	Live    string // URL of the counts
	Plain   bool   // nothing is searched or selected
}

func (v *Views) showList(w http.ResponseWriter, r *http.Request) error {
	f := filter(r.URL.Query())
	view := listView{Query: r.URL.Query().Get("q"), Tag: f.Tag, Sort: f.Sort}
	view.Plain = view.Query == "" && view.Tag == "" && f.Status == ""
	current := "/faq/"
	if f.Status != "" {
		current += "?status=" + string(f.Status)
	}
	var err error
	if view.Query != "" {
		view.Entries, err = v.models.Find(r.Context(), view.Query)
		current = ""
	} else {
		view.Entries, view.Next, err = v.page(r, f)
	}
	if err != nil {
		return err
	}
	view.Live = liveURL(view.Entries...)
	if view.Tabs, err = v.tabs(r, current); err != nil {
		return err
	}
	v.list.Render(w, r, http.StatusOK, view)
	return nil
}

// filter reads what the list shows. A word that is none of those it knows selects nothing in particular, as an old bookmark may have one.
func filter(query url.Values) faqv2.Filter {
	f := faqv2.Filter{Tag: query.Get("tag"), After: query.Get("after")}
	if s := faqv2.Status(query.Get("status")); slices.Contains([]faqv2.Status{faqv2.Draft, faqv2.Review, faqv2.Published, faqv2.Archived}, s) {
		f.Status = s
	}
	if query.Get("sort") == "views" {
		f.Sort = "views"
	}
	return f
}

// page returns one page of the list and the URL of the next one.
func (v *Views) page(r *http.Request, f faqv2.Filter) (entries []faqv2.Summary, next string, err error) {
	list, err := v.models.List(r.Context(), f)
	if spinoff.AsError(err) != nil { // a cursor that somebody changed: begin at the start
		f.After = ""
		list, err = v.models.List(r.Context(), f)
	}
	if list.Next != "" {
		query := url.Values{"after": {list.Next}}
		for name, value := range map[string]string{"status": string(f.Status), "tag": f.Tag, "sort": f.Sort} {
			if value != "" {
				query.Set(name, value)
			}
		}
		next = "/faq/?" + query.Encode()
	}
	return list.Items, next, err
}

type reviewView struct {
	Tabs    []tab
	Entries []waiting
	More    bool // there are more than the page shows
}

// waiting is an entry that waits for review.
type waiting struct {
	faqv2.Entry
	Note string // of who submitted it
}

func (v *Views) showReview(w http.ResponseWriter, r *http.Request) error {
	list, err := v.models.List(r.Context(), faqv2.Filter{Status: faqv2.Review, Limit: 20})
	if err != nil {
		return err
	}
	view := reviewView{More: list.Next != ""}
	for _, s := range list.Items {
		entry, err := v.models.Get(r.Context(), s.Slug)
		if err != nil {
			return err
		}
		taken, err := v.models.Taken(r.Context(), s.ID)
		if err != nil {
			return err
		}
		one := waiting{Entry: entry}
		if len(taken) > 0 {
			one.Note = taken[0].Note
		}
		view.Entries = append(view.Entries, one)
	}
	if view.Tabs, err = v.tabs(r, "/faq/review"); err != nil {
		return err
	}
	v.review.Render(w, r, http.StatusOK, view)
	return nil
}

// gapDays is how far back the page of gaps looks.
const gapDays = 30

type gapsView struct {
	Tabs []tab
	Days int
	Gaps []models.Gap
}

func (v *Views) showGaps(w http.ResponseWriter, r *http.Request) (err error) {
	view := gapsView{Days: gapDays}
	if view.Gaps, err = v.models.Gaps(r.Context(), v.now().AddDate(0, 0, -gapDays)); err != nil {
		return err
	}
	if view.Tabs, err = v.tabs(r, "/faq/gaps"); err != nil {
		return err
	}
	v.gaps.Render(w, r, http.StatusOK, view)
	return nil
}
