package main

import (
	"context"
	"html/template"
	"log/slog"
	"net/http"
	"time"

	"github.com/spinoff-go/spinoff/page"
)

type (
	ticketsView struct {
		Query   string
		Tabs    []tab
		Tickets []ticket
		Next    string
	}
	tab struct {
		Title, URL string
		Count      int
		Current    bool
	}
	ticketView struct {
		Ticket ticket
		Reply  *page.Form
		Note   *page.Form
		Away   bool // the FAQ, which suggests answers, does not answer itself
		People []page.Option
	}
	reviewView struct{ Drafts []draft }
	editorView struct {
		Form      *page.Form
		Preview   template.HTML
		Revisions []revision
		States    []page.Option
	}
	partsView struct {
		Form  *page.Form
		Kinds []page.Option
		Names []string
		Now   time.Time
	}
)

// ticket is a ticket as the desk shows it. Tone is the badge of its status.
type ticket struct {
	Number            int
	Subject, Customer string
	Email, Assignee   string
	Status, Tone      string
	Priority          string
	Tags              []string
	Due, Updated      time.Time
	Late, Unread      bool
	Messages          []message
	Plan              string
}

// message is one turn of a conversation: Kind is in, out or note.
type message struct {
	Kind, From string
	Body       template.HTML
	At         time.Time
	Failed     bool
	Files      []string
	Event      string // what happened, instead of a message
}

type draft struct {
	Question, From string
	Source         int
	Answer         string
	Created        time.Time
	Duplicate      string
}

type revision struct {
	Number   int
	By, Note string
	At       time.Time
	Live     bool
}

// desk adds the pages that staff see.
func desk(mux *http.ServeMux) {
	list := page.Desk[ticketsView](templates, "templates/tickets.html")
	show := page.Desk[ticketView](templates, "templates/ticket.html")
	review := page.Desk[reviewView](templates, "templates/review.html")
	editor := page.Desk[editorView](templates, "templates/editor.html")
	parts := page.Desk[partsView](templates, "templates/parts.html")

	mux.HandleFunc("GET /desk", func(w http.ResponseWriter, r *http.Request) {
		view := ticketsView{Query: r.FormValue("q"), Tabs: tabs(), Next: "/desk?after=1035"}
		if view.Query == "" {
			view.Tickets = tickets()
		}
		list.Render(w, r, http.StatusOK, view)
	})
	mux.HandleFunc("GET /desk/tickets/{number}", func(w http.ResponseWriter, r *http.Request) {
		show.Render(w, r, http.StatusOK, ticketView{Ticket: tickets()[0], Away: true, People: people()})
	})
	mux.HandleFunc("GET /desk/mail", func(w http.ResponseWriter, _ *http.Request) { page.Foreign(w, mail) })
	mux.HandleFunc("GET /desk/faq", func(w http.ResponseWriter, r *http.Request) {
		review.Render(w, r, http.StatusOK, reviewView{drafts()})
	})
	mux.HandleFunc("GET /desk/faq/1", func(w http.ResponseWriter, r *http.Request) {
		form := &page.Form{}
		form.Set("title", entries()[0].Title)
		form.Set("body", answerText)
		form.Set("state", "published")
		editor.Render(w, r, http.StatusOK, editorView{form, page.Markdown(answerText), revisions(), states()})
	})
	mux.HandleFunc("GET /desk/parts", func(w http.ResponseWriter, r *http.Request) {
		form := &page.Form{}
		form.Set("wrong", "not-an-address")
		form.Set("kind", "reply")
		form.Fail("wrong", "Enter an email address with an @, such as name@example.com")
		form.Fail("terms", "Tick the box to go on")
		parts.Render(w, r, http.StatusOK, partsView{form, []page.Option{{Value: "reply", Text: "Reply to the customer"}, {Value: "note", Text: "Note for colleagues"}}, names(), time.Now()})
	})
	mux.Handle("GET /desk/parts/live", sinceNow().Stream(nil))
	mux.HandleFunc("GET /desk/reports", func(w http.ResponseWriter, r *http.Request) {
		page.Error(w, r, http.StatusForbidden, "", "")
	})
}

// sinceNow counts the seconds since the gallery began.
func sinceNow() *page.Live {
	begin := time.Now()
	live := page.NewLive(slog.Default(), func(context.Context, []string) (map[string]page.Counts, error) {
		return map[string]page.Counts{"": {"seconds": int64(time.Since(begin).Seconds())}}, nil
	}, page.LiveOptions{})
	_ = live.Open(context.Background()) // it never fails
	return live
}
