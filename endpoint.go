package spinoff

import (
	"context"
	"reflect"
	"strings"
	"time"
)

// Endpoint declares one call of a service: what goes in, what comes out, and which errors.
// It is plain data and lives in a contract package; it may be copied and shared freely.
//
// In and Out are structs of plain data (package shape lists what they may hold), Out may also be struct{} for no answer.
// A field of In whose JSON name stands in braces in the route travels in the path; with GET and DELETE the others
// travel in the query, with every other method in the body.
type Endpoint[In, Out any] struct {
	Service Service
	Route   string        // method and path without the version: "POST /create", "GET /entries/{id}"
	Name    string        // what the command line and the documentation call it. Default: see [Declaration.FullName]
	Timeout time.Duration // the longest that a call may take. Default: 10 s
	MaxBody int64         // the most bytes of a request's body. Default: 1 MiB
	Errors  []*Error      // the errors that a caller can act on; any other becomes [ErrInternal]

	Idempotent bool     // whether a POST or PATCH does no harm when it is sent twice, also without an Idempotency-Key; the other methods are
	Priority   Priority // of its calls, where the caller does not say. Default: Interactive
	Consumers  []string // who may call it, by name. Default: everybody who may call the app

	Deprecated *Deprecation // nil while it is there to stay
}

// What holds for an endpoint that does not say.
const (
	DefaultTimeout = 10 * time.Second
	DefaultMaxBody = 1 << 20
)

// Call calls the endpoint wherever its provider is. The provider never shares memory with the caller.
// The error is always an [*Error]: one of the endpoint's Errors, or one that any call can fail with.
func (e Endpoint[In, Out]) Call(ctx context.Context, calls Caller, in In) (Out, error) {
	exchange := &struct { // one allocation for both
		in  In
		out Out
	}{in: in}
	if err := calls.Call(ctx, Declaration(e), &exchange.in, &exchange.out); err != nil {
		var none Out
		return none, err
	}
	return exchange.out, nil
}

// Serve pairs the endpoint with the function that answers it. The function may be called concurrently.
func (e Endpoint[In, Out]) Serve(answer func(ctx context.Context, in In) (Out, error)) Handler {
	return Handler{
		Operation: e.Operation(),
		Answer: func(ctx context.Context, in, out any) (err error) {
			*out.(*Out), err = answer(ctx, *in.(*In))
			return err
		},
	}
}

// Operation returns the endpoint without its types.
func (e Endpoint[In, Out]) Operation() Operation {
	return Operation{Declaration(e), reflect.TypeFor[In](), reflect.TypeFor[Out]()}
}

// Answer answers a call: in is a pointer to the request, out a pointer to the answer, to be filled. It keeps neither pointer.
type Answer func(ctx context.Context, in, out any) error

// Handler is an endpoint together with what answers it. [Endpoint.Serve] and [Older] make one.
type Handler struct {
	Operation
	Answer  Answer      // nil for an older version
	Convert *Conversion // how a newer version answers an older one; nil for the newest
}

// Declaration is what an [Endpoint] says besides its types. It has the same fields, so that one converts to the other.
type Declaration struct {
	Service Service
	Route   string
	Name    string
	Timeout time.Duration
	MaxBody int64
	Errors  []*Error

	Idempotent bool
	Priority   Priority
	Consumers  []string

	Deprecated *Deprecation
}

// Operation is an [Endpoint] whose types are values: what the pipeline behind every call works on.
type Operation struct {
	Declaration
	In, Out reflect.Type
}

// Method returns the HTTP method of the route.
func (d Declaration) Method() string {
	method, _, _ := strings.Cut(d.Route, " ")
	return method
}

// Path returns the path of the route without the version: "/entries/{id}".
func (d Declaration) Path() string {
	_, path, _ := strings.Cut(d.Route, " ")
	return path
}

// FullName returns the operation's name with its service, such as "faq.v2.create". Where the endpoint has no
// Name, that is the last segment of its path or, when that is a parameter, the word for its method:
// get, update (PUT, PATCH), delete.
func (d Declaration) FullName() string {
	name := d.Name
	if name == "" {
		path := strings.Trim(d.Path(), "/")
		name = path[strings.LastIndexByte(path, '/')+1:]
		if name == "" || strings.HasPrefix(name, "{") {
			name = map[string]string{"PUT": "update", "PATCH": "update"}[d.Method()]
		}
		if name == "" {
			name = strings.ToLower(d.Method())
		}
	}
	return d.Service.String() + "." + name
}

// Caller carries calls to where they are answered. An app gets one in its [Env]; package call has the implementations.
type Caller interface {
	// Call calls the endpoint that d declares. in points to a request that nobody else holds, out to a zero answer;
	// they also say which types the endpoint has. It is safe for concurrent use.
	Call(ctx context.Context, d Declaration, in, out any) error
}
