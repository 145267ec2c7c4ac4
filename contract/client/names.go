package client

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spinoff-go/spinoff/internal/snake"
)

// words takes a name of the wire apart: "NewQuestion", "new_question" and "new-question" are all new, question.
func words(name string) []string {
	return strings.FieldsFunc(snake.Case(name), func(c rune) bool { return (c < 'a' || c > 'z') && (c < '0' || c > '9') })
}

// snaked returns a name as Python has those of variables: "new_question".
func snaked(name string) string { return beginning("x", strings.Join(words(name), "_")) }

// pascal returns a name as types are called: "NewQuestion". One that is written like that already stays as it is.
func pascal(name string) string {
	if regexp.MustCompile(`^[A-Z][A-Za-z0-9]*$`).MatchString(name) {
		return name
	}
	var b strings.Builder
	for part := range strings.FieldsSeq(name) {
		if regexp.MustCompile(`^[A-Z][A-Za-z0-9]*$`).MatchString(part) { // "NewQuestion item"
			b.WriteString(part)
			continue
		}
		for _, word := range words(part) {
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return beginning("X", b.String())
}

// camel returns a name as JavaScript has those of variables: "newQuestion".
func camel(name string) string {
	name = pascal(name)
	return strings.ToLower(name[:1]) + name[1:]
}

// beginning puts letter before a name that begins with none.
func beginning(letter, name string) string {
	if name == "" || name[0] >= '0' && name[0] <= '9' {
		return letter + name
	}
	return name
}

// headerName returns a header's name in lower case: "if_match", "etag".
func headerName(name string) string {
	return strings.ReplaceAll(strings.ToLower(name), "-", "_")
}

// scope is a set of names no two of which are the same.
type scope map[string]bool

func newScope(taken ...string) scope {
	s := scope{}
	for _, name := range taken {
		s[name] = true
	}
	return s
}

// take returns name, or one like it where that is taken already: class_, class_2.
func (s scope) take(name, suffix string) string {
	free := name
	for i := 1; s[free]; i++ {
		free = name + suffix
		if i > 1 {
			free += strconv.Itoa(i)
		}
	}
	s[free] = true
	return free
}

// dialect says how a language calls things.
type dialect struct {
	suffix   string // added to a name that is taken
	types    []string
	members  []string
	keywords []string
	failure  func(code string) string
	typeName func(name string) string
	method   func(id string) string
	field    func(f *field) string
}

// named is a contract with the names that a language gives.
type named struct {
	*contract
	dialect
	typeNames    map[any]string // *object, *enum, *failure
	endpointName map[*endpoint]string
	fieldNames   map[*field]string
	scope        scope // of the types
}

// name names everything in a contract, the same every time.
func (d dialect) name(c *contract) named {
	n := named{c, d, map[any]string{}, map[*endpoint]string{}, map[*field]string{}, newScope(d.types...)}
	for _, f := range c.Failures {
		n.typeNames[f] = n.scope.take(d.failure(c.short(f)), d.suffix)
	}
	for _, o := range c.Objects {
		n.typeNames[o] = n.scope.take(d.typeName(o.Name), d.suffix)
		fields := newScope(d.keywords...)
		for _, f := range o.Fields {
			n.fieldNames[f] = fields.take(d.field(f), d.suffix)
		}
	}
	for _, e := range c.Enums {
		n.typeNames[e] = n.scope.take(d.typeName(e.Name), d.suffix)
	}
	methods := newScope(slices.Concat(d.keywords, d.members)...)
	for _, e := range c.Endpoints {
		n.endpointName[e] = methods.take(d.method(e.ID), d.suffix)
	}
	return n
}

// short returns a code without the name of the service: "not_found" for "faq.not_found".
func (c *contract) short(f *failure) string { return strings.TrimPrefix(f.Code, c.Name+".") }

// Type returns the name of an object, an enum or a failure.
func (n named) Type(of any) string { return n.typeNames[of] }

// Method returns the name of an endpoint.
func (n named) Method(e *endpoint) string { return n.endpointName[e] }

// Field returns the name of a field.
func (n named) Field(f *field) string { return n.fieldNames[f] }

// link is a name in a comment of Go: [Entry], and errors, which have other names elsewhere.
var link = regexp.MustCompile(`\[[A-Z][\w.]*\]|\bErr[A-Z]\w*`)

// text returns what a document says for people, with the names of failures as the language has them.
func (n named) text(doc string) string {
	doc = link.ReplaceAllStringFunc(doc, func(name string) string {
		bare := strings.Trim(name, "[]")
		if strings.HasPrefix(bare, "Client.") {
			return name
		}
		for _, f := range n.Failures {
			if "Err"+pascal(n.short(f)) == bare {
				return n.typeNames[f]
			}
		}
		return bare
	})
	return strings.Join(strings.Fields(doc), " ")
}

// About returns what is said of something that is called name here and original in the document: a sentence that begins with name.
func (n named) About(name, original, otherwise, doc string) string {
	first, rest, _ := strings.Cut(doc, " ")
	switch {
	case doc == "":
		return name + " " + otherwise
	case strings.Join(words(first), "") == strings.Join(words(original), ""):
		return name + " " + rest
	case strings.HasPrefix(doc, "is "):
		return name + " " + doc
	}
	return name + " " + otherwise + " " + doc
}

// Lines returns a text as lines that begin with before and are at most 100 characters long.
func (n named) Lines(before, doc string) string {
	var b strings.Builder
	length := 0
	for word := range strings.FieldsSeq(n.text(doc)) {
		switch {
		case length == 0:
			b.WriteString(before)
		case length+1+len(word) > 100:
			b.WriteString("\n" + before)
			length = 0
		default:
			b.WriteByte(' ')
			length++
		}
		b.WriteString(word)
		length += len(word)
	}
	return b.String()
}

// Place selects the fields of an object that travel in one place: "body", "path", "query", "header", "status".
func (n named) Place(name string, o *object) (fields []*field) {
	for _, f := range o.Fields {
		if f.Place == map[string]place{"body": inBody, "path": inPath, "query": inQuery, "header": inHeader, "status": inStatus}[name] {
			fields = append(fields, f)
		}
	}
	return fields
}

// Requests returns which objects are requests of an endpoint.
func (n named) Requests() map[*object]bool {
	requests := map[*object]bool{}
	for _, e := range n.Endpoints {
		requests[e.Request] = true
	}
	return requests
}

// Shared returns the objects that are no request of an endpoint.
func (n named) Shared() []*object {
	requests := n.Requests()
	return slices.DeleteFunc(slices.Clone(n.Objects), func(o *object) bool { return requests[o] })
}
