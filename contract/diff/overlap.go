package diff

import (
	"fmt"
	"slices"

	"github.com/spinoff-go/spinoff/contract/openapi"
)

// exclusive compares whether exactly one branch must accept, where branches overlap: where they cannot, it makes no difference. Then a
// value is looked for that shows what else changes, because the set is not that of all branches together.
func (c *comparer) exclusive(at spot, ot, nt *term) {
	o, n := c.old.norm(ot), c.new.norm(nt)
	was, is := c.old.overlapping(ot, 0), c.new.overlapping(nt, 0)
	node, nodeNow := o.node("oneOf", "anyOf"), n.node("oneOf", "anyOf")
	switch {
	case !was && !is:
	case kindOf(o) == "oneOf" && kindOf(n) == "anyOf":
		c.change(at, "choice", wider, node, nodeNow, "more than one alternative may hold now")
	case kindOf(o) == "anyOf" && kindOf(n) == "oneOf":
		c.change(at, "choice", narrower, node, nodeNow, "no more than one alternative may hold now, and some values fit several")
	default:
		e := []effect{narrower, wider}[at.way]
		if v := c.search(at.way, change{ot, nt}, at.whole, func(v *openapi.Node) bool { return !c.mixed(at.way, ot, nt, v) }); v != nil {
			c.change(at, "choice", e, node, nodeNow, fmt.Sprintf("oneOf wants exactly one alternative to hold; for %s another number holds now", v.JSON()))
		} else if name := c.uncovered(at.way, ot, nt); name != "" {
			c.change(at, "choice", e, node, nodeNow, fmt.Sprintf("oneOf wants exactly one alternative to hold; what %s and another one accept has changed", name))
		}
	}
}

// mixed reports whether a value says nothing of a change, because nobody who chooses an alternative sends it: an object with properties that the
// alternative which accepts it does not declare and another one does, or one that fits several alternatives of which each declares properties of
// its own. Open objects accept such values; people who write oneOf do not mean them.
func (c *comparer) mixed(w way, ot, nt *term, v *openapi.Node) bool {
	if v.Kind != openapi.Object {
		return false
	}
	olds, news := fitting(c.old, ot, v), fitting(c.new, nt, v)
	if distinct(olds.fit) || distinct(news.fit) {
		return true
	}
	from := olds
	if w == read {
		from = news
	}
	declared := append(slices.Clone(olds.all), news.all...)
	return !slices.ContainsFunc(from.fit, func(own map[string]bool) bool {
		return !slices.ContainsFunc(v.Members, func(m openapi.Member) bool {
			return !own[m.Name] && slices.ContainsFunc(declared, func(names map[string]bool) bool { return names[m.Name] })
		})
	})
}

// fitted are the names that alternatives declare: of all, and of those which accept a value.
type fitted struct{ all, fit []map[string]bool }

func fitting(s *side, t *term, v *openapi.Node) (f fitted) {
	for _, b := range s.branches(t) {
		names := s.norm(b.term).object.declared()
		f.all = append(f.all, names)
		if s.accepts(b.last(), v) { // the whole refuses what fits several
			f.fit = append(f.fit, names)
		}
	}
	return f
}

// distinct reports whether there are several alternatives, of which each declares a name that another one does not.
func distinct(all []map[string]bool) bool {
	for i, a := range all {
		for k, b := range all {
			if i != k && !slices.ContainsFunc(keys(a), func(name string) bool { return !b[name] }) {
				return false
			}
		}
	}
	return len(all) > 1
}

func (r *objectRules) declared() map[string]bool {
	names := map[string]bool{}
	for name := range r.properties {
		names[name] = true
	}
	return names
}

// uncovered returns the step of an alternative that has changed where another one, which has not, accepts all of its values: so that values fit
// one of them now that fitted both before, and may be sent, or the other way round are refused. "" for none.
func (c *comparer) uncovered(w way, ot, nt *term) string {
	from, to := c.old.branches(ot), c.new.branches(nt)
	becomes := func(a, b int) effect { return c.effect(from[a].term, to[b].term, true) }
	likely := func(a, b int) effect { return c.effect(from[a].term, to[b].term, false) }
	if w == send {
		from, to = to, from
		becomes = func(a, b int) effect { return turned(c.effect(to[b].term, from[a].term, true)) }
		likely = func(a, b int) effect { return c.effect(to[b].term, from[a].term, false) }
	}
	kept, taken := map[int]bool{}, map[int]bool{}
	for a := range from {
		for b := range to {
			if becomes(a, b) == same {
				kept[a], taken[b] = true, true
			}
		}
	}
	for a := range from {
		if kept[a] {
			continue
		}
		successor := partner(from[a], a, to, taken)
		if successor >= 0 && likely(a, successor) == same { // such as a new property of an open object
			continue
		}
		grown := successor >= 0 && becomes(a, successor) == wider
		for b := range to {
			if b != successor && !grown && becomes(a, b)&narrower == 0 {
				return branchStep(from[a], a)
			}
		}
	}
	return ""
}

// overlapping reports whether a oneOf is in a term whose branches may accept the same value, and that has no discriminator to choose one.
func (s *side) overlapping(t *term, depth int) bool {
	if depth > deepest {
		return false
	}
	for _, c := range s.norm(t).choices {
		var branches []branch
		for _, b := range c.branches {
			whole := newTerm(slices.Concat(t.parts, b.parts), append(slices.Clip(t.without), c.list))
			branches = append(branches, branch{term: whole})
			if s.overlapping(whole, depth+1) {
				return true
			}
		}
		if c.kind == "oneOf" && c.by == nil && !s.disjoint(branches) {
			return true
		}
	}
	return false
}

func kindOf(s *schema) string {
	for _, c := range s.choices {
		return c.kind
	}
	return ""
}

// deepest is how far down alternatives and properties are looked at to tell them apart.
const deepest = 3

// disjoint reports whether no value can be in two of the branches, as far as that can be told.
func (s *side) disjoint(branches []branch) bool {
	for i := range branches {
		for j := range i {
			if !s.apart(branches[i].term, branches[j].term, 0) {
				return false
			}
		}
	}
	return true
}

func (s *side) apart(at, bt *term, depth int) bool {
	if depth > deepest {
		return false
	}
	a, b := s.norm(at), s.norm(bt)
	shared := a.kinds & b.kinds &^ nullKind
	for k := openapi.Bool; k <= openapi.Object; k++ {
		if !shared.has(k) {
			continue
		}
		va, vb := a.values[k], b.values[k]
		if va != nil && vb != nil && !slices.ContainsFunc(va, func(v *openapi.Node) bool { return contains(vb, v) }) {
			continue
		}
		if k != openapi.Object || !s.objectsApart(&a.object, &b.object, depth) {
			return false
		}
	}
	return true
}

// objectsApart: one of them requires a property that the other cannot have, or has only with other values.
func (s *side) objectsApart(a, b *objectRules, depth int) bool {
	for _, name := range keys(a.properties, b.properties) {
		if !a.properties[name].required && !b.properties[name].required {
			continue
		}
		x, y := a.about(name), b.about(name)
		needed := a.properties[name].required && b.properties[name].required
		if s.norm(x).never() && b.properties[name].required || s.norm(y).never() && a.properties[name].required || needed && s.apart(x, y, depth+1) {
			return true
		}
	}
	return false
}
