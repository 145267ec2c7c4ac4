package diff

import (
	"cmp"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/spinoff-go/spinoff/contract/openapi"
)

// term is a schema that is not looked into yet: a value is in it when all its parts accept the value. One without parts accepts everything.
type term struct {
	key     string
	parts   []*openapi.Node
	without []*openapi.Node // lists of anyOf and oneOf that do not count, because one of their branches is among the parts
}

func newTerm(parts, without []*openapi.Node) *term {
	t := &term{without: without}
	for _, p := range parts {
		if p != nil && !p.True() && (p.Kind != openapi.Object || len(p.Members) > 0) {
			t.parts = append(t.parts, p)
		}
	}
	byID := func(a, b *openapi.Node) int { return cmp.Compare(a.ID, b.ID) }
	sorted := slices.Clone(t.parts)
	slices.SortFunc(sorted, byID)
	slices.SortFunc(t.without, byID)
	var key strings.Builder
	for _, p := range slices.Compact(sorted) {
		key.WriteString(strconv.Itoa(p.ID) + " ")
	}
	for _, w := range slices.Compact(t.without) {
		key.WriteString("-" + strconv.Itoa(w.ID) + " ")
	}
	t.key = key.String()
	return t
}

func one(n *openapi.Node) *term { return newTerm([]*openapi.Node{n}, nil) }

func (t *term) and(other *term) *term {
	switch {
	case len(t.parts) == 0:
		return other
	case len(other.parts) == 0 || other == t:
		return t
	}
	return newTerm(slices.Concat(t.parts, other.parts), slices.Concat(t.without, other.without))
}

// kinds of values as a set: bit k stands for openapi.Kind k.
type kinds byte

func kind(k openapi.Kind) kinds { return 1 << k }

const (
	everyKind = kinds(1<<(openapi.Object+1) - 1)
	nullKind  = kinds(1 << openapi.Null)
)

func (k kinds) has(one openapi.Kind) bool { return k&kind(one) != 0 }

// schema is a schema in normal form: however it was written, what it says of each kind of values stands in one place.
// The zero value of each part says nothing.
type schema struct {
	nodes []*openapi.Node // the schemas it was made of, the outermost first

	kinds     kinds
	softNull  bool // null too where nullable is read as it is meant, not as OpenAPI 3.0 has it to the letter
	values    map[openapi.Kind][]*openapi.Node
	open      []*openapi.Node // values that are known, others may come
	formats   []string
	number    numberRules
	text      textRules
	list      listRules
	object    objectRules
	choices   []choice
	nots      []*term
	conds     []condition
	readOnly  bool
	writeOnly bool
}

type bound struct {
	at        *big.Rat
	exclusive bool
}

type numberRules struct {
	min, max *bound
	step     *big.Rat // multipleOf; 1 for integers
}

type textRules struct {
	min, max  *big.Rat
	patterns  []string
	encodings []string // contentEncoding
	media     []string // contentMediaType
	content   *term    // contentSchema
}

type listRules struct {
	min, max *big.Rat
	unique   bool
	prefix   []*term
	rest     *term // nil: anything
	contains []containsRule
	others   *term // unevaluatedItems, where it could not be put into rest
}

type containsRule struct {
	what     *term
	min, max *big.Rat
}

type property struct {
	term     *term
	required bool
	declared bool // false: it is only in the list of required ones
}

type objectRules struct {
	min, max   *big.Rat
	properties map[string]property
	patterns   map[string]*term
	rest       *term // additionalProperties; nil: anything
	names      *term // propertyNames
	needs      map[string][]string
	implies    map[string]*term // dependentSchemas
	others     *term            // unevaluatedProperties, where it could not be put into rest
}

type choice struct {
	kind     string // anyOf, oneOf
	list     *openapi.Node
	branches []*term
	by       *openapi.Node // discriminator
}

type condition struct{ when, then, otherwise *term }

// nullable reports whether null is accepted, read as it is meant.
func (s *schema) nullable() bool { return s.softNull || s.kinds.has(openapi.Null) }

// never reports whether no value is accepted.
func (s *schema) never() bool { return s.kinds == 0 && !s.softNull }

// node returns the first of the schemas that has a keyword, or the outermost one.
func (s *schema) node(keywords ...string) *openapi.Node {
	for _, n := range s.nodes {
		for _, k := range keywords {
			if v := n.Get(k); v != nil {
				return v
			}
		}
	}
	if len(s.nodes) > 0 {
		return s.nodes[0]
	}
	return nil
}

// annotation returns the value of a keyword that says nothing about which values are accepted: the outermost one counts.
func (s *schema) annotation(keyword string) *openapi.Node {
	for _, n := range s.nodes {
		if v := n.Get(keyword); v != nil {
			return v
		}
	}
	return nil
}

// simple reports whether s says nothing but which kinds and values, and what the rules of each kind are.
func (s *schema) simple() bool {
	return len(s.choices) == 0 && len(s.nots) == 0 && len(s.conds) == 0 && !s.readOnly && !s.writeOnly
}
