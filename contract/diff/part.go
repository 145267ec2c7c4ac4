package diff

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spinoff-go/spinoff/contract/openapi"
)

// encodings compares how the properties of a form are written. One that is new was never written in another way.
func (c *comparer) encodings(at spot, o, n *openapi.Node) {
	before, after := c.old.norm(one(o.Get("schema"))).object, c.new.norm(one(n.Get("schema"))).object
	olds, news := fieldMap(o.Get("encoding")), fieldMap(n.Get("encoding"))
	for _, name := range keys(olds, news) {
		was, is := olds[name], news[name]
		inner := at.in("encoding of " + name)
		c.fields(inner, "encoding", was, is)
		note := func(e effect, what, a, b string) {
			severity := Allowed
			if before.properties[name].declared {
				severity = at.way.severity(e)
			}
			if e != same {
				c.note(inner, at.way.prefix()+"encoding-parts", severity, was, is, fmt.Sprintf("%s was %s and is %s", what, a, b))
			}
		}
		a, b := c.old.partTypes(was, before.about(name)), c.new.partTypes(is, after.about(name))
		note(typesEffect(a, b), "its media type", list(a), list(b))
		shared := c.old.norm(before.about(name)).kinds & c.new.norm(after.about(name)).kinds
		x, y := partWriting(was, shared), partWriting(is, shared)
		note(changed([]string{x}, []string{y}), "how it is written", x, y)
		c.headers(inner, was.Get("headers"), is.Get("headers"))
	}
}

func partWriting(n *openapi.Node, values kinds) string {
	return fmt.Sprintf("%s, allowReserved %t", writing(n, "encoding", values), n.Get("allowReserved").True())
}

// partTypes returns the media types in which a part may be written, sorted: those that are given, or what OpenAPI says where none is.
func (s *side) partTypes(n *openapi.Node, t *term) []string {
	given := n.Get("contentType").Str()
	if given == "" {
		return []string{s.usualType(t, 0)}
	}
	var all []string
	for one := range strings.SplitSeq(given, ",") {
		all = append(all, mediaType(strings.TrimSpace(one)))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// usualType is the media type of a part of which nothing is said (OpenAPI 3.1.1, Encoding Object).
func (s *side) usualType(t *term, depth int) string {
	n := s.norm(t)
	switch kinds := n.kinds &^ nullKind; {
	case kinds == kind(openapi.Object):
		return "application/json"
	case kinds == kind(openapi.Array) && n.list.rest != nil && depth < deepest:
		return s.usualType(n.list.rest, depth+1)
	case kinds == kind(openapi.String) && len(n.text.encodings)+len(n.text.media) > 0:
		return "application/octet-stream"
	case kinds != 0 && kinds&(kind(openapi.Object)|kind(openapi.Array)) == 0:
		return "text/plain"
	}
	return "the usual one"
}

// typesEffect compares lists of media types, of which any may be used.
func typesEffect(o, n []string) effect {
	without := func(all, in []string) bool { // one of them is not in the other list
		return slices.ContainsFunc(all, func(a string) bool {
			return !slices.ContainsFunc(in, func(b string) bool { return a == b || covers(b, a) })
		})
	}
	e := same
	if without(o, n) {
		e |= narrower
	}
	if without(n, o) {
		e |= wider
	}
	return e
}
