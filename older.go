package spinoff

import (
	"maps"
	"slices"
)

// Older answers an endpoint of an older version by the endpoint that took its place: up converts the request, down converts the
// answer. The app must provide newer too, itself perhaps by Older: conversions form a chain, version 1 to 2 to 3.
//
// The request has been checked against the older contract before up, and is checked against the newer one after it. Two versions of a service
// that mean the same failure give it the same code; [Handler.MapError] names the others. up and down are pure: they
// are tried with samples when the program starts, before anything is open.
//
//	spinoff.Older(faqv1.Create, faqv2.Create, upCreate, downQuestion)
//	spinoff.Older(faqv1.Update, faqv2.Update, spinoff.Merging(faqv2.Get, entryOf, upEdit), downEntry).
//		MapError(faqv2.ErrStale, faqv1.ErrConflict).
//		MapField("title", "headline")
func Older[In1, Out1, In2, Out2 any, U Up[In1, In2], D Down[In1, Out1, Out2]](
	older Endpoint[In1, Out1], newer Endpoint[In2, Out2], up U, down D,
) Handler {
	c := &Conversion{Newer: newer.Operation()}
	switch up := any(up).(type) {
	case func(In1) In2:
		c.Up = func(in, _, newIn any) error {
			*newIn.(*In2) = up(*in.(*In1))
			return nil
		}
	case func(In1) (In2, error):
		c.Up = func(in, _, newIn any) (err error) {
			*newIn.(*In2), err = up(*in.(*In1))
			return err
		}
	case Merge[In1, In2]:
		c.Read, c.Up = up.read, up.up
	}
	switch down := any(down).(type) {
	case func(Out2) Out1:
		c.Down = func(_, newOut, out any) { *out.(*Out1) = down(*newOut.(*Out2)) }
	case func(In1, Out2) Out1:
		c.Down = func(in, newOut, out any) { *out.(*Out1) = down(*in.(*In1), *newOut.(*Out2)) }
	}
	return Handler{Operation: older.Operation(), Convert: c}
}

// Up is how a request becomes one of the next version: by a function; by one that refuses what the next version has no
// words for, with an error of the older contract such as [ErrInvalid] at the older field; or by [Merging] it with what is there.
type Up[In1, In2 any] interface {
	func(In1) In2 | func(In1) (In2, error) | Merge[In1, In2]
}

// Down is how an answer becomes one of the version before: by a function of it, or of it and the older request that asked for it.
type Down[In1, Out1, Out2 any] interface {
	func(Out2) Out1 | func(In1, Out2) Out1
}

// Merge is an [Up] that looks at what is there. [Merging] makes one.
type Merge[In1, In2 any] struct {
	read *Reading
	up   func(in, now, newIn any) error
}

// Merging makes a request of the next version of an older one and of what is there now, so that a PUT or PATCH of an older client loses nothing
// that only the newer version knows. What is there is the answer of read, an endpoint with GET of the newer version; id makes its request.
// It is read in the unit that writes, and nobody writes in between, so that no change of somebody else is lost and If-Match keeps its
// meaning. The app therefore has a database. It holds the writer of that database from the reading on.
func Merging[In1, In2, ID, Now any](read Endpoint[ID, Now], id func(In1) ID, up func(in In1, now Now) In2) Merge[In1, In2] {
	return Merge[In1, In2]{
		read: &Reading{
			Operation: read.Operation(),
			ID:        func(in, id2 any) { *id2.(*ID) = id(*in.(*In1)) },
		},
		up: func(in, now, newIn any) error {
			*newIn.(*In2) = up(*in.(*In1), *now.(*Now))
			return nil
		},
	}
}

// Conversion is an [Older] without its types. Its functions work on pointers to values of the operations' types.
type Conversion struct {
	Newer Operation                      // the operation that answers
	Read  *Reading                       // nil where Up needs nothing but the request
	Up    func(in, now, newIn any) error // fills newIn; now is what Read has answered, or nil
	Down  func(in, newOut, out any)      // fills out; in is the older request

	Errors   map[string]*Error // what an error of the newer version, by its code, is in the older one
	Fields   map[string]string // what a field of the newer version, by its name, is called in the older one
	Narrower []string          // fields of the newer request of which it allows less, on purpose
}

// Reading is the endpoint that tells what is there, and how it is asked.
type Reading struct {
	Operation
	ID func(in, id any) // fills id, the request of the endpoint, for the older request in
}

// MapError says which error of the older contract, or which that any call can fail with, an error of the newer endpoint is. Each error that
// only the newer endpoint declares needs one, or the program does not start; [ErrInternal] is for one that the caller can do nothing about.
func (h Handler) MapError(newer, older *Error) Handler {
	c := h.conversion("MapError")
	c.Errors = maps.Clone(c.Errors)
	if c.Errors == nil {
		c.Errors = map[string]*Error{}
	}
	c.Errors[newer.Code] = older
	h.Convert = c
	return h
}

// MapField says what a field of the newer version is called in the older one, where that differs, so that what is wrong with it is told
// under the name that the caller knows. A name is that in JSON; inside of others it has theirs before it, with * for every entry of a list or map:
// "customer/name", "lines/*/price".
func (h Handler) MapField(newer, older string) Handler {
	c := h.conversion("MapField")
	c.Fields = maps.Clone(c.Fields)
	if c.Fields == nil {
		c.Fields = map[string]string{}
	}
	c.Fields[newer] = older
	h.Convert = c
	return h
}

// AllowsLess says that the newer version allows less in these fields of its request than the older one, on purpose. A value that it refuses there
// is told to the caller as [ErrInvalid] under the older name. Anywhere else such a value is a mistake of the conversion, [ErrInternal] for the
// caller, and the program does not start where it is found out by then.
func (h Handler) AllowsLess(fields ...string) Handler {
	c := h.conversion("AllowsLess")
	c.Narrower = append(slices.Clip(c.Narrower), fields...)
	h.Convert = c
	return h
}

// conversion returns a copy of the handler's conversion.
func (h Handler) conversion(method string) *Conversion {
	if h.Convert == nil {
		panic(method + " of " + h.FullName() + ": it is for an older version, made by spinoff.Older")
	}
	c := *h.Convert
	return &c
}
