package docs

import "strings"

// input is how a value is given in a form to try an endpoint.
type input struct {
	Kind    string   // "text", "number", "area", "choose", "json"; "" where it cannot be given
	Place   string   // path, query, header or body
	As      string   // how it is written as JSON: text, number, boolean, list, numbers, json
	Value   string   // what stands in it at first
	Options []string // to choose from
	Plain   bool     // whether a form without JavaScript can carry it
}

// input returns how f is given; s is its schema.
func (d *document) input(f field, s *schema) input {
	in := input{Kind: "text", As: "text", Plain: true, Place: "body"}
	if f.Required {
		in.Value = bare(d.example(f.Name, s, false))
	}
	switch {
	case len(s.Enum) > 0:
		in.Kind, in.Options = "choose", f.Values
	case s.is("boolean"):
		in.Kind, in.As, in.Options = "choose", "boolean", []string{"true", "false"}
	case s.is("integer"), s.is("number"):
		in.Kind, in.As = "number", "number"
	case s.Items != nil:
		in.list(d, s, f)
	case s.is("object") || len(s.Properties) > 0 || len(s.Type) == 0:
		in.Kind, in.As, in.Plain = "json", "json", false
		if f.Required {
			in.Value = pretty(d.example(f.Name, s, false))
		}
	case limit(s.MaxLength) > 300:
		in.Kind = "area"
	}
	return in
}

// list: values that fit on a line are given one a line, others as JSON.
func (in *input) list(d *document, s *schema, f field) {
	item, _ := d.resolve(s.Items)
	in.Kind, in.As, in.Value = "area", "list", ""
	switch {
	case item.is("integer"), item.is("number"):
		in.As = "numbers"
	case !item.is("string"):
		in.Kind, in.As, in.Plain = "json", "json", false
		if f.Required {
			in.Value = pretty(d.example(f.Name, s, false))
		}
	}
}

// Hint says how a list is typed.
func (in input) Hint() string {
	switch {
	case in.As == "list" || in.As == "numbers":
		return "one a line"
	case in.Kind == "json":
		return "as JSON"
	}
	return ""
}

// Rows is how high an area is.
func (in input) Rows() int { return min(max(2, strings.Count(in.Value, "\n")+1), 12) }
