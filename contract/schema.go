package contract

import (
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/spinoff-go/spinoff/internal/snake"
	"github.com/spinoff-go/spinoff/shape"
)

// schemas makes JSON schemas (draft 2020-12) of Go types. Structs with a name become components.
type schemas struct {
	words      *Words
	components object
	made       map[string]component
}

// component says what a schema was made of.
type component struct {
	of      reflect.Type
	request bool
	outside string // the fields that travel outside of the body, which are not in the schema
}

// body returns the schema of what of m travels in the body, and refuses a type that would need two.
func (s *schemas) body(m *shape.Message, request bool) (object, error) {
	return s.structure(m.Type, request)
}

// of returns the schema of a type; request says that it is part of a request, which is a closed object, while an answer is an open one.
func (s *schemas) of(t *shape.Type, request bool) (object, error) {
	switch t.Kind {
	case shape.String:
		return object{"type": "string"}, nil
	case shape.Int:
		return object{"type": "integer", "format": "int" + strconv.Itoa(t.Go.Bits())}, nil
	case shape.Uint:
		return object{"type": "integer", "format": "uint" + strconv.Itoa(t.Go.Bits()), "minimum": 0}, nil
	case shape.Float:
		return object{"type": "number", "format": map[int]string{32: "float", 64: "double"}[t.Go.Bits()]}, nil
	case shape.Bool:
		return object{"type": "boolean"}, nil
	case shape.Bytes:
		return object{"type": "string", "contentEncoding": "base64"}, nil
	case shape.Time:
		return object{"type": "string", "format": "date-time"}, nil
	case shape.List:
		items, err := s.element(t, request)
		return object{"type": "array", "items": items}, err
	case shape.Map:
		values, err := s.element(t, request)
		return object{"type": "object", "additionalProperties": values}, err
	case shape.Pointer:
		return s.of(t.Elem, request)
	}
	return s.structure(t, request)
}

// element returns the schema of what a list or map holds; where that is a pointer, null stands for nil.
func (s *schemas) element(t *shape.Type, request bool) (object, error) {
	schema, err := s.of(t.Elem, request)
	if err != nil || t.Elem.Kind != shape.Pointer {
		return schema, err
	}
	if name, plain := schema["type"].(string); plain {
		return with(schema, "type", list{name, "null"}), nil
	}
	return object{"anyOf": list{schema, object{"type": "null"}}}, nil
}

// structure returns the schema of a struct: a reference, where the struct has a name.
func (s *schemas) structure(t *shape.Type, request bool) (object, error) {
	if t.Go.Name() == "" {
		return s.properties(t, request)
	}
	name := componentName(t.Go)
	reference := object{"$ref": "#/components/schemas/" + name}
	this, known := component{t.Go, request, outside(t)}, s.made[name]
	switch {
	case known == this:
		return reference, nil
	case known.of == nil:
	case known.of != t.Go:
		return nil, fmt.Errorf("types %s and %s are both called %s; one contract has one type of a name", known.of, t.Go, name)
	case known.request != request:
		return nil, fmt.Errorf("type %s is in a request and in an answer; give each its own", t.Go)
	default:
		return nil, fmt.Errorf("type %s is the request of two routes, and other fields of it travel in the body (outside of it are %q and %q); give each its own",
			t.Go, known.outside, this.outside)
	}
	if name == problemSchema {
		return nil, fmt.Errorf("type %s has the name of the schema of errors; give it another", t.Go)
	}
	s.made[name] = this
	schema, err := s.properties(t, request)
	if err != nil {
		return nil, err
	}
	if name != t.Go.Name() {
		schema["x-go-name"] = t.Go.Name()
	}
	describe(schema, s.words.of(t.Go.Name()))
	s.components[name] = schema
	return reference, nil
}

// outside names the fields of a struct that travel outside of the body.
func outside(t *shape.Type) string {
	var names []string
	for _, f := range t.Fields {
		if f.Place != shape.Body {
			names = append(names, f.Name)
		}
	}
	return strings.Join(names, ", ")
}

var notInName = regexp.MustCompile(`[^A-Za-z0-9_]+`)

// componentName returns the name of a type as the key of a component: Page_Entry for Page[example.com/faqv2.Entry].
func componentName(t reflect.Type) string {
	base, arguments, _ := strings.Cut(t.Name(), "[")
	for argument := range strings.SplitSeq(strings.TrimSuffix(arguments, "]"), ",") {
		if argument = notInName.ReplaceAllString(argument[strings.LastIndexByte(argument, '.')+1:], ""); argument != "" {
			base += "_" + argument
		}
	}
	return base
}

// properties returns the schema of the fields of a struct that travel in the body.
func (s *schemas) properties(t *shape.Type, request bool) (object, error) {
	properties, required, alternatives := object{}, list{}, list{}
	for i := range t.Fields {
		f := &t.Fields[i]
		if f.Place != shape.Body {
			continue
		}
		schema, err := s.field(t, f, request)
		if err != nil {
			return nil, err
		}
		properties[f.Name] = schema
		if t.One {
			alternatives = append(alternatives, object{"required": list{f.Name}})
		} else if !f.Optional {
			required = append(required, f.Name)
		}
	}
	schema := object{"type": "object"}
	if len(properties) > 0 {
		schema["properties"] = properties
	}
	if len(required) > 0 {
		schema["required"] = sorted(required)
	}
	if t.One {
		schema["oneOf"] = alternatives
	}
	if request {
		schema["additionalProperties"] = false
	}
	return schema, nil
}

// field returns the schema of a field of t, with its words and constraints.
func (s *schemas) field(t *shape.Type, f *shape.Field, request bool) (object, error) {
	schema, err := s.of(f.Type, request)
	if err != nil {
		return nil, err
	}
	constrain(schema, f)
	if f.Name != snake.Case(f.GoName) {
		schema["x-go-name"] = f.GoName
	}
	describe(schema, s.words.of(t.Go.Name()+"."+f.GoName))
	return schema, nil
}

// bounds are the keywords for min and max of each kind.
var bounds = map[shape.Kind][2]string{
	shape.String: {"minLength", "maxLength"}, shape.Bytes: {"minLength", "maxLength"}, shape.List: {"minItems", "maxItems"},
	shape.Map: {"minProperties", "maxProperties"}, shape.Int: {"minimum", "maximum"}, shape.Uint: {"minimum", "maximum"}, shape.Float: {"minimum", "maximum"},
}

// constrain adds what the tag of a field says to its schema.
func constrain(schema object, f *shape.Field) {
	kind := f.Type.Kind
	if kind == shape.Pointer {
		kind = f.Type.Elem.Kind
	}
	r := &f.Rule
	least, most := r.Min, r.Max
	if kind == shape.Bytes { // four characters of base64 for three bytes; package shape refuses what that does not tell
		least, most = float64((int64(least)+2)/3*4), float64(int64(most)/3*4)
	}
	if r.HasMin {
		schema[bounds[kind][0]] = least
	}
	if r.HasMax {
		schema[bounds[kind][1]] = most
	}
	if r.MultipleOf != 0 {
		schema["multipleOf"] = r.MultipleOf
	}
	if r.Unique {
		schema["uniqueItems"] = true
	}
	if r.OneOf != nil {
		schema["enum"] = texts(r.OneOf)
	}
	if r.Open != nil {
		schema["x-extensible-enum"] = texts(r.Open)
	}
	if r.Pattern != "" {
		schema["pattern"] = r.Pattern
	}
	if r.Format != "" {
		schema["format"] = r.Format
	}
	if r.Link {
		schema["format"] = "uri-reference"
	}
}
