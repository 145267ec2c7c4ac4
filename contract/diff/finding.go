package diff

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/spinoff-go/spinoff/contract/openapi"
)

// Severity is how much a change matters.
type Severity int

// The severities, the worst last.
const (
	Words    Severity = iota // nothing that a program notices
	Allowed                  // an addition or a loosening that nobody has to do anything for
	Excepted                 // breaking or unknown, and an exception covers it
	Unknown                  // no rule says whether it breaks
	Breaking                 // a consumer that worked may stop working
)

var severities = [...]string{"words", "allowed", "excepted", "unknown", "breaking"}

func (s Severity) String() string { return severities[s] }

// MarshalText writes the severity as in [Severity.String].
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Finding is one change between two documents.
type Finding struct {
	Rule     string   `json:"rule"` // see [Rules]
	Severity Severity `json:"severity"`
	Where    string   `json:"where"`         // for people: "POST /v2/create, request body, title"
	Old      string   `json:"old,omitempty"` // JSON Pointer in the old document; "" where it has no such thing
	New      string   `json:"new,omitempty"` // JSON Pointer in the new document; "" where it has no such thing
	GoName   string   `json:"goName,omitempty"`
	What     string   `json:"what"`          // what has changed, in a sentence
	Was      string   `json:"was,omitempty"` // JSON of what stood there
	Is       string   `json:"is,omitempty"`  // JSON of what stands there
	Who      string   `json:"who,omitempty"` // who breaks: "consumers that send", "consumers that read", or both
	Instance string   `json:"instance,omitempty"`
	Why      string   `json:"why,omitempty"`     // what the instance shows
	Instead  string   `json:"instead,omitempty"` // what to do instead
	Reason   string   `json:"reason,omitempty"`  // of the exception that covers it
	Hash     string   `json:"hash"`              // of this one change: what an exception is bound to
}

// seal gives the finding its hash, which is of everything that makes it this change and no other one.
func (f *Finding) seal() {
	sum := sha256.Sum256([]byte(strings.Join([]string{f.Rule, f.Old, f.New, f.Where, f.What, f.Was, f.Is}, "\x00")))
	f.Hash = "c" + hex.EncodeToString(sum[:8]) // the letter, so that YAML reads no number
}

// Report is what the comparison of two documents has found.
type Report struct {
	Old, New string    // names of the documents
	Findings []Finding // the worst first, then in the order of the documents
	Unused   []Exception

	Rewritten bool // nothing was found, and yet the documents are not written in the same way
}

// Verdict is the worst severity of the findings that no exception covers: Words or Allowed is sound, Unknown means that it cannot be told,
// Breaking that the change breaks consumers.
func (r Report) Verdict() Severity {
	worst := Words
	for _, f := range r.Findings {
		if f.Severity != Excepted {
			worst = max(worst, f.Severity)
		}
	}
	return worst
}

// ExitCode is 0 for sound, 1 for breaking, 2 where it cannot be told.
func (r Report) ExitCode() int {
	switch r.Verdict() {
	case Breaking:
		return 1
	case Unknown:
		return 2
	}
	return 0
}

// Count returns how many findings have a severity.
func (r Report) Count(s Severity) int {
	count := 0
	for _, f := range r.Findings {
		if f.Severity == s {
			count++
		}
	}
	return count
}

func (r *Report) sort() {
	slices.SortStableFunc(r.Findings, func(a, b Finding) int { return cmp.Compare(b.Severity, a.Severity) })
}

// short is JSON of a value for people: long ones are cut.
func short(n *openapi.Node) string {
	text := n.JSON()
	const most = 200
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
