package conversion

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/shape"
)

// way is one direction of a conversion: a request goes up, an answer and an event come down.
type way struct {
	what, by string // "request", "up"
	from, to *shape.Message
	version  int               // that of to
	less     []string          // fields of which to allows less, on purpose
	names    map[string]string // what a field of from is called in to, where that differs
	convert  func(from any) (to any, err error)

	// Of a request that is merged with what is there; convert takes a full one of that.
	now   *shape.Message
	merge func(from, now any) (to any, err error)
}

// try converts a value and returns what became of it, in canonical form. A value that from does not allow, or that up refuses, becomes nil.
func (w *way) try(value any, convert func(any) (any, error)) (canonical, converted any, err error) {
	if _, err := w.from.Status(value); err != nil {
		return nil, nil, nil //nolint:nilerr // from does not allow it
	}
	canonical = copyOf(value)
	if w.from.Admit(canonical, true, false) != nil {
		return nil, nil, nil
	}
	if w.what == "request" {
		value = canonical // up never sees another
	}
	converted, err = guarded(convert, value)
	if spinoff.AsError(err) != nil {
		return nil, nil, nil //nolint:nilerr // up refuses the value on purpose, and tells the caller
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s %w, given the %s %s", w.by, err, w.what, w.from.AppendJSON(nil, canonical))
	}
	if _, err := w.to.Status(converted); err != nil {
		return nil, nil, fmt.Errorf("%s makes an answer of %s with a status of another version: %w", w.by, w.from.AppendJSON(nil, canonical), err)
	}
	faults := w.to.Admit(converted, true, true)
	for _, fault := range faults {
		if !w.allowsLess(fault.Pointer) {
			return nil, nil, w.wrong(canonical, converted, fault)
		}
	}
	if faults != nil {
		return nil, nil, nil
	}
	return canonical, converted, nil
}

// guarded converts a value; a panic becomes an error.
func guarded(convert func(any) (any, error), value any) (converted any, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panics (%v)", v)
		}
	}()
	return convert(value)
}

func copyOf(pointer any) any {
	c := reflect.New(reflect.TypeOf(pointer).Elem())
	c.Elem().Set(reflect.ValueOf(pointer).Elem())
	return c.Interface()
}

// wrong says what version refuses of what a conversion has made.
func (w *way) wrong(from, to any, fault spinoff.Field) error {
	advice := "let down make what it allows"
	if w.what == "request" {
		advice = fmt.Sprintf("let up make what it allows or, where it allows less on purpose, say .AllowsLess(%q)", strings.Join(tokens(fault.Pointer), "/"))
	}
	return fmt.Errorf("the %s %s becomes %s, and version %d does not allow that: %s %s; %s",
		w.what, w.from.AppendJSON(nil, from), describe(w.to, to), w.version, fault.Pointer, fault.Detail, advice)
}

// describe shows a value that need not be valid.
func describe(m *shape.Message, value any) (text string) {
	defer func() {
		if recover() != nil { // it has a text that is not UTF-8
			text = fmt.Sprintf("%+v", reflect.ValueOf(value).Elem())
		}
	}()
	return string(m.AppendJSON(nil, value))
}

// allowsLess reports whether the value at a JSON pointer may be refused.
func (w *way) allowsLess(pointer string) bool {
	return slices.ContainsFunc(w.less, func(field string) bool { _, is := renamed(field, field, pointer); return is })
}

// tokens splits a JSON pointer in its URI form; what counts entries becomes a star.
func tokens(pointer string) []string {
	tokens := strings.Split(strings.TrimPrefix(pointer, "#/"), "/")
	for i, token := range tokens {
		if strings.Trim(token, "0123456789") == "" {
			tokens[i] = "*"
		}
	}
	return tokens
}

// check tries samples: the least that there can be, everything, and everything with one thing changed.
func (w *way) check() error {
	samples := append([]any{w.from.Least(), w.from.Full()}, w.from.Variants()...)
	if w.what != "request" {
		samples = append(samples, w.from.New())
	}
	converts := []func(any) (any, error){w.convert}
	if w.merge != nil {
		least, full := w.now.Least(), w.now.Full()
		converts = []func(any) (any, error){
			func(in any) (any, error) { return w.merge(in, least) },
			func(in any) (any, error) { return w.merge(in, full) },
		}
	}
	empty, tried := map[string]bool{}, false
	for _, sample := range samples {
		for _, convert := range converts {
			_, converted, err := w.try(sample, convert)
			if err != nil {
				return err
			}
			if converted != nil {
				tried = true
				filled(w.to.Type, reflect.ValueOf(converted).Elem(), "#", empty)
			}
		}
	}
	for _, pointer := range slices.Sorted(maps.Keys(empty)) {
		if tried && empty[pointer] && w.what == "request" {
			return fmt.Errorf("version %d requires %s in a request, and up leaves it empty whatever it gets; set it or, if empty means something, make it optional there (omitempty)", w.version, pointer)
		}
	}
	return nil
}

// filled notes which required fields of a value are empty: empty[pointer] is true while a field has been empty each time. What is empty in
// many a valid request, a list or false, is no such field.
func filled(t *shape.Type, v reflect.Value, pointer string, empty map[string]bool) {
	switch t.Kind {
	case shape.Pointer:
		if !v.IsNil() {
			filled(t.Elem, v.Elem(), pointer, empty)
		}
	case shape.List:
		for i := range v.Len() {
			filled(t.Elem, v.Index(i), pointer+"/*", empty)
		}
	case shape.Struct:
		for _, f := range t.Fields {
			field, at := v.FieldByName(f.GoName), pointer+"/"+f.Name
			switch f.Type.Kind {
			case shape.String, shape.Int, shape.Uint, shape.Float, shape.Time, shape.Bytes:
				if before, known := empty[at]; !f.Optional && f.Place != shape.Header {
					empty[at] = field.IsZero() && (before || !known)
				}
			default:
				filled(f.Type, field, at, empty)
			}
		}
	}
}
