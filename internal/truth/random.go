package truth

import (
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/spinoff-go/spinoff/shape"
)

// random makes values of the types of contracts. The zero value makes the same value each time.
type random struct {
	*rand.Rand
	full  bool // leave nothing out
	loose bool // break a constraint now and then
}

// Random returns a random value of t, mostly within its constraints, as a pointer.
func Random(seed uint64, t reflect.Type) (any, error) {
	return make1(&random{Rand: source(seed), loose: true}, t)
}

// Full returns a value of t in which nothing is empty, as a pointer.
func Full(t reflect.Type) (any, error) { return make1(&random{Rand: source(0), full: true}, t) }

func source(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) } //nolint:gosec // tests

func make1(r *random, t reflect.Type) (any, error) {
	compiled, err := compile(t)
	if err != nil {
		return nil, err
	}
	v := reflect.New(t)
	r.value(compiled, nil, v.Elem(), 0)
	return v.Interface(), nil
}

// types holds what was compiled before.
var types sync.Map // of reflect.Type: *shape.Type

func compile(t reflect.Type) (*shape.Type, error) {
	if known, ok := types.Load(t); ok {
		return known.(*shape.Type), nil
	}
	compiled, err := shape.Of(t)
	if err == nil {
		types.Store(t, compiled)
	}
	return compiled, err
}

// chance reports true once in n times.
func (r *random) chance(n int) bool { return r.Rand != nil && r.IntN(n) == 0 }

func (r *random) pick(n int) int {
	if r.Rand == nil {
		return 0
	}
	return r.IntN(n)
}

// outside sets the fields of a request that do not travel in the body.
func (r *random) outside(m *shape.Message, v reflect.Value) {
	for i := range m.Fields {
		if f := &m.Fields[i]; f.Place == shape.Path {
			r.value(f.Type, &f.Rule, v.FieldByName(f.GoName), 0)
			if f.Type.Kind == shape.String && v.FieldByName(f.GoName).String() == "" {
				v.FieldByName(f.GoName).SetString("x")
			}
		}
	}
}

// value sets v, which is zero, to a value of type t.
func (r *random) value(t *shape.Type, rule *shape.Rule, v reflect.Value, depth int) {
	if rule == nil {
		rule = &shape.Rule{}
	}
	if r.loose && r.chance(200) {
		rule = &shape.Rule{}
	}
	switch t.Kind {
	case shape.String:
		v.SetString(r.text(rule))
	case shape.Int, shape.Uint, shape.Float:
		r.number(rule, v)
	case shape.Bool:
		v.SetBool(r.full || r.chance(2))
	case shape.Bytes:
		v.SetBytes([]byte(strings.Repeat("\xff", r.length(rule))))
	case shape.Time:
		if r.full || r.chance(2) {
			v.Set(reflect.ValueOf(time.Unix(int64(r.pick(1<<31)), int64(r.pick(1e9))).In(time.FixedZone("", 3600*r.pick(5)))))
		}
	case shape.List:
		r.list(t, rule, v, depth)
	case shape.Map:
		r.table(t, rule, v, depth)
	case shape.Pointer:
		if depth > 4 || !r.full && r.chance(2) {
			return
		}
		v.Set(reflect.New(t.Elem.Go))
		r.value(t.Elem, rule, v.Elem(), depth+1)
	case shape.Struct:
		r.structure(t, v, depth)
	}
}

func (r *random) structure(t *shape.Type, v reflect.Value, depth int) {
	if t.One && (!r.loose || !r.chance(60)) {
		f := &t.Fields[r.pick(len(t.Fields))]
		p := reflect.New(f.Type.Elem.Go)
		r.value(f.Type.Elem, nil, p.Elem(), depth+1)
		v.FieldByName(f.GoName).Set(p)
		return
	}
	for i := range t.Fields {
		f := &t.Fields[i]
		field := v.FieldByName(f.GoName)
		switch {
		case f.Optional && !r.full && r.chance(2):
		case f.Place == shape.Status:
			field.SetInt(int64(f.Rule.Statuses[r.pick(len(f.Rule.Statuses))]))
		default:
			r.value(f.Type, &f.Rule, field, depth)
		}
	}
}

// length returns a length within a rule; 0 now and then where that may be.
func (r *random) length(rule *shape.Rule) int {
	least, most := int(rule.Min), int(rule.Min)+4
	if rule.HasMax {
		most = min(most, int(rule.Max))
	}
	if r.full {
		least = max(least, 1)
	}
	return least + r.pick(max(most, least)-least+1)
}

func (r *random) list(t *shape.Type, rule *shape.Rule, v reflect.Value, depth int) {
	if depth > 4 {
		return
	}
	n := r.length(rule)
	v.Set(reflect.MakeSlice(t.Go, n, n))
	for i := range n {
		r.value(t.Elem, nil, v.Index(i), depth+1)
	}
}

func (r *random) table(t *shape.Type, rule *shape.Rule, v reflect.Value, depth int) {
	if depth > 4 {
		return
	}
	v.Set(reflect.MakeMap(t.Go))
	for range r.length(rule) {
		value := reflect.New(t.Elem.Go)
		r.value(t.Elem, nil, value.Elem(), depth+1)
		v.SetMapIndex(reflect.ValueOf(r.text(&shape.Rule{})), value.Elem())
	}
}

// samples are texts that some pattern or format of some contract may ask for, and texts that programs stumble over.
var samples = []string{
	"", "a", "ü", "😀", "\x00", "\u2028", "\u00a0", "e\u0301", "<b>&", `"\`, "null", "AB12", "A123-x!", "1234", "A12\r", "anna@example.com", "a@b", "a\u00a0@b", "https://example.com/x?y=z",
	"urn:x", "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "2026-01-31T09:00:00Z", "AAECAw==", "USD", "red", "green",
}

func (r *random) text(rule *shape.Rule) string {
	switch {
	case rule.OneOf != nil:
		return rule.OneOf[r.pick(len(rule.OneOf))]
	case rule.Open != nil && !r.chance(3):
		return rule.Open[r.pick(len(rule.Open))]
	case rule.Pattern != "":
		return r.matching(rule)
	}
	if n := r.length(rule); rule.HasMin || rule.HasMax || n > 3 {
		return strings.Repeat([]string{"a", "ü", "😀"}[r.pick(3)], n)
	}
	text := samples[r.pick(len(samples))]
	if text == "" && r.full {
		return "a"
	}
	return text
}

// matching returns a text that has the pattern of a rule.
func (r *random) matching(rule *shape.Rule) string {
	var matches []string
	re, err := ecma(rule.Pattern)
	if err != nil {
		return ""
	}
	for _, text := range samples {
		if re.MatchString(text) && float64(len(text)) >= rule.Min && (!rule.HasMax || float64(len(text)) <= rule.Max) {
			matches = append(matches, text)
		}
	}
	if matches == nil {
		return ""
	}
	return matches[r.pick(len(matches))]
}

func (r *random) number(rule *shape.Rule, v reflect.Value) {
	least, most := -4.0, 1e3
	if !rule.HasMin && !rule.HasMax && r.chance(3) {
		least, most = math.MinInt64/2, math.MaxInt64/2
	}
	if rule.HasMin {
		least = rule.Min
		most = max(most, least)
	}
	if rule.HasMax {
		most = rule.Max
		least = min(least, most)
	}
	n := least
	if r.Rand != nil {
		n += r.Float64() * (most - least)
	}
	step := float64(max(rule.MultipleOf, 1))
	whole := math.Floor(n/step) * step
	if whole < least {
		whole = math.Ceil(n/step) * step
	}
	if r.full && whole == 0 {
		whole = step
	}
	switch {
	case v.CanFloat():
		v.SetFloat(n)
	case v.CanInt():
		v.SetInt(int64(whole))
	default:
		v.SetUint(uint64(max(whole, 0)))
	}
}
