package views

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/frontend/internal/models"
	"github.com/spinoff-go/spinoff/page"
)

// sessionCookie holds the token of a session.
const sessionCookie = "spinoff_session"

// minPassword is the least number of characters of a password. Length is what counts; which characters, people choose better themselves.
const minPassword = 10

// SignIn says how people sign in.
func (v *Views) SignIn() *spinoff.SignIn {
	return &spinoff.SignIn{
		URL: "/signin", Out: "/signout", Cookie: sessionCookie,
		Person: func(r *http.Request) (spinoff.Person, error) {
			token := tokenOf(r)
			if token == "" {
				return spinoff.Person{}, nil
			}
			return v.models.Person(r.Context(), token)
		},
		SetUp: func(ctx context.Context) (string, error) {
			secret, err := v.models.SetUp(ctx)
			if secret == "" || err != nil {
				return "", err
			}
			return setUpPath(secret), nil
		},
	}
}

func setUpPath(secret string) string { return "/setup?token=" + url.QueryEscape(secret) }

func tokenOf(r *http.Request) string {
	if c, err := r.Cookie(sessionCookie); err == nil {
		return c.Value
	}
	return ""
}

// enter gives the browser a session. The browser keeps it for a year: when it ends is decided here, by when it was last used.
func enter(w http.ResponseWriter, r *http.Request, token string) {
	setCookie(w, r, sessionCookie, token, 365*24*60*60)
}

// door is the page that signs people in.
type door struct {
	Form *page.Form
	Next string
}

func (v *Views) showDoor(w http.ResponseWriter, r *http.Request) {
	next := local(r.URL.Query().Get("next"))
	if spinoff.OriginOf(r.Context()).Person != (spinoff.Person{}) {
		http.Redirect(w, r, next, http.StatusSeeOther)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	v.door.Render(w, r, http.StatusOK, door{new(page.Form), next})
}

// local returns next where it is a page of this site, and otherwise the staff's home: an address from outside must not lead elsewhere.
func local(next string) string {
	u, err := url.Parse(next)
	clean := err == nil && !u.IsAbs() && u.Host == "" && u.User == nil
	if !clean || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/desk"
	}
	return next
}

// tooMany is said when no further password may be tried.
const tooMany = "There were too many wrong passwords. Wait a quarter of an hour, and try again."

func (v *Views) signIn(w http.ResponseWriter, r *http.Request) {
	form, ok := page.ParseForm(w, r, maxForm)
	if !ok {
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	view := door{form, local(form.Get("next"))}
	email := form.Require("email", "Enter your e-mail address")
	password := typed(form, "password")
	if password == "" {
		form.Fail("password", "Enter your password")
	}
	if !form.OK() {
		v.door.Render(w, r, http.StatusUnprocessableEntity, view)
		return
	}
	if !v.tries.begin(r, email) {
		form.Fail("", tooMany)
		w.Header().Set("Retry-After", "900")
		v.door.Render(w, r, http.StatusTooManyRequests, view)
		return
	}
	token, err := v.models.SignIn(r.Context(), email, password, tokenOf(r))
	switch {
	case errors.Is(err, models.ErrWrong):
		form.Fail("email", "The e-mail address or the password is not right")
		v.door.Render(w, r, http.StatusUnprocessableEntity, view)
	case err != nil:
		v.fail(w, r, "sign in", err)
	default:
		v.tries.right(r, email)
		enter(w, r, token)
		http.Redirect(w, r, view.Next, http.StatusSeeOther)
	}
}

func (v *Views) signOut(w http.ResponseWriter, r *http.Request) {
	if err := v.models.SignOut(r.Context(), tokenOf(r)); err != nil {
		v.fail(w, r, "sign out", err)
		return
	}
	setCookie(w, r, sessionCookie, "", -1)
	page.Flash(w, r, "You are signed out.")
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// fail answers a request that could not be carried out for a reason of ours.
func (v *Views) fail(w http.ResponseWriter, r *http.Request, what string, err error) {
	v.log.ErrorContext(r.Context(), what, "error", err)
	page.Error(w, r, http.StatusInternalServerError, "", "")
}

// welcome is the page of a one-time link: it makes the first account, or lets a colleague choose a password.
type welcome struct {
	models.Invitation
	Form  *page.Form
	Token string
}

func (v *Views) showWelcome(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	if view, ok := v.invited(w, r, r.URL.Query().Get("token"), new(page.Form)); ok {
		v.welcome.Render(w, r, http.StatusOK, view)
	}
}

// invited returns the page of a link, or answers the request where the link is not good.
func (v *Views) invited(w http.ResponseWriter, r *http.Request, token string, form *page.Form) (welcome, bool) {
	invitation, err := v.models.Invitation(r.Context(), token)
	switch {
	case errors.Is(err, models.ErrUsed):
		page.Error(w, r, http.StatusGone, "This link is not good any more", "It was used already, or is too old. Ask a colleague for a new one; the link for the first account is printed anew whenever the program starts.")
		return welcome{}, false
	case err != nil:
		v.fail(w, r, "read an invitation", err)
		return welcome{}, false
	}
	return welcome{invitation, form, token}, true
}

func (v *Views) setUp(w http.ResponseWriter, r *http.Request) {
	form, ok := page.ParseForm(w, r, maxForm)
	if !ok {
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	view, ok := v.invited(w, r, form.Get("token"), form)
	if !ok {
		return
	}
	if view.First {
		form.Require("name", "Enter your name")
		if email := form.Require("email", "Enter your e-mail address"); email != "" && !strings.Contains(email, "@") {
			form.Fail("email", "Enter an e-mail address such as name@example.com")
		}
	}
	password := newPassword(form)
	if !form.OK() {
		v.welcome.Render(w, r, http.StatusUnprocessableEntity, view)
		return
	}
	token, err := v.models.Accept(r.Context(), view.Token, form.Get("name"), form.Get("email"), password)
	switch {
	case errors.Is(err, models.ErrUsed):
		v.invited(w, r, view.Token, form)
	case err != nil:
		v.fail(w, r, "accept an invitation", err)
	default:
		enter(w, r, token)
		page.Flash(w, r, "Welcome. You are signed in.")
		http.Redirect(w, r, "/desk", http.StatusSeeOther)
	}
}

// newPassword reads a password that is being chosen.
func newPassword(form *page.Form) string {
	password := typed(form, "password")
	if n := len([]rune(password)); n < minPassword || n > 200 {
		form.Fail("password", "Choose a password of at least 10 characters; a few words are easy to remember")
	}
	return password
}

// typed returns a password as it was typed: spaces at its ends belong to it.
func typed(form *page.Form, field string) string {
	if values := form.All(field); len(values) > 0 {
		return values[0]
	}
	return ""
}
