package shape

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/spinoff-go/spinoff/internal/snake"
)

// Of compiles a Go type. The error names the field that a contract cannot have, and what it may be instead.
func Of(t reflect.Type) (*Type, error) {
	c := compiler{done: map[reflect.Type]*Type{}}
	compiled, err := c.compile(t)
	if err != nil {
		return nil, fmt.Errorf("%s%w", t, err)
	}
	for _, part := range c.done {
		for i := range part.Fields {
			part.Fields[i].explicit = part.Fields[i].refusesZero()
		}
	}
	return compiled, nil
}

// compiler compiles one type and all that it refers to; done also breaks the circle of a type that refers to itself.
type compiler struct {
	done map[reflect.Type]*Type
}

var (
	timeType  = reflect.TypeFor[time.Time]()
	bytesType = reflect.TypeFor[[]byte]()
	// marshalers are interfaces by which a type writes itself; what it writes cannot be known.
	marshalers = []reflect.Type{
		reflect.TypeFor[json.Marshaler](), reflect.TypeFor[encoding.TextMarshaler](), reflect.TypeFor[encoding.BinaryMarshaler](),
		reflect.TypeFor[json.Unmarshaler](), reflect.TypeFor[encoding.TextUnmarshaler](),
	}
)

func (c *compiler) compile(t reflect.Type) (*Type, error) {
	if known := c.done[t]; known != nil {
		return known, nil
	}
	compiled := &Type{Go: t}
	c.done[t] = compiled
	if t == timeType {
		compiled.Kind = Time
		compiled.admit = compiled.step()
		return compiled, nil
	}
	if err := plain(t); err != nil {
		return nil, err
	}
	if err := c.kind(compiled); err != nil {
		return nil, err
	}
	compiled.admit = compiled.step()
	return compiled, nil
}

// plain refuses types whose form in JSON cannot be known from the type.
func plain(t reflect.Type) error {
	if t.Kind() == reflect.Pointer { // what it points to says it
		return nil
	}
	for _, m := range marshalers {
		if t.Implements(m) || reflect.PointerTo(t).Implements(m) {
			return fmt.Errorf(" marshals itself by %s; a contract holds plain data only", m)
		}
	}
	if t == reflect.TypeFor[time.Duration]() {
		return fmt.Errorf(" has no one form in JSON; use an integer whose name says the unit, such as wait_ms")
	}
	return nil
}

// kind finds out what t is, and compiles what it is made of.
func (c *compiler) kind(compiled *Type) (err error) {
	t := compiled.Go
	switch t.Kind() {
	case reflect.String:
		compiled.Kind = String
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		compiled.Kind = Int
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		compiled.Kind = Uint
	case reflect.Float32, reflect.Float64:
		compiled.Kind = Float
	case reflect.Bool:
		compiled.Kind = Bool
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			if t != bytesType {
				return fmt.Errorf(" is a named list of bytes; use []byte")
			}
			compiled.Kind = Bytes
			break
		}
		compiled.Kind = List
		compiled.Elem, err = c.elem(t, "/*")
	case reflect.Map:
		if t.Key() != reflect.TypeFor[string]() {
			return fmt.Errorf(" has keys of type %s; a map in a contract has keys of type string", t.Key())
		}
		compiled.Kind = Map
		compiled.Elem, err = c.elem(t, "/*")
	case reflect.Pointer:
		if t.Elem().Kind() == reflect.Pointer {
			return fmt.Errorf(" is a pointer to a pointer, which JSON cannot tell from a pointer")
		}
		compiled.Kind = Pointer
		compiled.Elem, err = c.elem(t, "")
	case reflect.Struct:
		compiled.Kind = Struct
		err = c.fields(compiled)
	default:
		err = fmt.Errorf(" is of kind %s; a contract is made of structs, strings, numbers, bools, []byte, time.Time, slices, maps with string keys and pointers", t.Kind())
	}
	return err
}

// elem compiles the element type of t.
func (c *compiler) elem(t reflect.Type, path string) (*Type, error) {
	elem, err := c.compile(t.Elem())
	if err != nil {
		return nil, fmt.Errorf("%s%w", path, err)
	}
	return elem, nil
}

// fields compiles the fields of a struct.
func (c *compiler) fields(t *Type) error {
	if t.Go.NumField() > 64 {
		return fmt.Errorf(" has %d fields; a struct of a contract has at most 64", t.Go.NumField())
	}
	t.byName = map[string]int{}
	for goField := range t.Go.Fields() {
		if goField.Name == "_" {
			if err := t.mark(goField); err != nil {
				return fmt.Errorf("._%w", err)
			}
			continue
		}
		f, err := c.field(goField)
		if err != nil {
			return fmt.Errorf(".%s%w", goField.Name, err)
		}
		if f.Place == Body {
			if _, twice := t.byName[f.Name]; twice {
				return fmt.Errorf(".%s has the JSON name %q, as another field has", goField.Name, f.Name)
			}
			t.byName[f.Name] = len(t.Fields)
			if !f.Optional {
				t.needed |= 1 << len(t.Fields)
			}
		}
		t.Fields = append(t.Fields, f)
	}
	return t.checkOne()
}

// mark reads the blank field of a struct, which makes it a one-of.
func (t *Type) mark(blank reflect.StructField) error {
	if blank.Type != reflect.TypeFor[struct{}]() || blank.Tag.Get("spinoff") != "one" {
		return errors.New(" is blank, which a field may be only to say that exactly one of the others is set: _ struct{} `spinoff:\"one\"`")
	}
	t.One = true
	return nil
}

// checkOne makes sure that a one-of is one.
func (t *Type) checkOne() error {
	if !t.One {
		return nil
	}
	for _, f := range t.Fields {
		if f.Type.Kind != Pointer || f.Place != Body || !f.Rule.empty() {
			return fmt.Errorf(".%s is in a struct of which exactly one field is set; such a field is a pointer and has no tag of its own", f.GoName)
		}
	}
	if len(t.Fields) == 0 {
		return errors.New(" is a one-of without a field")
	}
	return nil
}

func (c *compiler) field(goField reflect.StructField) (Field, error) {
	if goField.Anonymous {
		return Field{}, fmt.Errorf(" is embedded; write its fields out, so that the contract can be read in one place")
	}
	if !goField.IsExported() {
		return Field{}, fmt.Errorf(" is not exported, so it would be lost on the way to another process")
	}
	fieldType, err := c.compile(goField.Type)
	if err != nil {
		return Field{}, err
	}
	name, options, _ := strings.Cut(goField.Tag.Get("json"), ",")
	if name == "" {
		name = snake.Case(goField.Name)
	}
	f := Field{Type: fieldType, GoName: goField.Name, Name: name, index: goField.Index[0], offset: goField.Offset}
	f.Optional = fieldType.Kind == Pointer
	for option := range strings.SplitSeq(options, ",") {
		switch option {
		case "":
		case "omitempty", "omitzero":
			f.Optional = true
		default:
			return f, fmt.Errorf(" has the JSON option %q; a contract knows omitempty and omitzero", option)
		}
	}
	if err := parseTag(goField.Tag.Get("spinoff"), &f); err != nil {
		return f, fmt.Errorf(": %w", err)
	}
	switch {
	case f.Place == Body && !validName(name):
		return f, fmt.Errorf(" has the JSON name %q; a name is letters, digits, underscores and dashes, and a field that does not travel has no place in a contract", name)
	case f.Place != Body && name != "-":
		return f, fmt.Errorf(` does not travel in the body; say so: json:"-"`)
	}
	return f, nil
}

func validName(name string) bool {
	for i, c := range []byte(name) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
		if !letter && (i == 0 || c != '-' && (c < '0' || c > '9')) {
			return false
		}
	}
	return name != ""
}
