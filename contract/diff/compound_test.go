package diff_test

import (
	"strings"
	"testing"

	"github.com/spinoff-go/spinoff/contract/diff"
)

// TestCompound: several changes at once, renamed components, recursive types. Each file of an example is what old has become; it
// begins with a comment that lists what must be found of breaking and unknown changes, and nothing else.
func TestCompound(t *testing.T) {
	for name, e := range examples(t, "compound") {
		for file, text := range e.files {
			if file == "old" {
				continue
			}
			want := strings.TrimPrefix(strings.SplitN(text, "\n", 2)[0], "# ")
			var got []string
			for _, f := range compare(t, e.files["old"], text).Findings {
				if f.Severity >= diff.Unknown {
					got = append(got, f.Rule+" "+f.Where)
				}
			}
			if strings.Join(got, "; ") != strings.TrimPrefix(want, "sound") {
				t.Errorf("%s, %s: got %s\nwant %s", name, file, strings.Join(got, "; "), want)
			}
		}
	}
}

// TestExceptionCoversOneChange: the hash of a finding is of that change and no other.
func TestExceptionCoversOneChange(t *testing.T) {
	old := wholeDocument("{type: string, maxLength: 80}", true)
	first := compare(t, old, wholeDocument("{type: string, maxLength: 79}", true))
	if len(first.Findings) != 1 {
		t.Fatalf("found %s, want one", rules(first))
	}
	agreed := []diff.Exception{{Hash: first.Findings[0].Hash, Reason: "agreed", On: "2026-11-01"}}
	for _, c := range []struct {
		text   string
		want   diff.Severity
		unused int
	}{
		{"{type: string, maxLength: 79}", diff.Words, 0},
		{"{type: string, maxLength: 78}", diff.Breaking, 1},
		{"{type: string, maxLength: 79, minLength: 1}", diff.Breaking, 0},
		{"{type: string, maxLength: 80}", diff.Words, 1},
	} {
		changed := parse(t, "new", wholeDocument(c.text, true))
		r := diff.Compare(parse(t, "old", old), changed, diff.Options{Now: today, Exceptions: agreed})
		if r.Verdict() != c.want || len(r.Unused) != c.unused {
			t.Errorf("with an exception for maxLength 79, %s: verdict %s, %d unused; want %s, %d", c.text, r.Verdict(), len(r.Unused), c.want, c.unused)
		}
	}
}

func TestParseExceptions(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{"exceptions": [{"hash": "c0123456789abcdef", "reason": "agreed", "on": "2026-11-01"}]}`, ""},
		{"exceptions:\n- {hash: c0123456789012345, reason: digits only, on: 2026-11-01}", ""},
		{"exceptions: []", ""},
		{"- hash: 1", "a list named exceptions"},
		{"exceptions:\n- {hash: xyz, reason: a, on: 2026-11-01}", "exceptions.yaml:2: #/exceptions/0: hash must be that of one finding"},
		{"exceptions:\n- {hash: c0123456789abcdef, on: 2026-11-01}", "an exception needs a reason"},
		{"exceptions:\n- {hash: c0123456789abcdef, reason: a, on: soon}", "on must be the day"},
		{"exceptions:\n- {hash: c0123456789abcdef, reason: a, on: 2026-11-01, rule: all}", "it has no rule"},
		{"exceptions:\n- {hash: c0123456789abcdef, reason: a, on: 2026-11-01}\n- {hash: c0123456789abcdef, reason: b, on: 2026-11-01}", "is there twice"},
	} {
		_, err := diff.ParseExceptions("exceptions.yaml", []byte(c.text))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("ParseExceptions(%q): got %v, want %q", c.text, err, c.want)
		}
	}
}
