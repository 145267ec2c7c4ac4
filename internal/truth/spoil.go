package truth

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/shape"
)

// RandomBody returns a random body of a request: mostly of a valid one, with up to two mistakes.
func RandomBody(seed uint64, op spinoff.Operation) ([]byte, error) {
	r := &random{Rand: source(seed), loose: true}
	in, err := make1(r, op.In)
	if err != nil {
		return nil, err
	}
	m, err := shape.Request(op)
	if err != nil {
		return nil, err
	}
	m.Admit(in, true, true)
	var body any
	decoder := json.NewDecoder(bytes.NewReader(m.AppendJSON(nil, in)))
	decoder.UseNumber()
	if err := decoder.Decode(&body); err != nil {
		return nil, err
	}
	for range r.IntN(3) {
		body = r.spoil(body)
	}
	return json.Marshal(body)
}

// odd are values that some field may not have.
var odd = []any{
	nil, true, false, "", "x", 0, 1, -1, json.Number("1.0"), json.Number("1.5"), json.Number("-0"), json.Number("-0.0"), json.Number("3e1"), json.Number("30.000e0"), json.Number("1e2"), json.Number("0.5"), json.Number("0.4"),
	json.Number("9223372036854775807"), json.Number("9223372036854775808"), json.Number("-9223372036854775808"), json.Number("18446744073709551615"), json.Number("18446744073709551616"),
	json.Number("1e18"), json.Number("1e19"), json.Number("1e39"), json.Number("1e300"), json.Number("1e400"), json.Number("-1e400"), json.Number("1e-400"), json.Number("255"), json.Number("256"), json.Number("2147483648"),
	[]any{},
	[]any{nil},
	[]any{"a", "a"},
	[]any{1, json.Number("1.0")},
	[]any{"a", "b", "c", "d"},
	map[string]any{},
	map[string]any{"x": nil},
	map[string]any{"card": nil, "code": "x"},
	map[string]any{"card": map[string]any{"number": "1234"}, "code": "x"},
	map[string]any{"code": "x"},
	map[string]any{"street": "a"},
	map[string]any{"lines": []any{}},
	"2026-01-31T09:00:00Z", "2026-01-31t09:00:00z", "2026-01-31T09:00:00+01:00", "2026-01-31T09:00:00", "2026-02-30T09:00:00Z", "2016-12-31T23:59:60Z", "2026-01-31T12:00:60Z", "2026-1-31T09:00:00Z",
	"2026-01-31T9:00:00Z", "2026-01-31T09:00:00,5Z", "2026-01-31T09:00:00.123456789123Z", "2026-01-31T24:00:00Z", "2026-01-31T09:00:00+24:00", "2026-01-31T09:00:00-00:00", "2026-01-31 09:00:00Z", "0000-01-01T00:00:00Z",
	"0000-01-01T00:00:00+01:00", "2017-01-01T00:59:60+01:00", "2026-01-31T09:00:00.Z", "2026-01-31T09:00:00+0100",
	"AA==", "AAA=", "AAAA", "AAAAA", "AAAAAAAA", "AAAAAAAAAA==", "AA=", "A A=", "AA\n==", "AB==", "_-8=", "====",
}

// spoil returns a value with one mistake somewhere in it, perhaps.
func (r *random) spoil(value any) any {
	if r.chance(12) {
		return r.other()
	}
	switch v := value.(type) {
	case map[string]any:
		names := slices.Sorted(maps.Keys(v))
		switch {
		case len(names) == 0 || r.chance(10):
			v[samples[r.pick(len(samples))]] = r.other()
		case r.chance(8):
			delete(v, names[r.pick(len(names))])
		default:
			name := names[r.pick(len(names))]
			v[name] = r.spoil(v[name])
		}
		return v
	case []any:
		switch {
		case len(v) == 0 || r.chance(4):
			return append(v, r.other())
		case r.chance(4):
			return append(v, clone(v[r.pick(len(v))]))
		}
		i := r.pick(len(v))
		v[i] = r.spoil(v[i])
		return v
	}
	return r.other()
}

func (r *random) other() any {
	if r.chance(3) {
		return samples[r.pick(len(samples))]
	}
	return clone(odd[r.pick(len(odd))])
}

// clone copies a value that may be spoiled further.
func clone(value any) any {
	switch v := value.(type) {
	case map[string]any:
		c := map[string]any{}
		for name, member := range v {
			c[name] = clone(member)
		}
		return c
	case []any:
		c := make([]any, 0, len(v))
		for _, member := range v {
			c = append(c, clone(member))
		}
		return c
	}
	return value
}

// RandomQuery returns a random query of a request: mostly of a valid one, with up to two mistakes. Blank values are not among them, which an HTML form
// sends for what was left out, nor words other than true and false for a truth value, which it sends for a box that was ticked.
func RandomQuery(seed uint64, op spinoff.Operation) (url.Values, error) {
	r := &random{Rand: source(seed), loose: true}
	in, err := make1(r, op.In)
	if err != nil {
		return nil, err
	}
	m, err := shape.Request(op)
	if err != nil {
		return nil, err
	}
	m.Admit(in, true, true)
	query := m.EncodeQuery(in)
	for range min(r.IntN(3), len(m.Fields)) {
		f := &m.Fields[r.pick(len(m.Fields))]
		text := fmt.Sprint(r.other())
		switch {
		case f.Place != shape.Body || text == "":
		case r.chance(3):
			query.Del(f.Name)
		case r.chance(10):
			query.Add(text, text)
		case f.Type.Kind != shape.Bool:
			query.Add(f.Name, text)
		}
	}
	for _, texts := range query {
		for i, text := range texts {
			if text == "" {
				texts[i] = "x"
			}
		}
	}
	return query, nil
}
