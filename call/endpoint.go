package call

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/shape"
)

// key finds an endpoint.
type key struct {
	service spinoff.Service
	route   string
}

// endpoint is an operation compiled for calls: both sides of a call, in process and over HTTP, work on it.
type endpoint struct {
	spinoff.Operation
	request, reply *shape.Message
	answer         spinoff.Answer // nil on the consumer's side
	name           string         // its full name
	counts         counts
	consumers      *consumers // of the app, or of the address
	ending         *ending    // nil while it is there to stay
}

// compile checks an operation and prepares it. Errors name the endpoint.
func compile(op spinoff.Operation) (*endpoint, error) {
	e := &endpoint{Operation: op, name: op.FullName(), counts: counts{errors: errorsOf(op)}}
	if e.Timeout == 0 {
		e.Timeout = spinoff.DefaultTimeout
	}
	if e.MaxBody == 0 {
		e.MaxBody = spinoff.DefaultMaxBody
	}
	err := e.checkRoute()
	if err == nil {
		err = e.checkErrors()
	}
	if err == nil {
		err = e.checkConsumers()
	}
	if err == nil {
		e.request, err = shape.Request(op)
	}
	if err == nil {
		e.reply, err = shape.Answer(op)
	}
	if err != nil {
		return nil, fmt.Errorf("endpoint %s %q: %w", op.Service, op.Route, err)
	}
	return e, nil
}

func (e *endpoint) checkRoute() error {
	switch e.Method() {
	case http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
	default:
		return errors.New(`a route is a method and a path, such as "POST /create"; methods are GET, POST, PUT, PATCH, DELETE`)
	}
	path := e.Path()
	if !strings.HasPrefix(path, "/") || len(path) < 2 || strings.HasSuffix(path, "/") || strings.ContainsAny(path, "?# ") {
		return errors.New(`the path starts with a slash and has no slash at its end, such as "/entries/{id}"`)
	}
	if e.Service.Version < 1 || e.Service.Version > 9999 || e.Service.Name == "" {
		return errors.New("the service has a name and a version of 1 to 9999")
	}
	return nil
}

// checkErrors makes sure that the codes of two services cannot meet.
func (e *endpoint) checkErrors() error {
	for _, err := range e.Errors {
		if err.Status < 400 || err.Status > 599 {
			return fmt.Errorf("error %q has status %d; an error has 400 to 599", err.Code, err.Status)
		}
		if strings.Contains(err.Code, ".") && !strings.HasPrefix(err.Code, e.Service.Name+".") {
			return fmt.Errorf("error code %q belongs to another service; one of this begins with %q", err.Code, e.Service.Name+".")
		}
	}
	return nil
}

// admitRequest brings a request into canonical form and checks it; owned says that nobody else holds it.
func (e *endpoint) admitRequest(s *scope, in any, owned bool) error {
	if faults := e.request.AdmitWith(&s.report, in, true, owned); faults != nil {
		return e.invalid(faults)
	}
	return nil
}

// admitReply brings an answer into canonical form. What is wrong with it is the provider's mistake.
func (e *endpoint) admitReply(s *scope, out any, owned bool) error {
	if faults := e.reply.AdmitWith(&s.report, out, true, owned); faults != nil {
		return spinoff.ErrInternal.Because(fmt.Errorf("the answer breaks the contract: %w", e.invalid(faults)))
	}
	if _, err := e.reply.Status(out); err != nil {
		return spinoff.ErrInternal.Because(err)
	}
	return nil
}

func (e *endpoint) invalid(faults []spinoff.Field) *spinoff.Error {
	invalid := *spinoff.ErrInvalid
	invalid.Fields = faults
	return &invalid
}

// run answers one call in a scope that has begun, and counts it: the part that is the same in process and over HTTP.
// err says what is already known to be wrong with the request. It returns nil or an error that the caller may see.
func (e *endpoint) run(s *scope, in, out any, owned bool, err error, log *slog.Logger) *spinoff.Error {
	e.counts.begun.Add(1)
	if err == nil {
		err = s.parent.Err()
	}
	if err == nil {
		err = e.guarded(s, in, out)
	}
	if err == nil {
		err = e.admitReply(s, out, owned)
	}
	if err == nil {
		err = s.parent.Err() // an answer that comes too late is none, as it is over HTTP
	}
	took := clock() - s.start
	if err == nil && took > s.budget {
		err = context.DeadlineExceeded
	}
	s.end()
	told := e.narrow(err, s)
	e.counts.count(s.overHTTP, e.consumers.number(s.consumer), took, told)
	e.logCall(s, providerSide, took, out, told, err, log)
	return told
}

// guarded calls the provider and turns a panic into an error.
func (e *endpoint) guarded(s *scope, in, out any) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = spinoff.ErrInternal.Because(fmt.Errorf("panic: %v\n%s", v, debug.Stack()))
		}
	}()
	return e.answer(s, in, out)
}

// refused returns the error of a call that did not begin. It is neither counted nor logged: in a flood there are thousands, and [Provider.Load] has their number.
func (e *endpoint) refused(err error, s *scope) *spinoff.Error {
	told := e.narrow(err, s)
	s.endSpans(e, nil, told)
	return told
}

// narrow returns what the caller may see of err; nil where it is.
func (e *endpoint) narrow(err error, s *scope) *spinoff.Error {
	if err == nil {
		return nil
	}
	told := spinoff.AsError(err)
	switch {
	case told != nil && e.mayTell(told):
	case told != nil && told.Code == spinoff.ErrOverloaded.Code: // another service has done nothing; this one may have
		unavailable := *spinoff.ErrUnavailable
		unavailable.RetryAfter = told.RetryAfter
		told = &unavailable
	case told == nil && errors.Is(err, context.DeadlineExceeded):
		told = spinoff.ErrTimeout
	case told == nil && errors.Is(err, context.Canceled):
		told = spinoff.ErrCanceled
	default:
		told = spinoff.ErrInternal
	}
	return &spinoff.Error{
		Code: told.Code, Status: told.Status, Title: told.Title, Detail: told.Detail, Fields: told.Fields, RetryAfter: told.RetryAfter,
		Service: e.Service.Name, RequestID: s.origin().RequestID,
	}
}

// mayTell reports whether the caller may see err: what the endpoint declares, and what any call can fail with.
// Of what another service answered to this provider, only that it could not be reached is the caller's concern.
func (e *endpoint) mayTell(err *spinoff.Error) bool {
	if strings.Contains(err.Code, ".") {
		return slices.ContainsFunc(e.Errors, func(declared *spinoff.Error) bool { return declared.Code == err.Code })
	}
	switch {
	case err.Service == "" || err.Service == e.Service.Name:
		return true
	case err.Code == spinoff.ErrUnavailable.Code, err.Code == spinoff.ErrTimeout.Code, err.Code == spinoff.ErrCanceled.Code:
		return true
	}
	return false
}
