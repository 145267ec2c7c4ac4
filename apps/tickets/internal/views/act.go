package views

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spinoff-go/spinoff/apps/tickets/internal/models"
	"github.com/spinoff-go/spinoff/apps/tickets/internal/provider"
	"github.com/spinoff-go/spinoff/apps/tickets/ticketsv1"
	"github.com/spinoff-go/spinoff/page"
)

// The most that a form may send, and a message may have, as in the contract.
const (
	maxForm = 1 << 20
	maxBody = 100_000
)

// post adds a reply or a note.
func (d *desk) post(w http.ResponseWriter, r *http.Request) {
	form, ok := page.ParseForm(w, r, maxForm)
	if !ok {
		return
	}
	body := form.Require("body", "Enter what you want to say")
	if n := utf8.RuneCountInString(body); n > maxBody {
		form.Fail("body", "Shorten the text: it has "+strconv.Itoa(n)+" characters, and 100000 is the most")
	}
	kind := form.Get("kind")
	if kind != "reply" && kind != "note" {
		form.Fail("kind", "Choose whom it is for")
	}
	if !form.OK() {
		d.render(w, r, http.StatusUnprocessableEntity, func(v *ticketView) { v.Form = form })
		return
	}
	p := models.Post{Direction: ticketsv1.Note, Text: models.Text(body), IfLast: seen(form), Solve: form.Get("then") == "solve"}
	if kind == "reply" {
		p.Direction = ticketsv1.Out
	}
	p.Author, p.Email = provider.Author(r.Context())
	_, err := d.models.Add(r.Context(), number(r, "number"), p)
	switch {
	case errors.Is(err, ticketsv1.ErrStale):
		form.Fail("", "Somebody wrote while you did. Your text is kept and not sent: read what came in, then send it again.")
		d.render(w, r, http.StatusPreconditionFailed, func(v *ticketView) { v.Form, v.Came = form, v.since(seen(form)) })
		return
	case err != nil:
		d.fail(w, r, err)
		return
	}
	page.Flash(w, r, said(kind, p.Solve))
	back(w, r)
}

func said(kind string, solved bool) string {
	text := "The reply is there: the customer finds it under the ticket's link."
	if kind == "note" {
		text = "The note is saved."
	}
	if solved {
		text += " The ticket is solved."
	}
	return text
}

// seen reads the id of the last message that was on the page.
func seen(form *page.Form) int64 {
	id, err := strconv.ParseInt(form.Get("if_last"), 10, 64)
	if err != nil || id < 0 {
		return 0
	}
	return id
}

// since returns what came into the conversation after a message.
func (v *ticketView) since(last int64) []turn {
	var came []turn
	for _, t := range v.Talk {
		if t.ID > last && t.Event == "" {
			came = append(came, t)
		}
	}
	return came
}

// changed says what happened to the ticket since the form was made, and what it is now where the form says otherwise.
func (v *ticketView) changed(form *page.Form) []string {
	var changed []string
	for _, t := range v.Talk {
		if t.ID > seenOr(form, v.Last) && t.Event != "" {
			changed = append(changed, t.Event)
		}
	}
	for _, field := range []string{"status", "priority", "assignee"} {
		if now := v.Details.Get(field); form.All(field) != nil && form.Get(field) != now {
			changed = append(changed, fmt.Sprintf("The %s is now %s; you chose %s.", field, cmp.Or(now, "nobody"), cmp.Or(form.Get(field), "nobody")))
		}
	}
	return changed
}

// change changes what the form has of status, priority, assignee and tags.
func (d *desk) change(w http.ResponseWriter, r *http.Request) {
	form, ok := page.ParseForm(w, r, maxForm)
	if !ok {
		return
	}
	c := readChange(form)
	c.By, _ = provider.Author(r.Context())
	again := func(v *ticketView) {
		for _, field := range []string{"status", "priority", "assignee"} {
			if form.All(field) == nil {
				form.Set(field, v.Details.Get(field))
			}
		}
		v.Details = form
	}
	if !form.OK() {
		d.render(w, r, http.StatusUnprocessableEntity, again)
		return
	}
	err := d.models.Update(r.Context(), number(r, "number"), c)
	switch {
	case errors.Is(err, ticketsv1.ErrStale):
		d.render(w, r, http.StatusPreconditionFailed, func(v *ticketView) {
			v.Notice = "The ticket has changed since you opened this page, so nothing was saved. What you chose is kept below: look at the ticket as it is now, and save it again."
			v.Came, v.Changed = v.since(seenOr(form, v.Last)), v.changed(form)
			again(v)
		})
		return
	case err != nil:
		d.fail(w, r, err)
		return
	}
	page.Flash(w, r, "Saved.")
	back(w, r)
}

func seenOr(form *page.Form, otherwise int64) int64 {
	if id := seen(form); id != 0 {
		return id
	}
	return otherwise
}

// readChange reads a form that has some of the fields, and fails those that are wrong.
func readChange(form *page.Form) models.Change {
	c := models.Change{IfMatch: form.Get("if_match"), IfLast: seen(form)}
	if form.All("status") != nil {
		to := ticketsv1.Status(form.Get("status"))
		c.Status = &to
		if to != ticketsv1.Open && to != ticketsv1.Waiting && to != ticketsv1.Solved {
			form.Fail("status", "Choose open, waiting or solved")
		}
	}
	if form.All("priority") != nil {
		level := form.Get("priority")
		c.Priority = &level
		if !strings.Contains("|low|normal|high|urgent|", "|"+level+"|") || level == "" {
			form.Fail("priority", "Choose low, normal, high or urgent")
		}
	}
	if form.All("assignee") != nil {
		assignee, ok := provider.Assignee(form.Get("assignee"))
		c.Assignee = &assignee
		if !ok {
			form.Fail("assignee", "Enter an email address with an @, or nothing for nobody")
		}
	}
	if form.All("tag") != nil {
		tag := form.Require("tag", "Enter a tag")
		if utf8.RuneCountInString(tag) > 50 {
			form.Fail("tag", "Shorten the tag to 50 characters")
		}
		c.AddTags = []string{tag}
	}
	c.DropTags = form.All("drop")
	return c
}

// draft makes a FAQ draft of the ticket.
func (d *desk) draft(w http.ResponseWriter, r *http.Request) {
	if _, ok := page.ParseForm(w, r, maxForm); !ok {
		return
	}
	said, code := d.create(r.Context(), number(r, "number"))
	if code != http.StatusSeeOther {
		d.render(w, r, code, func(v *ticketView) { v.Notice = said })
		return
	}
	page.Flash(w, r, said)
	back(w, r)
}

// back goes to the page of the ticket in the path.
func back(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, provider.URL(number(r, "number")), http.StatusSeeOther)
}
