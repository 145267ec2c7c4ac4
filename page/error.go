package page

import (
	"cmp"
	"net/http"
	"sync"
)

// problem is the page shown instead of what was asked for.
type problem struct {
	Status         int
	Title, Message string
	Home           string
	Back           string  // where to try again, "" for the home page only
	Typed          []typed // what the visitor had typed
}

type typed struct{ Name, Text string }

var problemView = sync.OnceValue(func() *View[problem] { return Public[problem](layouts, "templates/error.html") })

// Error answers with a page that says what is wrong. The title and message may be empty: 403, 404, 413, 500 and 503 have
// their own words. It never shows the cause: log that.
func Error(w http.ResponseWriter, r *http.Request, status int, title, message string) {
	p := words(status)
	p.Title, p.Message = cmp.Or(title, p.Title), cmp.Or(message, p.Message)
	p.render(w, r)
}

func (p problem) render(w http.ResponseWriter, r *http.Request) {
	p.Home = siteOf(r).Home
	w.Header().Set("Cache-Control", "no-store")
	if isFragment(r) { // a whole page replaces the page, not the corner that was asked for
		w.Header().Set("HX-Retarget", "body")
		w.Header().Set("HX-Reswap", "innerHTML")
	}
	problemView().Render(w, r, p.Status, p)
}

func words(status int) problem {
	p := problem{Status: status, Title: http.StatusText(status), Message: "Please go back and try again."}
	switch status {
	case http.StatusForbidden:
		p.Title, p.Message = "You may not see this page", "If you should, ask someone who can give you access."
	case http.StatusNotFound:
		p.Title, p.Message = "Page not found", "Check the address, or look for the page from the start."
	case http.StatusRequestEntityTooLarge:
		p.Title, p.Message = "That was too much at once", "Please shorten the text or attach smaller files, and send it again."
	case http.StatusInternalServerError:
		p.Title, p.Message = "Something went wrong on our side", "We have been told. Please try again in a moment."
	case http.StatusServiceUnavailable:
		p.Title, p.Message = "We will be back in a moment", "This part of the site is away. Please try again shortly."
	}
	return p
}
