package contract

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"regexp/syntax"
	"strings"

	"github.com/spinoff-go/spinoff/shape"
)

// Example returns a small value of a struct type as JSON has it: every field is there, each once, within its constraints. A type that refers to itself does so no
// further than it must. It reports false where no such value was found, as for constraints that are hard to meet together.
func Example(t reflect.Type) (map[string]any, bool) {
	compiled, err := shape.Of(t)
	if err != nil || compiled.Kind != shape.Struct {
		return nil, false
	}
	value, _ := example(compiled, nil, "", nil).(object)
	text, err := json.Marshal(value)
	if err != nil {
		return nil, false
	}
	read := reflect.New(t).Interface()
	faults, err := compiled.Decode(bytes.NewReader(text), read, true)
	if err != nil || faults != nil || compiled.Admit(read, true, true) != nil {
		return nil, false
	}
	return value, true
}

// example returns a value of a type, or nil where there is none without going round in circles. name is that of the field, within the types that lead there.
func example(t *shape.Type, rule *shape.Rule, name string, within []*shape.Type) any {
	if rule == nil {
		rule = &shape.Rule{}
	}
	for _, outer := range within {
		if t == outer && t.Kind == shape.Struct {
			return nil
		}
	}
	switch t.Kind {
	case shape.String:
		return exampleText(rule, name)
	case shape.Int, shape.Uint, shape.Float:
		return exampleNumber(rule)
	case shape.Bool:
		return true
	case shape.Bytes:
		return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0}, max(1, int(rule.Min))))
	case shape.Time:
		return "2026-01-31T09:00:00Z"
	case shape.Pointer:
		return example(t.Elem, rule, name, within)
	case shape.List:
		entries := list{}
		for i := range max(1, int(rule.Min)) {
			entry := example(t.Elem, nil, numbered(name, i), append(within, t))
			if entry == nil {
				break
			}
			entries = append(entries, entry)
		}
		return entries
	case shape.Map:
		entries := object{}
		for i := range max(1, int(rule.Min)) {
			if entry := example(t.Elem, nil, name, append(within, t)); entry != nil {
				entries[numbered("name", i)] = entry
			}
		}
		return entries
	}
	return exampleStruct(t, append(within, t))
}

// numbered makes names differ: name, name2, name3.
func numbered(name string, i int) string {
	if i == 0 {
		return name
	}
	return fmt.Sprint(name, i+1)
}

func exampleStruct(t *shape.Type, within []*shape.Type) any {
	value := object{}
	for i := range t.Fields {
		f := &t.Fields[i]
		if f.Place != shape.Body {
			continue
		}
		if field := example(f.Type, &f.Rule, f.Name, within); field != nil {
			value[f.Name] = field
		}
		if t.One && len(value) > 0 {
			break
		}
	}
	return value
}

// formatExamples are texts of the formats that there are.
var formatExamples = map[string]string{"email": "anna@example.com", "uri": "https://example.com/", "uuid": "3f2504e0-4f89-41d3-9a0c-0305e82c3301"}

func exampleText(rule *shape.Rule, name string) string {
	switch {
	case rule.OneOf != nil:
		return rule.OneOf[0]
	case rule.Open != nil:
		return rule.Open[0]
	case rule.Format != "":
		return formatExamples[rule.Format]
	case rule.Pattern != "":
		if re, err := syntax.Parse(rule.Pattern, syntax.Perl); err == nil {
			return match(re)
		}
	}
	if strings.HasSuffix(name, "url") {
		name = "https://example.com/"
	}
	for name == "" || rule.HasMin && float64(len(name)) < rule.Min {
		name += "text"
	}
	if rule.HasMax && float64(len(name)) > rule.Max {
		name = name[:int(rule.Max)]
	}
	return name
}

func exampleNumber(rule *shape.Rule) any {
	n, step := 1.0, float64(max(1, rule.MultipleOf))
	if rule.HasMin {
		n = max(n, rule.Min)
	}
	n = math.Ceil(n/step) * step
	if rule.HasMax && n > rule.Max {
		if n = math.Floor(rule.Max/step) * step; rule.HasMin && n < rule.Min { // a bound of a float is not whole
			n = rule.Max
		}
	}
	return n
}

// match returns a short text that a pattern matches.
func match(re *syntax.Regexp) string {
	var b strings.Builder
	switch re.Op {
	case syntax.OpLiteral:
		return string(re.Rune)
	case syntax.OpCharClass:
		return string(friendly(re.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return "a"
	case syntax.OpCapture, syntax.OpPlus:
		return match(re.Sub[0])
	case syntax.OpRepeat:
		return strings.Repeat(match(re.Sub[0]), re.Min)
	case syntax.OpConcat:
		for _, part := range re.Sub {
			b.WriteString(match(part))
		}
	case syntax.OpAlternate:
		return match(re.Sub[0])
	}
	return b.String()
}

// friendly returns a character of a class, given as pairs of first and last, that people would take.
func friendly(class []rune) rune {
	for _, candidate := range "a1A-_ " {
		for i := 0; i+1 < len(class); i += 2 {
			if class[i] <= candidate && candidate <= class[i+1] {
				return candidate
			}
		}
	}
	if len(class) == 0 {
		return 'a'
	}
	return class[0]
}
