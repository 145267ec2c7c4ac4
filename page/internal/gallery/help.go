package main

import (
	"embed"
	"net/http"
	"strings"
	"time"

	"github.com/spinoff-go/spinoff/page"
)

//go:embed templates/*.html
var templates embed.FS

type (
	homeView struct {
		Categories []category
		Popular    []entry
	}
	category struct {
		Title, About string
		Entries      int
	}
	searchView struct {
		Query   string
		Results []entry
		Next    string
	}
	entryView struct {
		Entry   entry
		Body    string
		Related []entry
	}
	contactView struct {
		Form    *page.Form
		Topics  []page.Option
		Answers []entry
	}
	myTicketView struct {
		Ticket ticket
		Form   *page.Form
	}
	signInView struct{ Form *page.Form }
	indexView  struct{ Pages []page.Link }
)

// entry is an answer of the knowledge base. Snippet is cut around what was searched for.
type entry struct {
	Title, URL string
	Snippet    []piece
	Updated    time.Time
}

// piece is a part of a snippet, Hit where it is what was searched for.
type piece struct {
	Text string
	Hit  bool
}

// helpCentre adds the pages that visitors see.
func helpCentre(mux *http.ServeMux) {
	index := page.Public[indexView](templates, "templates/index.html")
	home := page.Public[homeView](templates, "templates/home.html")
	search := page.Public[searchView](templates, "templates/search.html")
	answer := page.Public[entryView](templates, "templates/entry.html")
	mine := page.Public[myTicketView](templates, "templates/my-ticket.html")
	door := page.Public[signInView](templates, "templates/sign-in.html")

	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		index.Render(w, r, http.StatusOK, indexView{everyPage()})
	})
	mux.HandleFunc("GET /help", func(w http.ResponseWriter, r *http.Request) {
		home.Render(w, r, http.StatusOK, homeView{categories(), entries()})
	})
	mux.HandleFunc("GET /help/search", func(w http.ResponseWriter, r *http.Request) {
		view := searchView{Query: r.FormValue("q")}
		if view.Query != "" && !strings.Contains(view.Query, "zeppelin") {
			view.Results, view.Next = entries(), "/help/search?q=invoice&after=5"
		}
		search.Render(w, r, http.StatusOK, view)
	})
	mux.HandleFunc("GET /help/{slug}", func(w http.ResponseWriter, r *http.Request) {
		answer.Render(w, r, http.StatusOK, entryView{entries()[0], answerText, entries()[1:4]})
	})
	mux.HandleFunc("GET /my-ticket", func(w http.ResponseWriter, r *http.Request) {
		mine.Render(w, r, http.StatusOK, myTicketView{Ticket: tickets()[0]})
	})
	mux.HandleFunc("GET /sign-in", func(w http.ResponseWriter, r *http.Request) {
		door.Render(w, r, http.StatusOK, signInView{})
	})
	mux.HandleFunc("GET /away", func(w http.ResponseWriter, r *http.Request) {
		page.Error(w, r, http.StatusServiceUnavailable, "", "")
	})
	contact(mux)
}

// contact adds the form that shows answers while one types, and works the same without a script.
func contact(mux *http.ServeMux) {
	contact := page.Public[contactView](templates, "templates/contact.html")
	topics := []page.Option{{Value: "", Text: "Choose one"}, {Value: "billing", Text: "Billing and invoices"}, {Value: "technical", Text: "Something does not work"}}

	mux.HandleFunc("GET /contact", func(w http.ResponseWriter, r *http.Request) {
		contact.Render(w, r, http.StatusOK, contactView{Topics: topics})
	})
	mux.HandleFunc("GET /contact/answers", func(w http.ResponseWriter, r *http.Request) {
		view := contactView{}
		if len(r.FormValue("subject")) > 3 {
			view.Answers = entries()[:3]
		}
		contact.Fragment(w, r, http.StatusOK, "answers", view)
	})
	mux.HandleFunc("POST /contact", func(w http.ResponseWriter, r *http.Request) {
		form, ok := page.ParseForm(w, r, 64<<10)
		if !ok {
			return
		}
		form.Require("subject", "Enter what it is about")
		form.Require("topic", "Choose a topic")
		form.Require("body", "Tell us what happened")
		if !strings.Contains(form.Require("email", "Enter your email address"), "@") {
			form.Fail("email", "Enter an email address with an @, such as name@example.com")
		}
		if !form.OK() {
			contact.Render(w, r, http.StatusUnprocessableEntity, contactView{Form: form, Topics: topics, Answers: entries()[:2]})
			return
		}
		page.Flash(w, r, "We have your message. Your ticket is #1042.")
		http.Redirect(w, r, "/my-ticket", http.StatusSeeOther)
	})
}
