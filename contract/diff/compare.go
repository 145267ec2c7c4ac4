package diff

import (
	"strings"

	"github.com/spinoff-go/spinoff/contract/openapi"
)

// way is which way a value goes. What consumers send may only be accepted more widely; what they read may only be sent more narrowly.
type way byte

const (
	send way = iota // from the consumer to the provider
	read            // from the provider to the consumer
)

func (w way) prefix() string { return [...]string{"request-", "response-"}[w] }
func (w way) who() string    { return [...]string{"consumers that send", "consumers that read"}[w] }

// back is the way of the answer.
func (w way) back() way { return 1 - w }

// effect is what a change does to the set of values.
type effect byte

const (
	same     effect = 0
	narrower effect = 1
	wider    effect = 2
	other    effect = narrower | wider // values are lost and values are new; or nobody can say
)

// severity of an effect: see [way].
func (w way) severity(e effect) Severity {
	if w == send && e&narrower != 0 || w == read && e&wider != 0 {
		return Breaking
	}
	return Allowed
}

// spot is where in both documents the comparison is.
type spot struct {
	way      way
	where    string
	path     string // inside a body: "address.city"
	goName   string
	mediaXML bool
	strict   bool   // sets of values only, no policy: below not, if and contains
	optional bool   // what stands here could be left out in the old document
	was, is  *term  // the schemas that are compared here; nil outside schemas
	whole    change // the schemas of which those are an alternative, or they themselves
}

// change is a schema in both documents.
type change struct{ was, is *term }

func (at spot) in(name string) spot {
	at.where += ", " + name
	return at
}

// inside goes down to a property or an item.
func (at spot) inside(step string) spot {
	if step != "[]" && at.path != "" {
		step = "." + step
	}
	at.path += step
	at.optional = false
	return at
}

// comparer walks two documents.
type comparer struct {
	old, new  *side
	options   Options
	unchanged unchanged
	seen      map[string]bool // pairs of schemas that were compared
	found     map[string]bool // findings, so that none comes twice
	quiet     bool            // nothing is noted but whether something breaks; after that, nothing is compared any more
	broken    bool
	findings  []Finding
	budget    *budget
	*trail
}

// trail is what all comparers of two documents share: the pairs of schemas that are being compared, which are taken for the same where they
// are met again inside themselves, and what was found out without noting it.
type trail struct {
	active  map[string]int // pair → its depth
	lowest  int            // the outermost pair that was taken for the same since a question began
	effects map[string]effect
	fitting map[string]bool
}

// enter begins with a pair of schemas, unless it was compared already or is met inside itself.
func (c *comparer) enter(key string) (leave func(), ok bool) {
	if depth, active := c.active[key]; active {
		c.lowest = min(c.lowest, depth)
		return nil, false
	}
	if c.seen[key] {
		return nil, false
	}
	c.seen[key] = true
	c.active[key] = len(c.active)
	return func() { delete(c.active, key) }, true
}

// ask runs a question, and reports whether its answer holds for ever: not where it took pairs for the same that are still being compared.
func (c *comparer) ask(question func()) (final bool) {
	before, base := c.lowest, len(c.active)
	c.lowest = base
	question()
	final = c.lowest >= base
	c.lowest = min(before, c.lowest)
	return final
}

// change notes what a change of a schema does.
func (c *comparer) change(at spot, aspect string, e effect, o, n *openapi.Node, what string) {
	if e == same {
		return
	}
	found := c.note(at, at.way.prefix()+aspect, at.way.severity(e), o, n, what)
	if found == nil || found.Severity != Breaking || at.was == nil {
		return
	}
	if v := c.instance(at.way, change{at.was, at.is}, at.whole); v != nil && len(v.JSON()) < longest {
		found.Instance, found.Why = v.JSON(), at.way.shows()
	}
}

// shows says what an instance is an example of.
func (w way) shows() string {
	return [...]string{"was accepted, and is refused now", "was never sent, and may be sent now"}[w]
}

// note notes a finding, and returns it unless it was noted before.
func (c *comparer) note(at spot, rule string, severity Severity, o, n *openapi.Node, what string) *Finding {
	if c.quiet {
		c.broken = c.broken || severity >= Unknown
		return nil
	}
	where := at.where
	if at.path != "" {
		where += ", " + at.path
	}
	f := Finding{
		Rule: rule, Severity: severity, Where: where, Old: pointer(o), New: pointer(n), GoName: at.goName, What: what, Was: short(o), Is: short(n),
	}
	switch { // a keyword that is not there has only its schema to point at, which need not be shown
	case o != nil && n != nil && o.Kind == openapi.Object && n.Kind != openapi.Object:
		f.Was = ""
	case o != nil && n != nil && n.Kind == openapi.Object && o.Kind != openapi.Object:
		f.Is = ""
	}
	if severity >= Unknown {
		f.Who, f.Instead = at.way.who(), advice(rule)
	}
	f.seal()
	key := f.Severity.String() + f.Rule + f.Old + f.New + f.What // of a component that is used at several places, the first one is named
	if f.Old == "" && f.New == "" {
		key += f.Where
	}
	if c.found[key] {
		return nil
	}
	c.found[key] = true
	c.findings = append(c.findings, f)
	return &c.findings[len(c.findings)-1]
}

// pointer is like Node.Pointer, but nothing for a value that is absent.
func pointer(n *openapi.Node) string {
	if n == nil {
		return ""
	}
	return "#" + n.Pointer()
}

// silent returns a comparer of the same documents that notes for itself.
func (c *comparer) silent() *comparer {
	return &comparer{old: c.old, new: c.new, options: c.options, unchanged: c.unchanged, quiet: true, seen: map[string]bool{}, budget: c.budget, trail: c.trail}
}

// effect returns what the change from o to n does to the set of values, by the policy for each way unless strict.
func (c *comparer) effect(o, n *term, strict bool) effect {
	key := o.key + "→" + n.key
	if strict {
		key += "!"
	}
	if e, known := c.effects[key]; known {
		return e
	}
	e := same
	if final := c.ask(func() {
		for _, w := range []way{send, read} {
			s := c.silent()
			s.schema(spot{way: w, strict: strict}, o, n)
			if s.broken {
				e |= []effect{narrower, wider}[w]
			}
		}
	}); final || e == other { // what was taken for the same can only hide a difference
		c.effects[key] = e
	}
	return e
}

// list writes words for messages.
func list(words []string) string { return strings.Join(words, ", ") }
