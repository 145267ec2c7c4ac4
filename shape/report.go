package shape

import (
	"strings"
	"sync"

	"github.com/spinoff-go/spinoff"
)

// maxFaults bounds how many faults of one request are told, maxDepth how deep a value may be nested.
const (
	maxFaults = 20
	maxDepth  = 100
)

// Report collects what is wrong with one value while it is walked.
type Report struct {
	Faults []spinoff.Field
	check  bool // constraints apply: the value is a request
	owned  bool // nobody else holds the value, so nothing need be copied
	strict bool // unknown fields are faults
	depth  int
}

var reports = sync.Pool{New: func() any { return new(Report) }}

func newReport(check, owned, strict bool) *Report {
	r := reports.Get().(*Report)
	r.check, r.owned, r.strict, r.depth = check, owned, strict, 0
	return r
}

// end gives r back and returns its faults, or nil.
func (r *Report) end() []spinoff.Field {
	faults := r.Faults
	r.Faults = nil
	reports.Put(r)
	return faults
}

// fault adds a fault of the value at hand; whoever holds that value prefixes its own name.
func (r *Report) fault(code, detail string) {
	if len(r.Faults) < maxFaults {
		r.Faults = append(r.Faults, spinoff.Field{Code: code, Detail: detail})
	}
}

// under prefixes the pointers of all faults from index n on with the name of the value that holds them.
func (r *Report) under(n int, name string) {
	for i := n; i < len(r.Faults); i++ {
		r.Faults[i].Pointer = "/" + escape(name) + r.Faults[i].Pointer
	}
}

// escape writes a name as a token of a JSON pointer (RFC 6901).
func escape(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}
