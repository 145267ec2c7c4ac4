package views

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/frontend/internal/models"
	"github.com/spinoff-go/spinoff/page"
)

// account is the page where the staff looks after passwords and colleagues.
type account struct {
	Me         spinoff.Person
	Colleagues []models.Staff
	Password   *page.Form
	Invite     *page.Form
	Link       string // a link for a colleague, shown once
	LinkFor    string
}

func (v *Views) showAccount(w http.ResponseWriter, r *http.Request) {
	v.renderAccount(w, r, http.StatusOK, account{})
}

func (v *Views) renderAccount(w http.ResponseWriter, r *http.Request, status int, view account) {
	colleagues, err := v.models.Colleagues(r.Context())
	if err != nil {
		v.fail(w, r, "list colleagues", err)
		return
	}
	view.Me, view.Colleagues = spinoff.OriginOf(r.Context()).Person, colleagues
	w.Header().Set("Cache-Control", "no-store")
	v.account.Render(w, r, status, view)
}

func (v *Views) changePassword(w http.ResponseWriter, r *http.Request) {
	form, ok := page.ParseForm(w, r, maxForm)
	if !ok {
		return
	}
	current := typed(form, "current")
	if current == "" {
		form.Fail("current", "Enter your current password")
	}
	password := newPassword(form)
	if !form.OK() {
		v.renderAccount(w, r, http.StatusUnprocessableEntity, account{Password: form})
		return
	}
	me := spinoff.OriginOf(r.Context()).Person.Email
	if !v.tries.begin(r, me) {
		form.Fail("", tooMany)
		v.renderAccount(w, r, http.StatusTooManyRequests, account{Password: form})
		return
	}
	token, err := v.models.ChangePassword(r.Context(), me, current, password)
	switch {
	case errors.Is(err, models.ErrWrong):
		form.Fail("current", "This is not your current password")
		v.renderAccount(w, r, http.StatusUnprocessableEntity, account{Password: form})
	case err != nil:
		v.fail(w, r, "change a password", err)
	default:
		v.tries.right(r, me)
		enter(w, r, token)
		page.Flash(w, r, "Your password is changed. You are signed out everywhere else.")
		http.Redirect(w, r, "/account", http.StatusSeeOther)
	}
}

func (v *Views) endSessions(w http.ResponseWriter, r *http.Request) {
	if err := v.models.SignOutEverywhere(r.Context(), spinoff.OriginOf(r.Context()).Person.Email); err != nil {
		v.fail(w, r, "sign out everywhere", err)
		return
	}
	setCookie(w, r, sessionCookie, "", -1)
	page.Flash(w, r, "You are signed out everywhere.")
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (v *Views) invite(w http.ResponseWriter, r *http.Request) {
	form, ok := page.ParseForm(w, r, maxForm)
	if !ok {
		return
	}
	name := form.Require("name", "Enter your colleague's name")
	email := form.Require("email", "Enter your colleague's e-mail address")
	if email != "" && !strings.Contains(email, "@") {
		form.Fail("email", "Enter an e-mail address such as name@example.com")
	}
	if !form.OK() {
		v.renderAccount(w, r, http.StatusUnprocessableEntity, account{Invite: form})
		return
	}
	secret, err := v.models.Invite(r.Context(), name, email)
	switch {
	case errors.Is(err, models.ErrTaken):
		form.Fail("email", "There is an account with this address already")
		v.renderAccount(w, r, http.StatusUnprocessableEntity, account{Invite: form})
	case err != nil:
		v.fail(w, r, "invite a colleague", err)
	default:
		v.renderAccount(w, r, http.StatusOK, account{Link: absolute(r, setUpPath(secret)), LinkFor: name})
	}
}

func (v *Views) inviteAgain(w http.ResponseWriter, r *http.Request) {
	colleague, secret, err := v.models.InviteAgain(r.Context(), id(r))
	switch {
	case errors.Is(err, models.ErrNoStaff):
		page.Error(w, r, http.StatusNotFound, "There is no such invitation", "")
	case err != nil:
		v.fail(w, r, "invite a colleague again", err)
	default:
		v.renderAccount(w, r, http.StatusOK, account{Link: absolute(r, setUpPath(secret)), LinkFor: colleague.Name})
	}
}

func (v *Views) remove(w http.ResponseWriter, r *http.Request) {
	err := v.models.Remove(r.Context(), id(r), spinoff.OriginOf(r.Context()).Person.Email)
	switch {
	case errors.Is(err, models.ErrNoStaff):
		page.Flash(w, r, "Nobody was removed: there is no such account, or it is your own.")
	case err != nil:
		v.fail(w, r, "remove a colleague", err)
		return
	default:
		page.Flash(w, r, "The account is removed.")
	}
	http.Redirect(w, r, "/account", http.StatusSeeOther)
}

// id returns the number in the address, 0 where it is none.
func id(r *http.Request) int64 {
	n, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// absolute returns a path as an address that can be sent to somebody.
func absolute(r *http.Request, path string) string {
	scheme := "http"
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	return scheme + "://" + r.Host + path
}
