package diff_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
)

// model makes random schemas of JSON Schema 2020-12, over the keywords that the comparer has rules for. Every field gets a name of its own, so
// that a schema that comes in later never names a field that was there before by chance.
type model struct {
	random     *rand.Rand
	fields     int
	components map[string]any // what a $ref of the model may name; "Root" is the body itself
}

// object is a schema, or anything else that JSON writes as an object.
type object = map[string]any

// patterns are the regular expressions of the models, each with texts that fit.
var patterns = map[string][]string{
	"^[a-z]*$":     {"", "a", "abc", "zzzzz"},
	"^a":           {"a", "abc", "aX", "a0000"},
	"b$":           {"b", "ab", "00b"},
	"^[a-c]{1,3}$": {"a", "bc", "abc"},
	"[0-9]":        {"0", "a1", "99b"},
}

func newModel(seed uint64) *model {
	m := &model{random: rand.New(rand.NewPCG(seed, 1)), components: object{}}
	m.components["Root"] = m.object(3)
	m.components["Part"] = m.object(2) // never a $ref itself, which could lead back to it
	if m.one(2) {
		m.components["Part"] = m.array(2)
	}
	return m
}

func (m *model) one(n int) bool              { return m.random.IntN(n) == 0 }
func (m *model) between(low, high int) int   { return low + m.random.IntN(high-low+1) }
func (m *model) pick(words ...string) string { return words[m.random.IntN(len(words))] }

// schema returns a random one that is at most depth schemas deep.
func (m *model) schema(depth int) any {
	s := m.bare(depth)
	if of, ok := s["type"].(string); ok && m.one(8) {
		s["type"] = []any{of, "null"}
	}
	if depth > 0 && m.one(12) {
		s["not"] = m.schema(0)
	}
	if depth > 0 && m.one(15) {
		s["if"], s["then"] = m.schema(0), m.schema(depth-1)
		if m.one(2) {
			s["else"] = m.schema(depth - 1)
		}
	}
	return s
}

func (m *model) bare(depth int) object {
	choice := m.random.IntN(24)
	switch {
	case depth > 0 && choice < 5:
		return m.object(depth)
	case depth > 0 && choice < 8:
		return m.array(depth)
	case depth > 0 && choice < 11:
		return object{m.pick("anyOf", "oneOf", "allOf"): m.schemas(depth-1, 2, 3)}
	case depth > 0 && choice < 13 && depth < 3:
		return object{"$ref": "#/components/schemas/" + m.pick("Part", "Root")}
	case choice < 16:
		return m.text()
	case choice < 18:
		return m.number("integer", 1)
	case choice < 19:
		return m.number("number", 0.5)
	case choice < 21:
		return object{"enum": m.values()}
	case choice < 22:
		return object{"const": m.values()[0]}
	case choice < 23:
		return object{"type": "boolean"}
	}
	return object{}
}

func (m *model) schemas(depth, low, high int) []any {
	list := make([]any, m.between(low, high))
	for i := range list {
		list[i] = m.schema(depth)
	}
	return list
}

// values are up to four different ones, mostly of one type.
func (m *model) values() []any {
	all := [][]any{{"a", "b", "abc", "X", ""}, {1, 2, 3, 5}, {"a", 1, nil, true}}[m.random.IntN(3)]
	list := slices.Clone(all)
	m.random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list[:m.between(1, len(list))]
}

func (m *model) text() object {
	s := object{"type": "string"}
	m.bounds(s, "minLength", "maxLength", 0, 3, 5)
	if m.one(3) {
		s["pattern"] = m.pick(slices.Sorted(maps.Keys(patterns))...)
	}
	return s
}

func (m *model) number(of string, step float64) object {
	s := object{"type": of}
	for _, keyword := range []string{"minimum", "exclusiveMinimum"} {
		if m.one(3) {
			s[keyword] = step * float64(m.between(-4, 3))
		}
	}
	for _, keyword := range []string{"maximum", "exclusiveMaximum"} {
		if m.one(3) {
			s[keyword] = step * float64(m.between(2, 9))
		}
	}
	if m.one(4) {
		s["multipleOf"] = step * float64(m.between(1, 4))
	}
	return s
}

func (m *model) bounds(s object, lower, upper string, low, middle, high int) {
	if m.one(3) {
		s[lower] = m.between(low, middle)
	}
	if m.one(3) {
		s[upper] = m.between(middle-1, high)
	}
}

func (m *model) array(depth int) object {
	s := object{"type": "array"}
	m.bounds(s, "minItems", "maxItems", 0, 2, 4)
	if m.one(4) {
		s["prefixItems"] = m.schemas(depth-1, 1, 2)
	}
	if !m.one(4) {
		s["items"] = m.schema(depth - 1)
		if m.one(6) {
			s["items"] = false
		}
	}
	if m.one(4) {
		s["uniqueItems"] = true
	}
	if m.one(5) {
		s["contains"] = m.schema(0)
		m.bounds(s, "minContains", "maxContains", 0, 1, 2)
	}
	return s
}

func (m *model) object(depth int) object {
	s := object{"type": "object"}
	fields := object{}
	required := []any{}
	for range m.between(0, 3) {
		name := m.field()
		fields[name] = m.schema(depth - 1)
		if m.one(2) {
			required = append(required, name)
		}
	}
	if len(fields) > 0 {
		s["properties"] = fields
	}
	if len(required) > 0 {
		s["required"] = required
	}
	names := slices.Sorted(maps.Keys(fields))
	if len(names) > 1 && m.one(5) {
		s["dependentRequired"] = object{names[0]: []any{names[1]}}
	}
	if len(names) > 1 && m.one(10) {
		s["dependentSchemas"] = object{names[1]: object{"required": []any{names[0]}}}
	}
	switch m.random.IntN(6) {
	case 0, 1:
		s["additionalProperties"] = false
	case 2:
		s["additionalProperties"] = m.schema(depth - 1)
	case 3:
		s["patternProperties"] = object{"^x": m.schema(depth - 1)}
	}
	if m.one(5) {
		m.bounds(s, "minProperties", "maxProperties", 0, 2, 4)
	}
	if m.one(10) {
		s["propertyNames"] = object{"maxLength": m.between(1, 5)}
	}
	return s
}

func (m *model) field() string {
	m.fields++
	return fmt.Sprintf("f%d", m.fields)
}

// change returns the components with one random change in one random schema, and says which.
func (m *model) change() (changed object, what string) {
	changed = clone(m.components).(object)
	var all []object
	for _, name := range slices.Sorted(maps.Keys(changed)) {
		all = append(all, below(changed[name])...)
	}
	s := all[m.random.IntN(len(all))]
	keys := slices.Sorted(maps.Keys(s))
	if len(keys) == 0 {
		maps.Copy(s, m.bare(1))
		return changed, "said something of what was open"
	}
	key := keys[m.random.IntN(len(keys))]
	switch m.random.IntN(4) {
	case 0:
		delete(s, key)
		return changed, "dropped " + key
	case 1: // a keyword of another schema of its kind
		fresh := m.like(s)
		for _, other := range slices.Sorted(maps.Keys(fresh)) {
			if _, ok := s[other]; !ok {
				s[other] = fresh[other]
				return changed, "added " + other
			}
		}
	}
	return changed, m.nudge(s, key)
}

// like returns a random schema of the same type, all of whose keywords make sense beside those of s.
func (m *model) like(s object) object {
	switch s["type"] {
	case "object":
		return m.object(2)
	case "array":
		return m.array(2)
	case "string":
		return m.text()
	case "integer", "number":
		return m.number("number", 1)
	}
	return object{"not": m.schema(0)}
}

// nudge changes the value of one keyword a little.
func (m *model) nudge(s object, key string) string {
	switch v := s[key].(type) {
	case int:
		s[key] = max(0, v+m.random.IntN(2)*2-1)
	case float64:
		s[key] = v + float64(m.random.IntN(2)*2-1)
		if key == "multipleOf" {
			s[key] = v * 2
		}
	case bool:
		s[key] = !v
	case []any:
		s[key] = m.nudgeList(key, v)
	case object:
		if key == "properties" || key == "patternProperties" {
			m.nudgeFields(s, v)
		} else if key != "dependentRequired" && key != "dependentSchemas" {
			s[key] = m.schema(1)
		}
	case string:
		switch key {
		case "type":
			s[key] = m.pick("string", "integer", "number", "boolean", "object", "array", "null")
		case "pattern":
			s[key] = m.pick(slices.Sorted(maps.Keys(patterns))...)
		case "$ref":
			delete(s, key)
			maps.Copy(s, m.bare(1))
		}
	}
	return "changed " + key
}

func (m *model) nudgeList(key string, list []any) []any {
	if m.one(2) && (len(list) > 1 || key == "required") {
		at := m.random.IntN(len(list))
		return slices.Delete(slices.Clone(list), at, at+1)
	}
	switch key {
	case "enum":
		return append(slices.Clone(list), m.pick("new", "newer"))
	case "type":
		return []any{list[0]}
	case "required":
		return append(slices.Clone(list), m.field())
	}
	return append(slices.Clone(list), m.schema(1))
}

func (m *model) nudgeFields(s, fields object) {
	names := slices.Sorted(maps.Keys(fields))
	switch name := names[m.random.IntN(len(names))]; m.random.IntN(3) {
	case 0:
		fields[m.field()] = m.schema(1)
	case 1:
		delete(fields, name)
	case 2:
		required, _ := s["required"].([]any)
		if at := slices.Index(required, any(name)); at >= 0 {
			s["required"] = slices.Delete(slices.Clone(required), at, at+1)
		} else {
			s["required"] = append(slices.Clone(required), name)
		}
	}
}

// clone returns a deep copy.
func clone(v any) any {
	switch v := v.(type) {
	case object:
		copied := object{}
		for key, inner := range v {
			copied[key] = clone(inner)
		}
		return copied
	case []any:
		copied := make([]any, len(v))
		for i, inner := range v {
			copied[i] = clone(inner)
		}
		return copied
	}
	return v
}

// below returns a schema and all schemas inside it, in an order that is always the same.
func below(schema any) []object {
	var all []object
	walk(schema, "", func(_ string, s object) { all = append(all, s) })
	return all
}

// pointers returns where the schemas of a contract are.
func pointers(components object) []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(components)) {
		walk(components[name], "#/components/schemas/"+name, func(at string, _ object) { all = append(all, at) })
	}
	return all
}

func walk(schema any, at string, visit func(at string, s object)) {
	s, ok := schema.(object)
	if !ok {
		return
	}
	visit(at, s)
	for _, key := range slices.Sorted(maps.Keys(s)) {
		at := at + "/" + key
		switch inner := s[key].(type) {
		case object:
			if key == "properties" || key == "patternProperties" {
				for _, name := range slices.Sorted(maps.Keys(inner)) {
					walk(inner[name], at+"/"+name, visit)
				}
			} else if key != "dependentRequired" && key != "dependentSchemas" {
				walk(inner, at, visit)
			}
		case []any:
			if key != "enum" {
				for i, schema := range inner {
					walk(schema, fmt.Sprint(at, "/", i), visit)
				}
			}
		}
	}
}
