package usage_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/contract/usage"
)

func TestLockSaysWhatTheSourceNeeds(t *testing.T) {
	hash := func(s spinoff.Service) string { return "hash of " + s.String() }
	uses := []spinoff.Service{{Name: "faq", Version: 2}, {Name: "tickets", Version: 1}}
	got, err := usage.MakeLock(t.Context(), "consumer", uses, "testdata/consumer", hash)
	if err != nil {
		t.Fatal(err)
	}
	const faq, tickets = "hash of faq.v2", "hash of tickets.v1"
	all := []string{"*"}
	want := usage.Lock{App: "consumer", Uses: []usage.LockedUse{
		// Source is sent although nobody sets it: it is not left out where it is empty.
		{"faq", 2, "create", faq, []string{"question", "source", "tags"}, []string{"id", "parts", "parts.kind", "url"}},
		{"faq", 2, "get", faq, []string{"id"}, all}, // a template may show it
		{"faq", 2, "search", faq, all, all},         // the request is read from elsewhere
		{"faq", 2, "vote", faq, all, all},           // the endpoint goes who knows where
		{"tickets", 1, "*", tickets, all, all},      // declared, and no call is seen
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("MakeLock (-want +got):\n%s", diff)
	}
	for name, needs := range map[string]bool{"faq.v2.create": true, "faq.v2.unused": false, "faq.v1.create": false, "tickets.v1.anything": true, "tickets.v10.x": false} {
		if got.Needs(name) != needs {
			t.Errorf("Needs(%s): got %v, want %v", name, !needs, needs)
		}
	}
	path := filepath.Join(t.TempDir(), usage.LockFile)
	if err := os.WriteFile(path, got.Text(), 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := usage.CollectLocks([]string{path})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]usage.Lock{want}, again); diff != "" {
		t.Errorf("read from its file (-want +got):\n%s", diff)
	}
	if _, err := usage.CollectLocks([]string{filepath.Join(t.TempDir(), "*.json")}); err == nil {
		t.Error("a pattern that finds no lock file: got no error")
	}
}
