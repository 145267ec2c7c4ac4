// Package views has the pages of the desk: the list of tickets, a ticket with its conversation, and what the staff does with it.
package views

import (
	"embed"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/tickets/internal/models"
	"github.com/spinoff-go/spinoff/apps/tickets/ticketsv1"
	"github.com/spinoff-go/spinoff/page"
)

//go:embed templates/*.html
var templates embed.FS

// desk is what every view needs.
type desk struct {
	models *models.Models
	calls  spinoff.Caller
	log    *slog.Logger
	list   *page.View[listView]
	ticket *page.View[ticketView]
}

// Routes returns the pages of the app, for staff only.
func Routes(m *models.Models, live *page.Live, env spinoff.Env) []spinoff.View {
	d := &desk{
		models: m, calls: env.Calls, log: env.Log,
		list:   page.Desk[listView](templates, "templates/list.html"),
		ticket: page.Desk[ticketView](templates, "templates/ticket.html"),
	}
	return []spinoff.View{
		{Route: "GET /{$}", Handler: http.HandlerFunc(d.showList)},
		{Route: "GET /live", Handler: live.Stream(func(r *http.Request) []string { return []string{me(r)} })},
		{Route: "GET /{number}", Handler: http.HandlerFunc(d.showTicket)},
		{Route: "POST /{number}/messages", Handler: http.HandlerFunc(d.post)},
		{Route: "POST /{number}/change", Handler: http.HandlerFunc(d.change)},
		{Route: "POST /{number}/draft", Handler: http.HandlerFunc(d.draft)},
		{Route: "GET /messages/{id}", Handler: http.HandlerFunc(d.showHTML)},
		{Route: "GET /attachments/{id}", Handler: http.HandlerFunc(d.download)},
	}
}

// fail answers with the page for an error that the visitor can do nothing about.
func (d *desk) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, ticketsv1.ErrNotFound) {
		page.Error(w, r, http.StatusNotFound, "There is no such ticket", "Check the number, or look for the ticket in the list.")
		return
	}
	d.log.ErrorContext(r.Context(), "page failed", "path", r.URL.Path, "error", err)
	page.Error(w, r, http.StatusInternalServerError, "", "")
}

// number reads a number from the path; what is none finds nothing.
func number(r *http.Request, name string) int64 {
	n, err := strconv.ParseInt(r.PathValue(name), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// badge is how a word is shown: the word, and the tone of the design system.
type badge struct{ Text, Tone string }

func status(s ticketsv1.Status) badge {
	switch s {
	case ticketsv1.Open:
		return badge{"Open", "info"}
	case ticketsv1.Waiting:
		return badge{"Waiting", "warn"}
	case ticketsv1.Solved:
		return badge{"Solved", "good"}
	}
	return badge{Text: string(s)}
}

// priority returns no badge for the normal one.
func priority(s string) badge {
	switch s {
	case "urgent":
		return badge{"Urgent", "bad"}
	case "high":
		return badge{"High", "warn"}
	case "low":
		return badge{"Low", ""}
	}
	return badge{}
}
