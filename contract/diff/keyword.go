package diff

import (
	"fmt"
	"math/big"
	"slices"

	"github.com/spinoff-go/spinoff/contract/openapi"
)

// schema compares two schemas at one place.
func (c *comparer) schema(at spot, ot, nt *term) {
	if c.broken {
		return
	}
	key := fmt.Sprint(at.way, at.strict, at.optional, at.mediaXML, ot.key, "→", nt.key)
	leave, ok := c.enter(key)
	if !ok {
		return
	}
	defer leave()
	if c.budget.spend(); len(c.active) > deepestSchema {
		panic(errTooLarge)
	}
	if c.unchanged.terms(ot, nt) {
		return
	}
	o, n := c.old.norm(ot), c.new.norm(nt)
	at = at.named(n)
	at.was, at.is, at.whole = ot, nt, change{ot, nt}
	c.null(at, o, n)
	c.annotations(at, o, n)
	if c.broken {
		return
	}
	if len(o.choices)+len(n.choices) > 0 {
		c.choices(at, ot, nt)
		return
	}
	c.flat(at, ot, nt)
}

// named adds the Go name of a component.
func (at spot) named(s *schema) spot {
	for _, node := range s.nodes {
		if name := node.Get("x-go-name").Str(); name != "" {
			at.goName = name
			break
		}
	}
	return at
}

func (c *comparer) null(at spot, o, n *schema) {
	was, is := o.nullable(), n.nullable()
	if was == is && c.old.doc.Old() && c.new.doc.Old() { // then the letter counts as well
		was, is = o.kinds.has(openapi.Null), n.kinds.has(openapi.Null)
		if len(o.choices)+len(n.choices) > 0 {
			return
		}
	}
	switch {
	case was && !is:
		c.change(at, "null", narrower, o.node("nullable", "type", "enum", "anyOf", "oneOf"), n.node("nullable", "type", "enum", "anyOf", "oneOf"), "null is no longer a value")
	case !was && is:
		c.change(at, "null", wider, o.node("nullable", "type", "enum", "anyOf", "oneOf"), n.node("nullable", "type", "enum", "anyOf", "oneOf"), "null is a value now")
	}
}

// flat compares two schemas without choices, kind of value by kind of value. Null was compared.
func (c *comparer) flat(at spot, ot, nt *term) {
	o, n := c.old.norm(ot), c.new.norm(nt)
	oldKinds, newKinds := o.kinds&^nullKind, n.kinds&^nullKind
	e := same
	if oldKinds&^newKinds != 0 {
		e |= narrower
	}
	if newKinds&^oldKinds != 0 {
		e |= wider
	}
	if e != same {
		c.change(at, "type", e, o.node("type", "enum", "const"), n.node("type", "enum", "const"), fmt.Sprintf("the type was %s and is %s", o.typeText(), n.typeText()))
	}
	shared := oldKinds & newKinds
	for k := openapi.Bool; k <= openapi.Object; k++ {
		if shared.has(k) {
			c.values(at, k, ot, nt)
		}
	}
	free := func(k openapi.Kind) bool { return shared.has(k) && o.values[k] == nil && n.values[k] == nil }
	if free(openapi.Number) {
		c.number(at, o, n)
	}
	if free(openapi.String) {
		c.text(at, o, n)
	}
	if free(openapi.String) || free(openapi.Number) {
		c.format(at, o, n)
	}
	c.openValues(at, o, n)
	if free(openapi.Array) {
		c.list(at, o, n)
	}
	if free(openapi.Object) {
		c.object(at, o, n)
	}
	c.logic(at, o, n)
}

// values compares the listed values of a kind: those of one side are tried on the other.
func (c *comparer) values(at spot, k openapi.Kind, ot, nt *term) {
	o, n := c.old.norm(ot), c.new.norm(nt)
	was, is := o.values[k], n.values[k]
	node := func(s *schema) *openapi.Node { return s.node("enum", "const", "anyOf", "oneOf", "type") }
	if was == nil && is == nil {
		return
	}
	var gone, come []string
	for _, v := range was {
		if is == nil && !c.new.accepts(nt, v) || is != nil && !contains(is, v) {
			gone = append(gone, v.JSON())
		}
	}
	for _, v := range is {
		if was == nil && !c.old.accepts(ot, v) || was != nil && !contains(was, v) {
			come = append(come, v.JSON())
		}
	}
	switch {
	case was == nil:
		e := narrower
		if len(come) > 0 {
			e = other
		}
		c.change(at, "enum", e, node(o), node(n), "only listed values are left: "+jsonList(is))
	case is == nil:
		e := wider
		if len(gone) > 0 {
			e = other
		}
		c.change(at, "enum", e, node(o), node(n), "values beyond the listed ones are possible now; listed were "+jsonList(was))
	default:
		e := same
		what := ""
		if len(gone) > 0 {
			e, what = narrower, "no longer a value: "+list(gone)
		}
		if len(come) > 0 {
			if e != same {
				what += "; "
			}
			e, what = e|wider, what+"new values: "+list(come)
		}
		c.change(at, "enum", e, node(o), node(n), what)
	}
}

func jsonList(values []*openapi.Node) string {
	var texts []string
	for _, v := range values {
		texts = append(texts, v.JSON())
	}
	return list(texts)
}

func (s *schema) typeText() string {
	names := []string{"null", "boolean", "number", "string", "array", "object"}
	var texts []string
	for k := openapi.Null; k <= openapi.Object; k++ {
		switch {
		case !s.kinds.has(k):
		case k == openapi.Number && s.number.step != nil && s.number.step.IsInt():
			texts = append(texts, "integer")
		default:
			texts = append(texts, names[k])
		}
	}
	switch len(texts) {
	case 0:
		return "none"
	case len(names):
		return "any"
	}
	return list(texts)
}

// limit returns what moving a limit does: down says whether a lower one lets less in.
func limit(o, n *big.Rat, upper bool) effect {
	switch {
	case o == nil && n == nil || o != nil && n != nil && o.Cmp(n) == 0:
		return same
	case o == nil:
		return narrower
	case n == nil:
		return wider
	case n.Cmp(o) < 0 == upper:
		return narrower
	}
	return wider
}

// limits compares a lower and an upper limit, which are named.
func (c *comparer) limits(at spot, aspect, lower, upper string, o, n *schema, omin, nmin, omax, nmax *big.Rat) {
	c.change(at, aspect, limit(omin, nmin, false), o.node(lower), n.node(lower), movedLimit(lower, omin, nmin))
	c.change(at, aspect, limit(omax, nmax, true), o.node(upper), n.node(upper), movedLimit(upper, omax, nmax))
}

func movedLimit(name string, o, n *big.Rat) string {
	text := func(r *big.Rat) string {
		if r == nil {
			return "not there"
		}
		return openapi.Decimal(r)
	}
	return fmt.Sprintf("%s was %s and is %s", name, text(o), text(n))
}

func (c *comparer) number(at spot, o, n *schema) {
	a, b := o.number, n.number
	c.bound(at, o, n, a.min, b.min, false)
	c.bound(at, o, n, a.max, b.max, true)
	if e := steps(a.step, b.step); e != same {
		aspect := "multiple"
		if (a.step != nil && a.step.IsInt()) != (b.step != nil && b.step.IsInt()) {
			aspect = "type"
			c.change(at, aspect, e, o.node("type", "multipleOf"), n.node("type", "multipleOf"), fmt.Sprintf("the type was %s and is %s", o.typeText(), n.typeText()))
			return
		}
		c.change(at, aspect, e, o.node("multipleOf"), n.node("multipleOf"), movedLimit("multipleOf", a.step, b.step))
	}
}

func steps(a, b *big.Rat) effect {
	switch {
	case a == nil && b == nil || a != nil && b != nil && a.Cmp(b) == 0:
		return same
	case a == nil:
		return narrower
	case b == nil:
		return wider
	case divides(a, b):
		return narrower
	case divides(b, a):
		return wider
	}
	return other
}

func (c *comparer) bound(at spot, o, n *schema, a, b *bound, upper bool) {
	name := map[bool][]string{false: {"minimum", "exclusiveMinimum"}, true: {"maximum", "exclusiveMaximum"}}[upper]
	e := same
	switch {
	case a == nil && b == nil:
	case a == nil:
		e = narrower
	case b == nil:
		e = wider
	default:
		if e = limit(a.at, b.at, upper); e == same && a.exclusive != b.exclusive {
			e = wider
			if b.exclusive {
				e = narrower
			}
		}
	}
	c.change(at, "range", e, o.node(name...), n.node(name...), fmt.Sprintf("%s was %s and is %s", name[0], a, b))
}

func (b *bound) String() string {
	switch {
	case b == nil:
		return "not there"
	case b.exclusive:
		return openapi.Decimal(b.at) + ", exclusive"
	}
	return openapi.Decimal(b.at)
}

func (c *comparer) text(at spot, o, n *schema) {
	a, b := o.text, n.text
	c.limits(at, "length", "minLength", "maxLength", o, n, a.min, b.min, a.max, b.max)
	c.change(at, "pattern", patterns(a.patterns, b.patterns), o.node("pattern"), n.node("pattern"),
		fmt.Sprintf("the pattern was %s and is %s", orNone(a.patterns), orNone(b.patterns)))
	c.change(at, "encoding", changed(a.encodings, b.encodings), o.node("contentEncoding"), n.node("contentEncoding"),
		fmt.Sprintf("contentEncoding was %s and is %s", orNone(a.encodings), orNone(b.encodings)))
	c.change(at, "encoding", changed(a.media, b.media), o.node("contentMediaType"), n.node("contentMediaType"),
		fmt.Sprintf("contentMediaType was %s and is %s", orNone(a.media), orNone(b.media)))
	c.optionalTerm(at.inside("content"), "encoding", "contentSchema", o, n, a.content, b.content)
}

// moreRules returns what other rules do, all of which must hold.
func moreRules(o, n []string) effect {
	e := same
	for _, rule := range n {
		if !slices.Contains(o, rule) {
			e |= narrower
		}
	}
	for _, rule := range o {
		if !slices.Contains(n, rule) {
			e |= wider
		}
	}
	return e
}

// changed is for what programs must know to read a value: every change is one to something else.
func changed(o, n []string) effect {
	if moreRules(o, n) != same {
		return other
	}
	return same
}

func orNone(texts []string) string {
	if len(texts) == 0 {
		return "not there"
	}
	return list(texts)
}

// openValues compares the known values of an open enum: programs expect others, but those that were known stay.
func (c *comparer) openValues(at spot, o, n *schema) {
	var gone, come []string
	for _, v := range o.open {
		if !contains(n.open, v) {
			gone = append(gone, v.JSON())
		}
	}
	for _, v := range n.open {
		if !contains(o.open, v) {
			come = append(come, v.JSON())
		}
	}
	node := func(s *schema) *openapi.Node { return s.node("x-extensible-enum", "anyOf", "type") }
	if len(gone) > 0 {
		e := narrower
		if len(n.open) == 0 && at.way == send {
			e = wider // a list of known values that is no longer there
		}
		c.change(at, "open-enum", e, node(o), node(n), "no longer a known value: "+list(gone))
	}
	if len(come) > 0 {
		c.note(at, at.way.prefix()+"open-enum", Allowed, node(o), node(n), "new known values: "+list(come))
	}
}

// optionalTerm compares schemas that may be absent, where absent means anything.
func (c *comparer) optionalTerm(at spot, aspect, keyword string, o, n *schema, a, b *term) {
	switch {
	case a == nil && b == nil:
	case a == nil:
		c.change(at, aspect, narrower, nil, n.node(keyword), keyword+" is new")
	case b == nil:
		c.change(at, aspect, wider, o.node(keyword), nil, keyword+" is gone")
	default:
		c.schema(at, a, b)
	}
}
