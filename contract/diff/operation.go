package diff

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spinoff-go/spinoff/contract/openapi"
)

// operation compares an operation with what it has become.
func (c *comparer) operation(o, n *operation) {
	at := spot{way: o.way, where: o.String()}
	if o.way == read {
		at.where = o.path
	}
	c.fields(at, "operation", o.node, n.node)
	c.deprecation(at, o, n)
	c.promises(at, o.node, n.node)
	c.parameters(at, o, n)
	c.body(at, c.old.doc.Resolve(o.node.Get("requestBody")), c.new.doc.Resolve(n.node.Get("requestBody")))
	c.responses(at, o.node.Get("responses"), n.node.Get("responses"))
	c.callbacks(at, o.node.Get("callbacks"), n.node.Get("callbacks"))
	c.security(at, o, n)
}

// sunsetOf returns the day from which an operation may be gone, as it is announced in the document.
func sunsetOf(op *operation) *openapi.Node {
	for _, from := range []*openapi.Node{op.node, op.item} {
		for _, day := range []*openapi.Node{from.Get("x-deprecated").Get("sunset"), from.Get("x-sunset"), from.Get("x-sunset-date")} {
			if day != nil && day.Str() != "" {
				return day
			}
		}
	}
	return nil
}

func date(n *openapi.Node) (time.Time, bool) {
	for _, layout := range []string{time.DateOnly, time.RFC3339, time.RFC1123} {
		if day, err := time.Parse(layout, n.Str()); err == nil {
			return day, true
		}
	}
	return time.Time{}, false
}

func (c *comparer) deprecation(at spot, o, n *operation) {
	was, is := sunsetOf(o), sunsetOf(n)
	before, hadDay := date(was)
	after, hasDay := date(is)
	switch {
	case was.JSON() == is.JSON():
	case is != nil && !hasDay:
		c.note(at, "sunset", Unknown, was, is, fmt.Sprintf("the sunset %s is no day; a day is like 2027-05-01", is.JSON()))
	case hadDay && hasDay && after.Before(before):
		c.note(at, "sunset", Breaking, was, is, fmt.Sprintf("the sunset was %s and is earlier now: %s", was.Text, is.Text))
	default:
		c.note(at, "sunset", Allowed, was, is, "the sunset was "+orText(was)+" and is "+orText(is))
	}
	for _, name := range []string{"deprecated", "x-deprecated"} {
		was, is := o.node.Get(name), n.node.Get(name)
		if was.JSON() != is.JSON() && (name != "deprecated" || was.True() != is.True()) {
			c.note(at, "deprecated", Allowed, was, is, "what is said of its deprecation has changed")
		}
	}
}

// promises compares the words of Spinoff: how long it may take, how large a body may be, whether a repetition does harm.
func (c *comparer) promises(at spot, o, n *openapi.Node) {
	for _, name := range []string{"x-timeout-ms", "x-max-body"} {
		was, is := o.Get(name), n.Get(name)
		e := limit(was.Rat(), is.Rat(), true)
		if was.JSON() == is.JSON() {
			continue
		}
		severity := Allowed
		if e == narrower {
			severity = Breaking
		} else if was.Rat() == nil && was != nil || is.Rat() == nil && is != nil {
			severity = Unknown
		}
		c.note(at, "limits", severity, was, is, fmt.Sprintf("%s was %s and is %s", name, orText(was), orText(is)))
	}
	if was, is := o.Get("x-idempotent"), n.Get("x-idempotent"); was.True() != is.True() {
		severity := Allowed
		if was.True() {
			severity = Breaking
		}
		c.note(at, "idempotent", severity, was, is, fmt.Sprintf("x-idempotent was %s and is %s", orText(was), orText(is)))
	} else if was.JSON() != is.JSON() && (was != nil && was.Kind != openapi.Bool || is != nil && is.Kind != openapi.Bool) {
		c.note(at, "idempotent", Unknown, was, is, "x-idempotent is true or false")
	}
	c.consumers(at, o.Get("x-consumers"), n.Get("x-consumers"))
	if was, is := o.Get("x-topic"), n.Get("x-topic"); was.JSON() != is.JSON() {
		severity := Breaking
		if was == nil {
			severity = Allowed
		}
		c.note(at, "topic", severity, was, is, fmt.Sprintf("the topic was %s and is %s", orText(was), orText(is)))
	}
}

// consumers compares who may call: those who are listed, or everybody where there is no list.
func (c *comparer) consumers(at spot, was, is *openapi.Node) {
	if was.JSON() == is.JSON() {
		return
	}
	olds, readOld := consumerNames(was)
	news, readNew := consumerNames(is)
	gone := slices.ContainsFunc(olds, func(name string) bool { return !slices.Contains(news, name) })
	severity := Allowed
	switch {
	case !readOld || !readNew:
		severity = Unknown
	case is != nil && (was == nil || gone):
		severity = Breaking
	}
	c.note(at, "consumers", severity, was, is, fmt.Sprintf("who may call was %s and is %s", orEverybody(was), orEverybody(is)))
}

// consumerNames reads a list of names; a list that is not there is read too.
func consumerNames(n *openapi.Node) (names []string, ok bool) {
	if n == nil {
		return nil, true
	}
	if n.Kind != openapi.Array {
		return nil, false
	}
	for _, name := range n.List() {
		if name.Kind != openapi.String {
			return nil, false
		}
		names = append(names, name.Str())
	}
	return names, true
}

func orEverybody(n *openapi.Node) string {
	if n == nil {
		return "everybody"
	}
	return n.JSON()
}

// retired compares the operations that are gone for good: their addresses are not used again.
func (c *comparer) retired(o, n *openapi.Node) {
	at := spot{where: "x-retired"}
	if was, is := o.Get("x-service"), n.Get("x-service"); was.JSON() != is.JSON() {
		severity := Breaking
		if was == nil {
			severity = Allowed
		}
		c.note(spot{where: "document"}, "service", severity, was, is, fmt.Sprintf("the service was %s and is %s", orText(was), orText(is)))
	}
	address := func(e *openapi.Node) string { return e.Get("method").Str() + " " + template(e.Get("path").Str()) }
	olds, news := o.Get("x-retired").List(), n.Get("x-retired").List()
	for _, was := range olds {
		i := slices.IndexFunc(news, func(e *openapi.Node) bool { return address(e) == address(was) })
		switch {
		case i < 0:
			c.note(at, "retired", Breaking, was, nil, fmt.Sprintf("%s is no longer told to be gone", address(was)))
		case was.JSON() != news[i].JSON():
			c.note(at, "words", Words, was, news[i], "what is said of a retired operation has changed")
		}
	}
	for _, is := range news {
		if !slices.ContainsFunc(olds, func(e *openapi.Node) bool { return address(e) == address(is) }) {
			c.note(at, "retired", Allowed, nil, is, address(is)+" is told to be gone")
		}
		if op := n.Get("paths").Get(is.Get("path").Str()).Get(strings.ToLower(is.Get("method").Str())); op != nil {
			c.note(at, "retired", Breaking, nil, op, fmt.Sprintf("%s is retired, and its address is used again", address(is)))
		}
	}
	if was, is := o.Get("x-retired"), n.Get("x-retired"); was != nil && was.Kind != openapi.Array || is != nil && is.Kind != openapi.Array {
		if was.JSON() != is.JSON() {
			c.note(at, "unknown", Unknown, was, is, "x-retired is a list")
		}
	}
}
