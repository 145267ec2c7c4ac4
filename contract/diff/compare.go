package diff

import (
	"slices"
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
	strict   bool // sets of values only, no policy: below not, if and contains
	optional bool // what stands here could be left out in the old document
	old, new *openapi.Node
}

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
	old, new *side
	options  Options
	seen     map[string]bool     // pairs of schemas that were compared, or are being compared
	effects  map[string]effect   // of pairs of schemas
	found    map[string]struct{} // findings, so that none comes twice
	findings []Finding
}

// change notes what a change of a schema does.
func (c *comparer) change(at spot, aspect string, e effect, o, n *openapi.Node, what string) {
	if e != same {
		c.note(at, at.way.prefix()+aspect, at.way.severity(e), o, n, what)
	}
}

// note notes a finding.
func (c *comparer) note(at spot, rule string, severity Severity, o, n *openapi.Node, what string) {
	where := at.where
	if at.path != "" {
		where += ", " + at.path
	}
	f := Finding{
		Rule: rule, Severity: severity, Where: where, Old: pointer(o), New: pointer(n), GoName: at.goName, What: what, Was: short(o), Is: short(n),
	}
	if severity >= Unknown {
		f.Who, f.Instead = at.way.who(), advice(rule)
	}
	f.seal()
	if _, twice := c.found[f.Hash]; twice {
		return
	}
	c.found[f.Hash] = struct{}{}
	c.findings = append(c.findings, f)
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
	return &comparer{old: c.old, new: c.new, options: c.options, seen: map[string]bool{}, effects: c.effects, found: map[string]struct{}{}}
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
	for _, w := range []way{send, read} {
		s := c.silent()
		s.schema(spot{way: w, strict: strict}, o, n)
		if slices.ContainsFunc(s.findings, func(f Finding) bool { return f.Severity >= Unknown }) {
			e |= []effect{narrower, wider}[w]
		}
	}
	c.effects[key] = e
	return e
}

// list writes what is in a and not in b, for messages.
func list(words []string) string { return strings.Join(words, ", ") }
