package views

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/apps/frontend/internal/models"
	"github.com/spinoff-go/spinoff/apps/tickets/ticketsv1"
	"github.com/spinoff-go/spinoff/page"
)

// How long the pages wait for the tickets.
const (
	ticketDeadline = 2 * time.Second
	sendDeadline   = 5 * time.Second
)

// contact is the form by which visitors write to the staff.
type contact struct {
	Form    *page.Form
	Answers []result // entries that may answer it already
	Looked  bool     // whether answers were looked for without a script
	Away    string
}

func (v *Views) showContact(w http.ResponseWriter, r *http.Request) {
	form := new(page.Form)
	form.Set("subject", cut(r.URL.Query().Get("subject"), 255))
	form.Set("search", cut(r.URL.Query().Get("search"), 300))
	form.Set("key", rand.Text())
	v.contact.Render(w, r, http.StatusOK, contact{Form: form, Answers: v.suggest(r.Context(), form.Get("subject"))})
}

// answers are the entries that match what somebody is typing; without the FAQ there are none, and the form works all the same.
func (v *Views) answers(w http.ResponseWriter, r *http.Request) {
	v.contact.Fragment(w, r, http.StatusOK, "answers", contact{Answers: v.suggest(r.Context(), cut(r.URL.Query().Get("subject"), 255))})
}

func (v *Views) suggest(ctx context.Context, subject string) []result {
	if len(subject) < 3 {
		return nil
	}
	results, _ := v.find(ctx, faqv2.Query{Q: subject, Limit: 3, Prefix: true, From: "contact"}) // without them the form is as good
	return results
}

// send opens a ticket. The same form with the same words again is the same ticket.
func (v *Views) send(w http.ResponseWriter, r *http.Request) {
	form, ok := page.ParseForm(w, r, maxForm)
	if !ok {
		return
	}
	if form.Get("key") == "" {
		form.Set("key", rand.Text())
	}
	view := contact{Form: form}
	if form.Get("do") == "look" {
		view.Answers, view.Looked = v.suggest(r.Context(), form.Get("subject")), true
		v.contact.Render(w, r, http.StatusOK, view)
		return
	}
	form.Require("subject", "Enter what it is about")
	form.Require("body", "Enter your question")
	form.Require("email", "Enter your e-mail address, so that we can answer you")
	if !form.OK() {
		v.contact.Render(w, r, http.StatusUnprocessableEntity, view)
		return
	}
	path, err := v.open(r.Context(), form)
	switch {
	case faults(form, err):
		if form.Error("email") != "" {
			view.Form = renamed(form, "email", "Enter an e-mail address such as name@example.com")
		}
		v.contact.Render(w, r, http.StatusUnprocessableEntity, view)
	case err != nil:
		w.Header().Set("Retry-After", "5")
		view.Away = "The support desk is away for a moment, so your message was not sent. It is still here: please send it again shortly."
		v.contact.Render(w, r, http.StatusServiceUnavailable, view)
	default:
		page.Flash(w, r, "We have your question. Keep the address of this page: here you find our answer.")
		http.Redirect(w, r, path, http.StatusSeeOther)
	}
}

// open opens a ticket and returns the customer's page of it. The fingerprint makes one ticket of a form that is sent twice while the ticket is
// open; the receipt does so when it is solved already.
func (v *Views) open(ctx context.Context, form *page.Form) (path string, err error) {
	key := models.ReceiptKey(form.Get("key"), form.Get("email"), form.Get("subject"), form.Get("body"))
	if path, err = v.models.Receipt(ctx, key); path != "" || err != nil {
		return path, err
	}
	created, err := ask(ctx, v, "", sendDeadline, func(ctx context.Context) (ticketsv1.Created, error) {
		return ticketsv1.Create.Call(ctx, v.calls, ticketsv1.NewTicket{
			Subject: form.Get("subject"), Body: form.Get("body"), Email: form.Get("email"), Name: form.Get("name"),
			Channel: "web", Search: form.Get("search"), Fingerprint: "web:" + key,
		})
	})
	if err != nil {
		return "", err
	}
	path = "/ticket/" + url.PathEscape(created.Token)
	if _, err := v.models.Claim(ctx, key, path); err != nil {
		v.log.WarnContext(ctx, "no receipt for a form", "error", err) // the ticket is there all the same
	}
	return path, nil
}

// renamed returns the form with another message beside a field.
func renamed(form *page.Form, field, message string) *page.Form {
	again := new(page.Form)
	for _, name := range []string{"name", "email", "subject", "body", "key", "search"} {
		again.Set(name, form.All(name)...)
	}
	for _, p := range form.Problems() {
		if p.Field == field {
			p.Message = message
		}
		again.Fail(p.Field, p.Message)
	}
	return again
}

// mine is a ticket as its customer sees it.
type mine struct {
	Token  string
	Ticket ticketsv1.CustomerTicket
	Form   *page.Form
	Away   string
}

// Solved reports whether the staff thinks that it is done.
func (m mine) Solved() bool { return m.Ticket.Status == ticketsv1.Solved }

// Waiting reports whether the staff waits for the customer.
func (m mine) Waiting() bool { return m.Ticket.Status == ticketsv1.Waiting }

func (v *Views) showMine(w http.ResponseWriter, r *http.Request) {
	form := new(page.Form)
	form.Set("key", rand.Text())
	v.renderMine(w, r, http.StatusOK, form, "")
}

// renderMine shows a ticket. The address is a secret: it must not be kept, listed, or told to other sites.
func (v *Views) renderMine(w http.ResponseWriter, r *http.Request, status int, form *page.Form, missing string) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	token := r.PathValue("token")
	ticket, err := ask(r.Context(), v, "", ticketDeadline, func(ctx context.Context) (ticketsv1.CustomerTicket, error) {
		return ticketsv1.Mine.Call(ctx, v.calls, ticketsv1.Token{Token: token})
	})
	view := mine{Token: token, Ticket: ticket, Form: form, Away: missing}
	switch absent := new(away); {
	case errors.As(err, absent):
		h.Set("Retry-After", "5")
		status, view.Away = http.StatusServiceUnavailable, "The support desk is away for a moment. We have your ticket; it will be back here shortly."
	case err != nil:
		page.Error(w, r, http.StatusNotFound, "There is no such ticket", "Check the address: it has to be complete. Or write to us again.")
		return
	}
	v.mine.Render(w, r, status, view)
}

// answer adds what the customer writes. The same form with the same words again is the same message.
func (v *Views) answer(w http.ResponseWriter, r *http.Request) {
	form, ok := page.ParseForm(w, r, maxForm)
	if !ok {
		return
	}
	token, body := r.PathValue("token"), form.Require("body", "Enter your message")
	if !form.OK() {
		v.renderMine(w, r, http.StatusUnprocessableEntity, form, "")
		return
	}
	path := "/ticket/" + url.PathEscape(token)
	receipt := models.ReceiptKey(form.Get("key"), token, body)
	first, err := v.models.Claim(r.Context(), receipt, path)
	if err == nil && first {
		_, err = ask(r.Context(), v, "", sendDeadline, func(ctx context.Context) (ticketsv1.Added, error) {
			return ticketsv1.Answer.Call(ctx, v.calls, ticketsv1.NewAnswer{Token: token, Body: body})
		})
		if err != nil {
			if err := v.models.Release(r.Context(), receipt); err != nil {
				v.log.ErrorContext(r.Context(), "a message that was not sent counts as sent", "error", err)
			}
		}
	}
	switch {
	case faults(form, err):
		v.renderMine(w, r, http.StatusUnprocessableEntity, form, "")
	case err != nil:
		v.renderMine(w, r, http.StatusServiceUnavailable, form, "Your message was not sent. It is still here: please send it again shortly.")
	default:
		page.Flash(w, r, "We have your message.")
		http.Redirect(w, r, path, http.StatusSeeOther)
	}
}
