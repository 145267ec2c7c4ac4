package sample

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
)

// What stands for a value that is another one each time.
const (
	anyTime   = "{{any time}}"
	anyText   = "{{any text}}"
	anyNumber = "{{any number}}"
)

// common returns what two answers to the same request have in common: values that differ are kept as what they are only.
func common(a, b Answer) (Answer, error) {
	if a.Status != b.Status {
		return a, fmt.Errorf("it answers %d one time and %d the other, so that it cannot be recorded; %s and %s", a.Status, b.Status, a.Body, b.Body)
	}
	out := Answer{Status: a.Status, Header: map[string]string{}}
	if !slices.Equal(slices.Sorted(maps.Keys(a.Header)), slices.Sorted(maps.Keys(b.Header))) {
		return a, errors.New("it answers with other headers each time, so that it cannot be recorded")
	}
	for name, value := range a.Header {
		out.Header[name] = value
		if b.Header[name] != value {
			out.Header[name] = anyText
		}
	}
	if a.Body == nil && b.Body == nil {
		return out, nil
	}
	value, err := merge("body", decode(a.Body), decode(b.Body))
	if err != nil {
		return a, err
	}
	if a.Header["Content-Type"] == "application/problem+json" {
		forPeople(value)
	}
	out.Body, err = encode(value)
	return out, err
}

// forPeople marks the texts of a problem that are for people, which no version promises.
func forPeople(problem any) {
	p, ok := problem.(map[string]any)
	if !ok {
		return
	}
	for _, name := range []string{"title", "detail"} {
		if _, there := p[name]; there {
			p[name] = anyText
		}
	}
	faults, _ := p["errors"].([]any) // nil where there are none
	for _, fault := range faults {
		forPeople(fault)
	}
}

func encode(value any) (json.RawMessage, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(value)
	return json.RawMessage(strings.TrimSpace(b.String())), err
}

// merge is common for a value at a place.
func merge(place string, a, b any) (any, error) {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok || len(x) != len(y) {
			break
		}
		out := map[string]any{}
		for name := range x {
			other, there := y[name]
			if !there {
				return nil, fmt.Errorf("%s.%s is there one time only, so that it cannot be recorded", place, name)
			}
			value, err := merge(place+"."+name, x[name], other)
			if err != nil {
				return nil, err
			}
			out[name] = value
		}
		return out, nil
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			break
		}
		out := make([]any, len(x))
		for i := range x {
			value, err := merge(fmt.Sprintf("%s[%d]", place, i), x[i], y[i])
			if err != nil {
				return nil, err
			}
			out[i] = value
		}
		return out, nil
	}
	if reflect.DeepEqual(a, b) {
		return a, nil
	}
	if kind := kindOf(a); kind != "" && kind == kindOf(b) {
		return kind, nil
	}
	if kindOf(a) != "" && kindOf(b) != "" { // a time and another text
		return anyText, nil
	}
	return nil, fmt.Errorf("%s is %s one time and %s the other, so that it cannot be recorded", place, show(a), show(b))
}

// kindOf returns what stands for a value that may be another one, or "".
func kindOf(value any) string {
	switch value := value.(type) {
	case json.Number:
		return anyNumber
	case string:
		if _, err := time.Parse(time.RFC3339Nano, value); err == nil {
			return anyTime
		}
		return anyText
	}
	return ""
}

// compare returns how an answer differs from what was recorded, for people.
func compare(want, got Answer) (all []string) {
	if want.Status != got.Status {
		all = append(all, fmt.Sprintf("status: was %d, is %d", want.Status, got.Status))
	}
	for _, name := range slices.Sorted(maps.Keys(want.Header)) {
		value, there := got.Header[name]
		switch was := want.Header[name]; {
		case !there:
			all = append(all, fmt.Sprintf("header %s: was %q, is not there", name, was))
		case was != anyText && was != value:
			all = append(all, fmt.Sprintf("header %s: was %q, is %q", name, was, value))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got.Header)) {
		if _, there := want.Header[name]; !there {
			all = append(all, fmt.Sprintf("header %s: was not there, is %q", name, got.Header[name]))
		}
	}
	return append(all, differ("body", decode(want.Body), decode(got.Body))...)
}

// differ is compare for a value at a place.
func differ(place string, want, got any) (all []string) {
	switch was := want.(type) {
	case map[string]any:
		is, ok := got.(map[string]any)
		if !ok {
			break
		}
		for _, name := range slices.Sorted(maps.Keys(was)) {
			value, there := is[name]
			if !there {
				all = append(all, fmt.Sprintf("%s.%s: was %s, is not there", place, name, show(was[name])))
				continue
			}
			all = append(all, differ(place+"."+name, was[name], value)...)
		}
		for _, name := range slices.Sorted(maps.Keys(is)) {
			if _, there := was[name]; !there {
				all = append(all, fmt.Sprintf("%s.%s: was not there, is %s", place, name, show(is[name])))
			}
		}
		return all
	case []any:
		is, ok := got.([]any)
		if !ok {
			break
		}
		for i := range min(len(was), len(is)) {
			all = append(all, differ(fmt.Sprintf("%s[%d]", place, i), was[i], is[i])...)
		}
		if len(was) != len(is) {
			all = append(all, fmt.Sprintf("%s: had %d items, has %d", place, len(was), len(is)))
		}
		return all
	}
	kind := kindOf(got)
	if want == kind && kind != "" || want == anyText && kind == anyTime || reflect.DeepEqual(want, got) {
		return nil
	}
	return []string{fmt.Sprintf("%s: was %s, is %s", place, show(want), show(got))}
}

// show writes a value for people, shortened.
func show(value any) string {
	if value == nil {
		return "nothing"
	}
	text, err := encode(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	if runes := []rune(string(text)); len(runes) > 120 {
		return string(runes[:120]) + "…"
	}
	return string(text)
}
