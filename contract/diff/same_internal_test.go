package diff

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/spinoff-go/spinoff/contract/openapi"
)

// rewritten writes a schema in another way that says the same: parts of it become components, or stand alone in an allOf, anyOf or oneOf; lists
// are in another order.
func (w writer) rewritten(n *openapi.Node, components *[]string) string {
	if n.Kind != openapi.Object {
		return n.JSON()
	}
	var members []string
	for _, m := range n.Members {
		text := m.Value.JSON()
		switch m.Name {
		case "items", "additionalProperties", "not", "contains", "if", "then", "else", "propertyNames":
			text = w.rewritten(m.Value, components)
		case "properties", "patternProperties", "dependentSchemas":
			var properties []string
			for _, p := range m.Value.Members {
				properties = append(properties, fmt.Sprintf("%q:%s", p.Name, w.rewritten(p.Value, components)))
			}
			text = "{" + strings.Join(properties, ",") + "}"
		case "anyOf", "oneOf", "allOf", "enum", "type":
			if m.Value.Kind == openapi.Array {
				var items []string
				for _, item := range m.Value.Items {
					if m.Name == "enum" || m.Name == "type" {
						items = append(items, item.JSON())
					} else {
						items = append(items, w.rewritten(item, components))
					}
				}
				w.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
				text = "[" + strings.Join(items, ",") + "]"
			}
		case "const":
			members = append(members, `"enum":[`+text+"]")
			continue
		}
		members = append(members, fmt.Sprintf("%q:%s", m.Name, text))
	}
	slices.Reverse(members)
	text := "{" + strings.Join(members, ",") + "}"
	switch w.IntN(5) {
	case 0:
		*components = append(*components, text)
		return fmt.Sprintf(`{"$ref":"#/components/schemas/C%d"}`, len(*components)-1)
	case 1:
		return fmt.Sprintf(`{%q:[%s]}`, w.pick("allOf", "anyOf", "oneOf"), text)
	}
	return text
}

// TestSameIsSame: a random schema that is written in another way is the same.
func TestSameIsSame(t *testing.T) {
	wrong := 0
	for seed := range uint64(1500) {
		w := writer{rand.New(rand.NewPCG(seed, 5))}
		random := w.schema(3)
		root, err := openapi.Read("schema", []byte(random))
		if err != nil {
			t.Fatal(err)
		}
		var components []string
		other := w.rewritten(root, &components)
		text := document(other)
		for i, c := range components {
			text = strings.Replace(text, `"schemas":{`, fmt.Sprintf(`"schemas":{"C%d":%s,`, i, c), 1)
		}
		old, err := openapi.Parse("old", []byte(document(random)))
		if err != nil {
			t.Fatal(err)
		}
		changed, err := openapi.Parse("new", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range []Report{Compare(old, changed, Options{}), Compare(changed, old, Options{})} {
			if r.Verdict() > Words {
				if wrong++; wrong < 6 {
					t.Errorf("seed %d: %s\n  is said to differ from %s %s\n    %s", seed, random, other, components, found(r))
				}
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%d wrong verdicts", wrong)
	}
}
