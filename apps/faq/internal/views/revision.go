package views

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/apps/faq/internal/models"
	"github.com/spinoff-go/spinoff/page"
)

type revisionView struct {
	Entry    faqv2.Entry
	Revision models.Revision
	From     int64 // the revision it is compared with; 0 for nothing
	Diff     []line
	Form     *page.Form
	Others   []page.Option
}

// showRevision shows what a revision changed: compared with the one before it, or with the one in ?from=.
func (v *Views) showRevision(w http.ResponseWriter, r *http.Request) error {
	view, err := v.revisionOf(r)
	if err != nil {
		return err
	}
	var before models.Revision
	if view.From > 0 {
		if before, err = v.models.Revision(r.Context(), view.Entry.ID, view.From); err != nil {
			return err
		}
	}
	view.Diff = diff(text(before), text(view.Revision))
	v.revision.Render(w, r, http.StatusOK, view)
	return nil
}

func (v *Views) revisionOf(r *http.Request) (view revisionView, err error) {
	n, err := number(r, "n")
	if err != nil {
		return view, err
	}
	if view.Entry, err = v.models.Get(r.Context(), r.PathValue("id")); err != nil {
		return view, err
	}
	if view.Revision, err = v.models.Revision(r.Context(), view.Entry.ID, n); err != nil {
		return view, err
	}
	view.From = n - 1
	if from, err := strconv.ParseInt(r.URL.Query().Get("from"), 10, 64); err == nil {
		view.From = from
	}
	all, err := v.models.Revisions(r.Context(), view.Entry.ID)
	for _, other := range all {
		if other.N != n {
			view.Others = append(view.Others, page.Option{Value: strconv.FormatInt(other.N, 10), Text: fmt.Sprintf("Revision %d, %s", other.N, other.At.Format("2 Jan 2006"))})
		}
	}
	view.Form = &page.Form{}
	view.Form.Set("from", strconv.FormatInt(view.From, 10))
	return view, err
}

// restore makes a new revision that says what an old one said.
func (v *Views) restore(w http.ResponseWriter, r *http.Request) error {
	n, err := number(r, "n")
	if err != nil {
		return err
	}
	form, ok := page.ParseForm(w, r, maxForm)
	if !ok {
		return nil
	}
	entry, err := v.models.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if entry, err = v.models.Restore(r.Context(), entry.ID, n, form.Get("version"), author(r)); err != nil {
		return err
	}
	return toEntry(w, r, entry.ID, fmt.Sprintf("Restored: revision %d says what revision %d said.", entry.Revision, n))
}
