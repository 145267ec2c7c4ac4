package call

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spinoff-go/spinoff"
)

// Admit returns a handler that answers with next where the app can, as one of its calls: pages and calls have one limit. Where it has too much to do, it
// answers with refuse, which gets a [spinoff.ErrOverloaded], before anything of the body is read. Calls that next makes with the context of the request go first.
//
// A page that only waits for its visitor, to send or to take more bytes, is not counted, and a stream of events from when it begins.
func (p *Provider) Admit(next http.Handler, refuse func(http.ResponseWriter, *http.Request, *spinoff.Error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l := laneAsked(r, spinoff.Interactive)
		if !p.comeIn(l) {
			refuse(w, r, overloaded(p.app, RequestID(r)))
			return
		}
		defer p.door.goOut()
		if !p.admission.enter(r.Context().Done(), l, spinoff.DefaultTimeout) {
			refuse(w, r, overloaded(p.app, RequestID(r)))
			return
		}
		t := &turn{admission: p.admission}
		defer t.end()
		r = r.WithContext(context.WithValue(r.Context(), admittedKey{}, t))
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = patientBody{r.Body, t}
		}
		next.ServeHTTP(&patientWriter{w, t}, r)
	})
}

// Bound returns a handler that answers with next while the app holds fewer requests than its share, for one that runs elsewhere: its own process knows its limit.
func (p *Provider) Bound(next http.Handler, refuse func(http.ResponseWriter, *http.Request, *spinoff.Error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !p.door.comeIn() {
			p.admission.refuse(laneAsked(r, spinoff.Interactive))
			refuse(w, r, overloaded(p.app, RequestID(r)))
			return
		}
		defer p.door.goOut()
		next.ServeHTTP(w, r)
	})
}

// turn is a page that has begun. It is used by the goroutine of its handler.
type turn struct {
	admission *admission
	over      bool
}

func (t *turn) end() {
	if !t.over {
		t.over = true
		t.admission.leave()
	}
}

// pause lets others begin while the page waits for its visitor; what it returns goes on, without waiting.
func (t *turn) pause() func() {
	if t.over {
		return func() {}
	}
	t.admission.pause()
	return t.admission.enterNested
}

// patientBody is a body whose reading does not count.
type patientBody struct {
	io.ReadCloser
	turn *turn
}

func (b patientBody) Read(p []byte) (int, error) {
	defer b.turn.pause()()
	return b.ReadCloser.Read(p)
}

// patientWriter is an answer whose writing does not count.
type patientWriter struct {
	http.ResponseWriter
	turn *turn
}

func (w *patientWriter) Write(p []byte) (int, error) {
	w.begin()
	defer w.turn.pause()()
	return w.ResponseWriter.Write(p)
}

// Flush is there for handlers that ask for an http.Flusher; nothing is flushed where the server cannot.
func (w *patientWriter) Flush() {
	w.begin()
	defer w.turn.pause()()
	http.NewResponseController(w.ResponseWriter).Flush() //nolint:errcheck // see above
}

// begin ends the turn of a stream.
func (w *patientWriter) begin() {
	if strings.HasPrefix(w.Header().Get("Content-Type"), "text/event-stream") {
		w.turn.end()
	}
}

// Unwrap is for http.ResponseController.
func (w *patientWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// longAnswer is how long the server waits for what an endpoint with a longer time-out than this answers.
const longAnswer = 30 * time.Second

// extend gives the answer of an endpoint that may take long the time to be written: the deadlines of the server are for those that take no longer than a page.
func (e *endpoint) extend(w http.ResponseWriter) {
	if e.Timeout > longAnswer {
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(e.Timeout + longAnswer)) // where the server has deadlines
	}
}

// Load is what one app has to do.
type Load struct {
	Limit   int   // calls and pages that may be answered at the same time
	Running int   // those that are; more than the limit where calls are part of others
	Waiting int   // those that wait to begin
	Inside  int   // requests over HTTP that are not over
	Held    int64 // bytes of request bodies that are held
	// Refused counts since the process started, by priority.
	Refused map[spinoff.Priority]int64
}

// Load returns what the app has to do now. It is safe for concurrent use.
func (p *Provider) Load() Load {
	a := p.admission
	return Load{
		Limit: int(a.allowed.Load()), Running: int(a.begun.Load()), Waiting: int(a.waiting.Load()),
		Inside: int(p.door.inside.Load()), Held: p.door.held.Load(),
		Refused: map[spinoff.Priority]int64{
			spinoff.Interactive: a.refused[interactive].Load(),
			spinoff.Background:  a.refused[background].Load(),
		},
	}
}
