package spinoff

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Error is a failure that a caller can act on. A contract package declares its failures as variables, an
// endpoint lists those it answers with, a provider returns one (perhaps by [Error.With]), and the caller tests for it
// with errors.Is, which compares codes and therefore holds across processes and versions.
//
// On the wire it is a problem of RFC 9457 with the type "urn:problem-type:" + Code.
// A variable of this type is shared and must not be changed.
type Error struct {
	Code   string // for machines; "faq.not_found" in a contract, without a dot for those of this package
	Status int    // HTTP status, 400 to 599
	Title  string // for people: what is so, the same every time

	// What follows is about one occurrence.

	Detail string  // for people: what happened this time
	Fields []Field // what is wrong in the request
	// RetryAfter is when it makes sense to ask again, from now on: the header Retry-After, in whole seconds on the wire. Default: not said
	RetryAfter time.Duration
	RequestID  string // the request that failed, as in the logs of every process it passed
	Service    string // the service that answered with it; "" where it has not crossed a boundary yet

	cause error // for the log; never crosses a boundary
}

// Field says what is wrong with one value of a request.
type Field struct {
	Pointer string `json:"pointer"` // JSON pointer in its URI form: "#/related/0"
	Code    string `json:"code"`    // for machines: the constraint, such as "min", "required", "type", "unknown"
	Detail  string `json:"detail"`  // for people: what would be right
}

// Errors that any call can fail with.
var (
	// ErrMalformed means that the request cannot be read at all.
	ErrMalformed = &Error{Code: "malformed", Status: http.StatusBadRequest, Title: "the request cannot be read"}
	// ErrInvalid means that the request can be read, and breaks the contract. Fields says where.
	ErrInvalid = &Error{Code: "invalid", Status: http.StatusUnprocessableEntity, Title: "the request is not valid"}
	// ErrUnauthenticated means that who asks is not known.
	ErrUnauthenticated = &Error{Code: "unauthenticated", Status: http.StatusUnauthorized, Title: "who asks is not known"}
	// ErrForbidden means that who asks may not do this.
	ErrForbidden = &Error{Code: "forbidden", Status: http.StatusForbidden, Title: "this is not allowed"}
	// ErrNoEndpoint means that the service has no such endpoint or no such version.
	ErrNoEndpoint = &Error{Code: "no_endpoint", Status: http.StatusNotFound, Title: "there is no such endpoint"}
	// ErrMethod means that the endpoint exists with another method.
	ErrMethod = &Error{Code: "method", Status: http.StatusMethodNotAllowed, Title: "the method is not allowed here"}
	// ErrGone means that there was such an endpoint and that it was retired. The detail says what to use instead.
	ErrGone = &Error{Code: "gone", Status: http.StatusGone, Title: "this endpoint is gone"}
	// ErrTooLarge means that the request is larger than the provider reads.
	ErrTooLarge = &Error{Code: "too_large", Status: http.StatusRequestEntityTooLarge, Title: "the request is too large"}
	// ErrMediaType means that the body is of a media type that the provider does not read.
	ErrMediaType = &Error{Code: "media_type", Status: http.StatusUnsupportedMediaType, Title: "the media type is not supported"}
	// ErrInFlight means that a request with the same Idempotency-Key is being answered; ask again a little later.
	ErrInFlight = &Error{Code: "in_flight", Status: http.StatusConflict, Title: "the same request is being answered", RetryAfter: time.Second}
	// ErrKeyReused means that the Idempotency-Key came before, with another request.
	ErrKeyReused = &Error{Code: "key_reused", Status: http.StatusUnprocessableEntity, Title: "the Idempotency-Key belongs to another request"}
	// ErrCanceled means that the caller gave up. errors.Is also finds context.Canceled in it.
	ErrCanceled = &Error{Code: "canceled", Status: 499, Title: "the caller gave up"}
	// ErrInternal means that the provider failed in a way that the caller can do nothing about; its log has the cause.
	ErrInternal = &Error{Code: "internal", Status: http.StatusInternalServerError, Title: "the provider failed"}
	// ErrUnavailable means that the provider does not answer, or not sensibly. Nothing is known about the effect of the call.
	ErrUnavailable = &Error{Code: "unavailable", Status: http.StatusServiceUnavailable, Title: "the provider does not answer"}
	// ErrOverloaded means that the provider has more to do than it can: it has refused the call, and nothing has happened. RetryAfter says when to ask again.
	ErrOverloaded = &Error{Code: "overloaded", Status: http.StatusServiceUnavailable, Title: "the provider has too much to do"}
	// ErrTimeout means that the time for the call is over. errors.Is also finds context.DeadlineExceeded in it.
	ErrTimeout = &Error{Code: "timeout", Status: http.StatusGatewayTimeout, Title: "the call took too long"}
)

// Error returns title, detail and fields as one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Title)
	if e.Detail != "" {
		b.WriteString(": ")
		b.WriteString(e.Detail)
	}
	for i, f := range e.Fields {
		b.WriteString([]string{": ", "; "}[min(i, 1)])
		b.WriteString(f.Pointer)
		b.WriteString(" ")
		b.WriteString(f.Detail)
	}
	return b.String()
}

// Is reports whether target is an [*Error] with the same code, or the context error that e stands for.
func (e *Error) Is(target error) bool {
	switch target {
	case context.Canceled:
		return e.Code == ErrCanceled.Code
	case context.DeadlineExceeded:
		return e.Code == ErrTimeout.Code
	}
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Unwrap returns the cause, which only the process where it happened knows.
func (e *Error) Unwrap() error { return e.cause }

// With returns a copy of e that says what happened this time. The caller reads it, so it names nothing that
// the caller may not know; what is for the log goes into [Error.Because].
func (e *Error) With(format string, args ...any) *Error {
	c := *e
	c.Detail = fmt.Sprintf(format, args...)
	return &c
}

// Because returns a copy of e with a cause, which is logged and never shown to the caller.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// At returns a copy of e that also says what is wrong with the value at pointer, such as "#/source".
func (e *Error) At(pointer, code, detail string) *Error {
	c := *e
	c.Fields = append(slices.Clip(c.Fields), Field{pointer, code, detail})
	return &c
}

// AsError returns the [*Error] in err's chain, or nil.
func AsError(err error) *Error {
	e, _ := errors.AsType[*Error](err)
	return e
}
