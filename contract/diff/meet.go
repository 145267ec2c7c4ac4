package diff

import (
	"math/big"
	"regexp"
	"slices"

	"github.com/spinoff-go/spinoff/contract/openapi"
)

// meet leaves of a what b accepts too.
func (s *side) meet(a, b *schema) {
	a.nodes = append(a.nodes, b.nodes...)
	a.kinds &= b.kinds
	a.softNull = a.softNull && b.softNull
	for k, values := range b.values {
		if old, limited := a.values[k]; limited {
			values = slices.DeleteFunc(slices.Clone(old), func(v *openapi.Node) bool { return !contains(values, v) })
		}
		a.setValues(k, values)
	}
	a.open = append(a.open, b.open...)
	a.formats = union(a.formats, b.formats)
	a.number.min, a.number.max = higher(a.number.min, b.number.min), lower(a.number.max, b.number.max)
	a.number.step = common(a.number.step, b.number.step)
	meetText(&a.text, &b.text)
	meetList(&a.list, &b.list)
	meetObject(&a.object, &b.object)
	a.choices = append(a.choices, b.choices...)
	a.nots = append(a.nots, b.nots...)
	a.conds = append(a.conds, b.conds...)
	a.readOnly = a.readOnly || b.readOnly
	a.writeOnly = a.writeOnly || b.writeOnly
}

func (s *schema) setValues(k openapi.Kind, values []*openapi.Node) {
	if s.values == nil {
		s.values = map[openapi.Kind][]*openapi.Node{}
	}
	s.values[k] = values
	if len(values) == 0 {
		s.kinds &^= kind(k)
	}
}

func meetText(a, b *textRules) {
	a.min, a.max = greater(a.min, b.min), smaller(a.max, b.max)
	a.patterns = union(a.patterns, b.patterns)
	a.encodings = union(a.encodings, b.encodings)
	a.media = union(a.media, b.media)
	a.content = both(a.content, b.content)
}

func meetList(a, b *listRules) {
	a.min, a.max, a.unique = greater(a.min, b.min), smaller(a.max, b.max), a.unique || b.unique
	var prefix []*term
	for i := range max(len(a.prefix), len(b.prefix)) {
		prefix = append(prefix, a.item(i).and(b.item(i)))
	}
	a.prefix, a.rest, a.others = prefix, both(a.rest, b.rest), both(a.others, b.others)
	a.contains = append(a.contains, b.contains...)
}

// item returns what holds for the item at an index.
func (r *listRules) item(i int) *term {
	switch {
	case i < len(r.prefix):
		return r.prefix[i]
	case r.rest != nil:
		return r.rest
	}
	return one(nil)
}

func meetObject(a, b *objectRules) {
	a.min, a.max = greater(a.min, b.min), smaller(a.max, b.max)
	properties := map[string]property{}
	for _, from := range []*objectRules{a, b} {
		for name, p := range from.properties {
			other := a
			if from == a {
				other = b
			}
			if _, done := properties[name]; done {
				continue
			}
			q := other.properties[name]
			joined := property{p.term, p.required || q.required, p.declared || q.declared}
			switch {
			case q.declared:
				joined.term = p.term.and(q.term)
			case other.rest != nil && !other.matches(name):
				joined.term = p.term.and(other.rest)
			}
			if from.rest != nil && !p.declared && q.declared && !from.matches(name) {
				joined.term = joined.term.and(from.rest)
			}
			properties[name] = joined
		}
	}
	a.properties = properties
	for pattern, t := range b.patterns {
		a.patterns = set(a.patterns, pattern, both(a.patterns[pattern], t))
	}
	a.rest, a.names, a.others = both(a.rest, b.rest), both(a.names, b.names), both(a.others, b.others)
	for name, needs := range b.needs {
		a.needs = set(a.needs, name, union(a.needs[name], needs))
	}
	for name, t := range b.implies {
		a.implies = set(a.implies, name, both(a.implies[name], t))
	}
}

// matches reports whether a name is one that patternProperties speak of.
func (r *objectRules) matches(name string) bool {
	for pattern := range r.patterns {
		if re, err := regexp.Compile(pattern); err == nil && re.MatchString(name) {
			return true
		}
	}
	return false
}

// about returns what holds for the value of a name, whether it is declared or not.
func (r *objectRules) about(name string) *term {
	t, known := one(nil), false
	if p := r.properties[name]; p.declared {
		t, known = p.term, true
	}
	for pattern, what := range r.patterns {
		if re, err := regexp.Compile(pattern); err == nil && re.MatchString(name) {
			t, known = t.and(what), true
		}
	}
	if !known && r.rest != nil {
		return r.rest
	}
	return t
}

func both(a, b *term) *term {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return a.and(b)
}

func union(a, b []string) []string {
	a = slices.Clip(a)
	for _, one := range b {
		if !slices.Contains(a, one) {
			a = append(a, one)
		}
	}
	return a
}

func greater(a, b *big.Rat) *big.Rat {
	if a == nil || b != nil && b.Cmp(a) > 0 {
		return b
	}
	return a
}

func smaller(a, b *big.Rat) *big.Rat {
	if a == nil || b != nil && b.Cmp(a) < 0 {
		return b
	}
	return a
}

func higher(a, b *bound) *bound {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	if c := b.at.Cmp(a.at); c > 0 || c == 0 && b.exclusive {
		return b
	}
	return a
}

func lower(a, b *bound) *bound {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	if c := b.at.Cmp(a.at); c < 0 || c == 0 && b.exclusive {
		return b
	}
	return a
}

// common returns the smallest number that is a multiple of both.
func common(a, b *big.Rat) *big.Rat {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	// lcm(p/q, r/s) = lcm(p·s, r·q) / (q·s)
	p, r := new(big.Int).Mul(a.Num(), b.Denom()), new(big.Int).Mul(b.Num(), a.Denom())
	gcd := new(big.Int).GCD(nil, nil, p, r)
	lcm := new(big.Int).Mul(new(big.Int).Quo(p, gcd), r)
	return new(big.Rat).SetFrac(lcm, new(big.Int).Mul(a.Denom(), b.Denom()))
}
