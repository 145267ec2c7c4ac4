package diff

import (
	"fmt"
	"mime"
	"slices"
	"strings"

	"github.com/spinoff-go/spinoff/contract/openapi"
)

// body compares what a request carries.
func (c *comparer) body(at spot, o, n *openapi.Node) {
	at = at.in("body")
	rule := at.way.prefix() + "body"
	was, is := o.Get("required").True(), n.Get("required").True()
	switch {
	case o == nil && n == nil:
		return
	case o == nil:
		severity := Allowed
		if is && at.way == send {
			severity = Breaking
		}
		c.note(at, rule, severity, nil, n, "there is a body now")
		return
	case n == nil:
		c.note(at, rule, Breaking, o, nil, "there is no body any more")
		return
	case was && !is:
		c.note(at, rule, at.way.severity(wider), orElse(o.Get("required"), o), orElse(n.Get("required"), n), "the body may be left out now")
	case is && !was:
		c.note(at, rule, at.way.severity(narrower), orElse(o.Get("required"), o), orElse(n.Get("required"), n), "the body may not be left out any more")
	}
	c.fields(at, "body", o, n)
	c.content(at, o.Get("content"), n.Get("content"))
}

// mediaType writes a media type in one form: lower case, sorted parameters, without the character set that everybody uses.
func mediaType(text string) string {
	name, params, err := mime.ParseMediaType(text)
	if err != nil {
		return strings.ToLower(strings.TrimSpace(text))
	}
	if strings.EqualFold(params["charset"], "utf-8") {
		delete(params, "charset")
	}
	return mime.FormatMediaType(name, params)
}

// covers reports whether a range such as application/* contains a media type.
func covers(wide, one string) bool {
	if wide == "*/*" {
		return true
	}
	family, isRange := strings.CutSuffix(wide, "/*")
	return isRange && strings.HasPrefix(one, family+"/")
}

// content compares what is carried, by media type.
func (c *comparer) content(at spot, o, n *openapi.Node) {
	olds, news := map[string]*openapi.Node{}, map[string]*openapi.Node{}
	for _, m := range o.Fields() {
		olds[mediaType(m.Name)] = m.Value
	}
	for _, m := range n.Fields() {
		news[mediaType(m.Name)] = m.Value
	}
	rule := at.way.prefix() + "media-type"
	for _, name := range keys(olds, news) {
		was, is := olds[name], news[name]
		inner := at
		if len(olds)+len(news) > 2 {
			inner = at.in(name)
		}
		inner.mediaXML = strings.Contains(name, "xml")
		switch {
		case was != nil && is != nil:
			c.media(inner, name, was, is)
		case is == nil:
			c.mediaGone(inner, rule, name, was, news, olds)
		default:
			c.mediaCome(inner, rule, name, is, olds)
		}
	}
}

// mediaGone reports a media type that is no longer there by itself.
func (c *comparer) mediaGone(at spot, rule, name string, was *openapi.Node, news, olds map[string]*openapi.Node) {
	for _, wide := range keys(news) {
		if covers(wide, name) && (at.way == send || olds[wide] != nil) {
			c.note(at, rule, Allowed, was, news[wide], fmt.Sprintf("%s is one of %s now", name, wide))
			c.media(at, name, was, news[wide])
			return
		}
	}
	if at.way == read {
		for _, narrow := range keys(news) {
			if covers(name, narrow) {
				c.note(at, rule, Allowed, was, news[narrow], fmt.Sprintf("of %s only %s is left", name, narrow))
				return // it is compared where the narrow one comes
			}
		}
	}
	c.note(at, rule, Breaking, was, nil, fmt.Sprintf("the media type %s is gone", name))
}

func (c *comparer) mediaCome(at spot, rule, name string, is *openapi.Node, olds map[string]*openapi.Node) {
	severity := Allowed
	for _, other := range keys(olds) {
		if covers(other, name) {
			c.media(at, name, olds[other], is)
		}
		if at.way == read && covers(name, other) { // what was one type may be any now
			severity = Breaking
		}
	}
	c.note(at, rule, severity, nil, is, fmt.Sprintf("the media type %s is new", name))
}

func (c *comparer) media(at spot, name string, o, n *openapi.Node) {
	c.fields(at, "media", o, n)
	if was, is := o.Get("encoding"), n.Get("encoding"); was.JSON() != is.JSON() {
		if strings.HasPrefix(name, "multipart/") || name == "application/x-www-form-urlencoded" {
			c.encodings(at, o, n)
		} else {
			c.note(at, "words", Words, was, is, "encoding has changed, which is of no meaning for "+name)
		}
	}
	if rawMedia(name) && raw(o.Get("schema"), name) && raw(n.Get("schema"), name) {
		return
	}
	c.carried(at, o, n)
}

// rawMedia reports whether a body of this media type is bytes, of which JSON Schema says nothing.
func rawMedia(name string) bool {
	return !strings.Contains(name, "json") && !strings.Contains(name, "xml") && !strings.HasPrefix(name, "text/") && !strings.HasPrefix(name, "multipart/") &&
		!strings.Contains(name, "yaml") && name != "application/x-www-form-urlencoded" && !strings.Contains(name, "*")
}

// raw reports whether a schema says no more than that these are bytes: nothing, the format binary of OpenAPI 3.0, or the media type once more.
func raw(n *openapi.Node, name string) bool {
	for _, m := range n.Fields() {
		switch {
		case slices.Contains(words, m.Name):
		case m.Name == "type" && m.Value.Str() == "string", m.Name == "format" && m.Value.Str() == "binary":
		case m.Name == "contentMediaType" && (m.Value.Str() == name || m.Value.Str() == "application/octet-stream"):
		default:
			return false
		}
	}
	return n == nil || n.Kind == openapi.Object || n.True()
}

// carried compares the schemas of what is carried: of a body, a parameter or a header.
func (c *comparer) carried(at spot, o, n *openapi.Node) {
	at.was, at.is = one(o.Get("schema")), one(n.Get("schema"))
	c.guarded(at, func() { c.schema(at, at.was, at.is) })
}
