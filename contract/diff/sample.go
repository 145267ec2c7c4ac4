package diff

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/spinoff-go/spinoff/contract/openapi"
)

// instance looks for a value that shows the change from o to n: one that consumers could send and that is refused now, or one that they may
// read now and that was never sent. It is tried on the schemas as they stand, so that what is shown is so, and on the whole of which they are an
// alternative. Nil: none was found.
func (c *comparer) instance(w way, at, whole change) *openapi.Node {
	return c.search(w, at, whole, func(*openapi.Node) bool { return true })
}

// search is instance for a value of which something more is wanted.
func (c *comparer) search(w way, at, whole change, wanted func(*openapi.Node) bool) *openapi.Node {
	from, to := c.old, c.new
	if w == read {
		from, to, at, whole = c.new, c.old, change{at.is, at.was}, change{whole.is, whole.was}
	}
	shows := func(at change, v *openapi.Node) bool {
		return at.was == nil || from.acceptsOnWay(w, at.was, v) && !to.acceptsOnWay(w, at.is, v)
	}
	var found *openapi.Node
	c.budget.within(mostTrials, func() {
		s := newSampler(from, to, at.was, at.is)
		for _, v := range s.values(at.was, false) {
			if shows(at, v) && shows(whole, v) && wanted(v) {
				found = v
				return
			}
		}
	})
	return found
}

// acceptsOnWay is accepts for a value that goes one way: what is readOnly need not be sent, what is writeOnly need not be there to read.
func (s *side) acceptsOnWay(w way, t *term, v *openapi.Node) bool {
	e := &evaluation{side: s, way: w, byWay: true}
	return !slices.ContainsFunc(t.parts, func(p *openapi.Node) bool { return !e.valid(p, v, newMarks()) })
}

// sampler makes values that are likely at the limits of a schema. They need not be valid.
type sampler struct {
	from   *side
	limits []limited
	names  []limited // of names of properties
}

// limited is a schema of one of the sides whose limits are tried.
type limited struct {
	side *side
	*schema
}

// mostLimits is how many alternatives of each side have their limits tried.
const mostLimits = 20

func newSampler(from, to *side, was, is *term) sampler {
	s := sampler{from: from}
	for _, one := range []struct {
		side *side
		term *term
	}{{from, was}, {to, is}} {
		if one.side.size(one.term, 0) > mostLimits {
			continue
		}
		for _, b := range one.side.expand(one.term) {
			n := one.side.norm(b)
			s.limits = append(s.limits, limited{one.side, n})
			if n.object.names != nil {
				s.names = append(s.names, limited{one.side, one.side.norm(n.object.names)})
			}
		}
	}
	return s
}

const (
	longest  = 2000 // characters and items
	mostEach = 5    // values of one part
)

func (s sampler) values(t *term, inner bool) []*openapi.Node {
	var all []*openapi.Node
	if s.from.size(t, 0) > mostBranches {
		return nil
	}
	for _, b := range s.from.expand(t) {
		n := s.from.norm(b)
		limits := append([]limited{{s.from, n}}, s.limits...)
		for k := openapi.Null; k <= openapi.Object; k++ {
			if !n.kinds.has(k) {
				continue
			}
			if listed, limited := n.values[k]; limited {
				all = append(all, listed...)
				continue
			}
			switch k {
			case openapi.Null:
				all = append(all, &openapi.Node{})
			case openapi.Bool:
				all = append(all, &openapi.Node{Kind: k, Text: "true"}, &openapi.Node{Kind: k, Text: "false"})
			case openapi.Number:
				all = append(all, numbers(limits)...)
			case openapi.String:
				all = append(all, texts(limits)...)
			case openapi.Array:
				all = append(all, s.lists(n, limits)...)
			case openapi.Object:
				all = append(all, s.objects(n, limits)...)
			}
		}
		if s.from.norm(t).nullable() {
			all = append(all, &openapi.Node{})
		}
	}
	if inner && len(all) > 60 {
		all = all[:60]
	}
	return all
}

func numbers(limits []limited) []*openapi.Node {
	at := []*big.Rat{count(0), count(1), count(-1), big.NewRat(1, 2), count(2), count(7), count(1 << 40), big.NewRat(15, 10)}
	for _, l := range limits {
		for _, b := range []*bound{l.number.min, l.number.max} {
			if b != nil {
				at = append(at, b.at, new(big.Rat).Add(b.at, count(1)), new(big.Rat).Sub(b.at, count(1)), new(big.Rat).Add(b.at, big.NewRat(1, 2)), new(big.Rat).Sub(b.at, big.NewRat(1, 2)))
			}
		}
		if step := l.number.step; step != nil {
			at = append(at, step, new(big.Rat).Mul(step, count(3)))
			for _, b := range []*bound{l.number.min, l.number.max} {
				if b != nil {
					steps := new(big.Rat).Quo(b.at, step)
					floor := new(big.Rat).SetInt(new(big.Int).Div(steps.Num(), steps.Denom()))
					at = append(at, new(big.Rat).Mul(floor, step), new(big.Rat).Mul(new(big.Rat).Add(floor, count(1)), step))
				}
			}
		}
	}
	var all []*openapi.Node
	for _, r := range at {
		all = append(all, &openapi.Node{Kind: openapi.Number, Text: openapi.Decimal(r)})
	}
	return append(all, &openapi.Node{Kind: openapi.Number, Text: "9223372036854775808"})
}

func text(s string) *openapi.Node { return &openapi.Node{Kind: openapi.String, Text: s} }

func texts(limits []limited) []*openapi.Node {
	all := []*openapi.Node{
		text("a"), text(""), text("A"), text("0"), text("abc"), text("ABC"), text("a b"), text("a1"), text("a-b"), text("ä"), text("x1"), text("2026-11-24"),
		text("2026-11-24T10:00:00Z"), text("a@example.com"), text("https://example.com/"), text("6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
		text("192.0.2.1"), text("2001:db8::1"), text("YQ=="),
	}
	var patterns []string
	for _, l := range limits {
		patterns = union(patterns, l.text.patterns)
	}
	for _, one := range examplesOf(patterns) {
		all = append([]*openapi.Node{text(one)}, all...)
	}
	all = append(sharedTexts(limits, patterns), all...)
	for _, l := range limits {
		for _, v := range slices.Concat(l.values[openapi.String], l.open) {
			all = append(all, v, text(v.Text+"x"))
		}
		for _, r := range []*big.Rat{l.text.min, l.text.max} {
			if r == nil || r.Cmp(count(longest)) > 0 {
				continue
			}
			length := int(r.Num().Int64())
			for _, letter := range []string{"a", "A", "0"} {
				all = append(all, text(strings.Repeat(letter, length)), text(strings.Repeat(letter, length+1)), text(strings.Repeat(letter, max(length-1, 0))))
			}
		}
	}
	return all
}

// sharedTexts are texts that match two patterns at once, as short and as long as the limits ask for: they fit two alternatives.
func sharedTexts(limits []limited, patterns []string) (all []*openapi.Node) {
	const longestShared = 20
	lengths := map[int]bool{0: true}
	for _, l := range limits {
		if least := l.text.min; least != nil && least.Cmp(count(longestShared)) <= 0 {
			lengths[int(least.Num().Int64())] = true
		}
	}
	for i, a := range patterns {
		for _, b := range patterns[:i] {
			for _, least := range slices.Sorted(maps.Keys(lengths)) {
				if one, found := shared(a, b, least); found {
					all = append(all, text(one))
				}
			}
		}
	}
	return all
}

// some returns a few valid values of a term. Of one that is inside itself there are none.
func (s sampler) some(t *term, most int) []*openapi.Node {
	all, known := s.from.samples[t.key]
	if !known {
		s.from.samples[t.key] = nil
		inner := sampler{from: s.from}
		for _, v := range inner.values(t, true) {
			if s.from.accepts(t, v) && !contains(all, v) {
				if all = append(all, v); len(all) == mostEach {
					break
				}
			}
		}
		s.from.samples[t.key] = all
	}
	return all[:min(most, len(all))]
}

func (s sampler) lists(n *schema, limits []limited) []*openapi.Node {
	all := []*openapi.Node{{Kind: openapi.Array}}
	kinds := []*term{one(nil)}
	for _, c := range n.list.contains {
		kinds = append(kinds, c.what)
	}
	for _, length := range lengths(limits) {
		for _, kind := range kinds {
			all = append(all, s.list(n, length, kind, true), s.list(n, length, kind, false))
		}
	}
	return all
}

// lengths returns how many items are tried.
func lengths(limits []limited) []int {
	all := []int{1, 2}
	add := func(limits ...*big.Rat) {
		for _, r := range limits {
			if r != nil && r.Cmp(count(100)) < 0 {
				length := int(r.Num().Int64())
				all = append(all, length, length+1, max(length-1, 0))
			}
		}
	}
	for _, l := range limits {
		add(l.list.min, l.list.max)
		for _, c := range l.list.contains {
			add(c.min, c.max)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// list makes a list whose items are of a kind, as far as there are such values.
func (s sampler) list(n *schema, length int, kind *term, distinct bool) *openapi.Node {
	list := &openapi.Node{Kind: openapi.Array}
	for i := range length {
		some := s.some(n.list.item(i).and(kind), length)
		switch {
		case len(some) == 0:
			return list
		case distinct:
			list.Items = append(list.Items, some[i%len(some)])
		default:
			list.Items = append(list.Items, some[0])
		}
	}
	return list
}

func (s sampler) objects(n *schema, limits []limited) []*openapi.Node {
	base := &openapi.Node{Kind: openapi.Object}
	full := &openapi.Node{Kind: openapi.Object}
	names := keys(n.object.properties)
	for _, name := range names {
		some := s.some(n.object.about(name), 1)
		if len(some) == 0 {
			continue
		}
		full.Members = append(full.Members, openapi.Member{Name: name, Value: some[0]})
		if n.object.properties[name].required {
			base.Members = append(base.Members, openapi.Member{Name: name, Value: some[0]})
		}
	}
	all := []*openapi.Node{base, full}
	with := func(o *openapi.Node, name string, v *openapi.Node) {
		members := slices.DeleteFunc(slices.Clone(o.Members), func(m openapi.Member) bool { return m.Name == name })
		if v != nil {
			members = append(members, openapi.Member{Name: name, Value: v})
		}
		all = append(all, &openapi.Node{Kind: openapi.Object, Members: members})
	}
	others := map[string]bool{"other": true, "a": true, "x": true, strings.Repeat("a", 9): true}
	for _, l := range limits {
		for name := range l.object.properties {
			others[name] = true
		}
	}
	for _, v := range texts(s.names) {
		if len(s.names) > 0 {
			others[v.Text] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(others)) {
		with(full, name, nil)
		for _, v := range s.some(n.object.about(name), 3) {
			with(base, name, v)
		}
		for _, l := range limits { // what another alternative, or the other side, says of this name
			if p := l.object.properties[name]; p.declared && l.schema != n {
				for _, v := range (sampler{from: l.side}).some(p.term, 3) {
					with(full, name, v)
				}
			}
		}
	}
	return append(all, s.crowds(n, limits, base)...)
}

// crowds are objects with as many properties as the limits speak of.
func (s sampler) crowds(n *schema, limits []limited, base *openapi.Node) []*openapi.Node {
	var all []*openapi.Node
	for _, l := range limits {
		for _, r := range []*big.Rat{l.object.min, l.object.max} {
			if r == nil || r.Cmp(count(100)) > 0 {
				continue
			}
			crowd := &openapi.Node{Kind: openapi.Object, Members: slices.Clone(base.Members)}
			for i := 0; len(crowd.Members) <= int(r.Num().Int64())+1; i++ {
				all = append(all, &openapi.Node{Kind: openapi.Object, Members: slices.Clone(crowd.Members)})
				name := fmt.Sprintf("a%d", i)
				some := s.some(n.object.about(name), 1)
				if len(some) == 0 {
					break
				}
				crowd.Members = append(crowd.Members, openapi.Member{Name: name, Value: some[0]})
			}
		}
	}
	return all
}
