package shape

import (
	"encoding/binary"
	"maps"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
	"unsafe"

	"github.com/spinoff-go/spinoff"
)

// Admit brings the value that pointer points to into canonical form and gives it its own copy of all memory that it refers to,
// in place: the caller has made a shallow copy. It returns what is wrong with the value, or nil.
// check says whether the constraints apply: always, but where only a copy is wanted;
// owned that nobody else holds the value, so that it need not be copied.
func (t *Type) Admit(pointer any, check, owned bool) []spinoff.Field {
	return t.AdmitWith(new(Report), pointer, check, owned)
}

// AdmitWith is Admit with a report that the caller has, for a path where an allocation counts.
func (t *Type) AdmitWith(r *Report, pointer any, check, owned bool) []spinoff.Field {
	if t.admit == nil {
		return nil
	}
	r.check, r.owned, r.strict, r.depth = check, owned, false, 0
	if r.faults != nil {
		r.faults = nil
	}
	t.admit(pointerOf(pointer), r)
	faults := r.faults
	for i := range faults {
		faults[i].Pointer = "#" + faults[i].Pointer
	}
	return faults
}

// pointerOf returns the pointer that an interface holds.
func pointerOf(pointer any) unsafe.Pointer {
	return (*[2]unsafe.Pointer)(unsafe.Pointer(&pointer))[1]
}

// step returns what has to be done for a value of type t, or nil. A type that refers to others looks up their
// steps only when it runs, because a type may refer to itself.
func (t *Type) step() step {
	switch t.Kind {
	case String:
		return text
	case Float:
		return t.finite()
	case Time:
		return utc
	case Bytes:
		return func(p unsafe.Pointer, r *Report) {
			b := (*[]byte)(p)
			*b = ownSlice(*b, r)
		}
	case List:
		return t.list()
	case Map:
		return t.table()
	case Pointer:
		return t.pointer()
	case Struct:
		return t.structure()
	}
	return nil
}

func text(p unsafe.Pointer, r *Report) {
	if !validText(*(*string)(p)) {
		r.fault("utf8", "must be text in UTF-8")
	}
}

// validText is utf8.ValidString, three times as fast for a short text in ASCII, which most are.
func validText(s string) bool {
	var bits uint64
	b := unsafe.Slice(unsafe.StringData(s), len(s))
	for ; len(b) >= 8; b = b[8:] {
		bits |= binary.NativeEndian.Uint64(b)
	}
	for _, c := range b {
		bits |= uint64(c)
	}
	return bits&0x8080808080808080 == 0 || utf8.ValidString(s)
}

// ownSlice returns s as nobody else has it; nil where it is empty.
func ownSlice[E any](s []E, r *Report) []E {
	if len(s) == 0 {
		return nil
	}
	if r.owned {
		return s
	}
	return clone(s)
}

// clone is slices.Clone without room to grow.
func clone[E any](s []E) []E {
	own := make([]E, len(s))
	copy(own, s)
	return own
}

func (t *Type) finite() step {
	single := t.Go.Kind() == reflect.Float32
	return func(p unsafe.Pointer, r *Report) {
		var f float64
		if single {
			f = float64(*(*float32)(p))
		} else {
			f = *(*float64)(p)
		}
		if math.IsNaN(f) || math.IsInf(f, 0) {
			r.fault("number", "must be a finite number")
		}
	}
}

func utc(p unsafe.Pointer, r *Report) {
	v := (*time.Time)(p)
	*v = v.UTC()
	if y := v.Year(); y < 0 || y > 9999 {
		r.fault("time", "must be a time in the years 0 to 9999")
	}
}

func (t *Type) list() step {
	elem, size := t.Elem, t.Elem.Go.Size()
	copySlice := func(p unsafe.Pointer) {
		old := reflect.NewAt(t.Go, p).Elem()
		own := reflect.MakeSlice(t.Go, old.Len(), old.Len())
		reflect.Copy(own, old)
		old.Set(own)
	}
	switch t.Go.Elem() { // the common ones without reflection
	case reflect.TypeFor[string]():
		copySlice = func(p unsafe.Pointer) { s := (*[]string)(p); *s = clone(*s) }
	case reflect.TypeFor[int64]():
		copySlice = func(p unsafe.Pointer) { s := (*[]int64)(p); *s = clone(*s) }
	}
	return func(p unsafe.Pointer, r *Report) {
		n := len(*(*[]struct{})(p)) // every slice has its length in the same place
		if n == 0 {
			*(*[]struct{})(p) = nil
			return
		}
		if !r.owned {
			copySlice(p)
		}
		if elem.admit == nil {
			return
		}
		if !r.deeper() {
			return
		}
		data := *(*unsafe.Pointer)(p)
		for i := range n {
			before := len(r.faults)
			elem.admit(at(data, uintptr(i)*size), r)
			if len(r.faults) > before {
				r.under(before, strconv.Itoa(i))
			}
		}
		r.depth--
	}
}

func (t *Type) table() step {
	elem := t.Elem
	if t.Go == reflect.TypeFor[map[string]string]() {
		return textTable
	}
	return func(p unsafe.Pointer, r *Report) {
		table := reflect.NewAt(t.Go, p).Elem()
		if table.Len() == 0 {
			table.SetZero()
			return
		}
		if !r.deeper() {
			return
		}
		own := reflect.MakeMapWithSize(t.Go, table.Len())
		for entries := table.MapRange(); entries.Next(); {
			key, value := entries.Key(), reflect.New(elem.Go)
			value.Elem().Set(entries.Value())
			before := len(r.faults)
			if !validText(key.String()) {
				r.fault("utf8", "must have names in UTF-8")
			}
			if elem.admit != nil {
				elem.admit(value.UnsafePointer(), r)
			}
			if len(r.faults) > before {
				r.under(before, key.String())
			}
			own.SetMapIndex(key, value.Elem())
		}
		table.Set(own)
		r.depth--
	}
}

func textTable(p unsafe.Pointer, r *Report) {
	table := (*map[string]string)(p)
	if len(*table) == 0 {
		*table = nil
		return
	}
	if !r.owned {
		*table = maps.Clone(*table)
	}
	for name, text := range *table {
		if !validText(name) || !validText(text) {
			before := len(r.faults)
			r.fault("utf8", "must be text in UTF-8")
			r.under(before, name)
		}
	}
}

func (t *Type) pointer() step {
	elem := t.Elem
	return func(p unsafe.Pointer, r *Report) {
		target := (*unsafe.Pointer)(p)
		if *target == nil {
			return
		}
		if !r.deeper() {
			return
		}
		if !r.owned {
			own := reflect.New(elem.Go)
			own.Elem().Set(reflect.NewAt(elem.Go, *target).Elem())
			*target = own.UnsafePointer()
		}
		if elem.admit != nil {
			elem.admit(*target, r)
		}
		r.depth--
	}
}

// deeper notes that the value at hand is nested in another one, and refuses to go on where that is too deep.
func (r *Report) deeper() bool {
	if r.depth >= maxDepth {
		r.fault("depth", "is nested more than "+strconv.Itoa(maxDepth)+" deep")
		return false
	}
	r.depth++
	return true
}

func (t *Type) structure() step {
	type part struct {
		*Field
		rule step
	}
	var parts []part
	for i := range t.Fields {
		f := part{&t.Fields[i], t.Fields[i].constraint()}
		if plain := f.Type.Kind == Int || f.Type.Kind == Uint || f.Type.Kind == Bool; !plain || f.rule != nil {
			parts = append(parts, f)
		}
	}
	if parts == nil {
		return nil
	}
	all := func(p unsafe.Pointer, r *Report) {
		for i := range parts {
			f := &parts[i]
			before := len(r.faults)
			if f.Type.admit != nil {
				f.Type.admit(at(p, f.offset), r)
			}
			if f.rule != nil && r.check && len(r.faults) == before {
				f.rule(at(p, f.offset), r)
			}
			if len(r.faults) == before {
				continue
			}
			if f.Optional && f.Type.Kind == Struct && f.zero(at(p, f.offset)) { // it is absent
				r.faults = r.faults[:before:before]
				if before == 0 {
					r.faults = nil
				}
				continue
			}
			r.under(before, f.Name)
		}
	}
	if t.One {
		return both(all, t.one())
	}
	return all
}

// one checks that exactly one of the fields is set, each of which is a pointer.
func (t *Type) one() step {
	names := make([]string, 0, len(t.Fields))
	for _, f := range t.Fields {
		names = append(names, f.Name)
	}
	detail := "must have exactly one of " + strings.Join(names, ", ")
	return func(p unsafe.Pointer, r *Report) {
		set := 0
		for i := range t.Fields {
			if *(*unsafe.Pointer)(at(p, t.Fields[i].offset)) != nil {
				set++
			}
		}
		if set != 1 && r.check {
			r.fault("one", detail)
		}
	}
}
