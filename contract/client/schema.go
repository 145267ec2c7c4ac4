package client

import (
	"fmt"
	"slices"
	"strings"
)

// known are the keywords of a schema that a client understands or may pass over, because the provider checks them. Any other is refused: a client
// that passed over what it does not know would be wrong.
var known = strings.Fields(`$ref type format title description properties required additionalProperties items enum const nullable
	minLength maxLength pattern minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minItems maxItems uniqueItems minProperties maxProperties
	propertyNames contentEncoding contentMediaType default example examples deprecated readOnly writeOnly oneOf anyOf externalDocs $comment discriminator`)

// shape reads a schema. name is what a type is called that has no name of its own; request says that consumers send it.
func (r *reader) shape(n *node, name string, request bool) *shape {
	if n == nil || n.kind != '{' {
		return &shape{}
	}
	r.onlyKnown(n, known)
	if ref := n.str("$ref"); ref != "" {
		return r.reference(n, ref, request)
	}
	if s := r.orNull(n, name, request); s != nil {
		return s
	}
	s := &shape{Null: n.is("true", "nullable")}
	types := n.list("type")
	if one := n.str("type"); one != "" {
		types = []string{one}
	}
	if i := slices.Index(types, "null"); i >= 0 && len(types) == 2 {
		s.Null, types = true, slices.Delete(types, i, i+1)
	}
	if len(types) != 1 {
		r.refuse(n, "it has no single type; a client is made of values that have one")
		return s
	}
	if n.get("oneOf") != nil && types[0] != "object" {
		r.refuse(n.get("oneOf"), "alternatives are understood only as an object of which exactly one property is there")
	}
	if types[0] != "string" && n.get("enum") != nil {
		r.refuse(n.get("enum"), "only texts can have an enum")
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
		if n.get("items") == nil {
			r.refuse(n, "a list without items")
		}
		s.Kind, s.Elem = list, r.shape(n.get("items"), name+" item", request)
	case "object":
		r.structure(s, n, name, request)
	default:
		r.refuse(n, "type %q is not understood", types[0])
	}
	return s
}

// orNull reads a schema of two alternatives one of which is null, or returns nil.
func (r *reader) orNull(n *node, name string, request bool) *shape {
	for _, keyword := range []string{"anyOf", "oneOf"} {
		alternatives := n.get(keyword)
		if alternatives == nil || len(alternatives.items) != 2 || n.get("type") != nil {
			continue
		}
		for i, a := range alternatives.items {
			if a.str("type") == "null" {
				s := *r.shape(alternatives.items[1-i], name, request)
				s.Null = true
				return &s
			}
		}
	}
	return nil
}

// integerFormat returns the width of an integer as Go calls it.
func integerFormat(n *node) string {
	format := n.str("format")
	if !slices.Contains([]string{"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"}, format) {
		return "int64"
	}
	return format
}

func (r *reader) text(s *shape, n *node, name string) {
	words, open := n.get("enum"), false
	if words == nil {
		words, open = n.get("x-extensible-enum"), true
	}
	switch format, encoding := n.str("format"), n.str("contentEncoding"); {
	case words != nil:
		s.Enum = r.enum(words, name, open)
	case n.get("const") != nil:
		s.Enum = r.enum(&node{at: n.at + "/const", kind: '[', items: []*node{n.get("const")}}, name, false)
	case format == "date-time":
		s.Kind = moment
	case encoding == "base64", format == "byte":
		s.Kind = binary
	case encoding != "", format == "binary":
		r.refuse(n, "text that is encoded as %q is not understood", encoding+format)
	}
}

func (r *reader) enum(words *node, name string, open bool) *enum {
	if e := r.words[words]; e != nil {
		return e
	}
	e := &enum{Name: name, Words: words.list(), Open: open}
	r.words[words] = e
	for _, word := range words.items {
		if word.kind != '"' {
			r.refuse(word, "a word of an enum that is no text")
		}
	}
	if len(e.Words) == 0 {
		r.refuse(words, "an enum without words")
	}
	r.enums = append(r.enums, e)
	return e
}

// reference reads a schema that is somewhere else. A structure gets the name that it has there.
func (r *reader) reference(n *node, ref string, request bool) *shape {
	name, ok := strings.CutPrefix(ref, "#/components/schemas/")
	target := r.root.get("components", "schemas", unescape(name))
	if !ok || target == nil {
		r.refuse(n, "$ref %q leads nowhere in this document; references are to #/components/schemas/…", ref)
		return &shape{}
	}
	for keyword := range n.all() {
		if keyword != "$ref" && keyword != "description" && keyword != "title" && !strings.HasPrefix(keyword, "x-") {
			r.refuse(n.get(keyword), "%s beside $ref is not understood", keyword)
		}
	}
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
	return r.shape(target, unescape(name), request)
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
func (r *reader) structure(s *shape, n *node, name string, request bool) {
	more := n.get("additionalProperties")
	if more != nil && more.kind == '{' {
		if n.get("properties") != nil {
			r.refuse(more, "an object that has properties and others of one type is not understood")
		}
		s.Kind, s.Elem = table, r.shape(more, name+" value", request)
		return
	}
	if more.is("true") {
		r.refuse(more, "an object of anything is not understood")
	}
	o := &object{Name: name, Doc: n.str("description"), Request: request}
	s.Kind, s.Object = structure, o
	r.seen[n] = s
	r.objects = append(r.objects, o)
	o.Fields = r.fields(n, name, request)
	o.OneOf = r.oneOf(n, o)
}

// oneOf reports whether exactly one property is there: Go writes that as a struct of pointers.
func (r *reader) oneOf(n *node, o *object) bool {
	alternatives := n.get("oneOf")
	if alternatives == nil {
		return len(o.Fields) > 1 && n.is("1", "minProperties") && n.is("1", "maxProperties")
	}
	var names []string
	for _, a := range alternatives.items {
		names = append(names, a.list("required")...)
		if required := a.get("required"); required == nil || len(required.items) != 1 || len(a.names) != 1 {
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
func (r *reader) fields(n *node, name string, request bool) (fields []*field) {
	required := n.list("required")
	for property, schema := range n.get("properties").all() {
		f := r.field(schema, property, name, request)
		f.Required = slices.Contains(required, property)
		fields = append(fields, f)
	}
	for _, property := range required {
		if n.get("properties", property) == nil {
			r.refuse(n.get("required"), "%q is required and is no property", property)
		}
	}
	return fields
}

func (r *reader) field(schema *node, name, owner string, request bool) *field {
	if schema.kind != '{' {
		r.refuse(schema, "a schema that is no object is not understood")
	}
	s := r.shape(schema, owner+" "+name, request)
	return &field{Name: name, GoName: schema.str("x-go-name"), Doc: schema.str("description"), Shape: s, HasZero: hasZero(s, schema)}
}

// hasZero reports whether "", 0 or false is a value that may be sent.
func hasZero(s *shape, n *node) bool {
	least := n.get("minimum")
	if s.Kind == text {
		least = n.get("minLength")
	}
	switch {
	case s.Enum != nil && !s.Enum.Open:
		return slices.Contains(s.Enum.Words, "")
	case least != nil && least.kind == 'n' && least.text != "0" && !strings.HasPrefix(least.text, "-"):
		return false
	}
	return true
}

// onlyKnown refuses what is not among known, extensions apart.
func (r *reader) onlyKnown(n *node, known []string) {
	for keyword, value := range n.all() {
		if !slices.Contains(known, keyword) && !strings.HasPrefix(keyword, "x-") {
			r.refuse(value, "%s is not understood here", keyword)
		}
	}
}

// refuse notes that the document has something at n for which a client cannot be right.
func (r *reader) refuse(n *node, format string, args ...any) {
	if len(r.refused) < 10 {
		r.refused = append(r.refused, fmt.Errorf("%s: "+format, append([]any{n.at}, args...)...))
	}
}

func unescape(name string) string {
	return strings.NewReplacer("~1", "/", "~0", "~").Replace(name)
}
