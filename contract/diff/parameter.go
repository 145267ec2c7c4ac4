package diff

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spinoff-go/spinoff/contract/openapi"
)

// parameterKey is what makes a parameter the same one: its place and name. Those of the path are known by their position.
func parameterKey(path string, p *openapi.Node) string {
	name, in := p.Get("name").Str(), p.Get("in").Str()
	switch in {
	case "header":
		name = strings.ToLower(name)
	case "path":
		i := 0
		for rest := path; ; i++ {
			_, after, found := strings.Cut(rest, "{")
			inner, next, closed := strings.Cut(after, "}")
			if !found || !closed {
				break
			}
			if inner == name {
				return fmt.Sprintf("path {%d}", i+1)
			}
			rest = next
		}
	}
	return in + " " + name
}

// ignored are header parameters that OpenAPI ignores: other parts of the document speak of them.
var ignored = []string{"header accept", "header content-type", "header authorization"}

func (c *comparer) parameters(at spot, o, n *operation) {
	index := func(op *operation) map[string]*openapi.Node {
		m := map[string]*openapi.Node{}
		for _, p := range op.params {
			m[parameterKey(op.path, p)] = p
		}
		return m
	}
	olds, news := index(o), index(n)
	for _, key := range keys(olds, news) {
		was, is := olds[key], news[key]
		name := orElse(is, was).Get("name").Str()
		inner := at.in(orElse(is, was).Get("in").Str() + " parameter " + name)
		rule := at.way.prefix() + "parameter-"
		switch {
		case slices.Contains(ignored, key):
			if was.JSON() != is.JSON() {
				c.note(inner, "words", Words, was, is, "OpenAPI ignores this header as a parameter")
			}
		case was == nil && c.movedFrom(inner, is, olds, news):
		case was == nil && is.Get("required").True() && at.way == send:
			c.note(inner, rule+"required", Breaking, nil, is, fmt.Sprintf("the parameter %s is new and required, and no consumer sends it", name))
		case was == nil:
			c.note(inner, rule+"added", Allowed, nil, is, fmt.Sprintf("the parameter %s is new", name))
		case is == nil && c.movedTo(was, olds, news): // said at its new place
		case is == nil:
			c.note(inner, rule+"removed", Breaking, was, nil, fmt.Sprintf("the parameter %s is gone", name))
		default:
			c.fields(inner, "parameter", was, is)
			c.carrier(inner, "parameter", was, is)
		}
	}
}

func orElse(a, b *openapi.Node) *openapi.Node {
	if a == nil {
		return b
	}
	return a
}

// moved returns the parameter of the same name that is in only one of two sets, at another place.
func moved(p *openapi.Node, in, notIn map[string]*openapi.Node) *openapi.Node {
	for _, key := range keys(in) {
		q := in[key]
		if notIn[key] == nil && strings.EqualFold(q.Get("name").Str(), p.Get("name").Str()) && q.Get("in").Str() != p.Get("in").Str() {
			return q
		}
	}
	return nil
}

func (c *comparer) movedFrom(at spot, is *openapi.Node, olds, news map[string]*openapi.Node) bool {
	was := moved(is, olds, news)
	if was == nil {
		return false
	}
	c.note(at, at.way.prefix()+"parameter-moved", Breaking, was, is,
		fmt.Sprintf("the parameter %s was in the %s and is in the %s", is.Get("name").Str(), was.Get("in").Str(), is.Get("in").Str()))
	return true
}

func (c *comparer) movedTo(was *openapi.Node, olds, news map[string]*openapi.Node) bool {
	return moved(was, news, olds) != nil
}

// carrier compares a parameter or a header: whether it must be there, how it is written, and its schema.
func (c *comparer) carrier(at spot, what string, o, n *openapi.Node) {
	inPath := func(p *openapi.Node) bool { return p.Get("in").Str() == "path" }
	was, is := o.Get("required").True() || inPath(o), n.Get("required").True() || inPath(n)
	name := at.way.prefix() + what
	e := same
	switch {
	case was && !is:
		e = wider
	case is && !was:
		e = narrower
	}
	if e != same {
		c.note(at, name+"-required", at.way.severity(e), orElse(o.Get("required"), o), orElse(n.Get("required"), n),
			fmt.Sprintf("whether it is required was %t and is %t", was, is))
	}
	shared := c.old.norm(one(o.Get("schema"))).kinds & c.new.norm(one(n.Get("schema"))).kinds
	if a, b := writing(o, what, shared), writing(n, what, shared); a != b {
		c.note(at, name+"-style", Breaking, orElse(o.Get("style"), o), orElse(n.Get("style"), n), fmt.Sprintf("it was written as %s and is written as %s", a, b))
	}
	for _, flag := range []string{"allowEmptyValue", "allowReserved"} {
		was, is := o.Get(flag), n.Get(flag)
		if was.True() != is.True() {
			e := narrower
			if is.True() {
				e = wider
			}
			c.note(at, name+"-style", at.way.severity(e), was, is, fmt.Sprintf("%s was %t and is %t", flag, was.True(), is.True()))
		}
	}
	if was, is := o.Get("deprecated").True(), n.Get("deprecated").True(); was != is {
		c.note(at, "deprecated", Allowed, o.Get("deprecated"), n.Get("deprecated"), "whether it is deprecated has changed")
	}
	at.optional = !was
	if (o.Get("content") == nil) != (n.Get("content") == nil) {
		c.note(at, name+"-style", Breaking, orElse(o.Get("content"), o), orElse(n.Get("content"), n), "whether it is written as a document of a media type has changed")
		return
	}
	if o.Get("content") != nil {
		c.content(at, o.Get("content"), n.Get("content"))
		return
	}
	c.carried(at, o, n)
}

// writing says how a value of a parameter or header is written, with what holds where nothing is said. Explode is of no meaning for what is
// neither list nor object, for a list in the style simple, and for a deepObject.
func writing(n *openapi.Node, what string, values kinds) string {
	style := n.Get("style").Str()
	if style == "" {
		style = "simple"
		if in := n.Get("in").Str(); in == "query" || in == "cookie" || what == "encoding" {
			style = "form"
		}
	}
	explode := style == "form"
	if given := n.Get("explode"); given != nil {
		explode = given.True()
	}
	switch {
	case !values.has(openapi.Array) && !values.has(openapi.Object), style == "simple" && !values.has(openapi.Object), style == "deepObject":
		return style
	}
	return fmt.Sprintf("%s, explode %t", style, explode)
}
