package diff

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

func (c *comparer) list(at spot, o, n *schema) {
	a, b := &o.list, &n.list
	c.limits(at, "items-count", "minItems", "maxItems", o, n, a.min, b.min, a.max, b.max)
	switch {
	case a.unique && !b.unique:
		c.change(at, "unique", wider, o.node("uniqueItems"), n.node("uniqueItems"), "items may come twice now")
	case b.unique && !a.unique:
		c.change(at, "unique", narrower, o.node("uniqueItems"), n.node("uniqueItems"), "items may not come twice any more")
	}
	for i := range max(len(a.prefix), len(b.prefix)) {
		c.schema(at.inside(fmt.Sprintf("[%d]", i)), a.item(i), b.item(i))
	}
	if a.rest != nil || b.rest != nil {
		c.schema(at.inside("[]"), orAny(a.rest), orAny(b.rest))
	}
	c.contains(at, o, n)
	c.sets(at, "unevaluated", "unevaluatedItems", o, n, a.others, b.others)
}

// contains compares the rules about how many items there are of a kind. Those that are the same on both sides say nothing.
func (c *comparer) contains(at spot, o, n *schema) {
	olds, news := unmatched(c, o.list.contains, n.list.contains)
	node, nodeNow := o.node("contains"), n.node("contains")
	for i := range max(len(olds), len(news)) {
		switch {
		case i >= len(olds):
			c.change(at, "contains", narrower, node, nodeNow, "contains is new")
		case i >= len(news):
			c.change(at, "contains", wider, node, nodeNow, "contains is gone")
		default:
			e := limit(olds[i].min, news[i].min, false) | limit(olds[i].max, news[i].max, true)
			switch inner := c.effect(olds[i].what, news[i].what, true); {
			case inner == same:
			case olds[i].max == nil && news[i].max == nil:
				e |= inner
			default: // what has more items of the kind may have too many
				e = other
			}
			c.change(at, "contains", e, node, nodeNow, "contains "+effectText(e))
		}
	}
}

func unmatched(c *comparer, olds, news []containsRule) (left, right []containsRule) {
	right = slices.Clone(news)
	for _, o := range olds {
		i := slices.IndexFunc(right, func(n containsRule) bool {
			return limit(o.min, n.min, false) == same && limit(o.max, n.max, true) == same && c.effect(o.what, n.what, true) == same
		})
		if i < 0 {
			left = append(left, o)
			continue
		}
		right = slices.Delete(right, i, i+1)
	}
	return left, right
}

// logic compares not and if, which count as sets of values only.
func (c *comparer) logic(at spot, o, n *schema) {
	c.not(at, o, n)
	node, nodeNow := o.node("if", "then", "else"), n.node("if", "then", "else")
	olds, news := slices.Clone(o.conds), slices.Clone(n.conds)
	olds = slices.DeleteFunc(olds, func(a condition) bool {
		i := slices.IndexFunc(news, func(b condition) bool { return c.condition(a, b) == same })
		if i >= 0 {
			news = slices.Delete(news, i, i+1)
		}
		return i >= 0
	})
	for i := range max(len(olds), len(news)) {
		switch {
		case i >= len(olds):
			c.change(at, "condition", narrower, node, nodeNow, "a condition (if, then, else) is new")
		case i >= len(news):
			c.change(at, "condition", wider, node, nodeNow, "a condition (if, then, else) is gone")
		default:
			e := c.condition(olds[i], news[i])
			c.change(at, "condition", e, node, nodeNow, "a condition (if, then, else) "+effectText(e))
		}
	}
}

// condition compares two conditions. Without else, what if does not fit is accepted, so that a smaller if accepts more; without then, it is the
// other way round.
func (c *comparer) condition(a, b condition) effect {
	when := c.effect(a.when, b.when, true)
	inner := c.effect(a.then, b.then, true) | c.effect(a.otherwise, b.otherwise, true)
	switch {
	case when == same:
		return inner
	case len(a.otherwise.parts)+len(b.otherwise.parts) == 0:
		return turned(when) | inner
	case len(a.then.parts)+len(b.then.parts) == 0:
		return when | inner
	}
	return other
}

// turned is the effect on all other values.
func turned(e effect) effect { return [...]effect{same, wider, narrower, other}[e] }

func (c *comparer) not(at spot, o, n *schema) {
	news := slices.Clone(n.nots)
	olds := slices.DeleteFunc(slices.Clone(o.nots), func(a *term) bool {
		i := slices.IndexFunc(news, func(b *term) bool { return c.effect(a, b, true) == same })
		if i >= 0 {
			news = slices.Delete(news, i, i+1)
		}
		return i >= 0
	})
	byKey := func(a, b *term) int { return cmp.Compare(a.key, b.key) }
	slices.SortFunc(olds, byKey)
	slices.SortFunc(news, byKey)
	for i := range max(len(olds), len(news)) {
		e := same
		switch {
		case i >= len(olds):
			e = narrower
		case i >= len(news):
			e = wider
		default:
			e = turned(c.effect(olds[i], news[i], true))
		}
		c.change(at, "not", e, o.node("not"), n.node("not"), strings.TrimSpace("not "+effectText(e)))
	}
}
