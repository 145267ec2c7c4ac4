package diff

import (
	"fmt"
	"regexp"
	"time"

	"github.com/spinoff-go/spinoff/contract/openapi"
)

// Exception lets one change through although it breaks consumers, because people have agreed on it. It is bound to that change: another one
// at the same place has another hash, and is refused.
type Exception struct {
	Hash   string // of the finding
	Reason string // why it may be, for those who ask later
	On     string // the day on which that was decided: "2026-11-01"
	Line   int    // where it stands in its file
}

var hash = regexp.MustCompile(`^c[0-9a-f]{16}$`)

// ParseExceptions reads a file of exceptions, in JSON or YAML:
//
//	exceptions:
//	  - hash: c0123456789abcdef
//	    reason: no consumer of v1 has ever sent this field, see the usage of October
//	    on: 2026-11-01
func ParseExceptions(name string, text []byte) ([]Exception, error) {
	root, err := openapi.Read(name, text)
	if err != nil {
		return nil, err
	}
	fail := func(n *openapi.Node, want string) error {
		return &openapi.Error{Name: name, Line: n.Line, Pointer: n.Pointer(), Text: want}
	}
	list := root.Get("exceptions")
	if list == nil || list.Kind != openapi.Array || len(root.Members) != 1 {
		return nil, fail(root, "a file of exceptions has a list named exceptions, and nothing else")
	}
	var exceptions []Exception
	known := map[string]bool{}
	for _, n := range list.Items {
		e := Exception{Hash: n.Get("hash").Str(), Reason: n.Get("reason").Str(), On: n.Get("on").Str(), Line: n.Line}
		for _, m := range n.Fields() {
			if m.Name != "hash" && m.Name != "reason" && m.Name != "on" {
				return nil, fail(m.Value, fmt.Sprintf("an exception has hash, reason and on; it has no %s", m.Name))
			}
		}
		_, dateErr := time.Parse(time.DateOnly, e.On)
		switch {
		case !hash.MatchString(e.Hash):
			return nil, fail(n, "hash must be that of one finding, as it is printed beside it: c and 16 hexadecimal digits")
		case e.Reason == "":
			return nil, fail(n, "an exception needs a reason: what was agreed, and with whom")
		case dateErr != nil:
			return nil, fail(n, "on must be the day of the decision, such as 2026-11-01")
		case known[e.Hash]:
			return nil, fail(n, e.Hash+" is there twice")
		}
		known[e.Hash] = true
		exceptions = append(exceptions, e)
	}
	return exceptions, nil
}

// except marks the findings that an exception covers, and returns the exceptions that cover none.
func (r *Report) except(exceptions []Exception) (unused []Exception) {
	for _, e := range exceptions {
		used := false
		for i := range r.Findings {
			if f := &r.Findings[i]; f.Hash == e.Hash && f.Severity >= Unknown {
				f.Severity, f.Reason, used = Excepted, e.Reason, true
			}
		}
		if !used {
			unused = append(unused, e)
		}
	}
	return unused
}
