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

// uses collects the components that a document uses, as section/name.
type uses struct {
	doc   *openapi.Document
	found map[string]bool
}

func used(d *openapi.Document) map[string]bool {
	u := uses{d, map[string]bool{}}
	for _, m := range d.Root.Members {
		switch m.Name {
		case "components":
		case "security":
			u.schemes(m.Value)
		default:
			u.walk(m.Value)
		}
	}
	return u.found
}

// use notes a component, and what it uses.
func (u uses) use(ref string) {
	section, rest, _ := strings.Cut(strings.TrimPrefix(ref, "#/components/"), "/")
	name, _, _ := strings.Cut(rest, "/")
	name = strings.ReplaceAll(strings.ReplaceAll(name, "~1", "/"), "~0", "~")
	target := u.doc.Root.Get("components").Get(section).Get(name)
	if key := section + "/" + name; target != nil && !u.found[key] {
		u.found[key] = true
		u.walk(target)
	}
}

func (u uses) schemes(security *openapi.Node) {
	for _, requirement := range security.List() {
		for _, scheme := range requirement.Fields() {
			u.use("#/components/securitySchemes/" + scheme.Name)
		}
	}
}

func (u uses) walk(n *openapi.Node) {
	for _, m := range n.Fields() {
		switch m.Name {
		case "$ref":
			u.use(m.Value.Str())
		case "discriminator": // it may stand for any schema that is made by allOf
			for _, made := range u.doc.Root.Get("components").Get("schemas").Fields() {
				if len(made.Value.Get("allOf").List()) > 0 {
					u.use("#/components/schemas/" + made.Name)
				}
			}
		case "mapping":
			for _, target := range m.Value.Fields() {
				u.use(target.Value.Str())
				u.use("#/components/schemas/" + target.Value.Str())
			}
		case "security":
			u.schemes(m.Value)
		}
		u.walk(m.Value)
	}
	for _, item := range n.List() {
		u.walk(item)
	}
}
