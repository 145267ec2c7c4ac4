package docs

import (
	"fmt"
	"slices"
	"strings"
)

// change is what is new in a version, or not there any more, in one place.
type change struct {
	ID, Name  string // of an endpoint or a topic that is here; ID is "" where it is gone
	New, Gone bool   // the whole of it
	Added     []string
	Removed   []string
}

// changes compares the operations with those of the version before, by their names. It tells readers where to look; whether a change is sound says package diff.
func (d *document) changes(before *document) []change {
	then, now := before.outline(), d.outline()
	var all []change
	for _, m := range now {
		old := then.get(m.name)
		c := change{ID: m.name, Name: label(m.name), New: old == nil}
		if old != nil {
			c.Added, c.Removed = outermost(without(m.value, old)), outermost(without(old, m.value))
		}
		if c.New || c.Added != nil || c.Removed != nil {
			all = append(all, c)
		}
	}
	for _, m := range then {
		if now.get(m.name) == nil {
			all = append(all, change{Name: label(m.name), Gone: true})
		}
	}
	return all
}

func label(id string) string {
	_, name, _ := strings.Cut(id, "-")
	return name
}

func without(all, others []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(one string) bool { return slices.Contains(others, one) })
}

// outermost leaves out what lies in another one of the list.
func outermost(paths []string) []string {
	return slices.DeleteFunc(slices.Clone(paths), func(one string) bool {
		return slices.ContainsFunc(paths, func(other string) bool { return strings.HasPrefix(one, other+".") })
	})
}

// outline lists what each operation and topic takes and gives, by the id of its section.
func (d *document) outline() members[[]string] {
	var all members[[]string]
	v := d.view()
	for _, e := range v.Endpoints {
		paths := []string{e.Method}
		for _, g := range e.Groups {
			paths = appendPaths(paths, "request ", g.Fields)
		}
		for _, a := range e.Answers {
			paths = appendPaths(paths, "answer ", a.Fields)
			paths = appendPaths(paths, "answer header ", a.Headers)
		}
		for _, f := range e.Errors {
			paths = append(paths, fmt.Sprintf("error %s %s", f.Status, f.Type))
		}
		slices.Sort(paths)
		all = append(all, member[[]string]{e.ID, slices.Compact(paths)})
	}
	for _, t := range v.Topics {
		all = append(all, member[[]string]{t.ID, appendPaths([]string{"topic"}, "field ", t.Fields)})
	}
	return all
}

func appendPaths(paths []string, prefix string, fields []field) []string {
	for _, f := range fields {
		paths = append(paths, prefix+f.Name)
		paths = appendPaths(paths, prefix+f.Name+".", f.Fields)
	}
	return paths
}
