package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Severity says what a change means for consumers.
type Severity int

// The severities.
const (
	Sound    Severity = iota // everybody goes on as before
	Unknown                  // it cannot be told
	Breaking                 // somebody breaks
)

// String returns the severity in lower-case letters.
func (s Severity) String() string { return [...]string{"sound", "unknown", "breaking"}[s] }

// MarshalText writes the severity for JSON.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Change is one thing that has changed in a contract.
type Change struct {
	Severity Severity `json:"severity"`
	Rule     string   `json:"rule"`              // what it breaks or keeps, for machines
	Where    string   `json:"where"`             // JSON pointer, or words
	What     string   `json:"what"`              // for people
	Who      string   `json:"who,omitempty"`     // who breaks
	Instead  string   `json:"instead,omitempty"` // what to do

	Hash      string `json:"hash,omitempty"`      // names this one change, for an exception
	Exception string `json:"exception,omitempty"` // why it is let through
}

// String returns the change as one line, with what to do on a second one.
func (c Change) String() string {
	text := fmt.Sprintf("%s %s: %s: %s", c.Severity, c.Rule, c.Where, c.What)
	if c.Who != "" {
		text += " (breaks " + c.Who + ")"
	}
	if c.Exception != "" {
		return text + "\n  let through: " + c.Exception
	}
	if c.Hash != "" && c.Severity != Sound {
		text += " [" + c.Hash + "]"
	}
	if c.Instead != "" {
		text += "\n  instead: " + c.Instead
	}
	return text
}

// Comparer finds what has changed from an older document to a newer one.
type Comparer func(older, newer Document) ([]Change, error)

// OnlyWords is the strictest comparer: a change of anything but words is one that it cannot judge.
func OnlyWords(older, newer Document) ([]Change, error) {
	var changes []Change
	differences(object(older.Facts()), object(newer.Facts()), "#", func(where, what string) {
		changes = append(changes, Change{
			Severity: Unknown, Rule: "only-words", Where: where, What: what,
			Instead: "leave the released version as it is, and make the change in a new one",
		})
	})
	return changes, nil
}

// differences tells each place where two documents differ.
func differences(older, newer any, where string, tell func(where, what string)) {
	oldObject, isObject := older.(object)
	newObject, isObjectToo := newer.(object)
	if isObject && isObjectToo {
		both := maps.Clone(oldObject)
		maps.Copy(both, newObject)
		for _, name := range slices.Sorted(maps.Keys(both)) {
			below := where + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
			before, was := oldObject[name]
			after, is := newObject[name]
			switch {
			case !was:
				tell(below, "is new")
			case !is:
				tell(below, "is gone")
			default:
				differences(before, after, below, tell)
			}
		}
		return
	}
	if before, after := compact(older), compact(newer); before != after {
		tell(where, "was "+before+", is "+after)
	}
}

// compact writes a value as one line of JSON.
func compact(v any) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return err.Error()
	}
	return strings.TrimSpace(b.String())
}
