package diff

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spinoff-go/spinoff/contract/openapi"
)

// branch is one of the schemas of a choice, written out.
type branch struct {
	term *term
	name string // of the component it refers to, or its title, or what the discriminator calls it; "" for none
}

// branches writes out a schema. Branches that accept nothing but null are left out: null was compared.
func (s *side) branches(t *term) []branch {
	var all []branch
	for _, b := range s.expand(t) {
		n := s.norm(b)
		if n.kinds&^nullKind == 0 || slices.ContainsFunc(all, func(other branch) bool { return other.term.key == b.key }) {
			continue
		}
		all = append(all, branch{b, s.branchName(t, b)})
	}
	return all
}

func (s *side) branchName(whole, t *term) string {
	discriminators := s.discriminators(s.norm(whole))
	for _, part := range slices.Backward(t.parts) {
		ref := part.Get("$ref").Str()
		if ref == "" {
			continue
		}
		for value, target := range discriminators {
			if target == s.doc.Target(part) {
				return value
			}
		}
		return ref[strings.LastIndex(ref, "/")+1:]
	}
	for _, part := range slices.Backward(t.parts) {
		if title := part.Get("title").Str(); title != "" {
			return title
		}
	}
	return ""
}

// discriminators returns which value of the property stands for which schema: by the mapping, and by name where it says nothing.
func (s *side) discriminators(n *schema) map[string]*openapi.Node {
	values := map[string]*openapi.Node{}
	for _, c := range n.choices {
		if c.by == nil {
			continue
		}
		mapped := map[*openapi.Node]bool{}
		for _, m := range c.by.Get("mapping").Fields() {
			target := s.mapped(m.Value.Str())
			values[m.Name], mapped[target] = target, true
		}
		for _, item := range c.list.Items {
			ref := item.Get("$ref").Str()
			if target := s.doc.Target(item); target != nil && !mapped[target] {
				values[ref[strings.LastIndex(ref, "/")+1:]] = target
			}
		}
	}
	return values
}

// mapped returns the schema that a mapping names, by reference or by name.
func (s *side) mapped(name string) *openapi.Node {
	if strings.HasPrefix(name, "#/") {
		at := s.doc.Root
		for step := range strings.SplitSeq(strings.TrimPrefix(name, "#/"), "/") {
			at = at.Get(unescape(step))
		}
		return at
	}
	return s.doc.Root.Get("components").Get("schemas").Get(name)
}

// unescape reads a step of a JSON Pointer (RFC 6901).
func unescape(step string) string {
	return strings.ReplaceAll(strings.ReplaceAll(step, "~1", "/"), "~0", "~")
}

// choices compares two schemas of which at least one is a choice: for each branch of the side that must be inside the other one, a
// branch is looked for that it is inside of.
func (c *comparer) choices(at spot, ot, nt *term) {
	if c.old.size(ot, 0) > mostBranches || c.new.size(nt, 0) > mostBranches {
		c.note(at, "unknown", Unknown, first(ot), first(nt), fmt.Sprintf("there are more than %d alternatives, which are not compared", mostBranches))
		return
	}
	olds, news := c.old.branches(ot), c.new.branches(nt)
	o, n := c.old.norm(ot), c.new.norm(nt)
	if len(olds) == 1 && len(news) == 1 {
		c.exclusive(at, ot, nt)
		c.flat(at, olds[0].term, news[0].term)
		return
	}
	node, nodeNow := o.node("oneOf", "anyOf"), n.node("oneOf", "anyOf")
	usedOld, usedNew := map[int]bool{}, map[int]bool{}
	fits := func(i, j int) bool { return c.fits(at, olds[i].term, news[j].term) }
	likes := func(i, j int) int { // the same one best of all, then that of the same name
		rank := 0
		if c.effect(olds[i].term, news[j].term, true) == same {
			rank = 2
		}
		if olds[i].name != "" && olds[i].name == news[j].name {
			rank++
		}
		return rank
	}
	var lost []int
	var pairs map[int]int // old → new where consumers send, new → old where they read
	if at.way == send {
		lost, pairs = pair(len(olds), len(news), fits, likes, usedOld, usedNew)
	} else {
		turned := func(j, i int) bool { return fits(i, j) }
		lost, pairs = pair(len(news), len(olds), turned, func(j, i int) int { return likes(i, j) }, usedNew, usedOld)
	}
	for _, inner := range slices.Sorted(maps.Keys(pairs)) {
		i, j := inner, pairs[inner]
		if at.way == read {
			i, j = j, i
		}
		c.flatBranch(at.inside(branchStep(olds[i], i)), olds[i].term, news[j].term)
	}
	for _, l := range lost {
		i, j := l, l
		if at.way == send {
			j = partner(olds[l], l, news, usedNew)
		} else {
			i = partner(news[l], l, olds, usedOld)
		}
		switch {
		case i >= 0 && j >= 0:
			usedOld[i], usedNew[j] = true, true
			c.flatBranch(at.inside(branchStep(olds[i], i)), olds[i].term, news[j].term)
		case at.way == send:
			c.change(at, "choice", narrower, first(olds[l].last()), nodeNow, fmt.Sprintf("the alternative %s is gone", branchStep(olds[l], l)))
		default:
			c.change(at, "choice", wider, node, first(news[l].last()), fmt.Sprintf("the alternative %s is new", branchStep(news[l], l)))
		}
	}
	c.unused(at, o, n, olds, news, usedOld, usedNew)
	c.exclusive(at, ot, nt)
}

// unused notes the branches that nobody needs to know of: those that are no longer read, and those that may be sent besides.
func (c *comparer) unused(at spot, o, n *schema, olds, news []branch, usedOld, usedNew map[int]bool) {
	node, nodeNow := o.node("oneOf", "anyOf"), n.node("oneOf", "anyOf")
	for i := range olds {
		known := slices.ContainsFunc(news, func(b branch) bool { return c.effect(olds[i].term, b.term, true) == same })
		if !usedOld[i] && !known && at.way == read {
			c.change(at, "choice", narrower, node, nodeNow, fmt.Sprintf("the alternative %s is gone", branchStep(olds[i], i)))
		}
	}
	for j := range news {
		known := slices.ContainsFunc(olds, func(b branch) bool { return c.effect(b.term, news[j].term, true) == same })
		if !usedNew[j] && !known && at.way == send {
			c.change(at, "choice", wider, node, nodeNow, fmt.Sprintf("the alternative %s is new", branchStep(news[j], j)))
		}
	}
}

// flatBranch compares two branches that belong together. Whether they accept null was compared.
func (c *comparer) flatBranch(at spot, ot, nt *term) {
	at = at.named(c.new.norm(nt))
	at.was, at.is = ot, nt
	c.annotations(at, c.old.norm(branch{term: ot}.last()), c.new.norm(branch{term: nt}.last())) // the rest was compared with the whole
	c.flat(at, ot, nt)
}

// last returns the part that makes the branch this one.
func (b branch) last() *term {
	if len(b.term.parts) == 0 {
		return b.term
	}
	return one(b.term.parts[len(b.term.parts)-1])
}

func branchStep(b branch, i int) string {
	if b.name != "" {
		return "(" + b.name + ")"
	}
	return fmt.Sprintf("(alternative %d)", i+1)
}

// pair finds for each of the inner branches the outer one that it fits in best. It returns those for which there is none.
func pair(inner, outer int, fits func(i, o int) bool, likes func(i, o int) int, usedInner, usedOuter map[int]bool) (lost []int, pairs map[int]int) {
	pairs = map[int]int{}
	for i := range inner {
		found, best := -1, -1
		for o := range outer {
			if !fits(i, o) {
				continue
			}
			rank := 2 * likes(i, o)
			if !usedOuter[o] {
				rank++
			}
			if rank > best {
				found, best = o, rank
			}
		}
		if found < 0 {
			lost = append(lost, i)
			continue
		}
		usedInner[i], usedOuter[found] = true, true
		pairs[i] = found
	}
	return lost, pairs
}

// partner returns which of the branches a lost one is most likely another form of: that of its name, or of its place where names say nothing. -1: none.
func partner(lost branch, place int, others []branch, used map[int]bool) int {
	found := -1
	for k, other := range others {
		switch {
		case used[k]:
		case lost.name != "" && other.name == lost.name:
			return k
		case k == place && (lost.name == "" || other.name == ""):
			found = k
		}
	}
	return found
}

// fits reports whether the change from o to n breaks nobody, apart from null.
func (c *comparer) fits(at spot, ot, nt *term) bool {
	key := fmt.Sprint(at.way, at.strict, at.mediaXML, ot.key, "→", nt.key)
	if known, ok := c.fitting[key]; ok {
		return known
	}
	fits := false
	if final := c.ask(func() {
		s := c.silent()
		inner := spot{way: at.way, strict: at.strict, mediaXML: at.mediaXML}
		s.flatBranch(inner, ot, nt)
		fits = !s.broken
	}); final || !fits {
		c.fitting[key] = fits
	}
	return fits
}
