package diff

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spinoff-go/spinoff/contract/openapi"
)

func (c *comparer) object(at spot, o, n *schema) {
	c.properties(at, o, n)
	a, b := &o.object, &n.object
	c.limits(at, "property-count", "minProperties", "maxProperties", o, n, a.min, b.min, a.max, b.max)
	c.rest(at, o, n)
	c.patternProperties(at, o, n)
	c.sets(at, "property-names", "propertyNames", o, n, a.names, b.names)
	c.needs(at, o, n)
	for _, name := range keys(a.implies, b.implies) {
		c.sets(at, "dependent", "dependentSchemas", o, n, a.implies[name], b.implies[name])
	}
	c.sets(at, "unevaluated", "unevaluatedProperties", o, n, a.others, b.others)
}

func keys[V any](sets ...map[string]V) []string {
	all := map[string]bool{}
	for _, m := range sets {
		for name := range m {
			all[name] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// sets compares schemas of which only the sets of values count, and that may be absent, as one change at their place.
func (c *comparer) sets(at spot, aspect, keyword string, o, n *schema, a, b *term) {
	e := same
	switch {
	case a == nil && b == nil:
		return
	case a == nil:
		e = narrower
	case b == nil:
		e = wider
	default:
		e = c.effect(a, b, true)
	}
	c.change(at, aspect, e, o.node(keyword), n.node(keyword), keyword+" "+effectText(e))
}

func effectText(e effect) string {
	return [...]string{"is the same", "accepts less", "accepts more", "accepts other values"}[e]
}

// hidden reports whether a property is of no meaning in a direction: readOnly ones are not sent, writeOnly ones not read.
func (s *side) hidden(w way, p property) bool {
	n := s.norm(p.term)
	return w == send && n.readOnly || w == read && n.writeOnly
}

// shown returns the declared properties that count in a direction; one that no value can have counts as absent in a closed object.
func (s *side) shown(at spot, r *objectRules) map[string]property {
	shown := map[string]property{}
	for name, p := range r.properties {
		closed := r.rest != nil && s.norm(r.rest).never()
		if (at.strict || !s.hidden(at.way, p)) && (!closed || p.required || !s.norm(p.term).never()) {
			shown[name] = p
		}
	}
	return shown
}

func (c *comparer) properties(at spot, o, n *schema) {
	olds, news := c.old.shown(at, &o.object), c.new.shown(at, &n.object)
	c.hiddenWords(at, o, n, olds, news)
	for _, name := range keys(olds, news) {
		p, was := olds[name]
		q, is := news[name]
		inner := at.inside(name)
		inner.optional = !p.required
		if n.object.properties[name].term != nil {
			inner = inner.field(c.new.norm(n.object.properties[name].term), name, at.goName)
		} else {
			inner = inner.field(c.old.norm(o.object.properties[name].term), name, at.goName)
		}
		switch {
		case was && p.declared && (!is || !q.declared):
			c.propertyRemoved(inner, name, p, o, n, olds, news)
		case is && q.declared && (!was || !p.declared):
			c.propertyAdded(inner, name, p, q, o, n)
		default:
			c.required(inner, name, p.required, q.required, o, n)
			c.schema(inner, o.object.about(name), n.object.about(name))
		}
	}
}

// hiddenWords notes that something has changed in properties that are of no meaning in this direction.
func (c *comparer) hiddenWords(at spot, o, n *schema, olds, news map[string]property) {
	for _, name := range keys(o.object.properties, n.object.properties) {
		_, was := olds[name]
		_, is := news[name]
		a, b := first(o.object.properties[name].term), first(n.object.properties[name].term)
		if !at.strict && !was && !is && a.JSON() != b.JSON() {
			c.note(at.inside(name), "words", Words, a, b, "it is readOnly or writeOnly, and does not go this way")
		}
	}
}

// field gives the Go name of a property: x-go-name, or what snake_case makes of it, after the name of its type.
func (at spot) field(s *schema, name, owner string) spot {
	if owner == "" {
		return at
	}
	words := strings.Split(name, "_")
	for i, w := range words {
		if w != "" {
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	field := strings.Join(words, "")
	if len(s.nodes) > 0 {
		if given := s.nodes[0].Get("x-go-name").Str(); given != "" && s.nodes[0].Get("type").Str() != "object" {
			field = given
		}
	}
	at.goName = owner + "." + field
	return at
}

func first(t *term) *openapi.Node {
	if t == nil || len(t.parts) == 0 {
		return nil
	}
	return t.parts[0]
}

func (c *comparer) propertyRemoved(at spot, name string, p property, o, n *schema, olds, news map[string]property) {
	if at.strict { // the value of the name may be anything now, or what additionalProperties says
		c.required(at, name, p.required, n.object.properties[name].required, o, n)
		c.schema(at, p.term, n.object.about(name))
		return
	}
	if c.old.norm(p.term).never() {
		c.note(at, at.way.prefix()+"property-removed", at.way.severity(wider), first(p.term), nil, fmt.Sprintf("%s, which no value could have, is gone", name))
		return
	}
	node := first(p.term)
	if node == nil { // the empty schema
		node = o.node("properties").Get(name)
	}
	what := fmt.Sprintf("the property %s is gone", name)
	if hidden, there := n.object.properties[name]; there && hidden.declared {
		rule := at.way.prefix() + map[way]string{send: "read-only", read: "write-only"}[at.way]
		c.note(at, rule, Breaking, node, first(hidden.term), fmt.Sprintf("the property %s is %s now", name, map[way]string{send: "readOnly", read: "writeOnly"}[at.way]))
		return
	}
	renamed := ""
	for _, other := range slices.Sorted(maps.Keys(news)) {
		q := news[other]
		if _, known := olds[other]; !known && q.declared && c.effect(p.term, q.term, false) == same {
			renamed = fmt.Sprintf("; it looks as if it was renamed to %s, and a rename is a removal for everybody who uses the old name", other)
			break
		}
	}
	c.note(at, at.way.prefix()+"property-removed", Breaking, node, nil, what+renamed)
}

func (c *comparer) propertyAdded(at spot, name string, p, q property, o, n *schema) {
	node := first(q.term)
	if node == nil {
		node = n.node("properties").Get(name)
	}
	rest := o.object.about(name)
	free := c.old.norm(rest)
	open, closed := len(rest.parts) == 0, free.never()
	switch {
	case at.strict:
		c.required(at, name, p.required, q.required, o, n)
		c.schema(at, rest, q.term)
		return
	case q.required && !p.required:
		if at.way == send {
			c.note(at, "request-required", Breaking, nil, node, fmt.Sprintf("%s is new and required, and no consumer sends it", name))
			return
		}
	case at.way == read && p.required && !q.required:
		c.required(at, name, true, false, o, n)
	}
	rule := at.way.prefix() + "property-added"
	if at.way == read && closed {
		c.note(at, rule, Breaking, nil, node, fmt.Sprintf("the property %s is new in an object that had no others (additionalProperties: false)", name))
		return
	}
	if c.new.norm(q.term).never() && !closed {
		c.change(at, "property-added", narrower, nil, node, fmt.Sprintf("no value may have the property %s any more", name))
		return
	}
	if !open && !closed && at.way.severity(c.effect(rest, q.term, false)) == Breaking {
		c.note(at, rule, Breaking, nil, node, fmt.Sprintf("the property %s is new, and what could be under this name before was not of its schema", name))
		return
	}
	c.note(at, rule, Allowed, nil, node, fmt.Sprintf("the property %s is new", name))
}

func (c *comparer) required(at spot, name string, was, is bool, o, n *schema) {
	switch {
	case was && !is:
		c.change(at, "required", wider, o.node("required"), n.node("required"), name+" is no longer required")
	case is && !was:
		c.change(at, "required", narrower, o.node("required"), n.node("required"), name+" is required now")
	}
}

// rest compares what else than the declared properties an object may have.
func (c *comparer) rest(at spot, o, n *schema) {
	a, b := o.object.rest, n.object.rest
	if a == nil && b == nil {
		return
	}
	at = at.inside("*")
	any := one(nil)
	was, is := a, b
	if was == nil {
		was = any
	}
	if is == nil {
		is = any
	}
	never, neverNow := c.old.norm(was).never(), c.new.norm(is).never()
	node, nodeNow := o.node("additionalProperties", "unevaluatedProperties"), n.node("additionalProperties", "unevaluatedProperties")
	switch {
	case never && neverNow:
	case neverNow:
		c.change(at, "closed", narrower, node, nodeNow, "properties that are not declared are refused now")
	case never:
		c.change(at, "closed", wider, node, nodeNow, "properties that are not declared are possible now")
	case a == nil:
		c.change(at, "closed", c.effect(was, is, true), node, nodeNow, "properties that are not declared are of one schema now")
	case b == nil:
		c.change(at, "closed", c.effect(was, is, true), node, nodeNow, "properties that are not declared may be anything now")
	default:
		c.schema(at, was, is)
	}
}

// patternProperties compares schemas under the same pattern, and those under new or gone ones with what else holds for other names.
func (c *comparer) patternProperties(at spot, o, n *schema) {
	for _, pattern := range keys(o.object.patterns, n.object.patterns) {
		was, is := o.object.patterns[pattern], n.object.patterns[pattern]
		if was != nil && is != nil {
			c.schema(at.inside("/"+pattern+"/"), was, is)
			continue
		}
		if was == nil {
			was = orAny(o.object.rest)
		}
		if is == nil {
			is = orAny(n.object.rest)
		}
		e := c.effect(was, is, true)
		c.change(at, "pattern-properties", e, o.node("patternProperties"), n.node("patternProperties"),
			fmt.Sprintf("patternProperties %s %s", pattern, effectText(e)))
	}
}

func orAny(t *term) *term {
	if t == nil {
		return one(nil)
	}
	return t
}

// needs compares dependentRequired.
func (c *comparer) needs(at spot, o, n *schema) {
	for _, name := range keys(o.object.needs, n.object.needs) {
		e := moreRules(o.object.needs[name], n.object.needs[name])
		c.change(at, "dependent", e, o.node("dependentRequired"), n.node("dependentRequired"),
			fmt.Sprintf("where there is %s, the properties that must be there too were %s and are %s", name, orNone(o.object.needs[name]), orNone(n.object.needs[name])))
	}
}
