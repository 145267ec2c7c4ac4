package diff

import (
	"slices"
	"strings"

	"github.com/spinoff-go/spinoff/contract/openapi"
)

// unchanged knows which schemas stand in both documents with the same text, and refer to such schemas only: there is nothing to look for in
// them. Most of two documents is of that kind.
type unchanged struct {
	flavour bool            // both documents are read in the same way
	schemas map[string]bool // names of components
}

func findUnchanged(o, n *openapi.Document) unchanged {
	u := unchanged{flavour: o.Old() == n.Old(), schemas: map[string]bool{}}
	olds, news := o.Root.Get("components").Get("schemas"), n.Root.Get("components").Get("schemas")
	after := fieldMap(news)
	refs := map[string][]string{}
	for _, m := range olds.Fields() {
		if is := after[m.Name]; is != nil && m.Value.JSON() == is.JSON() {
			u.schemas[m.Name] = true
			refs[m.Name] = references(m.Value, nil)
		}
	}
	for again := true; again; {
		again = false
		for name := range u.schemas {
			if !u.all(refs[name]) {
				delete(u.schemas, name)
				again = true
			}
		}
	}
	return u
}

// references lists the schemas that are named below a node; one that cannot be a component's name stands for what is looked up elsewhere.
func references(n *openapi.Node, names []string) []string {
	for _, m := range n.Fields() {
		switch {
		case m.Name == "$ref" && m.Value.Kind == openapi.String:
			name, component := strings.CutPrefix(m.Value.Text, "#/components/schemas/")
			if !component || strings.ContainsAny(name, "/~%") {
				name = "/"
			}
			names = append(names, name)
		case m.Name == "discriminator": // it may stand for any component that is made of this schema
			names = append(names, "/")
		case m.Name == "mapping":
			for _, target := range m.Value.Fields() {
				names = append(names, strings.TrimPrefix(target.Value.Str(), "#/components/schemas/"))
			}
		}
		names = references(m.Value, names)
	}
	for _, item := range n.List() {
		names = references(item, names)
	}
	return names
}

func (u unchanged) all(names []string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { return !u.schemas[name] })
}

// terms reports whether two terms are the same text of the same things.
func (u unchanged) terms(o, n *term) bool {
	if !u.flavour || len(o.parts) != len(n.parts) || len(o.without)+len(n.without) > 0 {
		return false
	}
	for i := range o.parts {
		a, b := o.parts[i], n.parts[i]
		if len(a.Members) != len(b.Members) || a.Get("$ref").Str() != b.Get("$ref").Str() || a.JSON() != b.JSON() || !u.all(references(a, nil)) {
			return false
		}
	}
	return true
}
