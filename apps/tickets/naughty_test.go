package tickets_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/spinoff-go/spinoff/apps/tickets/ticketsv1"
)

// TestNaughtyStrings puts strings that break things into every field and into the search.
func TestNaughtyStrings(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(realData(t), "naughty-strings.json"))
	if err != nil {
		t.Fatal(err)
	}
	var naughty []string
	if err := json.Unmarshal(text, &naughty); err != nil {
		t.Fatal(err)
	}
	app := open(t, t.TempDir(), "")
	for _, s := range append(naughty, "\x00", "a\x00b", "\"", "NEAR(", "* OR", strings.Repeat("(", 1000), "\xff\xfe") {
		list := answerOf(t, app, ticketsv1.List, ticketsv1.Filter{Q: s, Tag: s, Assignee: s, Email: s})
		if strings.IndexFunc(s, unicode.IsLetter) < 0 || len(list.Items) > 0 {
			continue // nothing to be found by
		}
		created := answerOf(t, app, ticketsv1.Create, ticketsv1.NewTicket{Subject: "x" + s, Body: "x" + s, Email: "a@b", Name: s, Channel: s, Search: s, Fingerprint: s})
		ticket := answerOf(t, app, ticketsv1.Get, ticketsv1.TicketID{Number: created.Number})
		if ticket.Number != created.Number || len(ticket.Messages) == 0 {
			t.Errorf("Create(%q), Get: got %+v", s, ticket)
		}
		answerOf(t, app, ticketsv1.Answer, ticketsv1.NewAnswer{Token: created.Token, Body: "x" + s})
		answerOf(t, app, ticketsv1.Add, ticketsv1.NewMessage{Number: created.Number, Kind: "note", Body: "x" + s})
		if strings.IndexFunc(s, unicode.IsSpace) < 0 && len([]rune(s)) > 60 {
			continue // a longer word than search looks for
		}
		if found := answerOf(t, app, ticketsv1.List, ticketsv1.Filter{Q: "x" + s}); len(found.Items) == 0 {
			t.Errorf("List(Q: %q) does not find the ticket with this text", s)
		}
	}
}
