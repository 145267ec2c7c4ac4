package views

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/apps/faq/internal/models"
	"github.com/spinoff-go/spinoff/page"
)

type entryView struct {
	Entry     faqv2.Entry
	Form      *page.Form
	Editing   bool // the form is open
	Preview   string
	Asked     []models.Asked
	Times     int64   // how often it was asked
	Pending   []int64 // related entries that do not exist yet
	Remarks   []models.Remark
	Revisions []models.Revision
	Taken     []models.StepTaken
	Rejected  string // the note of who rejected it, while it is a draft again
	Stale     bool   // a step was not taken, because the entry has changed
	Seen      int64  // the revision that was seen then; 0 where it is not known
	Note      string // typed beside that step
}

func (v *Views) showEntry(w http.ResponseWriter, r *http.Request) error {
	entry, err := v.models.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	form, err := v.stored(r.Context(), entry)
	if err != nil {
		return err
	}
	return v.renderEntry(w, r, http.StatusOK, entryView{Entry: entry, Form: form, Editing: entry.Answer == "" && entry.Status == faqv2.Draft})
}

// renderEntry adds to the view what surrounds the entry, and answers with its page.
func (v *Views) renderEntry(w http.ResponseWriter, r *http.Request, status int, view entryView) error {
	ctx, id := r.Context(), view.Entry.ID
	var failed [5]error
	view.Asked, failed[0] = v.models.Sources(ctx, id)
	view.Pending, failed[1] = v.models.Pending(ctx, id)
	view.Remarks, failed[2] = v.models.Remarks(ctx, id)
	view.Revisions, failed[3] = v.models.Revisions(ctx, id)
	view.Taken, failed[4] = v.models.Taken(ctx, id)
	if err := errors.Join(failed[:]...); err != nil {
		return err
	}
	if len(view.Taken) > 0 && view.Taken[0].Name == "reject" && view.Entry.Status == faqv2.Draft {
		view.Rejected = view.Taken[0].Note
	}
	view.Times = int64(len(view.Entry.Sources))
	v.entry.Render(w, r, status, view)
	return nil
}

// stored returns the form as the entry is.
func (v *Views) stored(ctx context.Context, entry faqv2.Entry) (*page.Form, error) {
	related, err := v.models.Pending(ctx, entry.ID)
	if err != nil {
		return nil, err
	}
	for _, link := range entry.Related {
		related = append(related, link.ID)
	}
	slices.Sort(related)
	form := &page.Form{}
	fill(form, faqv2.Edit{Title: entry.Title, Questions: entry.Questions, Answer: entry.Answer, Tags: entry.Tags, Related: related})
	form.Set("version", entry.ETag)
	return form, nil
}

// save writes a new revision, shows a preview, or, when somebody else was faster, what both have written.
func (v *Views) save(w http.ResponseWriter, r *http.Request) error {
	entry, err := v.models.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	form, ok := page.ParseForm(w, r, maxForm)
	if !ok {
		return nil
	}
	edit := read(form)
	edit.ID, edit.IfMatch = strconv.FormatInt(entry.ID, 10), cmp.Or(form.Get("version"), "none")
	if form.OK() && form.Get("do") == "preview" {
		return v.renderEntry(w, r, http.StatusOK, entryView{Entry: entry, Form: form, Editing: true, Preview: cmp.Or(edit.Answer, "*No answer yet.*")})
	}
	if form.OK() {
		entry, err = v.models.Update(r.Context(), edit, author(r))
		switch {
		case errors.Is(err, faqv2.ErrStale):
			return v.showConflict(w, r, form, edit)
		case err == nil:
			return toEntry(w, r, entry.ID, saved(entry))
		case !refused(form, err):
			return err
		}
	}
	return v.renderEntry(w, r, http.StatusUnprocessableEntity, entryView{Entry: entry, Form: form, Editing: true})
}

func saved(entry faqv2.Entry) string {
	if entry.Status == faqv2.Published {
		return "Saved. Readers see the new revision now."
	}
	return "Saved as revision " + strconv.FormatInt(entry.Revision, 10) + "."
}

type conflictView struct {
	Entry faqv2.Entry
	Form  *page.Form
	Diff  []line // from what is there to what was typed
}

// showConflict shows what the entry says now beside what was typed, which is not lost. Sent again, it is saved over the other.
func (v *Views) showConflict(w http.ResponseWriter, r *http.Request, form *page.Form, edit faqv2.Edit) error {
	now, err := v.models.Get(r.Context(), edit.ID)
	if err != nil {
		return err
	}
	form.Set("version", now.ETag)
	view := conflictView{Entry: now, Form: form, Diff: diff(
		document(now.Title, now.Questions, now.Answer, now.Tags), document(edit.Title, edit.Questions, edit.Answer, edit.Tags))}
	v.conflict.Render(w, r, http.StatusPreconditionFailed, view)
	return nil
}

// step takes an entry one step on.
func (v *Views) step(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("step")
	if !slices.ContainsFunc(models.Steps(), func(s models.Step) bool { return s.Name == name }) {
		return faqv2.ErrNotFound
	}
	form, ok := page.ParseForm(w, r, maxForm)
	if !ok {
		return nil
	}
	in := faqv2.Step{ID: r.PathValue("id"), Note: form.Get("note"), IfMatch: form.Get("version")}
	entry, err := v.models.Take(r.Context(), name, in, author(r))
	if errors.Is(err, faqv2.ErrStale) {
		return v.showStale(w, r, in, form.Get("seen"))
	}
	if err != nil {
		return err
	}
	done := map[string]string{
		"submit": "Submitted for review.", "reject": "Sent back to draft.", "publish": "Published. Readers find it from now on.", "archive": "Archived. Readers do not find it any more.",
	}[name]
	if form.Get("back") == "review" {
		page.Flash(w, r, done)
		http.Redirect(w, r, "/faq/review", http.StatusSeeOther)
		return nil
	}
	return toEntry(w, r, entry.ID, done)
}

// showStale shows the entry as it is now to who meant to take a step from what it was before. What was typed beside the step is kept.
func (v *Views) showStale(w http.ResponseWriter, r *http.Request, in faqv2.Step, seen string) error {
	entry, err := v.models.Get(r.Context(), in.ID)
	if err != nil {
		return err
	}
	form, err := v.stored(r.Context(), entry)
	if err != nil {
		return err
	}
	view := entryView{Entry: entry, Form: form, Stale: true, Note: in.Note}
	if n, err := strconv.ParseInt(seen, 10, 64); err == nil && n > 0 && n < entry.Revision {
		view.Seen = n
	}
	return v.renderEntry(w, r, http.StatusPreconditionFailed, view)
}

type blankView struct{ Form *page.Form }

func (v *Views) showNew(w http.ResponseWriter, r *http.Request) error {
	form := &page.Form{}
	form.Set("title", r.URL.Query().Get("title"))
	v.blank.Render(w, r, http.StatusOK, blankView{form})
	return nil
}

func (v *Views) create(w http.ResponseWriter, r *http.Request) error {
	form, ok := page.ParseForm(w, r, maxForm)
	if !ok {
		return nil
	}
	edit := read(form)
	if form.OK() {
		number, err := v.models.New(r.Context(), edit, author(r))
		switch {
		case err == nil:
			return toEntry(w, r, number, "Saved as a draft.")
		case !refused(form, err):
			return err
		}
	}
	v.blank.Render(w, r, http.StatusUnprocessableEntity, blankView{form})
	return nil
}
