package run

import (
	"fmt"
	"net/http"
	"runtime/debug"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/page"
)

// unbroken answers with a page that says so where a view panics, and logs where it did. An answer of which something was sent
// already is cut off instead, so that nobody takes it for a whole one.
func (a *placed) unbroken(v spinoff.View) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent := &begun{ResponseWriter: w}
		defer func() {
			broken := recover()
			switch broken {
			case nil:
				return
			case http.ErrAbortHandler:
				panic(broken)
			}
			a.log.ErrorContext(r.Context(), "page panicked", "route", v.Route, "panic", fmt.Sprint(broken), "stack", string(debug.Stack()))
			if sent.yes {
				panic(http.ErrAbortHandler)
			}
			page.Error(w, r, http.StatusInternalServerError, "", "")
		}()
		v.Handler.ServeHTTP(sent, r)
	})
}

// begun is an answer that knows whether something of it was sent, and with which status.
type begun struct {
	http.ResponseWriter
	yes    bool
	status int
}

func (b *begun) WriteHeader(status int) {
	if !b.yes && status >= http.StatusOK {
		b.yes, b.status = true, status
	}
	b.ResponseWriter.WriteHeader(status)
}

func (b *begun) Write(p []byte) (int, error) {
	b.begin()
	return b.ResponseWriter.Write(p)
}

// begin notes what happens where nobody has written a status.
func (b *begun) begin() {
	if !b.yes {
		b.yes, b.status = true, http.StatusOK
	}
}

// Flush is there for handlers that ask for an http.Flusher; nothing is flushed where the server cannot.
func (b *begun) Flush() {
	b.begin()
	http.NewResponseController(b.ResponseWriter).Flush() //nolint:errcheck // see above
}

// Unwrap is for http.ResponseController.
func (b *begun) Unwrap() http.ResponseWriter { return b.ResponseWriter }
