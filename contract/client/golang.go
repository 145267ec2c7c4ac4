package client

import (
	"fmt"
	"go/format"
	"slices"
	"strconv"
	"strings"
)

// goClient fills the template of Go.
type goClient struct{ named }

// initialisms are words that Go writes in capitals.
var initialisms = map[string]string{
	"etag": "ETag", "id": "ID", "ids": "IDs", "url": "URL", "uri": "URI", "http": "HTTP", "https": "HTTPS", "api": "API", "json": "JSON", "html": "HTML", "xml": "XML", "sql": "SQL",
	"uuid": "UUID", "ip": "IP", "utc": "UTC", "ttl": "TTL",
}

func writeGo(c *contract) (File, error) {
	d := dialect{
		suffix:   "Value",
		types:    []string{"Client", "New", "Error", "Field", "WithIdempotencyKey", "Ptr", "Variable", "ErrUnexpected"},
		members:  []string{"HTTP", "Log", "Timeout", "NoRetry"},
		keywords: []string{"MarshalJSON", "UnmarshalJSON"},
		failure:  func(code string) string { return "Err" + goName(code) },
		typeName: func(name string) string {
			if name = pascal(name); strings.ToUpper(name) == name {
				return name
			}
			return goName(name)
		},
		method: goName,
		field: func(f *field) string {
			switch {
			case f.GoName != "" && pascal(f.GoName) == f.GoName:
				return f.GoName
			case f.Place == inHeader:
				return goName(headerName(f.Name))
			}
			return goName(f.Name)
		},
	}
	text, err := fill("client.go.tmpl", goClient{d.name(c)})
	if err != nil {
		return File{}, err
	}
	formatted, err := format.Source(text)
	if err != nil {
		return File{}, fmt.Errorf("the client that was made is not Go: %w", err)
	}
	return File{c.Package + ".go", formatted}, nil
}

// goName returns a name as Go exports it: "LogID".
func goName(name string) string {
	var b strings.Builder
	for _, word := range words(name) {
		if known := initialisms[word]; known != "" {
			b.WriteString(known)
		} else {
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return beginning("X", b.String())
}

// Go returns the type of a value.
func (g goClient) Go(s *shape) string {
	null := ""
	if s.Null {
		null = "*"
	}
	switch s.Kind {
	case text:
		if s.Enum != nil {
			return null + g.Type(s.Enum)
		}
		return null + "string"
	case integer:
		return null + s.Format
	case float:
		return null + "float64"
	case boolean:
		return null + "bool"
	case moment:
		return null + "time.Time"
	case binary:
		return "[]byte"
	case list:
		return "[]" + g.Go(s.Elem)
	case table:
		return "map[string]" + g.Go(s.Elem)
	}
	return null + g.Type(s.Object)
}

// GoField returns the type of a field. An optional one is a pointer where its zero value could be meant.
func (g goClient) GoField(f *field) string {
	name := g.Go(f.Shape)
	plain := f.Shape.flat() && f.Shape.Kind != binary && f.Shape.Kind != moment
	if !f.Required && f.Place != inHeader && !strings.HasPrefix(name, "*") && (f.Shape.Kind == structure || plain && f.HasZero) {
		return "*" + name
	}
	return name
}

// Tag returns the tag of a field.
func (g goClient) Tag(f *field) string {
	switch {
	case f.Place != inBody:
		return "`json:\"-\"`"
	case f.Required:
		return "`json:" + strconv.Quote(f.Name) + "`"
	}
	return "`json:" + strconv.Quote(f.Name+",omitzero") + "`"
}

// Value returns the expression of a value that travels in the path, the query or a header.
func (g goClient) Value(f *field) string {
	value := "in." + g.Field(f)
	if !f.Required && f.Shape.Kind != list && f.Shape.Kind != binary {
		value = "given(" + value + ")"
	}
	return fmt.Sprintf("{%q, %s}", f.Name, value)
}

// Lists returns the fields that have to be written as [] or {} where they are nil.
func (g goClient) Lists(o *object) []*field {
	return slices.DeleteFunc(slices.Clone(o.Fields), func(f *field) bool {
		return f.Place != inBody || !f.Required || f.Shape.Null || f.Shape.Kind != list && f.Shape.Kind != table && f.Shape.Kind != binary
	})
}

// Words returns the constants of an enum with their words.
func (g goClient) Words(e *enum) (constants [][2]string) {
	for _, word := range e.Words {
		name := goName(word)
		if len(words(word)) == 0 {
			name = "Empty"
		}
		constants = append(constants, [2]string{g.scope.take(g.Type(e)+name, g.suffix), word})
	}
	return constants
}

// TopicName returns the name of the constant of a topic.
func (g goClient) TopicName(t topic) string {
	return g.scope.take("Topic"+goName(strings.TrimPrefix(t.Type, g.Service+".")), g.suffix)
}

// Duration returns milliseconds as a constant expression.
func (g goClient) Duration(ms int64) string {
	if ms%1000 == 0 {
		return fmt.Sprintf("%d * time.Second", ms/1000)
	}
	return fmt.Sprintf("%d * time.Millisecond", ms)
}

// Line returns a text as a comment at the end of a line.
func (g goClient) Line(doc string) string {
	if doc = g.text(doc); doc == "" {
		return ""
	}
	return "// " + doc
}

// objectOf is what the template of an object needs.
type objectOf struct {
	goClient
	Object *object
	Doc    string
}

// With pairs an object with what is said of it.
func (g goClient) With(o *object, doc string) objectOf { return objectOf{g, o, doc} }
