package diff_test

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/spinoff-go/spinoff/contract/diff"
)

// TestReworded writes random contracts in other words, and wants the comparer to say nothing of them on either side.
func TestReworded(t *testing.T) {
	count := uint64(400)
	if *long {
		count *= 25
	}
	alarms, unknown, done := 0, 0, 0
	for s := *seed; s < *seed+count; s++ {
		m := newModel(s)
		reworded, what := m.reword()
		if what == "" {
			continue
		}
		for _, side := range []string{"request", "response"} {
			done++
			report := diff.Compare(contract(t, side, m.components), contract(t, side, reworded), diff.Options{Now: today})
			switch got := verdict(report); got {
			case "sound":
				continue
			case "unknown":
				unknown++
			default:
				alarms++
			}
			t.Errorf("seed %d, %s, %s: Compare = %s, but it is the same\n%s\nold %s\nnew %s",
				s, side, what, verdict(report), findings(report), text(m.components), text(reworded))
		}
	}
	t.Logf("%d reworded contracts, %d false alarms, %d of which it cannot tell", done, alarms, unknown)
}

// reword returns the components with one random schema written in other words, and says how; "" where nothing could be done.
func (m *model) reword() (reworded object, what string) {
	reworded = clone(m.components).(object)
	var all []object
	for _, name := range slices.Sorted(maps.Keys(reworded)) {
		all = append(all, below(reworded[name])...)
	}
	s := all[m.random.IntN(len(all))]
	ways := []struct {
		name string
		do   func(s object) bool
	}{
		{"allOf of one", func(s object) bool { return become(s, object{"allOf": []any{clone(s)}}) }},
		{"anyOf of one", func(s object) bool { return become(s, object{"anyOf": []any{clone(s)}}) }},
		{"oneOf of one", func(s object) bool { return become(s, object{"oneOf": []any{clone(s)}}) }},
		{"moved into a component", func(s object) bool {
			reworded["Moved"] = clone(s)
			return become(s, object{"$ref": "#/components/schemas/Moved"})
		}},
		{"in place of a $ref", func(s object) bool {
			to, ok := s["$ref"].(string)
			return ok && len(s) == 1 && become(s, clone(reworded[strings.TrimPrefix(to, "#/components/schemas/")]).(object))
		}},
		{"another order", m.shuffle},
		{"null apart", nullApart},
		{"split by allOf", split},
		{"const as enum", constAsEnum},
		{"said what is so", sayDefaults},
		{"bounds of integers", integerBounds},
	}
	for _, at := range m.random.Perm(len(ways)) {
		if ways[at].do(s) {
			return reworded, ways[at].name
		}
	}
	return nil, ""
}

// become replaces all keywords.
func become(s, by object) bool {
	clear(s)
	maps.Copy(s, by)
	return true
}

func (m *model) shuffle(s object) bool {
	done := false
	for _, key := range []string{"enum", "required", "type", "allOf", "anyOf", "oneOf"} {
		if elements := list(s[key]); len(elements) > 1 {
			elements = slices.Clone(elements)
			slices.Reverse(elements)
			s[key], done = elements, true
		}
	}
	return done
}

// nullApart writes a type or null as a branch of anyOf or oneOf, where no other keyword speaks of null.
func nullApart(s object) bool {
	of := list(s["type"])
	if len(of) != 2 || of[1] != "null" || s["not"] != nil || s["if"] != nil {
		return false
	}
	bare := clone(s).(object)
	bare["type"] = of[0]
	return become(s, object{"oneOf": []any{object{"type": "null"}, bare}})
}

// split puts one field of an open object, and what is said of it, into a branch of allOf.
func split(s object) bool {
	fields, _ := s["properties"].(object)
	if len(fields) < 2 || s["additionalProperties"] != nil || s["type"] != "object" || s["$ref"] != nil {
		return false
	}
	name := slices.Sorted(maps.Keys(fields))[0]
	apart := object{"properties": object{name: fields[name]}}
	rest := clone(s).(object)
	delete(rest["properties"].(object), name)
	if required := list(s["required"]); slices.Contains(required, any(name)) {
		apart["required"] = []any{name}
		rest["required"] = slices.DeleteFunc(slices.Clone(required), func(v any) bool { return v == any(name) })
	}
	return become(s, object{"allOf": []any{apart, rest}})
}

func constAsEnum(s object) bool {
	v, ok := s["const"]
	if !ok || s["enum"] != nil {
		return false
	}
	delete(s, "const")
	s["enum"] = []any{v}
	return true
}

func sayDefaults(s object) bool {
	defaults := object{"minLength": 0, "minItems": 0, "minProperties": 0, "additionalProperties": true, "uniqueItems": false, "required": []any{}}
	done := false
	for key, value := range defaults {
		if s[key] == nil {
			s[key], done = value, true
		}
	}
	return done
}

// integerBounds writes "at least 1" as "more than 0".
func integerBounds(s object) bool {
	least, ok := s["minimum"].(float64)
	if !ok || s["type"] != "integer" || s["exclusiveMinimum"] != nil || least != math.Trunc(least) {
		return false
	}
	delete(s, "minimum")
	s["exclusiveMinimum"] = least - 1
	return true
}
