package views

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/page"
)

// entry is the page of a published entry.
type entry struct {
	Entry   faqv2.Entry
	Related []link
	Away    string // why it may be old
	Form    *page.Form
	Ask     string // address of the contact form with the question in it
}

// clicked is what an address says about the search that led to it.
func clicked(log int64) string {
	if log == 0 {
		return ""
	}
	return "?s=" + strconv.FormatInt(log, 10)
}

func (v *Views) showEntry(w http.ResponseWriter, r *http.Request) {
	slug := r.PathValue("slug")
	view, ok := v.load(w, r, slug)
	if !ok {
		return
	}
	if view.Entry.Slug != slug { // it was renamed, or asked for by its number
		http.Redirect(w, r, "/help/"+url.PathEscape(view.Entry.Slug), http.StatusMovedPermanently)
		return
	}
	if view.Away == "" {
		v.click(r, view.Entry.ID)
	}
	v.entry.Render(w, r, http.StatusOK, view)
}

// load returns the page of an entry, or answers the request where there is none.
func (v *Views) load(w http.ResponseWriter, r *http.Request, slug string) (entry, bool) {
	key := "entry:" + slug
	published, err := ask(r.Context(), v, key, entryDeadline, func(ctx context.Context) (faqv2.Entry, error) {
		e, err := faqv2.Get.Call(ctx, v.calls, faqv2.EntryID{ID: slug})
		if err == nil && e.Status != faqv2.Published {
			err = faqv2.ErrNotFound // for visitors it is not there yet, or not any more
		}
		return e, err
	})
	view := entry{Entry: published, Form: new(page.Form), Ask: "/contact?subject=" + url.QueryEscape(published.Title)}
	absent := new(away)
	switch {
	case errors.As(err, absent) && absent.kept:
		view.Away = "The FAQ is away for a moment. This is the answer as we saw it last."
	case errors.As(err, absent):
		w.Header().Set("Retry-After", "5")
		missing := found{Query: words(slug), Away: "The FAQ is away for a moment, so this answer cannot be shown. Try again shortly, or write to us."}
		missing.Popular, _ = v.list(r.Context(), "popular", "views") // those of before
		v.found.Render(w, r, http.StatusServiceUnavailable, missing)
		return view, false
	case err != nil:
		if errors.Is(err, faqv2.ErrNotFound) { // and not one that the FAQ would not answer
			if err := v.models.Forget(r.Context(), key); err != nil {
				v.log.WarnContext(r.Context(), "a withdrawn entry is still kept", "key", key, "error", err)
			}
		}
		v.notFound(w, r, slug)
		return view, false
	}
	for _, other := range published.Related {
		if other.Status == faqv2.Published {
			view.Related = append(view.Related, link{other.Title, "/help/" + other.Slug})
		}
	}
	return view, true
}

// click tells the FAQ that an entry was opened, and from which search. Nobody waits for it long, and nothing depends on it.
func (v *Views) click(r *http.Request, id int64) {
	ctx, cancel := context.WithTimeout(r.Context(), clickDeadline)
	defer cancel()
	log, err := strconv.ParseInt(r.URL.Query().Get("s"), 10, 64)
	if err != nil || log < 0 {
		log = 0
	}
	if _, err := faqv2.Click.Call(ctx, v.calls, faqv2.NewClick{LogID: log, Entry: id}); err != nil {
		v.log.WarnContext(ctx, "a view was not counted", "entry", id, "error", err)
	}
}

// visitorCookie holds a random name, so that a second vote of a visitor replaces the first. It is set when somebody votes.
const visitorCookie = "spinoff_visitor"

func (v *Views) vote(w http.ResponseWriter, r *http.Request) {
	form, ok := page.ParseForm(w, r, maxForm)
	if !ok {
		return
	}
	slug, up := r.PathValue("slug"), form.Get("up") == "yes"
	_, err := ask(r.Context(), v, "", entryDeadline, func(ctx context.Context) (struct{}, error) {
		return faqv2.Vote.Call(ctx, v.calls, faqv2.NewVote{ID: slug, Up: up, Anon: visitor(w, r), Reason: form.Get("reason"), Comment: form.Get("comment")})
	})
	switch {
	case errors.Is(err, faqv2.ErrNotFound):
		v.notFound(w, r, slug)
		return
	case faults(form, err):
		if view, ok := v.load(w, r, slug); ok {
			view.Form = form
			v.entry.Render(w, r, http.StatusUnprocessableEntity, view)
		}
		return
	case err != nil:
		page.Flash(w, r, "The FAQ is away for a moment, so your vote was not counted. Please try again.")
	case up:
		page.Flash(w, r, "Thank you, that helps us too.")
	default:
		page.Flash(w, r, "Thank you for telling us. Write to us, and we will answer you.")
	}
	http.Redirect(w, r, "/help/"+url.PathEscape(slug), http.StatusSeeOther)
}

// visitor returns the random name of a visitor, and gives one to who has none.
func visitor(w http.ResponseWriter, r *http.Request) string {
	if c, err := r.Cookie(visitorCookie); err == nil && len(c.Value) >= 20 && len(c.Value) <= 40 {
		return c.Value
	}
	name := rand.Text()
	setCookie(w, r, visitorCookie, name, 365*24*60*60)
	return name
}

// setCookie sets a cookie that scripts do not see and that other sites do not send. It goes over TLS only where the visitor does.
func setCookie(w http.ResponseWriter, r *http.Request, name, value string, seconds int) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure where the connection is
		Name: name, Value: value, Path: "/", MaxAge: seconds, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https",
	})
}
