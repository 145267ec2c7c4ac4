package diff

import (
	"math/big"
	"slices"

	"github.com/spinoff-go/spinoff/contract/openapi"
)

// side is one of the two documents, with the normal forms that were made of its schemas.
type side struct {
	doc   *openapi.Document
	norms map[string]*schema
	*budget

	samples map[string][]*openapi.Node // a few valid values of terms
}

func newSide(d *openapi.Document, b *budget) *side {
	return &side{doc: d, budget: b, norms: map[string]*schema{}, samples: map[string][]*openapi.Node{}}
}

// norm returns the normal form of a term.
func (s *side) norm(t *term) *schema {
	s.spend()
	if found := s.norms[t.key]; found != nil {
		return found
	}
	result := everything()
	for _, p := range t.parts {
		s.meet(result, s.fold(p, t.without, nil))
	}
	if len(result.choices) == 0 && len(result.conds) == 0 && len(result.object.implies) == 0 && result.object.rest == nil {
		result.object.rest, result.object.others = result.object.others, nil
	}
	finish(result)
	s.norms[t.key] = result
	return result
}

func everything() *schema { return &schema{kinds: everyKind, softNull: true} }

// fold returns what one schema says, with what it refers to and all its allOf. Inside are the schemas that are being folded:
// one that contains itself adds nothing.
func (s *side) fold(n *openapi.Node, without, inside []*openapi.Node) *schema {
	s.spend()
	result := everything()
	switch {
	case n == nil || n.True() || slices.Contains(inside, n):
		return result
	case n.False():
		return &schema{nodes: []*openapi.Node{n}}
	}
	inside = append(slices.Clip(inside), n)
	target := s.doc.Target(n)
	if target != nil && (s.doc.Old() || len(n.Members) == 1) {
		return s.fold(target, without, inside)
	}
	result.nodes = []*openapi.Node{n}
	s.foldKinds(result, n)
	s.foldNumber(result, n)
	s.foldText(result, n)
	s.foldList(result, n)
	s.foldObject(result, n)
	result.readOnly, result.writeOnly = n.Get("readOnly").True(), n.Get("writeOnly").True()
	if target != nil {
		s.meet(result, s.fold(target, without, inside))
	}
	for _, part := range n.Get("allOf").List() {
		s.meet(result, s.fold(part, without, inside))
	}
	for _, how := range []string{"anyOf", "oneOf"} {
		if list := n.Get(how); list != nil && !slices.Contains(without, list) {
			s.foldChoice(result, n, how, list, without, inside)
		}
	}
	if not := n.Get("not"); not != nil && !not.False() {
		result.nots = append(result.nots, one(not))
	}
	if when := n.Get("if"); when != nil && (n.Get("then") != nil || n.Get("else") != nil) {
		result.conds = append(result.conds, condition{one(when), one(n.Get("then")), one(n.Get("else"))})
	}
	taken := slices.ContainsFunc(without, func(list *openapi.Node) bool { return list == n.Get("anyOf") || list == n.Get("oneOf") })
	s.foldUnevaluated(result, n, taken)
	settle(result)
	if n.Get("nullable").True() {
		result.softNull = true
	}
	return result
}

func (s *side) foldKinds(result *schema, n *openapi.Node) {
	if t := n.Get("type"); t != nil {
		names := t.Strings()
		if t.Kind == openapi.String {
			names = []string{t.Text}
		}
		result.kinds = 0
		for _, name := range names {
			result.kinds |= map[string]kinds{
				"null": nullKind, "boolean": kind(openapi.Bool), "number": kind(openapi.Number), "integer": kind(openapi.Number),
				"string": kind(openapi.String), "array": kind(openapi.Array), "object": kind(openapi.Object),
			}[name]
		}
		if slices.Contains(names, "integer") && !slices.Contains(names, "number") {
			result.number.step = big.NewRat(1, 1)
		}
		if n.Get("nullable").True() {
			result.kinds |= nullKind
		}
		result.softNull = result.kinds.has(openapi.Null)
	}
	enum := n.Get("enum").List()
	if c := n.Get("const"); c != nil {
		result.restrict([]*openapi.Node{c})
	}
	switch known, open := openEnum(n); {
	case open:
		result.open = known
	case n.Get("enum") != nil:
		result.restrict(enum)
	}
	if f := n.Get("format").Str(); f != "" && f != "byte" && f != "binary" { // see foldText
		result.formats = []string{f}
	}
}

// restrict leaves only the values of a list.
func (s *schema) restrict(values []*openapi.Node) {
	lists := map[openapi.Kind][]*openapi.Node{}
	for _, v := range values {
		old, limited := s.values[v.Kind]
		if s.kinds.has(v.Kind) && !contains(lists[v.Kind], v) && (!limited || contains(old, v)) {
			lists[v.Kind] = append(lists[v.Kind], v)
		}
	}
	s.values = lists
	for k := openapi.Null; k <= openapi.Object; k++ {
		if len(lists[k]) == 0 {
			s.kinds &^= kind(k)
		}
	}
	s.softNull = s.kinds.has(openapi.Null)
	delete(s.values, openapi.Null)
	if len(lists[openapi.Bool]) == 2 {
		delete(s.values, openapi.Bool)
	}
}

func contains(list []*openapi.Node, v *openapi.Node) bool {
	return slices.ContainsFunc(list, func(one *openapi.Node) bool { return one == v || one.JSON() == v.JSON() })
}

func (s *side) foldNumber(result *schema, n *openapi.Node) {
	r := &result.number
	limit := func(plain, exclusive string, better func(a, b *bound) *bound) *bound {
		var found *bound
		if at := n.Get(plain).Rat(); at != nil {
			found = &bound{at, n.Get(exclusive).True()}
		}
		if at := n.Get(exclusive).Rat(); at != nil {
			found = better(found, &bound{at, true})
		}
		return found
	}
	r.min = limit("minimum", "exclusiveMinimum", higher)
	r.max = limit("maximum", "exclusiveMaximum", lower)
	if step := n.Get("multipleOf").Rat(); step != nil && step.Sign() > 0 {
		r.step = common(r.step, step)
	}
}

func (s *side) foldText(result *schema, n *openapi.Node) {
	r := &result.text
	r.min, r.max = atLeast(n.Get("minLength")), n.Get("maxLength").Rat()
	if p := n.Get("pattern"); p != nil {
		r.patterns = []string{p.Str()}
	}
	format := n.Get("format").Str()
	if e := n.Get("contentEncoding").Str(); e != "" {
		r.encodings = []string{e}
	} else if format == "byte" { // of OpenAPI 3.0
		r.encodings = []string{"base64"}
	}
	if m := n.Get("contentMediaType").Str(); m != "" {
		r.media = []string{m}
	} else if format == "binary" { // of OpenAPI 3.0
		r.media = []string{"application/octet-stream"}
	}
	if c := n.Get("contentSchema"); c != nil {
		r.content = one(c)
	}
}

// atLeast returns a lower limit, or nil where it is 0 and so no limit.
func atLeast(n *openapi.Node) *big.Rat {
	if r := n.Rat(); r != nil && r.Sign() > 0 {
		return r
	}
	return nil
}

func (s *side) foldList(result *schema, n *openapi.Node) {
	r := &result.list
	r.min, r.max, r.unique = atLeast(n.Get("minItems")), n.Get("maxItems").Rat(), n.Get("uniqueItems").True()
	for _, item := range n.Get("prefixItems").List() {
		r.prefix = append(r.prefix, one(item))
	}
	if items := n.Get("items"); items != nil {
		r.rest = one(items)
	}
	if what := n.Get("contains"); what != nil {
		min := big.NewRat(1, 1)
		if given := n.Get("minContains").Rat(); given != nil {
			min = given
		}
		if max := n.Get("maxContains").Rat(); max != nil || min.Sign() > 0 {
			r.contains = []containsRule{{one(what), min, max}}
		}
	}
}

func (s *side) foldObject(result *schema, n *openapi.Node) {
	r := &result.object
	r.min, r.max = atLeast(n.Get("minProperties")), n.Get("maxProperties").Rat()
	r.properties = map[string]property{}
	for _, m := range n.Get("properties").Fields() {
		r.properties[m.Name] = property{term: one(m.Value), declared: true}
	}
	for _, name := range n.Get("required").Strings() {
		p := r.properties[name]
		if p.term == nil {
			p.term = one(nil)
		}
		p.required = true
		r.properties[name] = p
	}
	for _, m := range n.Get("patternProperties").Fields() {
		r.patterns = set(r.patterns, m.Name, one(m.Value))
	}
	if rest := n.Get("additionalProperties"); rest != nil {
		r.rest = one(rest)
	}
	if names := n.Get("propertyNames"); names != nil && len(one(names).parts) > 0 {
		r.names = one(names)
	}
	for _, m := range n.Get("dependentRequired").Fields() {
		if needs := m.Value.Strings(); len(needs) > 0 {
			r.needs = set(r.needs, m.Name, needs)
		}
	}
	for _, m := range n.Get("dependentSchemas").Fields() {
		if needs := s.onlyRequired(m.Value); len(needs) > 0 {
			r.needs = set(r.needs, m.Name, union(r.needs[m.Name], needs))
		} else if t := one(m.Value); len(t.parts) > 0 {
			r.implies = set(r.implies, m.Name, t)
		}
	}
}

// onlyRequired returns the names that a schema requires, where it says nothing else.
func (s *side) onlyRequired(n *openapi.Node) []string {
	for range deepest {
		n = s.doc.Resolve(n)
		if len(n.Fields()) != 1 {
			return nil
		}
		switch m := n.Members[0]; {
		case m.Name == "required":
			return m.Value.Strings()
		case slices.Contains([]string{"allOf", "anyOf", "oneOf"}, m.Name) && len(m.Value.Items) == 1:
			n = m.Value.Items[0]
		default:
			return nil
		}
	}
	return nil
}

func set[V any](m map[string]V, name string, v V) map[string]V {
	if m == nil {
		m = map[string]V{}
	}
	m[name] = v
	return m
}

// foldUnevaluated puts what unevaluatedProperties and unevaluatedItems say of the rest into the rest, where what is evaluated is known.
// Taken says that it is not yet, because a choice was taken out: see norm.
func (s *side) foldUnevaluated(result *schema, n *openapi.Node, taken bool) {
	if rest := n.Get("unevaluatedProperties"); rest != nil && !rest.True() {
		switch {
		case taken || len(result.choices) > 0 || len(result.conds) > 0 || len(result.object.implies) > 0:
			result.object.others = one(rest)
		case result.object.rest == nil:
			result.object.rest = one(rest)
		}
	}
	if rest := n.Get("unevaluatedItems"); rest != nil && !rest.True() {
		switch {
		case taken || len(result.choices) > 0 || len(result.conds) > 0 || len(result.list.contains) > 0:
			result.list.others = one(rest)
		case result.list.rest == nil:
			result.list.rest = one(rest)
		}
	}
}
