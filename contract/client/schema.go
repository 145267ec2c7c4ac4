package client

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spinoff-go/spinoff/contract/openapi"
)

// known are the keywords of a schema that a client understands or may pass over, because the provider checks them. Any other is refused: a client
// that passed over what it does not know would be wrong.
var known = strings.Fields(`$ref type format title description properties required additionalProperties items enum const nullable
	minLength maxLength pattern minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minItems maxItems uniqueItems minProperties maxProperties
	propertyNames contentEncoding contentMediaType default example examples deprecated readOnly writeOnly oneOf anyOf externalDocs $comment discriminator`)

// shape reads a schema. name is what a type is called that has no name of its own; request says that consumers send it.
func (r *reader) shape(n *openapi.Node, name string, request bool) *shape {
	switch {
	case n == nil:
		return &shape{}
	case n.Kind != openapi.Object:
		r.refuse(n, "a schema that is no object is not understood")
		return &shape{}
	}
	r.onlyKnown(n, known)
	if ref := n.Get("$ref").Str(); ref != "" {
		return r.reference(n, ref, request)
	}
	if s := r.orNull(n, name, request); s != nil {
		return s
	}
	s := &shape{Null: n.Get("nullable").True()}
	types := n.Get("type").Strings()
	if one := n.Get("type").Str(); one != "" {
		types = []string{one}
	}
	if i := slices.Index(types, "null"); i >= 0 && len(types) == 2 {
		s.Null, types = true, slices.Delete(types, i, i+1)
	}
	if len(types) != 1 {
		r.refuse(n, "it has no single type; a client is made of values that have one")
		return s
	}
	if n.Get("oneOf") != nil && types[0] != "object" {
		r.refuse(n.Get("oneOf"), "alternatives are understood only as an object of which exactly one property is there")
	}
	if types[0] != "string" && n.Get("enum") != nil {
		r.refuse(n.Get("enum"), "only texts can have an enum")
	}
	switch types[0] {
	case "string":
		r.text(s, n, name)
	case "integer":
		s.Kind, s.Format = integer, integerFormat(n)
	case "number":
		s.Kind = float
	case "boolean":
		s.Kind = boolean
	case "array":
		if n.Get("items") == nil {
			r.refuse(n, "a list without items")
		}
		s.Kind, s.Elem = list, r.shape(n.Get("items"), name+" item", request)
	case "object":
		r.structure(s, n, name, request)
	default:
		r.refuse(n, "type %q is not understood", types[0])
	}
	return s
}

// orNull reads a schema of two alternatives one of which is null, or returns nil.
func (r *reader) orNull(n *openapi.Node, name string, request bool) *shape {
	for _, keyword := range []string{"anyOf", "oneOf"} {
		alternatives := n.Get(keyword).List()
		if len(alternatives) != 2 || n.Get("type") != nil {
			continue
		}
		for i, a := range alternatives {
			if a.Get("type").Str() == "null" {
				s := *r.shape(alternatives[1-i], name, request)
				s.Null = true
				return &s
			}
		}
	}
	return nil
}

// integerFormat returns the width of an integer as Go calls it.
func integerFormat(n *openapi.Node) string {
	format := n.Get("format").Str()
	if !slices.Contains([]string{"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"}, format) {
		return "int64"
	}
	return format
}

func (r *reader) text(s *shape, n *openapi.Node, name string) {
	words, open := n.Get("enum"), false
	if words == nil {
		words, open = n.Get("x-extensible-enum"), true
	}
	switch format, encoding := n.Get("format").Str(), n.Get("contentEncoding").Str(); {
	case words != nil:
		s.Enum = r.enum(words, words.List(), name, open)
	case n.Get("const") != nil:
		s.Enum = r.enum(n.Get("const"), []*openapi.Node{n.Get("const")}, name, false)
	case format == "date-time":
		s.Kind = moment
	case encoding == "base64", format == "byte":
		s.Kind = binary
	case encoding != "", format == "binary":
		r.refuse(n, "text that is encoded as %q is not understood", encoding+format)
	}
}

// enum reads the words that a text may be, which stand at a place of the document.
func (r *reader) enum(at *openapi.Node, words []*openapi.Node, name string, open bool) *enum {
	if e := r.words[at]; e != nil {
		return e
	}
	e := &enum{Name: name, Open: open}
	r.words[at] = e
	for _, word := range words {
		if word.Kind != openapi.String {
			r.refuse(word, "a word of an enum that is no text")
		}
		e.Words = append(e.Words, word.Str())
	}
	if len(e.Words) == 0 {
		r.refuse(at, "an enum without words")
	}
	r.enums = append(r.enums, e)
	return e
}

// reference reads a schema that is somewhere else. A structure gets the name that it has there.
func (r *reader) reference(n *openapi.Node, ref string, request bool) *shape {
	target := r.document.Target(n)
	if !strings.HasPrefix(ref, "#/components/schemas/") || strings.Count(target.Pointer(), "/") != 3 {
		r.refuse(n, "the type that $ref %q leads to has no name; references are to #/components/schemas/…", ref)
		return &shape{}
	}
	r.onlyKnown(n, []string{"$ref", "description", "title"})
	if seen := r.seen[target]; seen != nil {
		r.mark(seen, request)
		return seen
	}
	if slices.Contains(r.open, target) {
		r.refuse(n, "the schema refers to itself without an object in between")
		return &shape{}
	}
	r.open = append(r.open, target)
	defer func() { r.open = r.open[:len(r.open)-1] }()
	return r.shape(target, target.Key(), request)
}

// mark says of an object, and of all in it, that consumers send it.
func (r *reader) mark(s *shape, request bool) {
	switch {
	case !request || s == nil:
	case s.Elem != nil:
		r.mark(s.Elem, true)
	case s.Object != nil && !s.Object.Request:
		s.Object.Request = true
		for _, f := range s.Object.Fields {
			r.mark(f.Shape, true)
		}
	}
}

// structure reads an object: one with properties, or a map.
func (r *reader) structure(s *shape, n *openapi.Node, name string, request bool) {
	more := n.Get("additionalProperties")
	if more != nil && more.Kind == openapi.Object {
		if n.Get("properties") != nil {
			r.refuse(more, "an object that has properties and others of one type is not understood")
		}
		s.Kind, s.Elem = table, r.shape(more, name+" value", request)
		return
	}
	if more.True() {
		r.refuse(more, "an object of anything is not understood")
	}
	o := &object{Name: name, Doc: n.Get("description").Str(), Request: request}
	s.Kind, s.Object = structure, o
	r.seen[n] = s
	r.objects = append(r.objects, o)
	o.Fields = r.fields(n, name, request)
	o.OneOf = r.oneOf(n, o)
}

// oneOf reports whether exactly one property is there: Go writes that as a struct of pointers.
func (r *reader) oneOf(n *openapi.Node, o *object) bool {
	alternatives := n.Get("oneOf")
	if alternatives == nil {
		return len(o.Fields) > 1 && n.Get("minProperties").JSON() == "1" && n.Get("maxProperties").JSON() == "1"
	}
	var names []string
	for _, a := range alternatives.List() {
		required := a.Get("required").Strings()
		names = append(names, required...)
		if len(required) != 1 || len(a.Fields()) != 1 {
			r.refuse(a, `an alternative says which one property is required: {"required": ["a"]}`)
		}
	}
	for _, f := range o.Fields {
		if !slices.Contains(names, f.Name) || f.Required || len(names) != len(o.Fields) {
			r.refuse(alternatives, "the alternatives are not the properties of the object, each of them optional and alone")
			break
		}
	}
	return true
}

// fields reads the properties of an object.
func (r *reader) fields(n *openapi.Node, name string, request bool) (fields []*field) {
	required := n.Get("required").Strings()
	for _, property := range n.Get("properties").Fields() {
		f := r.field(property.Value, property.Name, name, request)
		f.Required = slices.Contains(required, property.Name)
		fields = append(fields, f)
	}
	for _, property := range required {
		if n.At("properties", property) == nil {
			r.refuse(n.Get("required"), "%q is required and is no property", property)
		}
	}
	return fields
}

func (r *reader) field(schema *openapi.Node, name, owner string, request bool) *field {
	s := r.shape(schema, owner+" "+name, request)
	return &field{Name: name, GoName: schema.Get("x-go-name").Str(), Doc: schema.Get("description").Str(), Shape: s, HasZero: hasZero(s, schema)}
}

// hasZero reports whether "", 0 or false is a value that may be sent.
func hasZero(s *shape, n *openapi.Node) bool {
	least := n.Get("minimum")
	if s.Kind == text {
		least = n.Get("minLength")
	}
	switch {
	case s.Enum != nil && !s.Enum.Open:
		return slices.Contains(s.Enum.Words, "")
	case least.Rat() != nil && least.Rat().Sign() > 0:
		return false
	}
	return true
}

// onlyKnown refuses what is not among known, extensions apart.
func (r *reader) onlyKnown(n *openapi.Node, known []string) {
	for _, keyword := range n.Fields() {
		if !slices.Contains(known, keyword.Name) && !strings.HasPrefix(keyword.Name, "x-") {
			r.refuse(keyword.Value, "%s is not understood here", keyword.Name)
		}
	}
}

// refuse notes that the document has something at n for which a client cannot be right.
func (r *reader) refuse(n *openapi.Node, format string, args ...any) {
	if len(r.refused) < 10 {
		r.refused = append(r.refused, &openapi.Error{Name: r.document.Name, Line: n.Line, Pointer: n.Pointer(), Text: fmt.Sprintf(format, args...)})
	}
}
