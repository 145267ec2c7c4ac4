// Package views has the pages of the help centre and the door of the staff. Whatever of a page comes from another app has a deadline and a fallback.
package views

import (
	"context"
	"embed"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/frontend/internal/models"
	"github.com/spinoff-go/spinoff/page"
)

//go:embed templates/*.html
var templates embed.FS

// Views are the pages. They may be used concurrently.
type Views struct {
	models *models.Models
	calls  spinoff.Caller
	log    *slog.Logger
	tries  *tries
	live   *page.Live // of the desk

	home    *page.View[home]
	found   *page.View[found]
	entry   *page.View[entry]
	contact *page.View[contact]
	mine    *page.View[mine]
	door    *page.View[door]
	welcome *page.View[welcome]
	desk    *page.View[desk]
	account *page.View[account]
}

// New returns the pages. It panics when a template is wrong.
func New(m *models.Models, env spinoff.Env) *Views {
	v := &Views{
		models: m, calls: env.Calls, log: env.Log, tries: newTries(env.Now),
		home:    page.Public[home](templates, "templates/home.html"),
		found:   page.Public[found](templates, "templates/search.html"),
		entry:   page.Public[entry](templates, "templates/entry.html"),
		contact: page.Public[contact](templates, "templates/contact.html"),
		mine:    page.Public[mine](templates, "templates/mine.html"),
		door:    page.Public[door](templates, "templates/signin.html"),
		welcome: page.Public[welcome](templates, "templates/setup.html"),
		desk:    page.Desk[desk](templates, "templates/desk.html"),
		account: page.Desk[account](templates, "templates/account.html"),
	}
	v.live = v.newLive()
	return v
}

// Live returns what keeps the counts of open pages up to date, to be held by the app.
func (v *Views) Live() *page.Live { return v.live }

// Routes returns the URLs.
func (v *Views) Routes() []spinoff.View {
	public := func(route string, view http.HandlerFunc) spinoff.View {
		return spinoff.View{Route: route, Handler: view, Public: true}
	}
	staff := func(route string, view http.HandlerFunc) spinoff.View {
		return spinoff.View{Route: route, Handler: view}
	}
	return []spinoff.View{
		public("GET /{$}", v.showHome),
		public("GET /help/{$}", v.showHome),
		public("GET /help/search", v.search),
		public("GET /help/{slug}", v.showEntry),
		public("POST /help/{slug}/vote", v.vote),
		public("GET /contact", v.showContact),
		public("GET /contact/answers", v.answers),
		public("POST /contact", v.send),
		public("GET /ticket/{token}", v.showMine),
		public("POST /ticket/{token}", v.answer),
		public("GET /signin", v.showDoor),
		public("POST /signin", v.signIn),
		public("POST /signout", v.signOut),
		public("GET /setup", v.showWelcome),
		public("POST /setup", v.setUp),
		public("GET /robots.txt", v.robots),
		public("GET /sitemap.xml", v.sitemap),
		staff("GET /desk", v.showDesk),
		{Route: "GET /desk/live", Handler: v.live.Stream(nil)},
		staff("GET /account", v.showAccount),
		staff("POST /account/password", v.changePassword),
		staff("POST /account/sessions", v.endSessions),
		staff("POST /account/colleagues", v.invite),
		staff("POST /account/colleagues/{id}/again", v.inviteAgain),
		staff("POST /account/colleagues/{id}/remove", v.remove),
	}
}

// maxForm is the most bytes that a form may have: more than the longest message that a ticket takes.
const maxForm = 1 << 20

// ask asks another app for a part of a page and waits no longer than deadline. An answer is kept under key, unless that is "". Where the
// app does not answer, ask returns the answer that was kept last, and an error that is an [away].
func ask[T any](ctx context.Context, v *Views, key string, deadline time.Duration, call func(context.Context) (T, error)) (T, error) {
	limited, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	answer, err := call(limited)
	e := spinoff.AsError(err)
	switch {
	case err == nil:
		if key != "" {
			if err := v.models.Keep(ctx, key, answer); err != nil {
				v.log.WarnContext(ctx, "answer not kept", "key", key, "error", err)
			}
		}
		return answer, nil
	case e != nil && e.Status < 500 && e.Code != spinoff.ErrCanceled.Code:
		return answer, err // the app has answered: that it will not
	}
	v.log.WarnContext(ctx, "an app is away", "key", key, "error", err)
	if key == "" {
		return answer, away{err, false}
	}
	_, none := v.models.Kept(ctx, key, &answer)
	return answer, away{err, none == nil}
}

// away says that an app does not answer, and whether there is an answer of before.
type away struct {
	error
	kept bool
}

// faults puts what another app says of a request beside the fields of the form that it was made of, which have the same names.
func faults(form *page.Form, err error) bool {
	e := spinoff.AsError(err)
	if e == nil || e.Code != spinoff.ErrInvalid.Code {
		return false
	}
	for _, f := range e.Fields {
		name, _, _ := strings.Cut(strings.TrimPrefix(f.Pointer, "#/"), "/")
		form.Fail(name, "This "+f.Detail)
	}
	return true
}
