package diff

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spinoff-go/spinoff/contract/openapi"
)

// about says of which kind of values a keyword speaks: where there are none, it is idle.
var about = map[string]openapi.Kind{
	"minimum": openapi.Number, "maximum": openapi.Number, "exclusiveMinimum": openapi.Number, "exclusiveMaximum": openapi.Number,
	"multipleOf": openapi.Number,
	"minLength":  openapi.String, "maxLength": openapi.String, "pattern": openapi.String, "contentEncoding": openapi.String,
	"contentMediaType": openapi.String, "contentSchema": openapi.String,
	"items": openapi.Array, "prefixItems": openapi.Array, "minItems": openapi.Array, "maxItems": openapi.Array, "uniqueItems": openapi.Array,
	"contains": openapi.Array, "minContains": openapi.Array, "maxContains": openapi.Array, "unevaluatedItems": openapi.Array,
	"properties": openapi.Object, "required": openapi.Object, "additionalProperties": openapi.Object, "patternProperties": openapi.Object,
	"propertyNames": openapi.Object, "minProperties": openapi.Object, "maxProperties": openapi.Object, "dependentRequired": openapi.Object,
	"dependentSchemas": openapi.Object, "unevaluatedProperties": openapi.Object,
}

// idle notes what has changed without any effect: keywords that speak of values that there are not, and references that stand for the same values
// as those in their place. Nobody breaks, but somebody meant something.
func (c *comparer) idle(at spot, o, n *schema) {
	for _, keyword := range keys(about) {
		if kind := about[keyword]; o.kinds.has(kind) || n.kinds.has(kind) {
			continue
		}
		if was, is := o.all(keyword), n.all(keyword); !slices.Equal(was, is) {
			c.note(at, "words", Words, o.annotation(keyword), n.annotation(keyword), keyword+" has changed, and says nothing of values of this type")
		}
	}
	for _, keyword := range []string{"allOf", "anyOf", "oneOf"} {
		was, is := o.parts(keyword), n.parts(keyword)
		if len(was) > 0 && len(is) > 0 && !slices.Equal(was, is) {
			c.note(at, "words", Words, o.annotation(keyword), n.annotation(keyword),
				fmt.Sprintf("the parts of %s were %s and are %s; what that does to values is a finding of its own, or nothing", keyword, list(was), list(is)))
		}
	}
}

// all returns the values of a keyword, sorted.
func (s *schema) all(keyword string) []string {
	var values []string
	for _, node := range s.nodes {
		if v := node.Get(keyword); v != nil {
			values = append(values, v.JSON())
		}
	}
	slices.Sort(values)
	return values
}

// parts returns the names of the parts of an allOf, anyOf or oneOf, sorted: what is no reference has its place.
func (s *schema) parts(keyword string) []string {
	var names []string
	for i, part := range s.annotation(keyword).List() {
		name := fmt.Sprintf("(%d)", i+1)
		if ref := part.Get("$ref").Str(); ref != "" {
			name = ref[strings.LastIndex(ref, "/")+1:]
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
