package run

import (
	"net/http"
	"os"
	"runtime"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/call"
)

// Bounds of one request. Those of its body are with its endpoint or page.
const (
	headerTime = 10 * time.Second // to send its headers
	bodyTime   = time.Minute      // to send all of it
	answerTime = 2 * time.Minute  // from its headers to the end of its answer; an endpoint with a longer time-out and a stream have more
	idleTime   = 2 * time.Minute  // between two requests of a connection
	headerSize = 32 << 10         // bytes of its headers
	headers    = 200              // lines of them
	streams    = 250              // requests at the same time on a connection of HTTP/2
)

// guard gives a server the rest of its bounds. net/http refuses what cannot be read, or could be read in two ways, and wary the rest.
func guard(s *http.Server) {
	s.ReadTimeout, s.WriteTimeout, s.IdleTimeout = bodyTime, answerTime, idleTime
	s.MaxHeaderBytes = headerSize
	s.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: streams, WriteByteTimeout: bodyTime}
	s.ConnState = newSurplus(mostConnections, s.ConnState).state
	s.Handler = wary(s.Handler)
}

// wary refuses requests with too many headers. After a body in chunks it closes the connection: where a proxy in front was made to see another end of that body (request smuggling),
// what follows is nobody's request.
func wary(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		lines := 0
		for _, values := range r.Header {
			lines += len(values)
		}
		if lines > headers {
			refused := *spinoff.ErrTooLarge.With("the request has %d headers; at most %d are read", lines, headers)
			refused.Status, refused.RequestID = http.StatusRequestHeaderFieldsTooLarge, call.RequestID(r)
			w.Header().Set("Connection", "close")
			call.WriteProblem(w, &refused)
			return
		}
		if r.ProtoMajor == 1 && len(r.TransferEncoding) > 0 {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// spreadThreads lets Go run twice as many threads as there are processors. Go looks at the network only when one of its threads has nothing to do, and a thread that
// waits for the disk keeps its place for up to 10 ms; with one thread for each processor, calls of one app that compute or write would hold up all others. With more, the operating system
// shares the processors, and it does so within milliseconds. Who sets GOMAXPROCS has decided.
func spreadThreads() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(2 * runtime.GOMAXPROCS(0))
	}
}
