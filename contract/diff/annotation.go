package diff

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spinoff-go/spinoff/contract/openapi"
)

// folded are the keywords of a schema that its normal form or a rule of its own is made of, and words those that no program minds.
var (
	folded = []string{
		"$ref", "type", "enum", "const", "format", "nullable", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
		"minLength", "maxLength", "pattern", "contentEncoding", "contentMediaType", "contentSchema", "items", "prefixItems", "minItems", "maxItems",
		"uniqueItems", "contains", "minContains", "maxContains", "unevaluatedItems", "properties", "required", "additionalProperties",
		"patternProperties", "propertyNames", "minProperties", "maxProperties", "dependentRequired", "dependentSchemas", "unevaluatedProperties",
		"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "discriminator", "readOnly", "writeOnly", "default", "deprecated", "xml",
		"x-extensible-enum", "x-extensible", "x-open-enum", "x-open", "x-ms-enum", "x-speakeasy-unknown-values",
	}
	words = []string{"title", "description", "example", "examples", "externalDocs", "$comment", "$defs", "definitions", "$anchor", "summary", "$id", "$schema"}
)

// annotations compares what is said of values besides which ones there are.
func (c *comparer) annotations(at spot, o, n *schema) {
	c.unknownKeywords(at, o, n)
	if !c.quiet {
		c.idle(at, o, n)
	}
	if at.strict {
		return
	}
	c.defaults(at, o, n)
	c.discriminator(at, o, n)
	if at.way == send && n.readOnly && !o.readOnly {
		c.note(at, "request-read-only", Breaking, o.node("readOnly"), n.node("readOnly"), "it is readOnly now, so that consumers may not send it")
	}
	if at.way == read && n.writeOnly && !o.writeOnly {
		c.note(at, "response-write-only", Breaking, o.node("writeOnly"), n.node("writeOnly"), "it is writeOnly now, so that the provider does not send it")
	}
	if was, is := o.annotation("deprecated").True(), n.annotation("deprecated").True(); was != is {
		c.note(at, "deprecated", Allowed, o.annotation("deprecated"), n.annotation("deprecated"), "whether it is deprecated has changed")
	}
	if was, is := o.annotation("xml"), n.annotation("xml"); was.JSON() != is.JSON() {
		severity := Words
		if at.mediaXML {
			severity = Breaking
		}
		c.note(at, at.way.prefix()+"xml", severity, was, is, "it is written in another way in XML")
	}
	for _, keyword := range []string{"readOnly", "writeOnly"} {
		if was, is := o.annotation(keyword), n.annotation(keyword); was.True() != is.True() {
			c.note(at, "words", Words, was, is, keyword+" has changed")
		}
	}
}

func (c *comparer) defaults(at spot, o, n *schema) {
	was, is := o.annotation("default"), n.annotation("default")
	if was.JSON() == is.JSON() {
		return
	}
	severity := Allowed
	if at.way == send && (was != nil || at.optional) {
		severity = Breaking
	}
	c.note(at, at.way.prefix()+"default", severity, was, is, fmt.Sprintf("the default was %s and is %s", orText(was), orText(is)))
}

func orText(n *openapi.Node) string {
	if n == nil {
		return "not there"
	}
	return short(n)
}

// unknownKeywords compares what no rule speaks of.
func (c *comparer) unknownKeywords(at spot, o, n *schema) {
	was, is := o.unknown(), n.unknown()
	for _, keyword := range keys(was, is) {
		if slices.Equal(was[keyword], is[keyword]) {
			continue
		}
		severity, rule := Unknown, "unknown"
		if strings.HasPrefix(keyword, "x-") {
			severity, rule = Words, "words"
		}
		c.note(at, rule, severity, o.annotation(keyword), n.annotation(keyword), fmt.Sprintf("%s has changed, and no rule speaks of it", keyword))
	}
	for _, keyword := range words {
		if keyword == "$defs" || keyword == "definitions" || keyword == "$anchor" {
			continue
		}
		if was, is := o.annotation(keyword), n.annotation(keyword); was.JSON() != is.JSON() {
			c.note(at, "words", Words, was, is, keyword+" has changed")
		}
	}
}

// unknown returns the values of the keywords that no rule speaks of, sorted.
func (s *schema) unknown() map[string][]string {
	values := map[string][]string{}
	for _, node := range s.nodes {
		for _, m := range node.Fields() {
			if !slices.Contains(folded, m.Name) && !slices.Contains(words, m.Name) {
				values[m.Name] = append(values[m.Name], m.Value.JSON())
			}
		}
	}
	for _, texts := range values {
		slices.Sort(texts)
	}
	return values
}

// discriminator compares which property says what a value is, and which of its values stand for what.
func (c *comparer) discriminator(at spot, o, n *schema) {
	was, is := o.annotation("discriminator"), n.annotation("discriminator")
	switch {
	case was == nil && is == nil:
		return
	case was == nil:
		c.change(at, "discriminator", narrower, nil, is, "there is a discriminator now")
		return
	case is == nil:
		c.change(at, "discriminator", wider, was, nil, "the discriminator is gone")
		return
	case was.Get("propertyName").Str() != is.Get("propertyName").Str():
		c.change(at, "discriminator", other, was, is, "another property says what a value is")
		return
	}
	property := was.Get("propertyName").Str()
	olds, news := c.old.values(o, was), c.new.values(n, is)
	for _, value := range keys(olds, news) {
		a, b := olds[value], news[value]
		switch {
		case b == nil:
			c.change(at, "discriminator", narrower, was, is, fmt.Sprintf("%q is no longer a value of %s", value, property))
		case a == nil:
			c.change(at, "discriminator", wider, was, is, fmt.Sprintf("%q is a new value of %s", value, property))
		case len(o.choices) == 0 && len(n.choices) == 0: // see below
		case a.Key() != b.Key() && c.effect(one(a), one(b), false) != same:
			c.change(at, "discriminator", other, was, is, fmt.Sprintf("%q stands for something else", value))
		}
	}
	if len(o.choices) == 0 && len(n.choices) == 0 { // the schemas for which it stands are alternatives that are written nowhere else
		for _, value := range keys(olds, news) {
			if a, b := olds[value], news[value]; a != nil && b != nil {
				c.schema(at.inside("("+value+")"), one(a), one(b))
			}
		}
	}
	if a, b := rest(was), rest(is); a != b {
		c.note(at, "unknown", Unknown, was, is, "the discriminator has changed in a way that no rule speaks of")
	}
}

// values returns the values of a discriminator and what they stand for. Where it is beside no alternatives, those are the components
// that are made of its schema by allOf.
func (s *side) values(n *schema, by *openapi.Node) map[string]*openapi.Node {
	values := s.discriminators(n)
	mapped := map[*openapi.Node]bool{}
	for _, m := range by.Get("mapping").Fields() {
		if target := s.mapped(m.Value.Str()); target != nil {
			values[m.Name], mapped[target] = target, true
		} else {
			values[m.Name] = m.Value
		}
	}
	if len(n.choices) > 0 {
		return values
	}
	for _, m := range s.doc.Root.Get("components").Get("schemas").Fields() {
		if !mapped[m.Value] && slices.ContainsFunc(m.Value.Get("allOf").List(), func(part *openapi.Node) bool {
			target := s.doc.Target(part)
			return target != nil && target.Get("discriminator") == by
		}) {
			values[m.Name] = m.Value
		}
	}
	return values
}

// rest returns what a discriminator says besides its property and mapping.
func rest(by *openapi.Node) string {
	var text strings.Builder
	for _, m := range by.Fields() {
		if m.Name != "propertyName" && m.Name != "mapping" && !strings.HasPrefix(m.Name, "x-") {
			text.WriteString(m.Name + m.Value.JSON())
		}
	}
	return text.String()
}
