package diff_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/spinoff-go/spinoff/contract/diff"
)

var update = flag.Bool("update", false, "write docs/rules.md anew")

// TestPage: docs/rules.md is what the table of rules and their examples say.
func TestPage(t *testing.T) {
	const name = "../../docs/rules.md"
	want := page(t)
	if *update {
		if err := os.WriteFile(name, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := read(t, name); got != want {
		t.Errorf("%s is not what the rules say; go test ./contract/diff -run Page -update writes it", name)
	}
}

func page(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(read(t, "testdata/rules.md"))
	all := examples(t, "rules")
	for _, r := range diff.Rules() {
		e := all[r.ID]
		fmt.Fprintf(&b, "\n### %s\n\n%s.\n\n- Example: %s\n- Instead: %s.\n- Source: %s\n", r.ID, capital(r.What), e.comment, r.Instead, r.Source)
		for _, part := range []string{"old", "breaking", "sound"} {
			text := e.files[part]
			fmt.Fprintf(&b, "\n%s:\n```yaml\n%s\n```\n", capital(part), strings.TrimSpace(text))
		}
	}
	return b.String()
}

func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
