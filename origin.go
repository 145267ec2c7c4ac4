package spinoff

import "context"

// Origin says where a call comes from. It is all that travels with a call besides the request and the deadline:
// no other value of a context reaches the provider, in process or over HTTP.
type Origin struct {
	RequestID string // the same in every process that a request passes
	Consumer  string // the app or program that calls; "" when it did not say
	Person    Person // the person who is signed in; zero when nobody is
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
