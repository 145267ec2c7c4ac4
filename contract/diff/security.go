package diff

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spinoff-go/spinoff/contract/openapi"
)

// demand is one alternative of a security requirement: all of it must be given. It has the scopes of each scheme.
type demand map[string][]string

// demands returns the alternatives of a requirement. None asks for nothing, as an empty one does.
func (s *side) demands(n *openapi.Node) []demand {
	var all []demand
	for _, item := range n.List() {
		d := demand{}
		for _, m := range item.Fields() {
			d[m.Name] = m.Value.Strings()
		}
		all = append(all, d)
	}
	if len(all) == 0 {
		return []demand{{}}
	}
	return all
}

func (s *side) scheme(name string) *openapi.Node {
	return s.doc.Resolve(s.doc.Root.Get("components").Get("securitySchemes").Get(name))
}

// identity says what a consumer must have for a scheme; what it is called in the document does not matter.
func identity(n *openapi.Node) string {
	switch kind := n.Get("type").Str(); kind {
	case "apiKey":
		name := n.Get("name").Str()
		if n.Get("in").Str() == "header" {
			name = strings.ToLower(name)
		}
		return strings.Join([]string{kind, n.Get("in").Str(), name}, " ")
	case "http":
		return kind + " " + strings.ToLower(n.Get("scheme").Str())
	case "openIdConnect":
		return kind + " " + n.Get("openIdConnectUrl").Str()
	case "oauth2":
		return kind
	default:
		return kind
	}
}

// security compares who may call an operation.
func (c *comparer) security(at spot, o, n *operation) {
	olds, news := c.old.demands(o.security), c.new.demands(n.security)
	where, whereNow := orElse(o.security, o.node), orElse(n.security, n.node)
	lost := func(from, to []demand, holds func(a, b demand) bool) (gone []string) {
		for _, a := range from {
			if !slices.ContainsFunc(to, func(b demand) bool { return holds(a, b) }) {
				gone = append(gone, a.String())
			}
		}
		return gone
	}
	refused := lost(olds, news, func(a, b demand) bool { return c.within(b, a, c.new, c.old) })
	looser := lost(news, olds, func(b, a demand) bool { return c.within(a, b, c.old, c.new) })
	if at.way == read { // the provider calls: what it brings along may only be more
		refused, looser = looser, refused
	}
	switch {
	case len(refused) > 0:
		c.note(at, "security-tightened", Breaking, where, whereNow, "who called with "+list(refused)+" is refused now")
	case len(looser) > 0:
		c.note(at, "security-loosened", Allowed, where, whereNow, "who may call: "+list(looser)+" is enough now")
	}
	c.usedSchemes(olds, news)
}

func (d demand) String() string {
	if len(d) == 0 {
		return "nothing"
	}
	var texts []string
	for _, name := range keys(d) {
		text := name
		if len(d[name]) > 0 {
			text += " (" + strings.Join(d[name], " ") + ")"
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, " and ")
}

// within reports whether everything that a asks for is asked for by b too.
func (c *comparer) within(a, b demand, sideA, sideB *side) bool {
	for name, scopes := range a {
		fits := func(other string) bool {
			x, y := sideA.scheme(name), sideB.scheme(other)
			if identity(x) != identity(y) || !subset(scopes, b[other]) {
				return false
			}
			return identity(x) != "oauth2" || name == other || sideB.scheme(name) == nil || sideA.scheme(other) == nil
		}
		if !slices.ContainsFunc(keys(b), fits) {
			return false
		}
	}
	return true
}

func subset(a, b []string) bool {
	return !slices.ContainsFunc(a, func(s string) bool { return !slices.Contains(b, s) })
}

// usedSchemes compares the schemes that an operation uses in both documents: where one gets a token, and what for.
func (c *comparer) usedSchemes(olds, news []demand) {
	all := map[string]bool{}
	for _, d := range append(slices.Clone(olds), news...) {
		for name := range d {
			all[name] = true
		}
	}
	for _, name := range keys(all) {
		o, n := c.old.scheme(name), c.new.scheme(name)
		if o != nil && n == nil {
			n = c.renamed(o, news)
		}
		key := "scheme " + name
		if o == nil || n == nil || c.seen[key] {
			continue
		}
		c.seen[key] = true
		at := spot{where: "security scheme " + name}
		c.fields(at, "scheme", o, n)
		if identity(o) != identity(n) {
			c.note(at, "security-scheme", Breaking, o, n, fmt.Sprintf("it was %s and is %s", identity(o), identity(n)))
			continue
		}
		c.flows(at, o.Get("flows"), n.Get("flows"))
	}
}

// renamed returns the scheme of the new document that asks for the same as an old one, and is new there.
func (c *comparer) renamed(o *openapi.Node, news []demand) *openapi.Node {
	for _, d := range news {
		for _, name := range keys(d) {
			if n := c.new.scheme(name); c.old.scheme(name) == nil && identity(n) == identity(o) {
				return n
			}
		}
	}
	return nil
}

func (c *comparer) flows(at spot, o, n *openapi.Node) {
	for _, name := range keys(fieldMap(o), fieldMap(n)) {
		was, is := o.Get(name), n.Get(name)
		inner := at.in("flow " + name)
		switch {
		case strings.HasPrefix(name, "x-"):
			if was.JSON() != is.JSON() {
				c.note(inner, "words", Words, was, is, name+" has changed")
			}
			continue
		case was == nil:
			c.note(inner, "security-flow", Allowed, nil, is, "the flow is new")
			continue
		case is == nil:
			c.note(inner, "security-flow", Breaking, was, nil, "the flow is gone")
			continue
		}
		c.fields(inner, "flow", was, is)
		for _, field := range []string{"authorizationUrl", "tokenUrl", "refreshUrl"} {
			if a, b := was.Get(field), is.Get(field); a.JSON() != b.JSON() {
				severity := Breaking
				if a == nil && field == "refreshUrl" {
					severity = Allowed
				}
				c.note(inner, "security-flow", severity, a, b, fmt.Sprintf("%s was %s and is %s", field, orText(a), orText(b)))
			}
		}
		for _, scope := range keys(fieldMap(was.Get("scopes")), fieldMap(is.Get("scopes"))) {
			a, b := was.Get("scopes").Get(scope), is.Get("scopes").Get(scope)
			switch {
			case a == nil:
				c.note(inner, "security-scope", Allowed, nil, b, fmt.Sprintf("the scope %s is new", scope))
			case b == nil:
				c.note(inner, "security-scope", Breaking, a, nil, fmt.Sprintf("the scope %s is gone", scope))
			case a.JSON() != b.JSON():
				c.note(inner, "words", Words, a, b, "what is said of a scope has changed")
			}
		}
	}
}
