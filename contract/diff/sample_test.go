package diff_test

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

// sampler makes instances of schemas: most are valid, many lie just on a bound or just beyond it, and some are wild. Which are valid is for
// the validator to say.
type sampler struct {
	random     *rand.Rand
	components map[string]any
}

func (s *sampler) one(n int) bool { return s.random.IntN(n) == 0 }

// value returns an instance that has a fair chance to be valid.
func (s *sampler) value(schema any, depth int) any {
	merged := object{}
	s.merge(merged, schema, 8)
	if s.one(25) || depth == 0 {
		return s.wild()
	}
	if v, ok := merged["const"]; ok {
		return v
	}
	if list, ok := merged["enum"].([]any); ok && len(list) > 0 {
		return list[s.random.IntN(len(list))]
	}
	switch s.kind(merged) {
	case "object":
		return s.object(merged, depth)
	case "array":
		return s.array(merged, depth)
	case "string":
		return s.text(merged)
	case "integer":
		return math.Round(s.number(merged, 1))
	case "number":
		return s.number(merged, 0.5)
	case "boolean":
		return s.one(2)
	case "null":
		return nil
	}
	return s.wild()
}

// merge puts the keywords of a schema, of what it refers to, and of one way through its branches into one.
func (s *sampler) merge(into object, schema any, depth int) {
	one, ok := schema.(object)
	if !ok || depth == 0 {
		return
	}
	if to, ok := one["$ref"].(string); ok {
		s.merge(into, s.components[strings.TrimPrefix(to, "#/components/schemas/")], depth-1)
	}
	for _, key := range slices.Sorted(maps.Keys(one)) {
		switch v := one[key].(type) {
		case object:
			if fields, ok := into[key].(object); ok && key == "properties" {
				fields = maps.Clone(fields)
				maps.Copy(fields, v)
				into[key] = fields
				continue
			}
		case []any:
			if names, ok := into[key].([]any); ok && key == "required" {
				into[key] = slices.Concat(names, v)
				continue
			}
		}
		into[key] = one[key]
	}
	for _, branch := range list(one["allOf"]) {
		s.merge(into, branch, depth-1)
	}
	for _, key := range []string{"anyOf", "oneOf"} {
		if branches := list(one[key]); len(branches) > 0 {
			s.merge(into, branches[s.random.IntN(len(branches))], depth-1)
		}
	}
	if one["if"] != nil {
		s.merge(into, one[[]string{"if", "then", "else"}[s.random.IntN(3)]], depth-1)
	}
}

// list returns the elements of what may be an array.
func list(v any) []any {
	elements, _ := v.([]any)
	return elements
}

// kind picks one of the types that a schema names, or guesses it by its keywords.
func (s *sampler) kind(schema object) string {
	switch of := schema["type"].(type) {
	case string:
		return of
	case []any:
		if len(of) > 0 {
			return of[s.random.IntN(len(of))].(string)
		}
	}
	for _, guess := range [][2]string{
		{"properties", "object"},
		{"required", "object"},
		{"items", "array"},
		{"prefixItems", "array"},
		{"contains", "array"},
		{"minLength", "string"},
		{"maxLength", "string"},
		{"pattern", "string"},
		{"minimum", "number"},
		{"maximum", "number"},
	} {
		if _, ok := schema[guess[0]]; ok {
			return guess[1]
		}
	}
	return ""
}

func (s *sampler) object(schema object, depth int) any {
	instance := object{}
	fields, _ := schema["properties"].(object)
	required := list(schema["required"])
	often := s.random.IntN(3) // never, mostly or always what is optional
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if needed := slices.Contains(required, any(name)); needed && !s.one(15) || !needed && s.random.IntN(2) < often {
			instance[name] = s.value(fields[name], depth-1)
		}
	}
	for _, name := range required {
		if _, ok := fields[name.(string)]; !ok {
			instance[name.(string)] = s.wild()
		}
	}
	more := 0
	if s.one(3) {
		more = s.random.IntN(3)
	}
	if least, ok := schema["minProperties"].(int); ok && s.one(2) {
		more = max(more, least-len(instance))
	}
	for _, name := range []string{"other", "x1", "anything"}[:min(more, 3)] {
		inner, ok := schema["additionalProperties"]
		if by, has := schema["patternProperties"].(object); has && name == "x1" {
			inner, ok = by["^x"], true
		}
		if !ok {
			inner = object{}
		}
		instance[name] = s.value(inner, depth-1)
	}
	return instance
}

func (s *sampler) array(schema object, depth int) any {
	instance := []any{}
	count := s.near(schema, "minItems", "maxItems", 3)
	before := list(schema["prefixItems"])
	for at := range count {
		var inner any = object{}
		switch {
		case at < len(before):
			inner = before[at]
		case schema["contains"] != nil && s.one(2):
			inner = schema["contains"]
		case schema["items"] != nil:
			inner = schema["items"]
		}
		if at > 0 && s.one(6) {
			instance = append(instance, instance[at-1])
			continue
		}
		instance = append(instance, s.value(inner, depth-1))
	}
	return instance
}

// near returns a length on one of the bounds, next to it, or anything small.
func (s *sampler) near(schema object, lower, upper string, most int) int {
	low, hasLow := schema[lower].(int)
	high, hasHigh := schema[upper].(int)
	switch n := s.random.IntN(4); {
	case n == 0 && hasLow:
		return max(0, low-s.random.IntN(2))
	case n == 1 && hasHigh:
		return max(0, high+s.random.IntN(2))
	case n < 3 && hasHigh:
		return low + s.random.IntN(max(1, high-low+1))
	}
	return low + s.random.IntN(most)
}

func (s *sampler) text(schema object) any {
	if pattern, ok := schema["pattern"].(string); ok && !s.one(4) {
		fit := patterns[pattern]
		return fit[s.random.IntN(len(fit))]
	}
	var text strings.Builder
	for range s.near(schema, "minLength", "maxLength", 6) {
		text.WriteByte("abcz0X"[s.random.IntN(6)])
	}
	return text.String()
}

func (s *sampler) number(schema object, step float64) float64 {
	var bounds []float64
	for _, key := range []string{"minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"} {
		if bound, ok := schema[key].(float64); ok {
			bounds = append(bounds, bound)
		}
	}
	value := step * float64(s.random.IntN(24)-8)
	if len(bounds) > 0 && !s.one(3) {
		value = bounds[s.random.IntN(len(bounds))] + step*float64(s.random.IntN(3)-1)
	}
	if of, ok := schema["multipleOf"].(float64); ok && of != 0 && !s.one(4) {
		value = math.Round(value/of) * of
	}
	return value
}

// wild returns a value of any type.
func (s *sampler) wild() any {
	all := []any{
		nil, true, false, 0.0, 1.0, 2.0, -1.0, 0.5, 12.0, "", "a", "abc", "X", "new", "newer", "bbbbbbbb",
		[]any{},
		[]any{1.0},
		[]any{"a", "a"},
		object{},
		object{"other": 1.0},
		object{"x1": "a", "other": nil},
	}
	return all[s.random.IntN(len(all))]
}
