package diff_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spinoff-go/spinoff/contract/diff"
	"github.com/spinoff-go/spinoff/contract/openapi"
)

// mutation is one edit of a document.
type mutation struct{ name, text string }

// mutations are all single edits of a document: each value removed, each changed in the ways there are for its kind, and a field added to each object.
func mutations(root *openapi.Node) []mutation {
	var all []mutation
	var walk func(n *openapi.Node)
	with := func(n *openapi.Node, how, with string) {
		if with != n.JSON() {
			all = append(all, mutation{how + " " + n.Pointer(), replaced(root, n, with)})
		}
	}
	walk = func(n *openapi.Node) {
		if n != root {
			with(n, "remove", "")
		}
		switch n.Kind {
		case openapi.Null:
			with(n, "change", `"null"`)
		case openapi.Bool:
			with(n, "change", map[string]string{"true": "false", "false": "true"}[n.Text])
		case openapi.Number:
			with(n, "raise", openapi.Decimal(n.Rat().Add(n.Rat(), n.Rat()))+"1")
			with(n, "zero", "0")
		case openapi.String:
			with(n, "change", fmt.Sprintf("%q", n.Text+"x"))
		case openapi.Array:
			with(n, "add an item to", strings.TrimSuffix(strings.Replace(n.JSON(), "[]", "[", 1), "]")+comma(len(n.Items))+`"added"]`)
		case openapi.Object:
			with(n, "add a field to", strings.TrimSuffix(n.JSON(), "}")+comma(len(n.Members))+`"added":true}`)
			for _, m := range n.Members {
				with(m.Value, "rename", "rename")
			}
		}
		for _, item := range n.Items {
			walk(item)
		}
		for _, m := range n.Members {
			walk(m.Value)
		}
	}
	walk(root)
	return all
}

func comma(things int) string {
	if things == 0 {
		return ""
	}
	return ","
}

// replaced writes a document with one value replaced; "" removes it, "rename" gives it another name.
func replaced(n, target *openapi.Node, with string) string {
	if n == target {
		return with
	}
	var parts []string
	switch n.Kind {
	case openapi.Array:
		for _, item := range n.Items {
			if text := replaced(item, target, with); text != "" {
				parts = append(parts, text)
			}
		}
		return "[" + strings.Join(parts, ",") + "]"
	case openapi.Object:
		for _, m := range n.Members {
			name, text := m.Name, replaced(m.Value, target, with)
			if m.Value == target && with == "rename" {
				name, text = m.Name+"x", m.Value.JSON()
			}
			if text != "" {
				parts = append(parts, fmt.Sprintf("%q:%s", name, text))
			}
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
	return n.JSON()
}

// rewrites are the edits of testdata/rich.yaml that say the same in other words, with the reason. Everything else must be found.
var rewrites = []struct{ edit, why string }{
	{"remove /paths/~1items~1{id}/get/parameters/0/style", "form is what a query parameter has where nothing is said"},
	{"remove /paths/~1items~1{id}/parameters/0/required", "a parameter in the path is always there"},
	{"change /paths/~1items~1{id}/parameters/0/required", "a parameter in the path is always there"},
	{"add a field to /paths/~1items~1{id}/get/responses/default", "nothing counts beside a reference to a response"},
	{"remove /paths/~1items/post/requestBody/content/multipart~1form-data/encoding/file/style", "form is what it is where nothing is said"},
	{"remove /components/schemas/Problem/properties/type/type", "its enum has strings only"},
	{"add a field to /components/schemas/NewItem/properties/dep/dependentSchemas", "true asks for nothing"},
	{"add a field to /components/schemas/NewItem/properties/cond/then/properties", "true asks for nothing"},
}

// TestEveryEditIsFound changes every single value of a rich document, and expects a finding for each edit, or a refusal to read it.
func TestEveryEditIsFound(t *testing.T) {
	old := parse(t, "rich.yaml", read(t, "testdata/rich.yaml"))
	used := map[string]bool{}
	count := map[string]int{}
	for _, m := range mutations(old.Root) {
		changed, err := openapi.Parse("changed", []byte(m.text))
		if err != nil {
			count["refused"]++
			continue
		}
		r := diff.Compare(old, changed, diff.Options{Now: today})
		i := slices.IndexFunc(rewrites, func(w struct{ edit, why string }) bool { return w.edit == m.name })
		switch {
		case len(r.Findings) > 0:
			count[r.Verdict().String()]++
		case i >= 0:
			used[m.name] = true
		default:
			t.Errorf("%s: found nothing", m.name)
		}
		if again := diff.Compare(changed, changed, diff.Options{Now: today}); len(again.Findings) > 0 {
			t.Errorf("%s: compared with itself: got %s, want nothing", m.name, rules(again))
		}
	}
	for _, w := range rewrites {
		if !used[w.edit] {
			t.Errorf("%q says the same in other words (%s), and is no such edit", w.edit, w.why)
		}
	}
	t.Logf("%v", count)
}
