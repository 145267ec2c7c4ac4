package shape

import (
	"net/http"
	"reflect"
	"unsafe"
)

// isLinkHeader reports whether a header holds a link, also where no tag says so.
func isLinkHeader(name string) bool {
	name = http.CanonicalHeaderKey(name)
	return name == "Location" || name == "Content-Location"
}

// EachLink calls visit for each link in the value that pointer points to, and puts what it returns in its place. What has no link costs nothing.
func (m *Message) EachLink(pointer any, visit func(link string) string) {
	if m.linked {
		m.eachLink(pointerOf(pointer), visit)
	}
}

// linkHeaders returns the names of the headers that links travel in.
func (t *Type) linkHeaders() []string {
	var names []string
	for _, f := range t.Fields {
		if f.Place == Header && f.Rule.Link {
			names = append(names, f.Name)
		}
	}
	return names
}

func (t *Type) eachLink(p unsafe.Pointer, visit func(string) string) {
	switch t.Kind {
	case Struct:
		for i := range t.Fields {
			f := &t.Fields[i]
			if !f.Rule.Link {
				f.Type.eachLink(at(p, f.offset), visit)
			} else if link := (*string)(at(p, f.offset)); *link != "" {
				*link = visit(*link)
			}
		}
	case Pointer:
		if target := *(*unsafe.Pointer)(p); target != nil {
			t.Elem.eachLink(target, visit)
		}
	case List:
		list := reflect.NewAt(t.Go, p).Elem()
		for i := range list.Len() {
			t.Elem.eachLink(list.Index(i).Addr().UnsafePointer(), visit)
		}
	case Map:
		table := reflect.NewAt(t.Go, p).Elem()
		for entries := table.MapRange(); entries.Next(); {
			value := reflect.New(t.Elem.Go)
			value.Elem().Set(entries.Value())
			t.Elem.eachLink(value.UnsafePointer(), visit)
			table.SetMapIndex(entries.Key(), value.Elem())
		}
	}
}

// hasLink reports whether there is a link in a value of this type.
func (t *Type) hasLink(seen map[*Type]bool) bool {
	if t == nil || seen[t] {
		return false
	}
	seen[t] = true
	for i := range t.Fields {
		if f := &t.Fields[i]; f.Rule.Link || f.Type.hasLink(seen) {
			return true
		}
	}
	return t.Elem.hasLink(seen)
}
