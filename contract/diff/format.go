package diff

import (
	"fmt"
	"slices"
)

// widerFormats says of which formats the values are all values of another one, too.
var widerFormats = map[string][]string{
	"int8":       {"int16", "int32", "int64", "float", "double", "double-int"},
	"int16":      {"int32", "int64", "float", "double", "double-int"},
	"int32":      {"int64", "double", "double-int"},
	"uint8":      {"uint16", "uint32", "uint64", "int16", "int32", "int64", "float", "double", "double-int"},
	"uint16":     {"uint32", "uint64", "int32", "int64", "float", "double", "double-int"},
	"uint32":     {"uint64", "int64", "double", "double-int"},
	"double-int": {"int64", "double"},
	"float":      {"double"},
	"email":      {"idn-email"},
	"hostname":   {"idn-hostname"},
	"uri":        {"uri-reference", "iri", "iri-reference"},
	"iri":        {"iri-reference"},
	"uri-reference": {
		"iri-reference",
	},
}

func (c *comparer) format(at spot, o, n *schema) {
	e := moreRules(o.formats, n.formats)
	if e == other && len(o.formats) == 1 && len(n.formats) == 1 {
		switch {
		case below(o.formats[0], n.formats[0]):
			e = wider
		case below(n.formats[0], o.formats[0]):
			e = narrower
		}
	}
	c.change(at, "format", e, o.node("format"), n.node("format"), fmt.Sprintf("the format was %s and is %s", orNone(o.formats), orNone(n.formats)))
}

func below(a, b string) bool { return slices.Contains(widerFormats[a], b) }
