package shape

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unsafe"
)

// maxSampleDepth bounds how deep a sample of a type that refers to itself is nested.
const maxSampleDepth = 4

// Least returns the sample of t with the least in it that the constraints allow: what is optional is absent. It is a pointer.
func (t *Type) Least() any { return t.sample(&sampler{least: true, pick: first}) }

// Full returns the sample of t in which every field has a value that is not zero, where the constraints allow that. It is a pointer.
func (t *Type) Full() any { return t.sample(&sampler{pick: first}) }

// Variants returns the full sample with one thing changed in each: a field that is absent, another word of an enum, another status, false.
// They are pointers.
func (t *Type) Variants() []any {
	var options []int
	t.sample(&sampler{pick: func(n int) int { options = append(options, n); return 0 }})
	var variants []any
	for i, n := range options {
		for other := 1; other < n; other++ {
			at := 0
			variants = append(variants, t.sample(&sampler{pick: func(n int) int {
				at++
				if at-1 == i {
					return min(other, n-1)
				}
				return 0
			}}))
		}
	}
	return variants
}

// Random returns a sample of t made by chance, as a pointer. It is not always in canonical form: a list without entries may be nil or not.
func (t *Type) Random(r *rand.Rand) any { return t.sample(&sampler{pick: r.IntN, random: r}) }

// New returns a pointer to a new zero value.
func (t *Type) New() any { return reflect.New(t.Go).Interface() }

func first(int) int { return 0 }

// sampler makes one sample. Where there is a choice, pick makes it: it returns a number below n.
type sampler struct {
	pick   func(n int) int
	least  bool
	random *rand.Rand // nil where what is not a choice is always the same
	depth  int
}

// sample returns a pointer to a new value. It may break a constraint for which no value was found; whoever needs a valid one admits it.
func (t *Type) sample(s *sampler) any {
	v := reflect.New(t.Go)
	s.fill(t, &Field{Type: t}, v.UnsafePointer())
	return v.Interface()
}

// fill fills the zero value of type t at p, which is the value of f, or what f points to.
func (s *sampler) fill(t *Type, f *Field, p unsafe.Pointer) {
	v := reflect.NewAt(t.Go, p).Elem()
	switch t.Kind {
	case String:
		v.SetString(s.text(f))
	case Int:
		v.SetInt(int64(s.number(&f.Rule, -math.Ldexp(1, t.Go.Bits()-1), math.Ldexp(1, t.Go.Bits()-1)-1)))
	case Uint:
		v.SetUint(uint64(s.number(&f.Rule, 0, math.Ldexp(1, t.Go.Bits())-1)))
	case Float:
		v.SetFloat(s.number(&f.Rule, -1e6, 1e6) + s.fraction(&f.Rule))
	case Bool:
		v.SetBool(!s.least && s.pick(2) == 0)
	case Bytes:
		v.SetBytes([]byte(s.letters(s.length(&f.Rule))))
	case Time:
		s.time((*time.Time)(p))
	case Pointer:
		target := reflect.New(t.Elem.Go)
		s.fill(t.Elem, f, target.UnsafePointer())
		v.Set(target)
	case List:
		s.list(t, f, v)
	case Map:
		s.table(t, f, v)
	case Struct:
		s.structure(t, p)
	}
}

func (s *sampler) structure(t *Type, p unsafe.Pointer) {
	s.depth++
	defer func() { s.depth-- }()
	only := -1
	if t.One {
		only = s.pick(len(t.Fields))
	}
	for i := range t.Fields {
		f := &t.Fields[i]
		if t.One {
			if i == only {
				s.fill(f.Type, f, at(p, f.offset))
			}
			continue
		}
		if f.Optional && (s.least || s.depth > maxSampleDepth || s.pick(2) == 1) {
			continue
		}
		if f.Place == Status {
			*(*int)(at(p, f.offset)) = f.Rule.Statuses[s.pick(len(f.Rule.Statuses))]
			continue
		}
		s.fill(f.Type, f, at(p, f.offset))
	}
}

func (s *sampler) list(t *Type, f *Field, v reflect.Value) {
	n := s.entries(&f.Rule)
	if n == 0 && (s.random == nil || s.pick(2) == 0) {
		return
	}
	v.Set(reflect.MakeSlice(t.Go, n, n))
	for i := range n {
		s.fill(t.Elem, &Field{Type: t.Elem}, v.Index(i).Addr().UnsafePointer())
		if f.Rule.Unique {
			distinguish(v.Index(i), i)
		}
	}
}

// distinguish makes the entry of a list at an index another one than those before.
func distinguish(v reflect.Value, i int) {
	switch {
	case v.Kind() == reflect.String:
		v.SetString(v.String() + strconv.Itoa(i))
	case v.CanInt():
		v.SetInt(int64(i))
	default:
		v.SetUint(uint64(i))
	}
}

func (s *sampler) table(t *Type, f *Field, v reflect.Value) {
	n := s.entries(&f.Rule)
	if n == 0 && (s.random == nil || s.pick(2) == 0) {
		return
	}
	v.Set(reflect.MakeMapWithSize(t.Go, n))
	for i := range n {
		value := reflect.New(t.Elem.Go)
		s.fill(t.Elem, &Field{Type: t.Elem}, value.UnsafePointer())
		v.SetMapIndex(reflect.ValueOf("key "+strconv.Itoa(i+1)), value.Elem())
	}
}

// length returns how many characters, bytes or entries there are.
func (s *sampler) length(r *Rule) int {
	least, most := 0.0, math.Inf(1)
	if r.HasMin {
		least = math.Max(0, math.Ceil(r.Min))
	}
	if r.HasMax {
		most = math.Floor(r.Max)
	}
	switch {
	case s.least:
		return int(least)
	case s.random != nil:
		return int(least) + s.random.IntN(1+int(math.Max(0, math.Min(most-least, 5))))
	}
	return int(math.Max(least, math.Min(most, 2)))
}

// entries is length for what may hold more of the same: from a depth on as few as there may be, and then none, since there would be no end.
func (s *sampler) entries(r *Rule) int {
	switch {
	case s.depth > 2*maxSampleDepth:
		return 0
	case s.depth > maxSampleDepth && r.HasMin:
		return int(r.Min)
	case s.depth > maxSampleDepth:
		return 0
	}
	return s.length(r)
}

// number returns a whole number between low and high that the rule allows.
func (s *sampler) number(r *Rule, low, high float64) float64 {
	if r.HasMin {
		low = math.Max(low, math.Ceil(r.Min))
	}
	if r.HasMax {
		high = math.Min(high, math.Floor(r.Max))
	}
	n := 7.0
	switch {
	case s.least:
		n = 0
	case s.random != nil:
		edges := []float64{low, high, 0, 1, float64(s.random.IntN(1 << 20)), -float64(s.random.IntN(1 << 20))}
		n = edges[s.random.IntN(len(edges))]
	}
	n = math.Max(low, math.Min(math.Min(high, 1<<53), math.Max(n, -1<<53))) // exactly what a float holds, which rules are compared as
	if step := float64(r.MultipleOf); step != 0 {
		if n = math.Ceil(n/step) * step; n > high {
			n -= step
		}
	}
	return n
}

// fraction returns what makes a number no whole one, where nothing bounds it.
func (s *sampler) fraction(r *Rule) float64 {
	if s.least || r.HasMin || r.HasMax {
		return 0
	}
	return 0.5
}

func (s *sampler) time(t *time.Time) {
	switch {
	case s.least:
	case s.random != nil:
		*t = time.Unix(s.random.Int64N(1<<32), s.random.Int64N(1e9)).UTC()
	default:
		*t = time.Date(2026, 1, 31, 9, 30, 15, 123456789, time.UTC)
	}
}

// text returns a text that the rule of f allows, if one is found.
func (s *sampler) text(f *Field) string {
	r := &f.Rule
	switch {
	case r.OneOf != nil:
		return r.OneOf[s.pick(len(r.OneOf))]
	case r.Open != nil:
		return append(slices.Clip(r.Open), "another word")[s.pick(len(r.Open)+1)]
	case r.pattern != nil:
		return matching(r.pattern, r)
	}
	n := s.length(r)
	if f.Place == Path {
		n = max(n, 1)
	}
	if s.random != nil && f.Place == Body && s.random.IntN(4) == 0 {
		return strings.Repeat("ü", n)
	}
	return s.letters(n)
}

// letters returns n letters and digits.
func (s *sampler) letters(n int) string {
	const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[i%len(alphabet)]
		if s.random != nil {
			b[i] = alphabet[s.random.IntN(len(alphabet))]
		}
	}
	return string(b)
}

// Allows reports whether the field may hold the value that pointer points to, which is of its type.
func (f *Field) Allows(pointer any) bool {
	if f.Place == Status {
		return slices.Contains(f.Rule.Statuses, *pointer.(*int))
	}
	check := f.constraint()
	if check == nil {
		return true
	}
	r := Report{check: true, owned: true}
	check(pointerOf(pointer), &r)
	return r.faults == nil
}
