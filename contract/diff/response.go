package diff

import (
	"fmt"
	"strings"

	"github.com/spinoff-go/spinoff/contract/openapi"
)

func (s *side) statuses(n *openapi.Node) map[string]*openapi.Node {
	all := map[string]*openapi.Node{}
	for _, m := range n.Fields() {
		switch {
		case strings.HasPrefix(m.Name, "x-"):
		case m.Name == "default":
			all[m.Name] = s.doc.Resolve(m.Value)
		default:
			all[strings.ToUpper(m.Name)] = s.doc.Resolve(m.Value)
		}
	}
	return all
}

// rangeOf is 4XX for 404.
func rangeOf(status string) string {
	if status == "default" {
		return ""
	}
	return status[:1] + "XX"
}

// success reports whether a status is one that consumers act on as the answer that they asked for: all but errors, and "not modified",
// which comes only to those who ask for it.
func success(status string) bool { return strings.Contains("123", status[:1]) && status != "304" }

func (c *comparer) responses(at spot, o, n *openapi.Node) {
	at.way = at.way.back()
	olds, news := c.old.statuses(o), c.new.statuses(n)
	rule := at.way.prefix() + "status"
	for _, status := range keys(olds, news) {
		was, is := olds[status], news[status]
		inner := at.in("answer " + status)
		switch {
		case was != nil && is != nil:
			c.response(inner, was, is)
		case is == nil:
			c.statusGone(inner, rule, status, olds, news)
		default:
			c.statusCome(inner, rule, status, olds, news)
		}
	}
	for _, name := range keys(fieldMap(o), fieldMap(n)) {
		if was, is := o.Get(name), n.Get(name); strings.HasPrefix(name, "x-") && was.JSON() != is.JSON() {
			c.note(at, "words", Words, was, is, name+" has changed")
		}
	}
}

func (c *comparer) statusGone(at spot, rule, status string, olds, news map[string]*openapi.Node) {
	wide := rangeOf(status)
	if wide != status && news[wide] != nil && olds[wide] == nil { // it is written as a range now
		c.note(at, rule, Allowed, olds[status], news[wide], fmt.Sprintf("the status %s is one of %s now", status, wide))
		c.response(at, olds[status], news[wide])
		return
	}
	if at.way == read && wide == status {
		for _, code := range keys(news) {
			if rangeOf(code) == wide && olds[code] == nil {
				c.note(at, rule, Allowed, olds[status], news[code], fmt.Sprintf("of %s only some statuses are left", status))
				return // they are compared where they come
			}
		}
	}
	c.note(at, rule, Breaking, olds[status], nil, fmt.Sprintf("the status %s is gone", status))
}

func (c *comparer) statusCome(at spot, rule, status string, olds, news map[string]*openapi.Node) {
	is := news[status]
	what := fmt.Sprintf("the status %s is new", status)
	covering := olds[rangeOf(status)]
	if covering == nil && success(status) && !hasSuccess(olds) {
		covering = olds["default"]
	}
	switch {
	case covering != nil:
		c.note(at, rule, Allowed, covering, is, what+", and is one that was announced")
		c.response(at, covering, is)
	case at.way == send || !success(status):
		c.note(at, rule, Allowed, nil, is, what)
	default:
		c.note(at, rule, Breaking, nil, is, what+", and no consumer expects it")
	}
}

func hasSuccess(statuses map[string]*openapi.Node) bool {
	for status := range statuses {
		if success(status) {
			return true
		}
	}
	return false
}

func (c *comparer) response(at spot, o, n *openapi.Node) {
	c.fields(at, "response", o, n)
	c.headers(at, o.Get("headers"), n.Get("headers"))
	c.content(at, o.Get("content"), n.Get("content"))
	c.links(at, o.Get("links"), n.Get("links"))
}

// headers compares the headers of an answer or of a part of a body; the case of their names does not matter.
func (c *comparer) headers(at spot, o, n *openapi.Node) {
	index := func(s *side, n *openapi.Node) map[string]*openapi.Node {
		all := map[string]*openapi.Node{}
		for _, m := range n.Fields() {
			if name := strings.ToLower(m.Name); name != "content-type" {
				all[name] = s.doc.Resolve(m.Value)
			}
		}
		return all
	}
	olds, news := index(c.old, o), index(c.new, n)
	rule := at.way.prefix() + "header"
	for _, name := range keys(olds, news) {
		was, is := olds[name], news[name]
		inner := at.in("header " + name)
		switch {
		case was == nil && at.way == send && is.Get("required").True():
			c.note(inner, rule+"-required", Breaking, nil, is, "the header is new and required, and no consumer sends it")
		case was == nil:
			c.note(inner, rule+"-added", Allowed, nil, is, "the header is new")
		case is == nil:
			c.note(inner, rule+"-removed", Breaking, was, nil, "the header is gone")
		default:
			c.fields(inner, "parameter", was, is)
			c.carrier(inner, "header", was, is)
		}
	}
}

// links compares where an answer says one can go.
func (c *comparer) links(at spot, o, n *openapi.Node) {
	olds, news := fieldMap(o), fieldMap(n)
	for _, name := range keys(olds, news) {
		was, is := c.old.doc.Resolve(olds[name]), c.new.doc.Resolve(news[name])
		inner := at.in("link " + name)
		switch {
		case was == nil:
			c.note(inner, "link", Allowed, nil, is, "the link is new")
			continue
		case is == nil:
			c.note(inner, "link", Breaking, was, nil, "the link is gone")
			continue
		}
		c.fields(inner, "link", was, is)
		if a, b := c.old.linked(was), c.new.linked(is); a != b {
			c.note(inner, "link", Breaking, was, is, fmt.Sprintf("it led to %s and leads to %s", a, b))
		}
		for _, field := range []string{"parameters", "requestBody", "server"} {
			if a, b := was.Get(field), is.Get(field); a.JSON() != b.JSON() {
				c.note(inner, "link", Breaking, a, b, field+" of the link has changed")
			}
		}
	}
}

// linked returns the operation that a link leads to.
func (s *side) linked(link *openapi.Node) string {
	id := link.Get("operationId").Str()
	if id == "" {
		ref := link.Get("operationRef").Str()
		if op := s.mapped(ref); op != nil && strings.HasPrefix(ref, "#/paths/") {
			path, method, _ := strings.Cut(strings.TrimPrefix(ref, "#/paths/"), "/")
			return method + " " + template(unescape(path))
		}
		return ref
	}
	for _, path := range s.doc.Root.Get("paths").Fields() {
		for _, op := range s.doc.Resolve(path.Value).Fields() {
			if op.Value.Get("operationId").Str() == id {
				return op.Name + " " + template(path.Name)
			}
		}
	}
	return id
}

// callbacks compares the requests that the provider sends to an address that the consumer gave.
func (c *comparer) callbacks(at spot, o, n *openapi.Node) {
	at.way = at.way.back()
	olds, news := fieldMap(o), fieldMap(n)
	for _, name := range keys(olds, news) {
		inner := at.in("callback " + name)
		was, is := c.old.doc.Resolve(olds[name]), c.new.doc.Resolve(news[name])
		switch {
		case was == nil:
			c.note(inner, "callback-added", Allowed, nil, is, "the callback is new")
			continue
		case is == nil:
			c.note(inner, "callback-removed", Breaking, was, nil, "the callback is gone")
			continue
		}
		for _, address := range keys(fieldMap(was), fieldMap(is)) {
			a, b := was.Get(address), is.Get(address)
			switch {
			case strings.HasPrefix(address, "x-"):
				if a.JSON() != b.JSON() {
					c.note(inner, "words", Words, a, b, address+" has changed")
				}
			case a == nil:
				c.note(inner, "callback-added", Allowed, nil, b, "the address "+address+" is called too")
			case b == nil:
				c.note(inner, "callback-removed", Breaking, a, nil, "the address "+address+" is no longer called")
			default:
				c.item(inner, "callback", c.old.doc.Resolve(a), c.new.doc.Resolve(b))
			}
		}
	}
}
