package run

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// maxStream is how long a stream of events may last, also where it only passes through here: the browser opens it again.
const maxStream = 10 * time.Minute

// endStreams ends the streams of events, those of the apps here and those of other processes, as soon as ending is done:
// a server that stops waits for its answers, and a stream has no end of its own.
func endStreams(ending context.Context, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isStream(r) {
			next.ServeHTTP(w, r)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), maxStream)
		defer cancel()
		defer context.AfterFunc(ending, cancel)()
		// Who does not read ends too.
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(maxStream)) // a connection of ours has deadlines
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// isStream reports whether a page asks for a stream of events, as every browser does with this header.
func isStream(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/event-stream")
}
