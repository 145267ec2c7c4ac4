package shape

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"github.com/spinoff-go/spinoff"
)

// Message is a request or an answer: a struct whose fields travel in the body, the path, the query, headers and the status.
// It is immutable and safe for concurrent use.
type Message struct {
	*Type
	InBody bool   // whether the Body fields travel in the body; else they travel in the query
	status *Field // the field that holds the status of an answer; nil where it is fixed

	LinkHeaders []string // headers of an answer that links travel in
	linked      bool     // there are links in an answer
}

// Request compiles the request of an operation.
func Request(op spinoff.Operation) (*Message, error) {
	m, err := message(op.In)
	if err != nil {
		return nil, err
	}
	m.InBody = op.Method() != http.MethodGet && op.Method() != http.MethodDelete
	for segment := range strings.SplitSeq(op.Path(), "/") {
		name, isParameter := strings.CutPrefix(segment, "{")
		if !isParameter {
			continue
		}
		name = strings.TrimSuffix(name, "}")
		i, known := m.byName[name]
		if !known {
			return nil, fmt.Errorf("%s has no field %q for the parameter in the path %q", op.In, name, op.Path())
		}
		f := &m.Fields[i]
		if k := f.Type.Kind; k != String && k != Int && k != Uint {
			return nil, fmt.Errorf("%s.%s travels in the path %q and must be text or an integer", op.In, f.GoName, op.Path())
		}
		f.Place, f.Optional = Path, false
		delete(m.byName, name)
		m.needed &^= 1 << i
	}
	for _, f := range m.Fields {
		if f.Place == Status {
			return nil, fmt.Errorf("%s.%s is a status, and a request has none", op.In, f.GoName)
		}
		if f.Place == Body && !m.InBody && !f.Flat() {
			return nil, fmt.Errorf("%s.%s travels in the query of %q and must be plain or a list of plain values", op.In, f.GoName, op.Route)
		}
	}
	m.admit = m.structure() // the fields in the path have rules of their own
	return m, nil
}

// Answer compiles the answer of an operation.
func Answer(op spinoff.Operation) (*Message, error) {
	m, err := message(op.Out)
	if err != nil {
		return nil, err
	}
	if err := m.zeroHolds(map[*Type]bool{}); err != nil {
		return nil, err
	}
	m.InBody = len(m.byName) > 0
	m.linked, m.LinkHeaders = m.hasLink(map[*Type]bool{}), m.linkHeaders()
	for i := range m.Fields {
		if m.Fields[i].Place == Status {
			m.status = &m.Fields[i]
		}
	}
	return m, nil
}

// Event compiles the data of a topic. It is all body. Unlike an answer, which may be what a provider left out, an event is written by somebody, so that its
// constraints may refuse the zero value.
func Event(t reflect.Type) (*Message, error) {
	m, err := message(t)
	if err != nil {
		return nil, err
	}
	for _, f := range m.Fields {
		if f.Place != Body {
			return nil, fmt.Errorf("%s.%s travels in a header or status, and an event has none", t, f.GoName)
		}
	}
	m.InBody = true
	return m, nil
}

// zeroHolds makes sure that the zero value of every struct in an answer keeps its constraints: what a provider leaves out must not break the contract.
func (t *Type) zeroHolds(seen map[*Type]bool) error {
	if t == nil || seen[t] {
		return nil
	}
	seen[t] = true
	if err := t.Elem.zeroHolds(seen); err != nil {
		return err
	}
	for i := range t.Fields {
		f := &t.Fields[i]
		if err := f.Type.zeroHolds(seen); err != nil {
			return err
		}
		check := f.onZero()
		if f.Optional || check == nil {
			continue
		}
		r := Report{check: true, owned: true}
		if check(reflect.New(f.Type.Go).UnsafePointer(), &r); r.faults != nil {
			return fmt.Errorf("%s.%s: its zero value %s, and an answer may have it: take the constraint away, make the field optional (omitempty or omitzero), "+
				"or write an enum that may grow as open=…", t.Go, f.GoName, r.faults[0].Detail)
		}
	}
	return nil
}

func message(t reflect.Type) (*Message, error) {
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("%s is not a struct; requests and answers are, so that they can gain fields later", t)
	}
	compiled, err := Of(t)
	return &Message{Type: compiled}, err
}

// Flat reports whether a field can travel in a query or form.
func (f *Field) Flat() bool {
	t := f.Type.base()
	if t.Kind == List {
		t = t.Elem
	}
	switch t.Kind {
	case Struct, Map, List, Pointer:
		return false
	}
	return true
}

// DecodeValues reads a form or a query into the zero value that pointer points to, and returns every fault.
// A key that is there several times is a list.
func (m *Message) DecodeValues(values url.Values, pointer any) []spinoff.Field {
	p := pointerOf(pointer)
	var faults []spinoff.Field
	wrongAt := func(pointer, code, detail string) {
		if len(faults) < maxFaults {
			faults = append(faults, spinoff.Field{Pointer: pointer, Code: code, Detail: detail})
		}
	}
	wrong := func(name, code, detail string) { wrongAt("#/"+escape(name), code, detail) }
	for i := range m.Fields {
		f := &m.Fields[i]
		texts, there := values[f.Name]
		switch {
		case f.Place != Body:
		case !there && !f.Optional && f.Type.Kind != Bool && f.Type.Kind != List:
			wrong(f.Name, "required", "is required: "+f.Type.expected())
		case !there, f.Optional && len(texts) == 1 && texts[0] == "": // an HTML form sends what was left blank
		case !f.Flat():
			wrong(f.Name, "type", "must be "+f.Type.expected()+", which a form cannot carry; send the request as JSON")
		case f.Type.Kind == List:
			for j, detail := range f.Type.parseList(texts, at(p, f.offset)) {
				wrongAt("#/"+escape(f.Name)+"/"+strconv.Itoa(j), "type", detail)
			}
		case len(texts) > 1:
			wrong(f.Name, "repeated", "is there "+strconv.Itoa(len(texts))+" times; it takes one value")
		default:
			if detail := f.Type.parsePlain(texts[0], at(p, f.offset)); detail != "" {
				wrong(f.Name, "type", detail)
			} else if zero := f.wrongZero(at(p, f.offset)); zero != nil {
				wrong(f.Name, zero[0].Code, zero[0].Detail)
			}
		}
	}
	for name := range values {
		if _, known := m.byName[name]; !known {
			wrong(name, "unknown", "is not a field of this request; there are "+strings.Join(m.names(), ", "))
		}
	}
	return faults
}

// parsePlain is parse for a type that may be a pointer.
func (t *Type) parsePlain(text string, p unsafe.Pointer) string {
	if t.Kind != Pointer {
		return t.parse(text, p)
	}
	target := reflect.New(t.Elem.Go)
	*(*unsafe.Pointer)(p) = target.UnsafePointer()
	return t.Elem.parse(text, target.UnsafePointer())
}

// parseList reads texts into the list at p, and returns what was expected by the index of the text that is not that.
func (t *Type) parseList(texts []string, p unsafe.Pointer) map[int]string {
	list := reflect.MakeSlice(t.Go, len(texts), len(texts))
	var wrong map[int]string
	for i, text := range texts {
		if detail := t.Elem.parse(text, list.Index(i).Addr().UnsafePointer()); detail != "" {
			if wrong == nil {
				wrong = map[int]string{}
			}
			wrong[i] = detail
		}
	}
	reflect.NewAt(t.Go, p).Elem().Set(list)
	return wrong
}

// DecodePath reads the parameters of the path into the value that pointer points to; value returns one by its name.
func (m *Message) DecodePath(value func(name string) string, pointer any) []spinoff.Field {
	return m.decode(Path, value, pointer)
}

// DecodeAll reads a request whose fields all are in one place, such as a command line: path, headers and body alike.
func (m *Message) DecodeAll(values url.Values, pointer any) []spinoff.Field {
	faults, rest := m.decodeOutside(values, pointer)
	return append(faults, m.DecodeValues(rest, pointer)...)
}

// DecodeWith reads a request whose body is JSON and whose other fields are values.
func (m *Message) DecodeWith(body io.Reader, values url.Values, pointer any) ([]spinoff.Field, error) {
	faults, rest := m.decodeOutside(values, pointer)
	for name := range rest {
		faults = append(faults, spinoff.Field{Pointer: "#/" + escape(name), Code: "unknown", Detail: "belongs into the JSON"})
	}
	more, err := m.Decode(body, pointer, true)
	return append(faults, more...), err
}

// decodeOutside reads the fields that do not travel in the body, and returns the values that are left.
func (m *Message) decodeOutside(values url.Values, pointer any) ([]spinoff.Field, url.Values) {
	rest := maps.Clone(values)
	var faults []spinoff.Field
	for i := range m.Fields {
		f := &m.Fields[i]
		if f.Place == Body {
			continue
		}
		delete(rest, f.Name)
		if texts := values[f.Name]; len(texts) > 0 {
			if detail := f.Type.parse(texts[0], at(pointerOf(pointer), f.offset)); detail != "" {
				faults = append(faults, spinoff.Field{Pointer: "#/" + escape(f.Name), Code: "type", Detail: detail})
			}
		} else if f.Place == Path {
			faults = append(faults, spinoff.Field{Pointer: "#/" + escape(f.Name), Code: "required", Detail: "is required: " + f.Type.expected()})
		}
	}
	return faults, rest
}

// DecodeHeader reads the fields that travel in headers into the value that pointer points to.
func (m *Message) DecodeHeader(h http.Header, pointer any) []spinoff.Field {
	return m.decode(Header, h.Get, pointer)
}

func (m *Message) decode(place Place, value func(name string) string, pointer any) []spinoff.Field {
	var faults []spinoff.Field
	for i := range m.Fields {
		f := &m.Fields[i]
		if f.Place != place {
			continue
		}
		text := value(f.Name)
		if text == "" && place == Header {
			continue
		}
		if detail := f.Type.parse(text, at(pointerOf(pointer), f.offset)); detail != "" {
			faults = append(faults, spinoff.Field{Pointer: "#/" + escape(f.Name), Code: "type", Detail: detail})
		}
	}
	return faults
}

// EncodeQuery returns the Body fields of the value that pointer points to as a query. Optional fields that are zero are left out.
func (m *Message) EncodeQuery(pointer any) url.Values {
	query := url.Values{}
	value := reflect.ValueOf(pointer).Elem()
	for i := range m.Fields {
		f, v := &m.Fields[i], value.Field(m.Fields[i].index)
		switch {
		case f.Place != Body || f.Optional && v.IsZero():
		case f.Type.Kind == List:
			for j := range v.Len() {
				query.Add(f.Name, f.Type.Elem.format(v.Index(j)))
			}
		case f.Type.Kind == Pointer:
			query.Set(f.Name, f.Type.Elem.format(v.Elem()))
		default:
			query.Set(f.Name, f.Type.format(v))
		}
	}
	return query
}

// EncodePath fills the parameters of path with the values of the request that pointer points to.
func (m *Message) EncodePath(path string, pointer any) string {
	value := reflect.ValueOf(pointer).Elem()
	for i := range m.Fields {
		if f := &m.Fields[i]; f.Place == Path {
			path = strings.Replace(path, "{"+f.Name+"}", url.PathEscape(f.Type.format(value.Field(f.index))), 1)
		}
	}
	return path
}

// EncodeHeader sets the fields that travel in headers.
func (m *Message) EncodeHeader(h http.Header, pointer any) {
	value := reflect.ValueOf(pointer).Elem()
	for i := range m.Fields {
		if f, v := &m.Fields[i], value.Field(m.Fields[i].index); f.Place == Header && !v.IsZero() {
			h.Set(f.Name, f.Type.format(v))
		}
	}
}

// format writes a plain value as forms and paths have it.
func (t *Type) format(v reflect.Value) string {
	switch t.Kind {
	case String:
		return v.String()
	case Int:
		return strconv.FormatInt(v.Int(), 10)
	case Uint:
		return strconv.FormatUint(v.Uint(), 10)
	case Float:
		return strconv.FormatFloat(v.Float(), 'g', -1, t.Go.Bits())
	case Bool:
		return strconv.FormatBool(v.Bool())
	}
	plain := reflect.New(t.Go) // a time or bytes
	plain.Elem().Set(v)
	return strings.Trim(string(t.append(nil, plain.UnsafePointer())), `"`)
}

// Status returns the HTTP status of the answer that pointer points to, after setting the field that holds it to its default where it is zero.
// A status that the contract does not list is a mistake of the provider.
func (m *Message) Status(pointer any) (int, error) {
	switch {
	case m.status != nil:
		status := (*int)(at(pointerOf(pointer), m.status.offset))
		if *status == 0 {
			*status = m.status.Rule.Statuses[0]
		}
		if !slices.Contains(m.status.Rule.Statuses, *status) {
			return 0, fmt.Errorf("%s.%s is %d, which the contract does not list", m.Go, m.status.GoName, *status)
		}
		return *status, nil
	case !m.InBody:
		return http.StatusNoContent, nil
	}
	return http.StatusOK, nil
}

// SetStatus sets the field that holds the HTTP status of the answer, where there is one.
func (m *Message) SetStatus(pointer any, status int) {
	if m.status != nil {
		*(*int)(at(pointerOf(pointer), m.status.offset)) = status
	}
}
