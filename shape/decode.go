package shape

import (
	"errors"
	"fmt"
	"io"
	"math/bits"
	"reflect"
	"strings"
	"sync"
	"unsafe"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spinoff-go/spinoff"
)

// Decode reads one JSON value from body into the zero value that pointer points to. It returns every fault at once, each with its
// JSON pointer and what was expected. strict is for requests: unknown fields are faults and required ones must be there;
// otherwise unknown fields are ignored and what is missing or null is zero. The error is for a body that is not one JSON value.
func (t *Type) Decode(body io.Reader, pointer any, strict bool) ([]spinoff.Field, error) {
	d := readers.Get().(*reader)
	d.Reset(body)
	d.faults, d.strict = nil, strict
	err := d.value(t, pointerOf(pointer))
	if err == nil {
		if _, end := d.ReadToken(); end == nil {
			err = errors.New("there is more after the end of the value")
		} else if !errors.Is(end, io.EOF) {
			err = end
		}
	}
	faults := d.faults
	d.Reset(nothing{}) // so that the pool does not hold the body
	readers.Put(d)
	if syntax, is := errors.AsType[*jsontext.SyntacticError](err); is {
		if errors.Is(err, jsontext.ErrDuplicateName) {
			where := "#" + string(syntax.JSONPointer)
			return append(faults, spinoff.Field{Pointer: where, Code: "repeated", Detail: "is there twice"}), nil
		}
		err = fmt.Errorf("at byte %d: %w", syntax.ByteOffset, syntax.Err)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("it ends too early; a JSON object was expected")
	}
	return faults, err
}

// nothing is a reader without content.
type nothing struct{}

func (nothing) Read([]byte) (int, error) { return 0, io.EOF }

// reader reads JSON into memory. Its methods return an error when the JSON itself is broken, and report faults otherwise.
type reader struct {
	*jsontext.Decoder
	Report
}

var readers = sync.Pool{New: func() any { return &reader{Decoder: jsontext.NewDecoder(nothing{})} }}

// wrong reports that the value just read, or about to be skipped, is not what was expected.
func (d *reader) wrong(code, detail string) { d.wrongAt("", code, detail) }

// wrongAt is wrong for a value inside of that one.
func (d *reader) wrongAt(pointer, code, detail string) {
	if len(d.faults) < maxFaults {
		d.faults = append(d.faults, spinoff.Field{Pointer: "#" + string(d.StackPointer()) + pointer, Code: code, Detail: detail})
	}
}

// mismatch skips a value of the wrong kind.
func (d *reader) mismatch(t *Type) error {
	kind := d.PeekKind()
	if err := d.SkipValue(); err != nil {
		return err
	}
	if kind == 'n' && !d.strict {
		return nil
	}
	detail := "must be " + t.expected() + ", not " + kindName(kind)
	if kind == 'n' {
		detail += "; leave it out where there is none"
	}
	d.wrong("type", detail)
	return nil
}

func kindName(k jsontext.Kind) string {
	switch k {
	case 'n':
		return "null"
	case '"':
		return "text"
	case '0':
		return "a number"
	case '{':
		return "an object"
	case '[':
		return "a list"
	}
	return "true or false"
}

// expected says in words what JSON a value of type t is.
func (t *Type) expected() string {
	switch t.Kind {
	case String:
		return "text"
	case Int, Uint:
		return "a whole number"
	case Float:
		return "a number"
	case Bool:
		return "true or false"
	case Bytes:
		return "text in base64"
	case Time:
		return "a time such as 2026-01-31T09:00:00Z"
	case List:
		return "a list"
	case Pointer:
		return t.Elem.expected()
	}
	return "an object"
}

// value reads the next value into the zero value at p.
func (d *reader) value(t *Type, p unsafe.Pointer) error {
	kind := d.PeekKind()
	switch {
	case kind == 0: // broken; reading says how
		_, err := d.ReadToken()
		return err
	case t.Kind == Pointer:
		if kind == 'n' {
			return d.SkipValue()
		}
		target := reflect.New(t.Elem.Go)
		*(*unsafe.Pointer)(p) = target.UnsafePointer()
		return d.value(t.Elem, target.UnsafePointer())
	case t.Kind == Struct && kind == '{':
		return d.structure(t, p)
	case t.Kind == Map && kind == '{':
		return d.table(t, p)
	case t.Kind == List && kind == '[':
		return d.list(t, p)
	case t.Kind == Bool && (kind == 't' || kind == 'f'):
		token, err := d.ReadToken()
		*(*bool)(p) = err == nil && token.Bool()
		return err
	case kind == '0' && (t.Kind == Int || t.Kind == Uint || t.Kind == Float):
		digits, err := d.ReadValue()
		if err != nil {
			return err
		}
		if detail := t.parseNumber(string(digits), p); detail != "" { // a string that does not escape is no allocation
			d.wrong("type", detail)
		}
		return nil
	case kind == '"' && (t.Kind == String || t.Kind == Time || t.Kind == Bytes):
		token, err := d.ReadToken()
		if err != nil {
			return err
		}
		if detail := t.parse(token.String(), p); detail != "" {
			d.wrong("type", detail)
		}
		return nil
	}
	return d.mismatch(t)
}

func (d *reader) structure(t *Type, p unsafe.Pointer) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	var seen uint64
	for d.PeekKind() != '}' {
		name, err := d.ReadValue()
		if err != nil {
			return err
		}
		i, known := t.find(name)
		if !known {
			if d.strict {
				d.wrong("unknown", "is not a field of this request; there are "+strings.Join(t.names(), ", "))
			}
			if err := d.SkipValue(); err != nil {
				return err
			}
			continue
		}
		seen |= 1 << i
		if err := d.field(&t.Fields[i], at(p, t.Fields[i].offset)); err != nil {
			return err
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for missing := t.needed &^ seen; d.strict && missing != 0; missing &= missing - 1 {
		f := &t.Fields[bits.TrailingZeros64(missing)]
		d.wrongAt("/"+escape(f.Name), "required", "is required: "+f.Type.expected())
	}
	return nil
}

// field reads the value of a field. A request says that there is none by leaving it out, in no other way: null is refused, and so is the zero value
// where a constraint does not allow it.
func (d *reader) field(f *Field, p unsafe.Pointer) error {
	if !d.strict {
		return d.value(f.Type, p)
	}
	if f.Type.Kind == Pointer && d.PeekKind() == 'n' {
		return d.mismatch(f.Type)
	}
	before := len(d.faults)
	err := d.value(f.Type, p)
	if err != nil || f.explicit == nil || len(d.faults) > before {
		return err
	}
	for _, wrong := range f.wrongZero(p) {
		d.wrongAt(wrong.Pointer, wrong.Code, wrong.Detail)
	}
	return nil
}

// wrongZero says what is wrong with the value at p where it was sent, is zero, and may not be.
func (f *Field) wrongZero(p unsafe.Pointer) []spinoff.Field {
	if f.explicit == nil || !f.zero(p) {
		return nil
	}
	r := Report{check: true, owned: true}
	f.explicit(p, &r)
	for i := range r.faults {
		r.faults[i].Detail += "; leave it out where there is none"
	}
	return r.faults
}

// find returns the index of the field with a name in quotes.
func (t *Type) find(quoted jsontext.Value) (int, bool) {
	if i, known := t.byName[string(quoted[1:len(quoted)-1])]; known { // a look-up by bytes is no allocation
		return i, true
	}
	name, err := jsontext.AppendUnquote(nil, quoted)
	i, known := t.byName[string(name)]
	return i, known && err == nil
}

// names returns the JSON names of the fields that travel in the body.
func (t *Type) names() []string {
	var names []string
	for _, f := range t.Fields {
		if f.Place == Body || f.Place == Path {
			names = append(names, f.Name)
		}
	}
	return names
}

func (d *reader) list(t *Type, p unsafe.Pointer) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	list := reflect.NewAt(t.Go, p).Elem()
	for n := 0; d.PeekKind() != ']'; n++ {
		if n == list.Cap() {
			list.Grow(max(4, n))
		}
		list.SetLen(n + 1)
		if err := d.value(t.Elem, list.Index(n).Addr().UnsafePointer()); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

func (d *reader) table(t *Type, p unsafe.Pointer) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	table := reflect.NewAt(t.Go, p).Elem()
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return err
		}
		key, value := reflect.ValueOf(name.String()), reflect.New(t.Elem.Go)
		if err := d.value(t.Elem, value.UnsafePointer()); err != nil {
			return err
		}
		if table.IsNil() {
			table.Set(reflect.MakeMap(t.Go))
		}
		table.SetMapIndex(key, value.Elem())
	}
	_, err := d.ReadToken()
	return err
}
