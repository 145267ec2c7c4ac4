package trace_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/spinoff-go/spinoff/trace"
)

const (
	traceID = "0af7651916cd43dd8448eb211c80319c"
	spanID  = "b7ad6b7169203331"
	parent  = "00-" + traceID + "-" + spanID + "-01"
)

// TestParse: the cases are those of W3C Trace Context and of its test suite.
func TestParse(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"sampled", parent, parent},
		{"not sampled", "00-" + traceID + "-" + spanID + "-00", "00-" + traceID + "-" + spanID + "-00"},
		{"another flag is not carried on", "00-" + traceID + "-" + spanID + "-03", parent},
		{"only another flag", "00-" + traceID + "-" + spanID + "-fe", "00-" + traceID + "-" + spanID + "-00"},
		{"flags in letters", "00-" + traceID + "-" + spanID + "-0b", parent},
		{"a later version", "cc-" + traceID + "-" + spanID + "-01", parent},
		{"a later version with more", "cc-" + traceID + "-" + spanID + "-01-what-the-future-will-be-like", parent},
		{"a later version with more and no dash", "cc-" + traceID + "-" + spanID + "-01.what", ""},
		{"version 00 with more", parent + "-01", ""},
		{"version ff", "ff-" + traceID + "-" + spanID + "-01", ""},
		{"version of letters", ".0-" + traceID + "-" + spanID + "-01", ""},
		{"version of one digit", "0-" + traceID + "-" + spanID + "-01", ""},
		{"no trace", "00-" + strings.Repeat("0", 32) + "-" + spanID + "-01", ""},
		{"no span", "00-" + traceID + "-" + strings.Repeat("0", 16) + "-01", ""},
		{"capital letters", strings.ToUpper(parent), ""},
		{"a trace too short", "00-" + traceID[1:] + "-" + spanID + "-01", ""},
		{"a trace too long", "00-" + traceID + "0-" + spanID + "-01", ""},
		{"a span with a bad digit", "00-" + traceID + "-" + spanID[1:] + "g-01", ""},
		{"flags too short", parent[:len(parent)-1], ""},
		{"flags with a bad digit", parent[:len(parent)-1] + "x", ""},
		{"space around", " " + parent, ""},
		{"no dashes", strings.ReplaceAll(parent, "-", "_"), ""},
		{"nothing", "", ""},
	} {
		if got := trace.Parse(c.text); got != c.want {
			t.Errorf("%s: Parse(%q) = %q, want %q", c.name, c.text, got, c.want)
		}
	}
}

func TestParentOfARequest(t *testing.T) {
	h := http.Header{}
	h.Add("traceparent", parent)
	if got := trace.Parent(h); got != parent {
		t.Errorf("one header: got %q, want %q", got, parent)
	}
	h.Add("traceparent", parent)
	if got := trace.Parent(h); got != "" {
		t.Errorf("two headers: got %q, want none", got)
	}
}

func TestIDsAndFlag(t *testing.T) {
	if a, b := trace.IDs(parent); a != traceID || b != spanID {
		t.Errorf("IDs(%q) = %q, %q", parent, a, b)
	}
	if a, b := trace.IDs(""); a != "" || b != "" {
		t.Errorf("IDs of nothing = %q, %q", a, b)
	}
	if !trace.Sampled(parent) || trace.Sampled(trace.Unsampled(parent)) || trace.Sampled("") {
		t.Error("Sampled does not say what the flag says")
	}
}

func TestUnsampled(t *testing.T) {
	if got, want := trace.Unsampled(parent), parent[:len(parent)-1]+"0"; got != want {
		t.Errorf("Unsampled(%q) = %q, want %q", parent, got, want)
	}
	seen := map[string]bool{}
	for range 1000 {
		made := trace.Unsampled("")
		id, _ := trace.IDs(made)
		if trace.Parse(made) != made || trace.Sampled(made) || seen[id] {
			t.Fatalf("Unsampled of nothing = %q, want a new traceparent that is not sampled", made)
		}
		seen[id] = true
	}
}

// FuzzParse: what is read is a traceparent of version 00, and the same when it is read again.
func FuzzParse(f *testing.F) {
	f.Add(parent)
	f.Add("cc-" + traceID + "-" + spanID + "-01-more")
	f.Add("ff-" + traceID + "-" + spanID + "-01")
	f.Add("")
	valid := regexp.MustCompile(`^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$`)
	f.Fuzz(func(t *testing.T, text string) {
		got := trace.Parse(text)
		if got == "" {
			return
		}
		id, span := trace.IDs(got)
		switch {
		case !valid.MatchString(got), trace.Parse(got) != got:
			t.Errorf("Parse(%q) = %q, which is no traceparent of version 00", text, got)
		case !strings.Contains(text, id+"-"+span), trace.Sampled(got) != strings.Contains("13579bdf", text[54:55]):
			t.Errorf("Parse(%q) = %q, which says something else", text, got)
		}
	})
}
