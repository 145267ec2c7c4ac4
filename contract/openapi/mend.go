package openapi

import (
	"slices"
	"strings"
)

// mend puts right what people write and what can only mean one thing, though OpenAPI has it otherwise: a name without a value is an
// empty object or list, and yes is true. Numbers stand where texts are meant (version: 1.0), and the other way round.
func mend(n *Node, as string) {
	switch {
	case n.Kind == Null && strings.HasPrefix(as, "[]"):
		n.Kind = Array
	case n.Kind == Null && (strings.HasPrefix(as, "{}") || model[as] != nil && as != "names"):
		n.Kind = Object
	case as == "text" && (n.Kind == Number || n.Kind == Bool):
		n.Kind = String
	case as == "names":
		for _, item := range n.Items {
			mend(item, "text")
		}
	case (as == "flag" || as == "bound") && n.Kind == String:
		mendFlag(n)
	}
	if (as == "number" || as == "count" || as == "bound") && n.Kind == String && checkNumber("", n) == nil {
		n.Kind = Number
	}
}

func mendFlag(n *Node) {
	switch strings.ToLower(n.Text) {
	case "true", "yes", "on":
		n.Kind, n.Text = Bool, "true"
	case "false", "no", "off":
		n.Kind, n.Text = Bool, "false"
	}
}

// dropNulls takes fields without a value out of an object: they are as good as absent. What a schema says of values may be null.
func (n *Node) dropNulls(fields map[string]string) {
	n.Members = slices.DeleteFunc(n.Members, func(m Member) bool {
		drop := m.Value.Kind == Null && fields[m.Name] != ""
		if drop && n.names != nil {
			delete(n.names, m.Name)
		}
		return drop
	})
}

// mendType writes null as the name of the type that it is: type: [string, null].
func mendType(t *Node) {
	for _, one := range append([]*Node{t}, t.Items...) {
		if one.Kind == Null {
			one.Kind, one.Text = String, "null"
		}
	}
}
