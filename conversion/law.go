package conversion

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"

	"github.com/spinoff-go/spinoff/shape"
)

// Finding is what a round trip has found out about one field.
type Finding struct {
	Where  string // "faq.v1.create request source"
	Detail string
	Broken bool // the law is broken; else the law says nothing of the field
}

// RoundTrip tries the law of conversions with samples and with n random values, and returns what it finds, each field once.
//
// The law: a field that both versions have, under one name or that of [spinoff.Handler.MapField], and of one kind, comes through unchanged:
// up in a request, down in an answer and an event, for each value that both contracts allow. So a request that goes up and is
// read again by the fields of the older version is the same as before, and an answer that is made of an older one's fields comes down as that one.
//
// Of a request that is merged with what is there, a field that is absent may also be what is there, and each field of the newer request
// that the older one does not have, and what is there has, is what is there.
func (c *Conversion) RoundTrip(r *rand.Rand, n int) []Finding {
	l := law{older: c.Older, found: map[string]Finding{}}
	if err := c.Check(); err != nil {
		return []Finding{{Where: c.Older, Detail: err.Error(), Broken: true}}
	}
	for _, w := range c.ways {
		l.way = w
		samples := append([]any{w.from.Least(), w.from.Full(), w.from.New()}, w.from.Variants()...)
		for range n {
			samples = append(samples, w.from.Random(r))
		}
		tried := 0
		for _, sample := range samples {
			l.now = nil
			convert := w.convert
			if w.merge != nil {
				l.now = l.someNow(r, tried%2 == 0)
				convert = func(in any) (any, error) { return w.merge(in, l.now) }
			}
			from, to, err := w.try(sample, convert)
			if err != nil {
				l.note(nil, err.Error(), true)
			}
			if to == nil {
				continue
			}
			tried++
			l.from = from
			l.structure(w.from.Type, w.to.Type, reflect.ValueOf(from).Elem(), reflect.ValueOf(to).Elem(), nil, nil)
			l.moved(reflect.ValueOf(from).Elem(), reflect.ValueOf(to).Elem())
			if l.now != nil {
				l.kept(reflect.ValueOf(to).Elem())
			}
		}
		if tried == 0 {
			l.note(nil, "no sample could be made that the contract allows, so that nothing was tried", false)
		}
	}
	return slices.SortedFunc(maps.Values(l.found), func(a, b Finding) int { return strings.Compare(a.Where, b.Where) })
}

// law compares what went into a conversion with what came out.
type law struct {
	older string
	way   *way
	from  any // the sample at hand
	now   any // what is there, of a request that is merged; else nil
	found map[string]Finding
}

// someNow makes what is there: a full one, or a random one.
func (l *law) someNow(r *rand.Rand, full bool) any {
	now := l.way.now.Random(r)
	if full || l.way.now.Admit(now, true, true) != nil {
		now = l.way.now.Full()
	}
	return now
}

// note keeps the first finding about a field, or the first that is broken.
func (l *law) note(path []string, detail string, broken bool) {
	where := strings.TrimSpace(l.older + " " + l.way.what + " " + strings.Join(path, "/"))
	if before, known := l.found[where]; !known || broken && !before.Broken {
		l.found[where] = Finding{where, detail, broken}
	}
}

// structure compares the fields of two structs; path and toPath are the names of the fields that they are in.
func (l *law) structure(from, to *shape.Type, fv, tv reflect.Value, path, toPath []string) {
	for i := range from.Fields {
		f := &from.Fields[i]
		at := append(slices.Clip(path), f.Name)
		name := f.Name
		if renamed := l.way.names[strings.Join(at, "/")]; renamed != "" {
			parent, last := cut(renamed)
			if parent != strings.Join(toPath, "/") {
				continue // see moved
			}
			name = last
		}
		t := named(to, f, name)
		if t == nil {
			continue
		}
		a, b := fv.FieldByName(f.GoName), tv.FieldByName(t.GoName)
		if l.now != nil && len(path) == 0 && f.Optional && a.IsZero() {
			continue // it may be what is there
		}
		l.compare(f, t, a, b, at, append(slices.Clip(toPath), name))
	}
}

// moved compares the fields that are in another struct in the other version; those inside of a list are for an inverse to compare.
func (l *law) moved(from, to reflect.Value) {
	for _, name := range slices.Sorted(maps.Keys(l.way.names)) {
		parent, _ := cut(name)
		toParent, _ := cut(l.way.names[name])
		if parent == toParent {
			continue
		}
		f, fv := lookUp(l.way.from.Type, from, name)
		t, tv := lookUp(l.way.to.Type, to, l.way.names[name])
		if f == nil || t == nil || l.now != nil && fv.IsZero() {
			continue
		}
		l.compare(f, t, fv, tv, strings.Split(name, "/"), strings.Split(l.way.names[name], "/"))
	}
}

// takesMoved reports whether a field of the other version, or one inside of it, is what another one has become.
func (l *law) takesMoved(path []string) bool {
	for _, name := range l.way.names {
		if at := strings.Join(path, "/"); name == at || strings.HasPrefix(name, at+"/") {
			return true
		}
	}
	return false
}

// lookUp finds a field inside of structs by its name, such as "author/name"; it returns nil where there is none, or a nil pointer on the way.
func lookUp(t *shape.Type, v reflect.Value, name string) (*shape.Field, reflect.Value) {
	if t, v = behind(t, v); t.Kind != shape.Struct {
		return nil, v
	}
	first, rest, deeper := strings.Cut(name, "/")
	for i := range t.Fields {
		f := &t.Fields[i]
		switch {
		case f.Name != first:
		case deeper:
			return lookUp(f.Type, v.FieldByName(f.GoName), rest)
		default:
			return f, v.FieldByName(f.GoName)
		}
	}
	return nil, v
}

// named returns the field of a type that stands for f: one that travels in a header or in the status line is not one that does not.
func named(t *shape.Type, f *shape.Field, name string) *shape.Field {
	place := func(f *shape.Field) shape.Place {
		if f.Place == shape.Path {
			return shape.Body
		}
		return f.Place
	}
	for i := range t.Fields {
		if other := &t.Fields[i]; place(other) == place(f) && other.Name == name {
			return other
		}
	}
	return nil
}

// cut splits the name of a field off those that it is in.
func cut(name string) (parent, last string) {
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		return name[:i], name[i+1:]
	}
	return "", name
}

// compare compares two fields.
func (l *law) compare(f, t *shape.Field, fv, tv reflect.Value, path, toPath []string) {
	wanted := reflect.New(t.Type.Go)
	if assign(f.Type, t.Type, fv, wanted.Elem()) && !t.Allows(wanted.Interface()) {
		return // the other contract does not allow the value
	}
	l.values(f.Type, t.Type, fv, tv, path, toPath)
}

// values compares two values.
func (l *law) values(from, to *shape.Type, fv, tv reflect.Value, path, toPath []string) {
	from, fv = behind(from, fv)
	to, tv = behind(to, tv)
	if from.Kind != to.Kind {
		if l.takesMoved(toPath) {
			return
		}
		l.note(path, fmt.Sprintf("is of kind %s in one version and %s in the other; an inverse checks it", fv.Kind(), tv.Kind()), false)
		return
	}
	switch from.Kind {
	case shape.Struct:
		l.structure(from, to, fv, tv, path, toPath)
	case shape.List:
		if fv.Len() != tv.Len() {
			l.differ(path, fv, tv)
			return
		}
		for i := range fv.Len() {
			l.values(from.Elem, to.Elem, fv.Index(i), tv.Index(i), append(slices.Clip(path), "*"), append(slices.Clip(toPath), "*"))
		}
	case shape.Map:
		if fv.Len() != tv.Len() {
			l.differ(path, fv, tv)
			return
		}
		for entries := fv.MapRange(); entries.Next(); {
			other := tv.MapIndex(entries.Key())
			if !other.IsValid() {
				l.differ(path, fv, tv)
				return
			}
			l.values(from.Elem, to.Elem, entries.Value(), other, append(slices.Clip(path), "*"), append(slices.Clip(toPath), "*"))
		}
	default:
		wanted := reflect.New(to.Go).Elem()
		if assign(from, to, fv, wanted) && !reflect.DeepEqual(wanted.Interface(), tv.Interface()) {
			l.differ(path, fv, tv)
		}
	}
}

// behind follows a pointer; where it is nil there is a zero value, since only one of the versions may know the difference.
func behind(t *shape.Type, v reflect.Value) (*shape.Type, reflect.Value) {
	if t.Kind != shape.Pointer {
		return t, v
	}
	if v.IsNil() {
		return t.Elem, reflect.Zero(t.Elem.Go)
	}
	return t.Elem, v.Elem()
}

// assign sets the value of a type to that of another one, and reports whether it can hold it. Structs and maps it leaves alone.
func assign(from, to *shape.Type, fv, tv reflect.Value) bool {
	from, fv = behind(from, fv)
	if to.Kind == shape.Pointer {
		tv.Set(reflect.New(to.Elem.Go))
		to, tv = to.Elem, tv.Elem()
	}
	if from.Kind != to.Kind {
		return false
	}
	switch from.Kind {
	case shape.Int:
		if tv.OverflowInt(fv.Int()) {
			return false
		}
	case shape.Uint:
		if tv.OverflowUint(fv.Uint()) {
			return false
		}
	case shape.Float:
		if tv.OverflowFloat(fv.Float()) || tv.Kind() == reflect.Float32 && float64(float32(fv.Float())) != fv.Float() {
			return false
		}
	case shape.List:
		tv.Set(reflect.MakeSlice(to.Go, fv.Len(), fv.Len()))
		for i := range fv.Len() {
			if !assign(from.Elem, to.Elem, fv.Index(i), tv.Index(i)) {
				return false
			}
		}
		return true
	case shape.Struct, shape.Map:
		return false
	}
	tv.Set(fv.Convert(tv.Type()))
	return true
}

func (l *law) differ(path []string, from, to reflect.Value) {
	l.note(path, fmt.Sprintf("was %#v and is %#v after %s, given the %s %s", from, to, l.way.by, l.way.what, l.way.from.AppendJSON(nil, l.from)), true)
}

// kept compares what a merged request says of fields that the older one does not have with what is there.
func (l *law) kept(request reflect.Value) {
	now := reflect.ValueOf(l.now).Elem()
	older := map[string]bool{}
	for _, f := range l.way.from.Fields {
		older[f.Name] = true
		if as := l.way.names[f.Name]; as != "" {
			older[as] = true
		}
	}
	for i := range l.way.to.Fields {
		t := &l.way.to.Fields[i]
		f := named(l.way.now.Type, t, t.Name)
		if older[t.Name] || f == nil || t.Place == shape.Header {
			continue
		}
		was, is := now.FieldByName(f.GoName), request.FieldByName(t.GoName)
		path := []string{t.Name}
		wanted := reflect.New(t.Type.Go)
		switch {
		case f.Type.Kind != t.Type.Kind || f.Type.Kind == shape.List && f.Type.Elem.Kind != t.Type.Elem.Kind:
			if !was.IsZero() && is.IsZero() {
				l.note(path, fmt.Sprintf("is %#v there, and the merged request loses it", was), true)
			}
		case !assign(f.Type, t.Type, was, wanted.Elem()) || t.Allows(wanted.Interface()):
			l.values(f.Type, t.Type, was, is, path, path)
		}
	}
}
