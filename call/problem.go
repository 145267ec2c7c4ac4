package call

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/spinoff-go/spinoff"
)

// Headers of a call besides the standard ones, in canonical form.
const (
	headerRequestID = "X-Request-Id"
	headerTimeout   = "Spinoff-Timeout-Ms" // what is left of the caller's time, in milliseconds
	headerConsumer  = "Spinoff-Consumer"   // the name of the app that calls
	headerPerson    = "Spinoff-Person"     // a signed statement of who is signed in
	headerStatement = "Spinoff-Statement"  // a signed statement of who calls, by a process of the project
	headerRelayed   = "Spinoff-Relayed"    // "call" or "page": the request passed through a process that does not know who calls

	headerIdempotencyKey = "Idempotency-Key" // draft-ietf-httpapi-idempotency-key-header: the call takes effect once

	headerReplayed = "Idempotency-Replayed" // "true": the answer is the one that was given to the same key before
)

const (
	problemMediaType = "application/problem+json"
	problemType      = "urn:problem-type:" // followed by the code of an error
)

// problem is an error on the wire (RFC 9457).
type problem struct {
	Type      string          `json:"type"`
	Title     string          `json:"title"`
	Status    int             `json:"status"`
	Detail    string          `json:"detail,omitempty"`
	Errors    []spinoff.Field `json:"errors,omitempty"`
	RequestID string          `json:"request_id,omitempty"`
}

// Problem returns an error as it is written to the wire, for encoding/json.
func Problem(e *spinoff.Error) any {
	return problem{Type: problemType + e.Code, Title: e.Title, Status: e.Status, Detail: e.Detail, Errors: e.Fields, RequestID: e.RequestID}
}

// WriteProblem answers a request with an error.
func WriteProblem(w http.ResponseWriter, e *spinoff.Error) {
	body, err := json.Marshal(Problem(e))
	if err != nil { // only strings and integers are in it
		panic(err)
	}
	h := w.Header()
	h.Set("Content-Type", problemMediaType)
	h.Set("Content-Length", strconv.Itoa(len(body)+1))
	h.Set("Cache-Control", "no-store")
	if e.RetryAfter > 0 {
		h.Set("Retry-After", strconv.FormatInt(int64((e.RetryAfter+time.Second-1)/time.Second), 10))
	}
	w.WriteHeader(e.Status)
	w.Write(append(body, '\n')) //nolint:errcheck // the client is gone
}

// readProblem reads an error from the header and the body of a response, or returns nil when it is not one of ours.
func readProblem(h http.Header, body io.Reader, service string) *spinoff.Error {
	var p problem
	err := json.NewDecoder(body).Decode(&p)
	code, ours := strings.CutPrefix(p.Type, problemType)
	if err != nil || !ours {
		return nil //nolint:nilerr // a body that is no problem of ours is what nil says
	}
	return &spinoff.Error{
		Code: code, Status: p.Status, Title: p.Title, Detail: p.Detail, Fields: p.Errors, RequestID: p.RequestID, Service: service,
		RetryAfter: retryAfter(h),
	}
}

// retryAfter reads how long to wait; 0 where it is not said, or said as a date, which none of our providers does.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.ParseInt(h.Get("Retry-After"), 10, 32)
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}
