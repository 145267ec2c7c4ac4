package diff_test

import (
	"strings"
	"testing"

	"github.com/spinoff-go/spinoff/contract/diff"
)

// TestIdle: what has changed without any effect is words, and is said; another wording of the same is not.
func TestIdle(t *testing.T) {
	for _, c := range []struct{ old, changed, want string }{
		{"{type: string, maximum: 10}", "{type: string, maximum: 5}", "maximum has changed, and says nothing"},
		{"{type: integer, required: [a]}", "{type: integer}", "required has changed, and says nothing"},
		{"{type: integer, properties: {a: {type: string}}}", "{type: integer}", "properties has changed"},
		{"{allOf: [{minLength: 0}, {type: string}]}", "{allOf: [{type: string}]}", "the parts of allOf were (1), (2) and are (1)"},
		{"{type: string, maxLength: 5}", "{allOf: [{type: string}, {maxLength: 5}]}", ""},
	} {
		r := compare(t, wholeDocument(c.old, true), wholeDocument(c.changed, true))
		said := ""
		for _, f := range r.Findings {
			said += f.What + "; "
		}
		if r.Verdict() != diff.Words || !strings.Contains(said, c.want) || c.want == "" && said != "" {
			t.Errorf("%s → %s: %s, %q; want words, %q", c.old, c.changed, r.Verdict(), said, c.want)
		}
	}
}

// TestOpenEnum: an enum that is declared open, in any of the ways that are common, may get members in what consumers read.
func TestOpenEnum(t *testing.T) {
	for _, open := range []string{
		"x-extensible-enum: true", "x-extensible-enum: [a]", "x-open: true", "x-open-enum: true", "x-extensible: true",
		"x-ms-enum: {name: E, modelAsString: true}", "x-speakeasy-unknown-values: allow",
	} {
		old, changed := "{type: string, enum: [a], "+open+"}", "{type: string, enum: [a, b], "+open+"}"
		if r := compare(t, wholeDocument(old, false), wholeDocument(changed, false)); r.Verdict() != diff.Allowed {
			t.Errorf("%s → %s, read: %s (%s), want allowed", old, changed, r.Verdict(), rules(r))
		}
		if r := compare(t, wholeDocument(changed, true), wholeDocument(old, true)); r.Verdict() != diff.Breaking {
			t.Errorf("%s → %s, sent: %s (%s), want breaking", changed, old, r.Verdict(), rules(r))
		}
	}
	numbers := compare(t, wholeDocument("{type: integer, x-extensible-enum: [1, 2]}", true), wholeDocument("{type: integer, x-extensible-enum: [1]}", true))
	if numbers.Verdict() != diff.Breaking {
		t.Errorf("a known number that is gone: %s, want breaking", numbers.Verdict())
	}
}
