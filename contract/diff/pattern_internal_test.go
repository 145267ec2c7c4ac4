package diff

import (
	"regexp"
	"testing"
)

// TestWithin: whether every text of one pattern is one of another. Where it is not, the text that is found is tried.
func TestWithin(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"^[a-c]+$", "^[a-z]+$", true},
		{"^[a-z]+$", "^[a-c]+$", false},
		{"^[a-z]+$", "[a-z]", true},
		{"a", "", true},
		{"", "a", false},
		{"", ".*", true},
		{"^a{1,3}$", "^a{1,4}$", true},
		{"^a{1,4}$", "^a{1,3}$", false},
		{"^[A-Z]{2}[0-9]{4}$", "^[A-Z]{2}[0-9]{4,6}$", true},
		{"^(a|b)$", "^[ab]$", true},
		{`^\d+$`, "^[0-9]+$", true},
		{"(?i)^abc$", "^[aA][bB][cC]$", true},
		{"^a", "a$", false},
		{"^a$", "^a", true},
		{"^$", "^a*$", true},
		{`^[^/]+$`, `^[^/ ]+$`, false},
		{`\bword\b`, "word", false}, // cannot be told
		{`^(?=.*a)b$`, "b", false},  // cannot be told: Go has no lookahead
		{`^(a|aa)+$`, `^a+$`, true},
		{`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`, `^[-a-z0-9]+$`, true},
	} {
		if got := within(c.a, c.b); got != c.want {
			t.Errorf("within(%q, %q) = %t, want %t", c.a, c.b, got, c.want)
		}
		if text, found, _ := outside(c.a, c.b); found && (!regexp.MustCompile(c.a).MatchString(text) || regexp.MustCompile(c.b).MatchString(text)) {
			t.Errorf("outside(%q, %q) = %q, which is not outside", c.a, c.b, text)
		}
	}
}
