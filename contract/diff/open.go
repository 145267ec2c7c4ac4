package diff

import (
	"slices"

	"github.com/spinoff-go/spinoff/contract/openapi"
)

// openWords are the extensions by which people say that an enum is open: x-extensible-enum of Zalando, with the known values or beside enum,
// and what else is common.
var openWords = []string{"x-extensible-enum", "x-extensible", "x-open-enum", "x-open", "x-ms-enum", "x-speakeasy-unknown-values"}

// openEnum returns the values of which a schema says that they are known and that others may come, and whether it says so.
func openEnum(n *openapi.Node) (known []*openapi.Node, open bool) {
	enum := n.Get("enum").List()
	for _, word := range openWords {
		switch v := n.Get(word); {
		case v == nil:
		case v.Kind == openapi.Array:
			return slices.Concat(v.Items, enum), true
		case v.True(), v.Get("modelAsString").True(), v.Str() == "allow":
			return enum, true
		}
	}
	return nil, false
}

// openKinds leaves the known values of a schema that are of its kinds: all others say nothing.
func (s *schema) openKinds() {
	s.open = slices.DeleteFunc(slices.Clone(s.open), func(v *openapi.Node) bool {
		_, listed := s.values[v.Kind]
		return listed || !s.kinds.has(v.Kind) || v.Kind == openapi.Null
	})
}
