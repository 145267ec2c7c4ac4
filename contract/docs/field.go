package docs

import (
	"encoding/json"
	"html/template"
	"slices"
	"strings"
)

// field is a value with a name, as the page shows it: a field of a body, a parameter, a header.
type field struct {
	ID         string // of the element, for links to it
	Name       string
	Type       string // in words: "list of integers"
	TypeLink   string // fragment of the named type it is made of; "" where it has none
	Required   bool   // in a request
	Optional   bool   // in an answer: whether it may be missing
	Deprecated bool
	Text       template.HTML // what the contract says of it
	Limits     []string      // constraints in words
	Values     []string      // the values that there are
	Open       bool          // whether further values may come
	Fields     []field       // of an object, or of the objects in a list
	Input      input
}

// resolve follows a reference, and puts together what allOf lists. The name is that of the component, or "".
func (d *document) resolve(s *schema) (*schema, string) { return d.resolveTo(s, 20) }

// resolveTo follows so many references: those that go round in a circle end.
func (d *document) resolveTo(s *schema, depth int) (*schema, string) {
	name := ""
	if s == nil {
		s = new(schema)
	}
	for ; depth > 0; depth-- {
		reference, ok := strings.CutPrefix(s.Ref, "#/components/schemas/")
		target := d.Components.Schemas.get(reference)
		if !ok || target == nil {
			break
		}
		s, name = target, reference
	}
	if value := s.orNull(); value != nil && depth > 0 {
		return d.resolveTo(value, depth-1)
	}
	if len(s.AllOf) == 0 || depth <= 0 {
		return s, name
	}
	whole := *s
	whole.AllOf = nil
	for _, part := range s.AllOf {
		p, partName := d.resolveTo(part, depth-1)
		if name == "" {
			name = partName
		}
		if len(whole.Type) == 0 {
			whole.Type = p.Type
		}
		whole.Required = append(whole.Required, p.Required...)
		for _, m := range p.Properties {
			if whole.Properties.get(m.name) == nil {
				whole.Properties = append(whole.Properties, m)
			}
		}
	}
	return &whole, name
}

// fields returns the fields of an object. within lists the named types that are open already: a type that contains itself is shown once.
func (d *document) fields(id string, s *schema, within []string) []field {
	s, name := d.resolve(s)
	if name != "" {
		if slices.Contains(within, name) {
			return nil
		}
		within = append(slices.Clone(within), name)
	}
	var all []field
	for _, m := range s.Properties {
		all = append(all, d.field(id, m.name, m.value, slices.Contains(s.Required, m.name), within))
	}
	isLater := func(f field) int { // what is required comes first
		if f.Required {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(all, func(a, b field) int { return isLater(a) - isLater(b) })
	if string(s.AdditionalProperties) != "false" { // requests are closed, answers are open
		for i := range all {
			all[i].Required, all[i].Optional = false, !all[i].Required
		}
	}
	return all
}

// orNull returns what a value is unless it is null, where that is how the schema is put; else nil.
func (s *schema) orNull() *schema {
	if len(s.AnyOf) != 2 || !s.AnyOf[1].is("null") {
		return nil
	}
	return s.AnyOf[0]
}

func (d *document) field(parent, name string, s *schema, required bool, within []string) field {
	f := field{ID: parent + "." + name, Name: name, Required: required}
	target, _ := d.resolve(s)
	if s != nil {
		f.Text, f.Deprecated = d.prose(s.Description), s.Deprecated || target.Deprecated
	}
	f.Type, f.TypeLink = d.typeName(s, false)
	f.Limits = target.words()
	f.Values, f.Open = values(target)
	if f.Values == nil && target.Items != nil {
		item, _ := d.resolve(target.Items)
		f.Values, f.Open = values(item)
	}
	f.Fields = d.fields(f.ID, d.innermost(s), within)
	f.Input = d.input(f, target)
	return f
}

// innermost returns what lists and maps are made of in the end.
func (d *document) innermost(s *schema) *schema {
	for range 20 {
		target, _ := d.resolve(s)
		switch additional := target.additional(); {
		case target.Items != nil:
			s = target.Items
		case additional != nil:
			s = additional
		default:
			return s
		}
	}
	return s
}

// additional returns the schema of the values of a map, or nil.
func (s *schema) additional() *schema {
	var values schema
	if len(s.Properties) > 0 || !strings.HasPrefix(string(s.AdditionalProperties), "{") || json.Unmarshal(s.AdditionalProperties, &values) != nil {
		return nil
	}
	return &values
}

// typeName says in words what a value is, and which named type it is made of.
func (d *document) typeName(s *schema, many bool) (words, link string) {
	target, name := d.resolve(s)
	plural := func(one, several string) string {
		if many {
			return several
		}
		return one
	}
	additional := target.additional()
	switch {
	case target.Items != nil:
		words, link = d.typeName(target.Items, true)
		return plural("list of ", "lists of ") + words, link
	case additional != nil:
		words, link = d.typeName(additional, true)
		return plural("map of ", "maps of ") + words, link
	case target.is("object") || len(target.Properties) > 0:
		if name == "" {
			return plural("object", "objects"), ""
		}
		return name, "type-" + name
	case target.is("integer"):
		return plural("integer", "integers"), ""
	case target.is("number"):
		return plural("number", "numbers"), ""
	case target.is("boolean"):
		return plural("true or false", "true or false"), ""
	case target.Format == "date-time":
		return plural("time", "times"), ""
	case target.ContentEncoding != "":
		return plural("bytes in ", "bytes in ") + target.ContentEncoding, ""
	case len(target.Type) == 0:
		return plural("any value", "any values"), ""
	}
	return plural("text", "texts"), ""
}

// alternatives returns the fields of which there is exactly one, or nil.
func (s *schema) alternatives() (fields []string) {
	for _, one := range s.OneOf {
		if len(one.Required) != 1 {
			return nil
		}
		fields = append(fields, one.Required[0])
	}
	return fields
}

// values returns the values that the contract lists, and whether there may be others.
func values(s *schema) (list []string, open bool) {
	for _, v := range s.Enum {
		list = append(list, bare(v))
	}
	if s.Const != nil {
		list = append(list, bare(s.Const))
	}
	if s.Known != nil {
		return s.Known, true
	}
	return list, false
}

// bare returns a JSON value without the quotes of a text.
func bare(v json.RawMessage) string {
	var text string
	if json.Unmarshal(v, &text) == nil {
		return text
	}
	return string(v)
}

// words says the constraints of s in words.
func (s *schema) words() []string {
	var all []string
	span := func(least, most json.Number, one, many string) {
		unit := many
		if most == "1" || most == "" && least == "1" {
			unit = one
		}
		switch {
		case least != "" && most != "":
			all = append(all, least.String()+" to "+most.String()+unit)
		case least != "":
			all = append(all, "at least "+least.String()+unit)
		case most != "":
			all = append(all, "at most "+most.String()+unit)
		}
	}
	span(s.MinLength, s.MaxLength, " character", " characters")
	span(s.Minimum, s.Maximum, "", "")
	span(s.MinItems, s.MaxItems, " item", " items")
	span(s.MinProperties, s.MaxProperties, " entry", " entries")
	for _, one := range []struct{ words, value string }{
		{"more than ", s.ExclusiveMinimum.String()},
		{"less than ", s.ExclusiveMaximum.String()},
		{"a multiple of ", s.MultipleOf.String()},
		{"matches ", s.Pattern},
		{"default ", string(s.Default)},
	} {
		if one.value != "" {
			all = append(all, one.words+one.value)
		}
	}
	if fields := s.alternatives(); fields != nil {
		all = append(all, "exactly one of "+strings.Join(fields, ", "))
	}
	if s.UniqueItems {
		all = append(all, "no item twice")
	}
	switch {
	case s.Format == "date-time":
		all = append(all, "RFC 3339")
	case s.Format != "" && s.Format != "double":
		all = append(all, s.Format)
	}
	return all
}
