package shape

import (
	"strings"

	"github.com/spinoff-go/spinoff"
)

// maxFaults bounds how many faults of one request are told, maxDepth how deep a value may be nested.
const (
	maxFaults = 20
	maxDepth  = 100
)

// Report collects what is wrong with one value while it is walked. The zero value is ready; it may be used for one value after another,
// by one goroutine at a time.
type Report struct {
	faults []spinoff.Field
	check  bool // constraints apply: the value is a request
	owned  bool // nobody else holds the value, so nothing need be copied
	strict bool // unknown fields are faults
	depth  int16
}

// fault adds a fault of the value at hand; whoever holds that value prefixes its own name.
func (r *Report) fault(code, detail string) {
	if len(r.faults) < maxFaults {
		r.faults = append(r.faults, spinoff.Field{Code: code, Detail: detail})
	}
}

// under prefixes the pointers of all faults from index n on with the name of the value that holds them.
func (r *Report) under(n int, name string) {
	for i := n; i < len(r.faults); i++ {
		r.faults[i].Pointer = "/" + escape(name) + r.faults[i].Pointer
	}
}

// escape writes a name as a token of a JSON pointer (RFC 6901).
func escape(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}
