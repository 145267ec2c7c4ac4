package shape

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
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
	return f.consistent()
}

func (f *Field) setRule(key, value string) (err error) {
	switch key {
	case "min":
		f.Rule.HasMin = true
		f.Rule.Min, err = f.bound(value)
	case "max":
		f.Rule.HasMax = true
		f.Rule.Max, err = f.bound(value)
	case "multipleof":
		f.Rule.MultipleOf, err = f.divisor(value)
	case "unique":
		if !f.Type.comparableList() || value != "" {
			return errors.New("unique has no value, and is for lists of texts and whole numbers")
		}
		f.Rule.Unique = true
	case "oneof":
		f.Rule.OneOf, err = f.words(value)
	case "open":
		f.Rule.Open, err = f.words(value)
	case "pattern":
		err = f.setPattern(value)
	case "format":
		pattern, known := formats[value]
		if !known {
			return fmt.Errorf("there is no such format; there are email, uri, uuid")
		}
		f.Rule.Format = value
		err = f.setPattern(pattern)
	case "header":
		if f.Type.Kind != String && f.Type.Kind != Int {
			return errors.New("a header field is a string or an integer")
		}
		f.Place, f.Name, f.Optional = Header, value, true
		f.Rule.Link = f.Rule.Link || f.Type.Kind == String && isLinkHeader(value)
	case "link":
		if f.Type.Kind != String || value != "" {
			return errors.New("link has no value, and is for a string")
		}
		f.Rule.Link = true
	case "status":
		err = f.setStatuses(value)
	case "one":
		return errors.New(`one belongs to the blank field of a struct: _ struct{} ` + "`spinoff:\"one\"`")
	default:
		return errors.New("there is no such word; there are min, max, multipleof, unique, oneof, open, format, pattern, header, link, status, one")
	}
	return err
}

func (f *Field) setStatuses(value string) error {
	if f.Type.Go.Kind() != reflect.Int {
		return errors.New("a status field is an int")
	}
	f.Place = Status
	for word := range strings.SplitSeq(value, "|") {
		n, err := strconv.Atoi(word)
		if err != nil || n < 200 || n > 299 {
			return fmt.Errorf("%q is not a status of success", word)
		}
		f.Rule.Statuses = append(f.Rule.Statuses, n)
	}
	return nil
}

// bound reads the value of min or max. What it refuses could not be said in JSON Schema, or not be checked exactly.
func (f *Field) bound(value string) (float64, error) {
	kind := f.Type.base().Kind
	switch kind {
	case Float:
		n, err := strconv.ParseFloat(value, 64)
		if err == nil && math.IsInf(n, 0) || math.IsNaN(n) {
			err = errors.New("it is not a finite number")
		}
		return n, err
	case Int, Uint, String, List, Map, Bytes:
	default:
		return 0, errors.New("min and max are for numbers, texts and lists")
	}
	n, err := strconv.ParseInt(value, 10, 54)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%q is not a whole number of up to 53 bits", value)
	case kind != Int && n < 0:
		return 0, errors.New("it cannot be negative here")
	}
	return float64(n), nil
}

// divisor reads the value of multipleof.
func (f *Field) divisor(value string) (int64, error) {
	if kind := f.Type.base().Kind; kind != Int && kind != Uint {
		return 0, errors.New("multipleof is for whole numbers")
	}
	n, err := strconv.ParseInt(value, 10, 54)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%q is not a whole number from 1 on", value)
	}
	return n, nil
}

// words reads the value of oneof or open.
func (f *Field) words(value string) ([]string, error) {
	if f.Type.base().Kind != String {
		return nil, errors.New("oneof and open are for text")
	}
	words := strings.Split(value, "|")
	for i, word := range words {
		if slices.Contains(words[:i], word) {
			return nil, fmt.Errorf("%q is there twice", word)
		}
	}
	return words, nil
}

func (f *Field) setPattern(pattern string) (err error) {
	switch {
	case f.Type.base().Kind != String:
		return errors.New("pattern and format are for text")
	case f.Rule.Pattern != "":
		return errors.New("a field has one pattern or one format")
	}
	f.Rule.Pattern = pattern
	f.Rule.pattern, err = compilePattern(pattern)
	return err
}

// comparableList reports whether t is a list whose entries can be told apart quickly.
func (t *Type) comparableList() bool {
	return t.Kind == List && (t.Elem.Kind == String || t.Elem.Kind == Int || t.Elem.Kind == Uint)
}

// consistent refuses words that contradict each other, and bounds that base64 cannot tell.
func (f *Field) consistent() error {
	r := &f.Rule
	switch {
	case r.HasMin && r.HasMax && r.Min > r.Max:
		return errors.New("min is more than max")
	case r.OneOf != nil && r.Open != nil:
		return errors.New("a text has oneof, where nothing else is allowed, or open, where more words may come; not both")
	case f.Type.base().Kind != Bytes:
	case r.HasMin && r.Min > 0 && int64(r.Min)%3 != 1:
		return fmt.Errorf("base64 tells lengths by three bytes: min may be %d, not %v", int64(r.Min)/3*3+1, r.Min)
	case r.HasMax && int64(r.Max)%3 != 0:
		return fmt.Errorf("base64 tells lengths by three bytes: max may be %d, not %v", (int64(r.Max)/3+1)*3, r.Max)
	}
	return nil
}
