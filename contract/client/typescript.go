package client

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// typeScriptClient fills the template of TypeScript. Fields are called as on the wire; only headers have names of their own.
type typeScriptClient struct{ named }

func writeTypeScript(c *contract) (File, error) {
	d := dialect{
		suffix: "_",
		types: strings.Fields(`Client Call Endpoint ServiceError UnexpectedError Settings CallOptions Shape Field Events Array Object Promise Error Record Response Headers Number String
			RegExp Date Map Set URL JSON Math AbortSignal`),
		members: []string{"constructor"},
		failure: func(code string) string {
			if name := pascal(code) + "Error"; name != "RangeError" && name != "TypeError" && name != "SyntaxError" {
				return name
			}
			return "Service" + pascal(code) + "Error"
		},
		typeName: pascal,
		method:   camel,
		field: func(f *field) string {
			switch f.Place {
			case inHeader:
				if strings.EqualFold(f.Name, "etag") {
					return "etag"
				}
				return camel(f.Name)
			case inStatus:
				return "httpStatus"
			}
			return f.Name
		},
	}
	for _, o := range c.Objects {
		for _, f := range o.Fields {
			if f.Name == "__proto__" {
				return File{}, fmt.Errorf("no TypeScript can be made of it: %s has a field __proto__, which JavaScript takes for something else", o.Name)
			}
		}
	}
	text, err := fill("client.ts.tmpl", typeScriptClient{d.name(c)})
	return File{c.Package + ".ts", text}, err
}

// TS returns the type of a value.
func (t typeScriptClient) TS(s *shape) string {
	name := map[kind]string{text: "string", integer: "number", float: "number", boolean: "boolean", moment: "string", binary: "string"}[s.Kind]
	switch s.Kind {
	case text:
		if s.Enum != nil {
			name = t.Union(s.Enum)
		}
	case list:
		name = "Array<" + t.TS(s.Elem) + ">"
	case table:
		name = "Record<string, " + t.TS(s.Elem) + ">"
	case structure:
		name = t.Type(s.Object)
	}
	if s.Null {
		return name + " | null"
	}
	return name
}

// Union returns the words of an enum as a type.
func (t typeScriptClient) Union(e *enum) string {
	var words []string
	for _, word := range e.Words {
		words = append(words, t.Quote(word))
	}
	if e.Open {
		words = append(words, "(string & {})")
	}
	return strings.Join(words, " | ")
}

// Property returns the name of a field as a property.
func (t typeScriptClient) Property(f *field) string { return property(t.Field(f)) }

// Get returns the expression of a field of the request.
func (t typeScriptClient) Get(f *field) string {
	if name := t.Field(f); property(name) == name {
		return "request." + name
	}
	return "request[" + t.Quote(t.Field(f)) + "]"
}

func property(name string) string {
	if regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`).MatchString(name) {
		return name
	}
	return quoteJS(name)
}

// Shape returns how a value is checked.
func (t typeScriptClient) Shape(s *shape) string {
	name := map[kind]string{text: "'string'", integer: "'integer'", float: "'number'", boolean: "'boolean'", moment: "'string'", binary: "'string'"}[s.Kind]
	switch s.Kind {
	case list:
		name = "{ list: " + t.Shape(s.Elem) + " }"
	case table:
		name = "{ map: " + t.Shape(s.Elem) + " }"
	case structure:
		name = "{ type: " + t.Quote(t.Type(s.Object)) + " }"
	}
	if s.Null {
		return "{ null: " + name + " }"
	}
	return name
}

// Key returns the name of a field in the table of shapes.
func (t typeScriptClient) Key(f *field) string {
	if f.Required {
		return quoteJS(t.Field(f))
	}
	return quoteJS(t.Field(f) + "?")
}

// Optional reports whether a request may be left out.
func (t typeScriptClient) Optional(o *object) bool {
	for _, f := range o.Fields {
		if f.Required {
			return false
		}
	}
	return true
}

// Docs returns a text for a comment.
func (t typeScriptClient) Docs(before, doc string) string {
	return t.Lines(before, strings.ReplaceAll(doc, "*/", "* /"))
}

// Quote returns a text as JavaScript has it.
func (t typeScriptClient) Quote(text string) string { return quoteJS(text) }

func quoteJS(text string) string {
	quoted := strconv.QuoteToASCII(text)
	quoted = strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
	return "'" + strings.ReplaceAll(quoted, "'", `\'`) + "'"
}
