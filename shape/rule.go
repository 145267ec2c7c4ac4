package shape

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// base returns the type behind a pointer.
func (t *Type) base() *Type {
	if t.Kind == Pointer {
		return t.Elem
	}
	return t
}

// constraint returns the step that checks f's rule, or nil where there is none.
func (f *Field) constraint() step {
	var check step
	switch {
	case f.Rule.empty():
	case f.Type.Kind == Pointer:
		elem := f.Rule.check(f.Type.Elem, false)
		check = func(p unsafe.Pointer, r *Report) {
			if target := *(*unsafe.Pointer)(p); target != nil {
				elem(target, r)
			}
		}
	default:
		check = f.Rule.check(f.Type, f.Optional)
	}
	if f.Place == Path && f.Type.Kind == String {
		return both(segment, check)
	}
	return check
}

// refusesZero returns the step that says why the zero value of an optional field may only be sent by leaving the field out, or nil where it may be sent.
func (f *Field) refusesZero() step {
	if !f.Optional || f.Type.Kind == Pointer || f.Place != Body {
		return nil
	}
	check := f.onZero()
	r := Report{check: true, owned: true}
	if check != nil {
		check(reflect.New(f.Type.Go).UnsafePointer(), &r)
	}
	if r.faults == nil {
		return nil
	}
	return check
}

// onZero returns the step that checks a value of f, also where it is zero.
func (f *Field) onZero() step {
	if f.Type.Kind == Pointer {
		return nil
	}
	return both(f.Type.admit, f.Rule.check(f.Type, false))
}

// both returns a step that takes two, either of which may be nil.
func both(a, b step) step {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return func(p unsafe.Pointer, r *Report) {
		a(p, r)
		b(p, r)
	}
}

// segment checks what travels in a path: it would not arrive as it was sent.
func segment(p unsafe.Pointer, r *Report) {
	switch *(*string)(p) {
	case "", ".", "..":
		r.fault("path", `must not be "", "." or "..", which cannot travel in a path`)
	}
}

// check returns the step that checks a value of type t; where skipZero is set, zero counts as absent.
func (r *Rule) check(t *Type, skipZero bool) step {
	var check step
	switch {
	case t.Kind == String:
		check = func(p unsafe.Pointer, report *Report) {
			if s := *(*string)(p); !skipZero || s != "" {
				r.text(s, report)
			}
		}
	case r.HasMin || r.HasMax:
		value, unit := t.amount()
		check = func(p unsafe.Pointer, report *Report) {
			if n := value(p); !skipZero || n != 0 {
				r.number(n, unit, report)
			}
		}
	}
	if r.MultipleOf != 0 {
		check = both(check, r.divides(t))
	}
	if r.Unique {
		check = both(check, distinct(t))
	}
	return check
}

// amount returns what min and max bound in a value of type t, and what it is an amount of.
func (t *Type) amount() (value func(p unsafe.Pointer) float64, unit string) {
	switch t.Kind {
	case Int:
		if t.Go.Kind() == reflect.Int64 {
			return func(p unsafe.Pointer) float64 { return float64(*(*int64)(p)) }, ""
		}
		return func(p unsafe.Pointer) float64 { return float64(reflect.NewAt(t.Go, p).Elem().Int()) }, ""
	case Uint:
		return func(p unsafe.Pointer) float64 { return float64(reflect.NewAt(t.Go, p).Elem().Uint()) }, ""
	case Float:
		return func(p unsafe.Pointer) float64 { return reflect.NewAt(t.Go, p).Elem().Float() }, ""
	case Bytes:
		return func(p unsafe.Pointer) float64 { return float64(len(*(*[]byte)(p))) }, "byte"
	}
	return func(p unsafe.Pointer) float64 { return float64(reflect.NewAt(t.Go, p).Elem().Len()) }, "entry"
}

// divides checks that a whole number is a multiple.
func (r *Rule) divides(t *Type) step {
	detail := "must be a multiple of " + strconv.FormatInt(r.MultipleOf, 10)
	return func(p unsafe.Pointer, report *Report) {
		v := reflect.NewAt(t.Go, p).Elem()
		if v.CanInt() && v.Int()%r.MultipleOf != 0 || v.CanUint() && v.Uint()%uint64(r.MultipleOf) != 0 {
			report.fault("multipleof", detail)
		}
	}
}

// distinct checks that no two entries of a list are the same.
func distinct(t *Type) step {
	return func(p unsafe.Pointer, report *Report) {
		list := reflect.NewAt(t.Go, p).Elem()
		seen := make(map[any]bool, list.Len())
		for i := range list.Len() {
			entry := list.Index(i).Interface()
			if seen[entry] {
				report.fault("unique", "must have no entry twice")
				return
			}
			seen[entry] = true
		}
	}
}

// number checks the value of a number, or the length of what has one.
func (r *Rule) number(n float64, unit string, report *Report) {
	if r.HasMin && n < r.Min || r.HasMax && n > r.Max {
		code := "min"
		if r.HasMax && n > r.Max {
			code = "max"
		}
		report.fault(code, r.expectation(unit))
	}
}

// text checks a text. Its length in bytes settles most cases without counting characters.
func (r *Rule) text(s string, report *Report) {
	n := float64(len(s))
	if r.HasMax && n > r.Max || r.HasMin && n < r.Min*utf8.UTFMax {
		r.number(float64(utf8.RuneCountInString(s)), "character", report)
	}
	if r.OneOf != nil && !slices.Contains(r.OneOf, s) {
		report.fault("oneof", "must be one of "+strings.Join(r.OneOf, ", "))
	}
	switch {
	case r.pattern == nil || r.pattern.MatchString(s):
	case r.Format != "":
		report.fault("format", "must be of the format "+r.Format)
	default:
		report.fault("pattern", "must match "+r.Pattern)
	}
}

// expectation says in words what min and max ask for; unit is the singular of what is counted.
func (r *Rule) expectation(unit string) string {
	amount := func(n float64) string {
		text := strconv.FormatFloat(n, 'f', -1, 64)
		switch {
		case unit == "":
			return text
		case n == 1:
			return text + " " + unit
		case unit == "entry":
			return text + " entries"
		}
		return text + " " + unit + "s"
	}
	verb := "must be "
	if unit != "" {
		verb = "must have "
	}
	switch {
	case r.HasMin && r.HasMax:
		return verb + strconv.FormatFloat(r.Min, 'f', -1, 64) + " to " + amount(r.Max)
	case r.HasMin:
		return verb + "at least " + amount(r.Min)
	}
	return verb + "at most " + amount(r.Max)
}
