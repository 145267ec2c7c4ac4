package shape

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// parseTag reads a `spinoff:"…"` tag into f. It refuses what f's type cannot have.
func parseTag(tag string, f *Field) error {
	for tag != "" {
		var part string
		if strings.HasPrefix(tag, "pattern=") {
			part, tag = tag, ""
		} else {
			part, tag, _ = strings.Cut(tag, ",")
		}
		key, value, _ := strings.Cut(part, "=")
		if err := f.setRule(key, value); err != nil {
			return fmt.Errorf("tag spinoff:%q: %w", part, err)
		}
	}
	return nil
}

func (f *Field) setRule(key, value string) error {
	kind := f.Type.base().Kind
	var err error
	switch key {
	case "min":
		f.Rule.HasMin = true
		f.Rule.Min, err = f.bound(value)
	case "max":
		f.Rule.HasMax = true
		f.Rule.Max, err = f.bound(value)
	case "oneof":
		if kind != String {
			return fmt.Errorf("oneof is for text")
		}
		f.Rule.OneOf = strings.Split(value, "|")
	case "pattern":
		if kind != String {
			return fmt.Errorf("pattern is for text")
		}
		f.Rule.Pattern, err = regexp.Compile(value)
	case "header":
		if f.Type.Kind != String && f.Type.Kind != Int {
			return fmt.Errorf("a header field is a string or an integer")
		}
		f.Place, f.Name = Header, value
	case "status":
		if f.Type.Go.Kind() != reflect.Int {
			return fmt.Errorf("a status field is an int")
		}
		f.Place = Status
		for word := range strings.SplitSeq(value, "|") {
			n, err := strconv.Atoi(word)
			if err != nil || n < 200 || n > 299 {
				return fmt.Errorf("%q is not a status of success", word)
			}
			f.Rule.Statuses = append(f.Rule.Statuses, n)
		}
	default:
		return fmt.Errorf("there is no such word; there are min, max, oneof, pattern, header, status")
	}
	return err
}

// bound reads the value of min or max.
func (f *Field) bound(value string) (float64, error) {
	switch f.Type.base().Kind {
	case String, List, Map, Bytes, Int, Uint, Float:
		return strconv.ParseFloat(value, 64)
	}
	return 0, fmt.Errorf("min and max are for numbers, texts and lists")
}

// base returns the type behind a pointer.
func (t *Type) base() *Type {
	if t.Kind == Pointer {
		return t.Elem
	}
	return t
}

// constraint returns the step that checks f's rule, or nil where there is none.
func (f *Field) constraint() step {
	if f.Place == Path && f.Type.Kind == String {
		return segment
	}
	if f.Rule.empty() {
		return nil
	}
	if f.Type.Kind != Pointer {
		return f.Rule.check(f.Type, f.Optional)
	}
	check := f.Rule.check(f.Type.Elem, false)
	return func(p unsafe.Pointer, r *Report) {
		if target := *(*unsafe.Pointer)(p); target != nil {
			check(target, r)
		}
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
	number := func(value func(p unsafe.Pointer) float64, unit string) step {
		return func(p unsafe.Pointer, report *Report) {
			if n := value(p); !skipZero || n != 0 {
				r.number(n, unit, report)
			}
		}
	}
	switch t.Kind {
	case String:
		return func(p unsafe.Pointer, report *Report) {
			if s := *(*string)(p); !skipZero || s != "" {
				r.text(s, report)
			}
		}
	case Int:
		if t.Go.Kind() == reflect.Int64 {
			return number(func(p unsafe.Pointer) float64 { return float64(*(*int64)(p)) }, "")
		}
		return number(func(p unsafe.Pointer) float64 { return float64(reflect.NewAt(t.Go, p).Elem().Int()) }, "")
	case Uint:
		return number(func(p unsafe.Pointer) float64 { return float64(reflect.NewAt(t.Go, p).Elem().Uint()) }, "")
	case Float:
		return number(func(p unsafe.Pointer) float64 { return reflect.NewAt(t.Go, p).Elem().Float() }, "")
	case Bytes:
		return number(func(p unsafe.Pointer) float64 { return float64(len(*(*[]byte)(p))) }, "byte")
	}
	return number(func(p unsafe.Pointer) float64 { return float64(reflect.NewAt(t.Go, p).Elem().Len()) }, "entry")
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
	if r.Pattern != nil && !r.Pattern.MatchString(s) {
		report.fault("pattern", "must match "+r.Pattern.String())
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
