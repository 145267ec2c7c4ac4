package diff

import (
	"math/big"
	"regexp"
	"slices"
	"unicode/utf8"

	"github.com/spinoff-go/spinoff/contract/openapi"
)

// foldChoice adds an anyOf or oneOf. Branches that can be told apart by the kind of the value, and branches that only list values,
// become one schema: so that anyOf of a string and null is the same as a type list, and oneOf of constants the same as an enum.
func (s *side) foldChoice(result *schema, n *openapi.Node, how string, list *openapi.Node, without, inside []*openapi.Node) {
	var merged []*schema
	null, soft := false, false
	c := choice{kind: how, list: list, by: n.Get("discriminator")}
	for _, item := range list.Items {
		branch := s.fold(item, without, inside)
		if branch.never() {
			continue
		}
		null, soft = null || branch.kinds.has(openapi.Null), soft || branch.nullable()
		c.branches = append(c.branches, one(item))
		merged = join(merged, branch, how)
	}
	switch len(merged) {
	case 0: // none of them can hold
		result.kinds, result.softNull = 0, false
		return
	case 1:
		s.meet(result, merged[0])
		return
	}
	result.choices = append(result.choices, c)
	if !null {
		result.kinds &^= nullKind
	}
	result.softNull = result.softNull && soft
}

// join adds a branch to those that there are, as part of one of them where that says the same.
func join(branches []*schema, branch *schema, how string) []*schema {
	for i, b := range branches {
		if joined := unite(b, branch, how); joined != nil {
			return join(slices.Delete(slices.Clone(branches), i, i+1), joined, how)
		}
	}
	return append(branches, branch)
}

// unite returns a schema of what a or b accepts, or nil where that cannot be said in one schema.
func unite(a, b *schema, how string) *schema {
	shared := a.kinds & b.kinds
	switch {
	case !a.simple() || !b.simple() || how == "oneOf" && shared&nullKind != 0:
		return nil
	case shared&^nullKind == 0:
		if len(a.formats) > 0 && b.formatted() || len(b.formats) > 0 && a.formatted() {
			return nil
		}
		return sideBySide(a, b)
	case a.listed() && b.listed():
		return uniteValues(a, b, how)
	case how == "anyOf" && a.listed() && b.plain(a.kinds):
		return opened(a, b)
	case how == "anyOf" && b.listed() && a.plain(b.kinds):
		return opened(b, a)
	}
	return nil
}

// formatted reports whether s accepts values that a format speaks of.
func (s *schema) formatted() bool { return s.kinds.has(openapi.String) || s.kinds.has(openapi.Number) }

// listed reports whether s accepts some listed values, and perhaps null, only.
func (s *schema) listed() bool {
	for k := openapi.Bool; k <= openapi.Object; k++ {
		if _, limited := s.values[k]; s.kinds.has(k) && !limited {
			return false
		}
	}
	return len(s.formats) == 0 && len(s.open) == 0
}

// plain reports whether s accepts all strings and nothing is said of them, as in an enum that was declared open.
func (s *schema) plain(of kinds) bool {
	_, limited := s.values[openapi.String]
	return of&^nullKind == kind(openapi.String) && s.kinds&^nullKind == of&^nullKind && !limited && s.text.empty() && len(s.formats) == 0
}

func opened(values, plain *schema) *schema {
	joined := *plain
	joined.nodes = append(slices.Clone(plain.nodes), values.nodes...)
	joined.open = append(slices.Clone(plain.open), values.values[openapi.String]...)
	joined.kinds |= values.kinds
	joined.softNull = joined.softNull || values.softNull
	return &joined
}

func sideBySide(a, b *schema) *schema {
	joined := *a
	joined.nodes = append(slices.Clone(a.nodes), b.nodes...)
	joined.kinds |= b.kinds
	joined.softNull = a.softNull || b.softNull
	joined.values = nil
	joined.formats, joined.open = union(a.formats, b.formats), append(slices.Clone(a.open), b.open...)
	for _, from := range []*schema{a, b} {
		for k, values := range from.values {
			if from.kinds.has(k) {
				joined.setValues(k, values)
			}
		}
	}
	if b.kinds.has(openapi.Number) {
		joined.number = b.number
	}
	if b.kinds.has(openapi.String) {
		joined.text = b.text
	}
	if b.kinds.has(openapi.Array) {
		joined.list = b.list
	}
	if b.kinds.has(openapi.Object) {
		joined.object = b.object
	}
	return &joined
}

func uniteValues(a, b *schema, how string) *schema {
	joined := *a
	joined.nodes = append(slices.Clone(a.nodes), b.nodes...)
	joined.kinds |= b.kinds
	joined.softNull = a.softNull || b.softNull
	joined.values = nil
	for _, from := range []*schema{a, b} {
		for k, values := range from.values {
			for _, v := range values {
				known := joined.values[k]
				if contains(known, v) {
					if how == "oneOf" {
						return nil
					}
					continue
				}
				joined.setValues(k, append(slices.Clone(known), v))
			}
		}
	}
	return &joined
}

// settle drops what says nothing: rules for kinds that are not accepted, values that the rules refuse, rules where all values are listed.
func settle(s *schema) {
	for _, k := range []openapi.Kind{openapi.Number, openapi.String} {
		if values, limited := s.values[k]; limited && s.kinds.has(k) {
			s.setValues(k, slices.DeleteFunc(slices.Clone(values), func(v *openapi.Node) bool { return !s.number.accepts(v) || !s.text.accepts(v) }))
		}
	}
	listed := func(k openapi.Kind) bool { _, limited := s.values[k]; return limited || !s.kinds.has(k) }
	if listed(openapi.Number) {
		s.number = numberRules{}
	}
	if listed(openapi.String) {
		s.text = textRules{}
	}
	if listed(openapi.Number) && listed(openapi.String) {
		s.formats = nil
	}
	if listed(openapi.Array) {
		s.list = listRules{}
	}
	if listed(openapi.Object) {
		s.object = objectRules{}
	}
	s.number.round()
	s.openKinds()
}

func (r *numberRules) accepts(v *openapi.Node) bool {
	at := v.Rat()
	if at == nil {
		return true
	}
	if r.min != nil && (at.Cmp(r.min.at) < 0 || r.min.exclusive && at.Cmp(r.min.at) == 0) ||
		r.max != nil && (at.Cmp(r.max.at) > 0 || r.max.exclusive && at.Cmp(r.max.at) == 0) {
		return false
	}
	return r.step == nil || divides(r.step, at)
}

// divides reports whether b is a multiple of a.
func divides(a, b *big.Rat) bool { return new(big.Rat).Quo(b, a).IsInt() }

// round moves the limits of integers to integers: more than 0 is at least 1.
func (r *numberRules) round() {
	if r.step == nil || !r.step.IsInt() {
		return
	}
	for _, limit := range []struct {
		at   **bound
		side int64
	}{{&r.min, 1}, {&r.max, -1}} {
		b := *limit.at
		if b == nil || b.at.IsInt() && !b.exclusive {
			continue
		}
		floor := new(big.Int).Div(b.at.Num(), b.at.Denom()) // rounds down
		whole := new(big.Rat).SetInt(floor)
		if !b.at.IsInt() && limit.side > 0 || b.at.IsInt() && b.exclusive {
			whole.Add(whole, big.NewRat(limit.side, 1))
		}
		*limit.at = &bound{at: whole}
	}
}

func (r *textRules) empty() bool {
	return r.min == nil && r.max == nil && len(r.patterns) == 0 && len(r.encodings) == 0 && len(r.media) == 0 && r.content == nil
}

func (r *textRules) accepts(v *openapi.Node) bool {
	if v.Kind != openapi.String {
		return true
	}
	length := big.NewRat(int64(utf8.RuneCountInString(v.Text)), 1)
	if r.min != nil && length.Cmp(r.min) < 0 || r.max != nil && length.Cmp(r.max) > 0 {
		return false
	}
	for _, p := range r.patterns {
		if re, err := regexp.Compile(p); err == nil && !re.MatchString(v.Text) {
			return false
		}
	}
	return true
}

// finish settles a whole term.
func finish(result *schema) {
	settle(result)
	if result.never() {
		*result = schema{nodes: result.nodes}
	}
	if result.object.rest != nil && len(result.object.rest.parts) == 0 {
		result.object.rest = nil
	}
	if result.list.rest != nil && len(result.list.rest.parts) == 0 {
		result.list.rest = nil
	}
}

// mostBranches is how many alternatives a schema may have, written out, to be compared.
const mostBranches = 200

// size returns how many terms expand makes of a term, roughly.
func (s *side) size(t *term, depth int) int {
	total := 1
	for _, c := range s.norm(t).choices {
		sum := 0
		for _, b := range c.branches {
			if depth < deepest {
				sum += s.size(b, depth+1)
			} else {
				sum++
			}
		}
		total = min(total*sum, mostBranches+1)
	}
	return total
}

// expand writes a term as a list of terms without choices, one of which must hold.
func (s *side) expand(t *term) []*term { return s.expandTo(nil, t) }

func (s *side) expandTo(all []*term, t *term) []*term {
	n := s.norm(t)
	if len(n.choices) == 0 {
		return append(all, t)
	}
	c := n.choices[0]
	for _, b := range c.branches {
		if all = s.expandTo(all, newTerm(slices.Concat(t.parts, b.parts), append(slices.Clip(t.without), c.list))); len(all) > mostBranches*10 {
			panic(errTooLarge)
		}
	}
	return all
}
