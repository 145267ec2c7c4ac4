package diff

import (
	"strings"

	"github.com/spinoff-go/spinoff/contract/openapi"
)

// components notes what has changed in components that nothing uses: no consumer notices that. Those that are used are compared where they are.
func (c *comparer) components(o, n *openapi.Node) {
	at := spot{where: "components"}
	c.fields(at, "components", o, n)
	usedOld, usedNew := used(c.old.doc), used(c.new.doc)
	for _, section := range claimed["components"].ruled {
		olds, news := fieldMap(o.Get(section)), fieldMap(n.Get(section))
		for _, name := range keys(olds, news) {
			key := section + "/" + name
			was, is := olds[name], news[name]
			if was.JSON() != is.JSON() && !usedOld[key] && !usedNew[key] {
				c.note(at.in(key), "words", Words, was, is, "nothing uses this component")
			}
		}
	}
}

// used returns the components that a document uses, as section/name.
func used(d *openapi.Document) map[string]bool {
	found := map[string]bool{}
	var walk func(n *openapi.Node)
	use := func(ref string) {
		section, rest, _ := strings.Cut(strings.TrimPrefix(ref, "#/components/"), "/")
		name, _, _ := strings.Cut(rest, "/")
		name = strings.NewReplacer("~1", "/", "~0", "~").Replace(name)
		if key := section + "/" + name; !found[key] {
			if target := d.Root.Get("components").Get(section).Get(name); target != nil {
				found[key] = true
				walk(target)
			}
		}
	}
	walk = func(n *openapi.Node) {
		for _, m := range n.Fields() {
			switch m.Name {
			case "$ref":
				use(m.Value.Str())
			case "discriminator":
				for _, made := range d.Root.Get("components").Get("schemas").Fields() {
					if len(made.Value.Get("allOf").List()) > 0 {
						use("#/components/schemas/" + made.Name)
					}
				}
			case "mapping":
				for _, target := range m.Value.Fields() {
					use(target.Value.Str())
					use("#/components/schemas/" + target.Value.Str())
				}
			case "security":
				for _, requirement := range m.Value.List() {
					for _, scheme := range requirement.Fields() {
						use("#/components/securitySchemes/" + scheme.Name)
					}
				}
			}
			walk(m.Value)
		}
		for _, item := range n.List() {
			walk(item)
		}
	}
	for _, m := range d.Root.Members {
		if m.Name == "security" {
			walk(&openapi.Node{Kind: openapi.Object, Members: []openapi.Member{m}})
		} else if m.Name != "components" {
			walk(m.Value)
		}
	}
	return found
}
