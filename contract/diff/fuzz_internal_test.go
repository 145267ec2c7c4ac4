package diff

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/spinoff-go/spinoff/contract/openapi"
)

// writer writes random schemas out of few words, so that two of them have much in common.
type writer struct{ *rand.Rand }

func (w writer) pick(texts ...string) string { return texts[w.IntN(len(texts))] }

// schema writes a random schema of a depth.
func (w writer) schema(depth int) string {
	if depth == 0 || w.IntN(3) == 0 {
		return w.pick(`{"type":"string"}`, `{"type":"integer"}`, `{"type":["string","null"]}`, `{"enum":["a","b"]}`, `{"const":"a"}`, `{"type":"boolean"}`, `{}`,
			`{"type":"string","maxLength":2}`, `{"type":"string","minLength":1}`, `{"type":"integer","minimum":1}`, `{"type":"number","maximum":5}`, `{"enum":["a",1,null]}`,
			`{"type":"number","multipleOf":2}`, `{"type":"string","pattern":"^a"}`, `{"$ref":"#/components/schemas/Tree"}`, `{"type":["integer","string"]}`, `{"not":{"const":"a"}}`, `false`)
	}
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	switch w.IntN(9) {
	case 0, 1, 2, 3:
		var properties []string
		for _, name := range []string{"a", "b", "c"} {
			if w.IntN(2) == 0 {
				properties = append(properties, fmt.Sprintf("%q:%s", name, w.schema(depth-1)))
			}
		}
		add(`"type":"object","properties":{%s}`, strings.Join(properties, ","))
		if w.IntN(2) == 0 {
			add(`"required":[%q]`, w.pick("a", "b"))
		}
		if w.IntN(3) == 0 {
			add(`"additionalProperties":%s`, w.pick("false", w.schema(0)))
		}
		if w.IntN(6) == 0 {
			add("%s", w.pick(`"minProperties":1`, `"maxProperties":2`, `"propertyNames":{"maxLength":1}`, `"dependentRequired":{"a":["b"]}`, `"patternProperties":{"^a":{"type":"string"}}`,
				`"if":{"required":["a"]},"then":{"required":["b"]}`, `"unevaluatedProperties":false`, `"dependentSchemas":{"a":{"required":["c"]}}`))
		}
	case 4, 5:
		add(`"type":"array","items":%s`, w.schema(depth-1))
		if w.IntN(2) == 0 {
			add("%s", w.pick(`"minItems":1`, `"maxItems":2`, `"uniqueItems":true`, `"contains":{"type":"string"}`, `"prefixItems":[{"type":"string"}]`))
		}
	case 6:
		add(`"anyOf":[%s,%s]`, w.schema(depth-1), w.schema(depth-1))
	case 7:
		add(`"oneOf":[%s,%s]`, w.schema(depth-1), w.schema(depth-1))
	case 8:
		add(`"allOf":[%s,%s]`, w.schema(depth-1), w.schema(depth-1))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// change changes a schema at one place: it becomes another one, or what is below it does.
func (w writer) change(n *openapi.Node) string {
	var below []*openapi.Node
	for _, m := range n.Fields() {
		switch m.Name {
		case "items", "additionalProperties", "not", "contains":
			below = append(below, m.Value)
		case "properties":
			for _, p := range m.Value.Members {
				below = append(below, p.Value)
			}
		case "anyOf", "oneOf", "allOf":
			below = append(below, m.Value.Items...)
		}
	}
	if len(below) == 0 || w.IntN(4) == 0 {
		return w.schema(w.IntN(3))
	}
	target := below[w.IntN(len(below))]
	return strings.Replace(n.JSON(), target.JSON(), w.change(target), 1)
}

func document(schema string) string {
	return `{"openapi":"3.1.1","info":{"title":"random","version":"1"},"paths":{"/a":{"post":{"requestBody":{"required":true,"content":{"application/json":{"schema":` + schema +
		`}}},"responses":{"200":{"description":"ok","content":{"application/json":{"schema":` + schema + `}}}}}}},
"components":{"schemas":{"Tree":{"type":"object","properties":{"a":{"$ref":"#/components/schemas/Tree"}}}}}}`
}

func found(r Report) string {
	var all []string
	for _, f := range r.Findings {
		all = append(all, f.Severity.String()+" "+f.Rule+" at "+f.Where+": "+f.What)
	}
	return strings.Join(all, "\n    ")
}

// disagreement compares two random documents, and returns a value that shows that the verdict is wrong; "" where none was found.
func disagreement(seed uint64) (text string, tried int, err error) {
	w := writer{rand.New(rand.NewPCG(seed, 4))}
	random := w.schema(3)
	root, err := openapi.Read("schema", []byte(random))
	if err != nil {
		return "", 0, err
	}
	changed := w.change(root)
	old, err := openapi.Parse("old", []byte(document(random)))
	if err != nil {
		return "", 0, err
	}
	changedDoc, err := openapi.Parse("new", []byte(document(changed)))
	if err != nil {
		return "", 0, nil //nolint:nilerr // the change has hit a name, so that there is nothing to compare
	}
	r := Compare(old, changedDoc, Options{})
	for _, one := range []way{send, read} {
		policy := func(f Finding) bool { return f.Rule == "request-property-added" || f.Rule == "response-property-added" }
		if slices.ContainsFunc(r.Findings, func(f Finding) bool {
			return policy(f) || f.Severity >= Unknown && strings.HasPrefix(f.Rule, one.prefix())
		}) {
			continue
		}
		at := func(d *openapi.Document) *term {
			op := d.Root.Get("paths").Get("/a").Get("post")
			if one == read {
				op = op.Get("responses").Get("200")
			} else {
				op = op.Get("requestBody")
			}
			return newTerm([]*openapi.Node{op.Get("content").Get("application/json").Get("schema")}, nil)
		}
		from, to := newSide(old, newBudget()), newSide(changedDoc, newBudget())
		if one == read {
			from, to = to, from
		}
		was, is := at(from.doc), at(to.doc)
		for _, v := range newSampler(from, to, was, is).values(was, false) {
			if tried++; from.accepts(was, v) && !to.accepts(is, v) {
				return fmt.Sprintf("%s%s\n  old %s\n  new %s\n  found %s", one.prefix(), v.JSON(), random, changed, found(r)), tried, nil
			}
		}
	}
	return "", tried, nil
}

// TestNoDisagreement: no value is accepted by the old document and refused by the new one where the verdict is sound, in many random pairs. FuzzVerdict goes on with others.
func TestNoDisagreement(t *testing.T) {
	disagreements, tried := 0, 0
	for seed := range uint64(1500) {
		text, values, err := disagreement(seed)
		if err != nil {
			t.Fatal(err)
		}
		tried += values
		if text != "" {
			if disagreements++; disagreements < 6 {
				t.Errorf("seed %d: %s", seed, text)
			}
		}
	}
	t.Logf("%d disagreements, %d values tried", disagreements, tried)
}

func FuzzVerdict(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) {
		if text, _, err := disagreement(seed); err != nil || text != "" {
			t.Errorf("%s (%v)", text, err)
		}
	})
}
