package page

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// sendTimeout is how long a browser may take to read what is sent to it.
const sendTimeout = 10 * time.Second

// Stream answers with the counts as server-sent events (text/event-stream): a JSON object {"open":12} at once, and again whenever a count has
// changed. of returns what a request listens to besides what all see, and may be nil; it has to be bounded. A page names the address of
// the stream, once, in data-live. The stream ends with the request's context, with [Live.Close], and after its time.
func (l *Live) Stream(of func(r *http.Request) []string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
			http.Error(w, "This is a stream of events: ask for it with the header Accept: text/event-stream.", http.StatusNotAcceptable)
			return
		}
		var names []string
		if of != nil {
			names = slices.DeleteFunc(of(r), func(name string) bool { return name == "" })
		}
		one := l.join(names)
		if one == nil {
			w.Header().Set("Retry-After", "60")
			http.Error(w, "Too many pages are kept up to date, or the app is closing. Pages work without.", http.StatusServiceUnavailable)
			return
		}
		defer l.part(one)
		h := w.Header()
		h.Set("Content-Type", "text/event-stream")
		h.Set("Cache-Control", "no-store")
		h.Set("X-Accel-Buffering", "no") // nginx would wait for more
		if r.Method != http.MethodHead {
			l.send(w, r, one)
		}
	})
}

// send sends what one listener is told.
func (l *Live) send(w http.ResponseWriter, r *http.Request, one *listener) {
	connection := http.NewResponseController(w)
	say := func(text string) bool {
		_ = connection.SetWriteDeadline(time.Now().Add(sendTimeout)) // a connection without deadlines ends with its life
		_, err := fmt.Fprint(w, text)
		return err == nil && connection.Flush() == nil
	}
	life, beat := time.NewTimer(l.options.Life), time.NewTicker(l.options.Beat)
	defer life.Stop()
	defer beat.Stop()
	text, last := "retry: 3000\n\n", Counts(nil)
	for say(text) {
		for text = ""; text == ""; {
			select {
			case <-r.Context().Done():
				return
			case <-one.closed:
				return
			case <-life.C:
				return
			case <-beat.C:
				text = ": nothing new\n\n"
			case news := <-one.news:
				if last == nil || !maps.Equal(news, last) {
					text, last = event(news), news
				}
			}
		}
	}
}

func event(counts Counts) string {
	data, err := json.Marshal(counts)
	if err != nil {
		panic(err) // whole numbers under names can always be written
	}
	return "data: " + string(data) + "\n\n"
}
