// Package conversion tries the conversions between two versions of a service with values made from their types: when a program starts, whether
// each request and each answer becomes a valid one of the other version, and in tests, whether what both versions have comes through unchanged.
package conversion

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/shape"
)

// Conversion is how a newer version answers an older endpoint, or makes an older event, compiled for trying.
type Conversion struct {
	Older, Newer string // "faq.v1.create", "faq.v2.create"

	ways []*way
	handler
}

// handler is what is known of an endpoint only.
type handler struct {
	*spinoff.Conversion // nil for a topic
	older               spinoff.Declaration
	in, newIn           *shape.Message
	out, newOut         *shape.Message
}

// Of compiles the conversion of a handler that [spinoff.Older] made.
func Of(h spinoff.Handler) (*Conversion, error) {
	c := &Conversion{Older: h.FullName(), Newer: h.Convert.Newer.FullName(), handler: handler{Conversion: h.Convert, older: h.Declaration}}
	var errs [4]error
	c.in, errs[0] = shape.Request(h.Operation)
	c.out, errs[1] = shape.Answer(h.Operation)
	c.newIn, errs[2] = shape.Request(h.Convert.Newer)
	c.newOut, errs[3] = shape.Answer(h.Convert.Newer)
	for _, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("endpoint %s: %w", c.Older, err)
		}
	}
	up := &way{
		what: "request", by: "up", from: c.in, to: c.newIn, version: h.Convert.Newer.Service.Version, less: h.Convert.Narrower, names: inverse(h.Convert.Fields),
		convert: func(in any) (any, error) {
			newIn := c.newIn.New()
			return newIn, h.Convert.Up(in, nil, newIn)
		},
	}
	if c.Read != nil {
		if err := c.merge(up); err != nil {
			return nil, fmt.Errorf("endpoint %s: %w", c.Older, err)
		}
	}
	c.ways = []*way{up, {
		what: "answer", by: "down", from: c.newOut, to: c.out, version: h.Service.Version, names: h.Convert.Fields,
		convert: func(newOut any) (any, error) {
			out := c.out.New()
			h.Convert.Down(c.in.Full(), newOut, out)
			return out, nil
		},
	}}
	return c, nil
}

// OfTopic compiles the conversion of an announcement that [spinoff.AnnounceOlder] made.
func OfTopic(a spinoff.Announcement) (*Conversion, error) {
	c := &Conversion{Older: a.String(), Newer: a.Newer.String()}
	down := &way{what: "event", by: "down", version: a.Service.Version, convert: func(newer any) (any, error) { return a.Convert(newer), nil }}
	var err error
	if down.from, err = shape.Event(a.Newer.Data); err == nil {
		down.to, err = shape.Event(a.Data)
	}
	if err != nil {
		return nil, fmt.Errorf("topic %s: %w", a.Kind, err)
	}
	c.ways = []*way{down}
	return c, nil
}

// merge makes a way of one that also takes what is there.
func (c *Conversion) merge(up *way) error {
	id, err := shape.Request(c.Read.Operation)
	if err != nil {
		return err
	}
	if up.now, err = shape.Answer(c.Read.Operation); err != nil {
		return err
	}
	up.merge = func(in, now any) (any, error) {
		asked := id.New()
		c.Read.ID(in, asked)
		if faults := id.Admit(asked, true, true); faults != nil {
			return nil, fmt.Errorf("asks for what is there by %s, which %s refuses: %s %s", id.AppendJSON(nil, asked), c.Read.FullName(), faults[0].Pointer, faults[0].Detail)
		}
		newIn := c.newIn.New()
		return newIn, c.Up(in, now, newIn)
	}
	up.convert = func(in any) (any, error) { return up.merge(in, up.now.Full()) }
	return nil
}

// inverse turns a map around.
func inverse(names map[string]string) map[string]string {
	turned := map[string]string{}
	for from, to := range names {
		turned[to] = from
	}
	return turned
}

// Check tries the conversion with samples of both contracts, every word of every enum among them, and says what is missing: errors, fields and words that one
// of the versions does not know.
func (c *Conversion) Check() error {
	err := c.checkWords()
	for _, w := range c.ways {
		if err == nil {
			err = w.check()
		}
	}
	if err != nil {
		return fmt.Errorf("%s is answered by %s: %w", c.Older, c.Newer, err)
	}
	return nil
}

// checkWords checks what is said besides the functions.
func (c *Conversion) checkWords() error {
	if c.Conversion == nil {
		return nil
	}
	mine := codes(c.older.Errors)
	theirs := codes(c.Conversion.Newer.Errors)
	if c.Read != nil {
		theirs = append(theirs, codes(c.Read.Errors)...)
	}
	for _, code := range theirs {
		if c.Errors[code] == nil && !slices.Contains(mine, code) {
			return fmt.Errorf("the newer one fails with %q, which the older one does not declare; say by MapError what it is there: "+
				"an error that the older one declares (%s) or one that any call can fail with, such as spinoff.ErrInternal", code, either(mine))
		}
	}
	for _, code := range slices.Sorted(maps.Keys(c.Errors)) {
		switch as := c.Errors[code]; {
		case strings.Contains(as.Code, ".") && !slices.Contains(mine, as.Code):
			return fmt.Errorf("MapError makes %q of %q, which the older one does not declare; it declares %s", as.Code, code, either(mine))
		case strings.Contains(code, ".") && !slices.Contains(theirs, code):
			return fmt.Errorf("MapError names %q, which the newer one does not fail with; it fails with %s", code, either(theirs))
		}
	}
	for _, newer := range slices.Sorted(maps.Keys(c.Fields)) {
		older := c.Fields[newer]
		if !has(c.newIn.Type, newer) && !has(c.newOut.Type, newer) {
			return fmt.Errorf("MapField names %q, which the newer one does not have", newer)
		}
		if !has(c.in.Type, older) && !has(c.out.Type, older) {
			return fmt.Errorf("MapField names %q, which the older one does not have", older)
		}
	}
	for _, field := range c.Narrower {
		if !has(c.newIn.Type, field) {
			return fmt.Errorf("AllowsLess names %q, which the newer request does not have", field)
		}
	}
	return nil
}

func codes(errors []*spinoff.Error) []string {
	var codes []string
	for _, e := range errors {
		if strings.Contains(e.Code, ".") {
			codes = append(codes, e.Code)
		}
	}
	return codes
}

// either lists words for people.
func either(words []string) string {
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}

// has reports whether a type has a field with this name, such as "lines/*/price".
func has(t *shape.Type, name string) bool {
	for t.Kind == shape.Pointer {
		t = t.Elem
	}
	token, rest, deeper := strings.Cut(name, "/")
	switch {
	case t.Kind == shape.List || t.Kind == shape.Map:
		return token == "*" && (!deeper || has(t.Elem, rest))
	case t.Kind != shape.Struct:
		return false
	}
	i := slices.IndexFunc(t.Fields, func(f shape.Field) bool { return f.Name == token })
	return i >= 0 && (!deeper || has(t.Fields[i].Type, rest))
}
