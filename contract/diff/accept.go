package diff

import (
	"math/big"
	"net"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spinoff-go/spinoff/contract/openapi"
)

// accepts reports whether a value is valid by a term. It reads the schemas as they stand, not their normal form, so that it is a second
// opinion on that. What cannot be decided, such as a pattern that Go cannot read, counts as valid.
func (s *side) accepts(t *term, v *openapi.Node) bool {
	e := &evaluation{side: s}
	return !slices.ContainsFunc(t.parts, func(p *openapi.Node) bool { return !e.valid(p, v, newMarks()) })
}

// evaluation is one question whether a value is valid.
type evaluation struct {
	side  *side
	way   way
	byWay bool // readOnly and writeOnly count, for a value that goes this way
	depth int
}

// marks are what the schemas at one place have looked at: the properties and items that unevaluatedProperties and unevaluatedItems leave alone.
type marks struct {
	names map[string]bool
	items map[int]bool
}

func newMarks() *marks { return &marks{map[string]bool{}, map[int]bool{}} }

func (m *marks) add(other *marks) {
	for name := range other.names {
		m.names[name] = true
	}
	for i := range other.items {
		m.items[i] = true
	}
}

func (e *evaluation) valid(n, v *openapi.Node, seen *marks) bool {
	if n == nil || n.True() {
		return true
	}
	if n.False() {
		return false
	}
	e.side.spend()
	if e.depth++; e.depth > 200 {
		return true
	}
	defer func() { e.depth-- }()
	target := e.side.doc.Target(n)
	if target != nil && e.side.doc.Old() {
		return e.valid(target, v, seen)
	}
	if n.Get("nullable").True() && v.Kind == openapi.Null {
		return true
	}
	own := newMarks()
	if target != nil && !e.valid(target, v, own) ||
		!e.kind(n, v) || !e.number(n, v) || !e.text(n, v) || !e.list(n, v, own) || !e.object(n, v, own) || !e.logic(n, v, own) || !e.unevaluated(n, v, own) {
		return false
	}
	seen.add(own)
	return true
}

func (e *evaluation) kind(n, v *openapi.Node) bool {
	if t := n.Get("type"); t != nil {
		names := t.Strings()
		if t.Kind == openapi.String {
			names = []string{t.Text}
		}
		is := [...]string{"null", "boolean", "number", "string", "array", "object"}[v.Kind]
		if !slices.Contains(names, is) && (v.Kind != openapi.Number || !v.Rat().IsInt() || !slices.Contains(names, "integer")) {
			return false
		}
	}
	if c := n.Get("const"); c != nil && c.JSON() != v.JSON() {
		return false
	}
	_, open := openEnum(n)
	return n.Get("enum") == nil || open || contains(n.Get("enum").Items, v)
}

func (e *evaluation) number(n, v *openapi.Node) bool {
	at := v.Rat()
	if at == nil {
		return true
	}
	var r schema
	e.side.foldNumber(&r, n)
	return r.number.accepts(v) && e.numberFormat(n.Get("format").Str(), at)
}

func (e *evaluation) numberFormat(format string, at *big.Rat) bool {
	bits := map[string]uint{"int8": 8, "int16": 16, "int32": 32, "int64": 64}[format]
	if bits == 0 || !at.IsInt() {
		return true
	}
	limit := new(big.Int).Lsh(big.NewInt(1), bits-1)
	return at.Num().Cmp(limit) < 0 && at.Num().Cmp(new(big.Int).Neg(limit)) >= 0
}

func (e *evaluation) text(n, v *openapi.Node) bool {
	if v.Kind != openapi.String {
		return true
	}
	var r schema
	e.side.foldText(&r, n)
	return r.text.accepts(v) && textFormat(n.Get("format").Str(), v.Text)
}

var uuid = regexp.MustCompile(`(?i)^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

func textFormat(format, text string) bool {
	var err error
	switch format {
	case "date-time":
		_, err = time.Parse(time.RFC3339, text)
	case "date":
		_, err = time.Parse(time.DateOnly, text)
	case "email":
		_, err = mail.ParseAddress(text)
		return err == nil && !strings.Contains(text, " ")
	case "uuid":
		return uuid.MatchString(text)
	case "uri":
		u, err := url.Parse(text)
		return err == nil && u.IsAbs()
	case "ipv4":
		ip := net.ParseIP(text)
		return ip != nil && ip.To4() != nil && !strings.Contains(text, ":")
	case "ipv6":
		return net.ParseIP(text) != nil && strings.Contains(text, ":")
	}
	return err == nil
}

func count(n int) *big.Rat { return big.NewRat(int64(n), 1) }

// between reports whether a number of things is within two limits of a schema, which may be absent.
func between(n *openapi.Node, lower, upper string, things int) bool {
	min, max := n.Get(lower).Rat(), n.Get(upper).Rat()
	return (min == nil || count(things).Cmp(min) >= 0) && (max == nil || count(things).Cmp(max) <= 0)
}

func (e *evaluation) list(n, v *openapi.Node, seen *marks) bool {
	if v.Kind != openapi.Array {
		return true
	}
	if !between(n, "minItems", "maxItems", len(v.Items)) {
		return false
	}
	if n.Get("uniqueItems").True() {
		for i, item := range v.Items {
			if contains(v.Items[:i], item) {
				return false
			}
		}
	}
	prefix := n.Get("prefixItems").List()
	fitting := 0
	for i, item := range v.Items {
		switch rest := n.Get("items"); {
		case i < len(prefix):
			if !e.valid(prefix[i], item, newMarks()) {
				return false
			}
			seen.items[i] = true
		case rest != nil:
			if !e.valid(rest, item, newMarks()) {
				return false
			}
			seen.items[i] = true
		}
		if what := n.Get("contains"); what != nil && e.valid(what, item, newMarks()) {
			seen.items[i] = true
			fitting++
		}
	}
	if n.Get("contains") == nil {
		return true
	}
	if n.Get("minContains") == nil && fitting == 0 {
		return false
	}
	return between(n, "minContains", "maxContains", fitting)
}

func (e *evaluation) object(n, v *openapi.Node, seen *marks) bool {
	if v.Kind != openapi.Object {
		return true
	}
	if !between(n, "minProperties", "maxProperties", len(v.Members)) {
		return false
	}
	for _, name := range n.Get("required").Strings() {
		if v.Get(name) == nil && !e.leftOut(n.Get("properties").Get(name)) {
			return false
		}
	}
	for _, m := range v.Members {
		if names := n.Get("propertyNames"); names != nil && !e.valid(names, &openapi.Node{Kind: openapi.String, Text: m.Name}, newMarks()) {
			return false
		}
		if !e.member(n, m, seen) {
			return false
		}
		for _, need := range n.Get("dependentRequired").Get(m.Name).Strings() {
			if v.Get(need) == nil {
				return false
			}
		}
		if implied := n.Get("dependentSchemas").Get(m.Name); implied != nil && !e.valid(implied, v, seen) {
			return false
		}
	}
	return true
}

// leftOut reports whether a required property is not of this way.
func (e *evaluation) leftOut(p *openapi.Node) bool {
	if p == nil || !e.byWay {
		return false
	}
	n := e.side.norm(one(p))
	return e.way == send && n.readOnly || e.way == read && n.writeOnly
}

func (e *evaluation) member(n *openapi.Node, m openapi.Member, seen *marks) bool {
	known := false
	if p := n.Get("properties").Get(m.Name); p != nil {
		known = true
		if !e.valid(p, m.Value, newMarks()) {
			return false
		}
	}
	for _, p := range n.Get("patternProperties").Fields() {
		if re, err := regexp.Compile(p.Name); err == nil && re.MatchString(m.Name) {
			known = true
			if !e.valid(p.Value, m.Value, newMarks()) {
				return false
			}
		}
	}
	if rest := n.Get("additionalProperties"); rest != nil && !known {
		known = true
		if !e.valid(rest, m.Value, newMarks()) {
			return false
		}
	}
	if known {
		seen.names[m.Name] = true
	}
	return true
}

func (e *evaluation) logic(n, v *openapi.Node, seen *marks) bool {
	for _, part := range n.Get("allOf").List() {
		if !e.valid(part, v, seen) {
			return false
		}
	}
	for _, how := range []string{"anyOf", "oneOf"} {
		if n.Get(how) == nil {
			continue
		}
		fitting := 0
		for _, part := range n.Get(how).List() {
			if e.valid(part, v, seen) {
				fitting++
			}
		}
		if fitting == 0 || how == "oneOf" && fitting > 1 {
			return false
		}
	}
	if not := n.Get("not"); not != nil && e.valid(not, v, newMarks()) {
		return false
	}
	if when := n.Get("if"); when != nil {
		then := n.Get("else")
		if e.valid(when, v, seen) {
			then = n.Get("then")
		}
		return e.valid(then, v, seen)
	}
	return true
}

func (e *evaluation) unevaluated(n, v *openapi.Node, seen *marks) bool {
	if rest := n.Get("unevaluatedProperties"); rest != nil {
		for _, m := range v.Fields() {
			if !seen.names[m.Name] && !e.valid(rest, m.Value, newMarks()) {
				return false
			}
			seen.names[m.Name] = true
		}
	}
	if rest := n.Get("unevaluatedItems"); rest != nil {
		for i, item := range v.List() {
			if !seen.items[i] && !e.valid(rest, item, newMarks()) {
				return false
			}
			seen.items[i] = true
		}
	}
	return true
}
