package page

import (
	"fmt"
	"html"
	"html/template"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Field is one question of a form on its way to the page: a template pipes it from [Form.Field] through hint and
// attr to the kind of control.
//
//	{{.Form.Field "email" "Email address" | hint "Only to answer you." | attr "autocomplete" "email" | input "email"}}
//	{{.Form.Field "body" "How can we help?" | area 8}}
//	{{.Form.Field "team" "Team" | choose .Teams}}    one of a list
//	{{.Form.Field "kind" "Kind" | radios .Kinds}}    one of a few, all visible
//	{{.Form.Field "copy" "Send me a copy" | check}}  yes ("on") or no
type Field struct {
	Name, Label, Hint string
	Value, Error      string
	Kind              string // "area", "choose", "radios", "check" or a type of input
	Rows              int
	Options           []Option
	Attributes        []template.HTMLAttr
}

// Option is one answer to choose: what is sent and what is read.
type Option struct{ Value, Text string }

// Field starts the field of that name: with what was typed and what is wrong with it.
func (f *Form) Field(name, label string) Field {
	field := Field{Name: name, Label: label, Error: f.Error(name)}
	if values := f.All(name); len(values) > 0 {
		field.Value = values[0]
	}
	return field
}

// Summary is the list of what is wrong, linked to the fields, for the top of the page; nothing if all is well.
func (f *Form) Summary() (template.HTML, error) {
	if f.OK() {
		return "", nil
	}
	return component("problems", f.Problems())
}

// ID is the id of the control, which the summary links to.
func (f Field) ID() string { return fieldID(f.Name) }

// Describes lists the ids of hint and error, for aria-describedby.
func (f Field) Describes() string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.ID()+"-hint")
	}
	if f.Error != "" {
		ids = append(ids, f.ID()+"-error")
	}
	return strings.Join(ids, " ")
}

// HTML renders the field.
func (f Field) HTML() (template.HTML, error) { return component("field", f) }

func fieldID(name string) string { return "field-" + name }

func hint(text string, f Field) Field {
	f.Hint = text
	return f
}

var attributeName = regexp.MustCompile(`^[a-z][a-z0-9:-]*$`)

// attr adds an attribute to the control. Those that carry code or style are refused, as the policy would.
func attr(name, value string, f Field) (Field, error) {
	bad := strings.HasPrefix(name, "on") || strings.HasPrefix(name, "hx-on") || name == "style"
	if bad || !attributeName.MatchString(name) {
		return f, fmt.Errorf("attr %q: a field takes plain attributes and hx-… ones, no code and no style", name)
	}
	text := template.HTMLAttr(name + `="` + html.EscapeString(value) + `"`) //nolint:gosec // name is checked, value escaped
	f.Attributes = append(slices.Clip(f.Attributes), text)
	return f, nil
}

func input(kind string, f Field) (template.HTML, error) {
	f.Kind = kind
	if kind == "password" {
		f.Value = "" // never sent back
	}
	return f.HTML()
}

func area(rows int, f Field) (template.HTML, error) {
	f.Kind, f.Rows = "area", rows
	return f.HTML()
}

func choose(options []Option, f Field) (template.HTML, error) {
	f.Kind, f.Options = "choose", options
	return f.HTML()
}

func radios(options []Option, f Field) (template.HTML, error) {
	f.Kind, f.Options = "radios", options
	return f.HTML()
}

func check(f Field) (template.HTML, error) {
	f.Kind = "check"
	return f.HTML()
}

var components = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").Funcs(template.FuncMap{"fieldid": fieldID, "icon": icon}).ParseFS(layouts, "templates/form.html"))
})

func component(name string, data any) (template.HTML, error) {
	var b strings.Builder
	err := components().ExecuteTemplate(&b, name, data)
	return template.HTML(b.String()), err //nolint:gosec // comes out of html/template
}
