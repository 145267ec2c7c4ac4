package spinoff

import "context"

// Origin says where a call comes from. It is all that travels with a call besides the request and the deadline:
// no other value of a context reaches the provider, in process or over HTTP.
type Origin struct {
	RequestID string // the same in every process that a request passes
	Consumer  string // the app or program that calls; "" when it did not say
	Person    Person // the person who is signed in; zero when nobody is
	// Priority is what the caller asked for, or that of the endpoint: what a provider calls in turn has the same. See [WithPriority].
	Priority Priority
	// Trace is the traceparent (W3C Trace Context) of the span that the call belongs to; "" where nothing is traced.
	Trace string

	// IdempotencyKey makes the call take effect once, however often it is made with the same key. It is for this one call: what
	// its provider calls in turn has none. See [WithIdempotencyKey].
	IdempotencyKey string
}

// Person is somebody who has signed in.
type Person struct {
	Email string `json:"email"` // names the person
	Name  string `json:"name"`  // for people
}

// OriginKey is the key under which a context holds a [*Origin]. It is exported for implementations of [Caller];
// everybody else uses [OriginOf] and [WithOrigin].
type OriginKey struct{}

// OriginOf returns the origin of the call, page request or command that ctx belongs to.
func OriginOf(ctx context.Context) Origin {
	if o, ok := ctx.Value(OriginKey{}).(*Origin); ok {
		return *o
	}
	return Origin{}
}

// WithOrigin returns a context with origin o.
func WithOrigin(ctx context.Context, o Origin) context.Context {
	return context.WithValue(ctx, OriginKey{}, &o)
}

// WithIdempotencyKey returns a context in which a call takes effect once, however often it is made with this key, in any version of the
// endpoint: the provider keeps its answer for a day. key is at most 255 printable ASCII characters, such as "faq:1042".
func WithIdempotencyKey(ctx context.Context, key string) context.Context {
	o := OriginOf(ctx)
	o.IdempotencyKey = key
	return WithOrigin(ctx, o)
}

// Priority says who goes first where there is more to do than can be done in time.
type Priority string

// The priorities. The empty one leaves it to the endpoint.
const (
	Interactive Priority = "interactive" // somebody waits for the answer
	Background  Priority = "background"  // nobody does: an import, a report, an event. It is refused first
)

// WithPriority returns a context in which calls have priority p, whatever their endpoints say, and so have those that their providers make in turn.
func WithPriority(ctx context.Context, p Priority) context.Context {
	o := OriginOf(ctx)
	o.Priority = p
	return WithOrigin(ctx, o)
}
