package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"
)

// width is how long a line may be that holds a whole object or list.
const width = 120

// Text returns the document in the one form that is frozen, made for review: sorted by name, and one fact a line. An object or list stands on
// one line where that has at most 120 characters, and at most one of its members is an object or list, which has none itself.
func (d Document) Text() []byte {
	w := &writer{}
	w.value(object(d), 0, 0)
	w.WriteByte('\n')
	return w.Bytes()
}

// writer writes JSON in canonical form.
type writer struct{ bytes.Buffer }

// value writes v. used is how much of the line is used, depth how far it is indented.
func (w *writer) value(v any, depth, used int) {
	switch nested := nestedIn(v); {
	case nested == nil && !isComposite(v):
		w.scalar(v)
		return
	case len(nested) == 0, len(nested) == 1 && len(nestedIn(nested[0])) == 0:
		line := &writer{}
		line.line(v)
		if used+utf8.RuneCount(line.Bytes()) <= width || size(v) == 0 {
			w.Write(line.Bytes())
			return
		}
	}
	w.lines(v, depth)
}

// lines writes each member of an object or list on a line of its own.
func (w *writer) lines(v any, depth int) {
	begin, end := byte('['), byte(']')
	var member func(i int)
	n := 0
	if o, ok := v.(object); ok {
		begin, end, n = '{', '}', len(o)
		names := slices.Sorted(maps.Keys(o))
		member = func(i int) {
			before := w.Len()
			w.scalar(names[i])
			w.WriteString(": ")
			w.value(o[names[i]], depth+1, 2*(depth+1)+utf8.RuneCount(w.Bytes()[before:])+1)
		}
	} else {
		l := v.(list)
		n = len(l)
		member = func(i int) { w.value(l[i], depth+1, 2*(depth+1)+1) }
	}
	w.WriteByte(begin)
	for i := range n {
		if i > 0 {
			w.WriteByte(',')
		}
		w.newLine(depth + 1)
		member(i)
	}
	w.newLine(depth)
	w.WriteByte(end)
}

func (w *writer) newLine(depth int) {
	w.WriteByte('\n')
	for range depth {
		w.WriteString("  ")
	}
}

// line writes an object or list without a line break.
func (w *writer) line(v any) {
	switch v := v.(type) {
	case object:
		w.WriteByte('{')
		for i, name := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				w.WriteString(", ")
			}
			w.scalar(name)
			w.WriteString(": ")
			w.line(v[name])
		}
		w.WriteByte('}')
	case list:
		w.WriteByte('[')
		for i, member := range v {
			if i > 0 {
				w.WriteString(", ")
			}
			w.line(member)
		}
		w.WriteByte(']')
	default:
		w.scalar(v)
	}
}

func (w *writer) scalar(v any) {
	encoder := json.NewEncoder(&w.Buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic(fmt.Sprintf("contract: a document holds a %T: %v", v, err)) // documents are made by this package, or of JSON
	}
	w.Truncate(w.Len() - 1) // the line break
}

func isComposite(v any) bool {
	switch v.(type) {
	case object, list:
		return true
	}
	return false
}

// size returns how many members v has.
func size(v any) int {
	if o, ok := v.(object); ok {
		return len(o)
	}
	l, _ := v.(list)
	return len(l)
}

// nestedIn returns the members of v that are objects or lists with members.
func nestedIn(v any) (nested []any) {
	switch v := v.(type) {
	case object:
		for _, member := range v {
			if size(member) > 0 {
				nested = append(nested, member)
			}
		}
	case list:
		for _, member := range v {
			if size(member) > 0 {
				nested = append(nested, member)
			}
		}
	}
	return nested
}
