package draft_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff/apps/faqcreator/internal/draft"
)

const answer = "Open the menu, choose Reset, and wait until the lamp is green."

func TestMake(t *testing.T) {
	got, err := draft.Make(draft.Ticket{
		Subject: "RE: [Ticket #123] how do I reset order 100234?",
		Messages: []draft.Message{
			{From: draft.Customer, Text: "Hi, see above."},
			{From: draft.Agent, Text: "Have a look at the menu, the entry is in the middle of it."},
			{From: draft.Agent, Text: "Hi Ann,\n\n" + answer + "\nElse mail ann@example.com.\n\nBest regards\nBob\n\n> How?"},
			{From: draft.Agent, Text: "You are welcome."},
			{From: draft.Note, Text: "This customer is difficult, do not tell anybody that I said so."},
			{From: draft.System, Text: "The ticket was closed automatically after fourteen days of silence."},
		},
		Tags: []string{"hardware"},
	})
	if err != nil {
		t.Fatalf("Make: %v", err)
	}
	want := draft.Draft{
		Question: "How do I reset order [reference number]?",
		Answer:   answer + "\nElse mail [e-mail address].",
		Scrubbed: []draft.Finding{{Kind: draft.Email, Count: 1}, {Kind: draft.Order, Count: 1}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Make (-want +got):\n%s", diff)
	}
}

func TestMakeRefuses(t *testing.T) {
	asked := draft.Message{From: draft.Customer, Text: "How do I reset it?"}
	answered := draft.Message{From: draft.Agent, Text: answer}
	tests := []struct {
		name   string
		ticket draft.Ticket
		want   error
	}{
		{"private", draft.Ticket{Subject: "Reset", Messages: []draft.Message{asked, answered}, Tags: []string{"a", " Private "}}, draft.ErrPrivate},
		{"account-specific", draft.Ticket{Subject: "Reset", Messages: []draft.Message{asked, answered}, Tags: []string{"account-specific"}}, draft.ErrPrivate},
		{"no messages", draft.Ticket{Subject: "Reset"}, draft.ErrNoAnswer},
		{"only a note", draft.Ticket{Subject: "Reset", Messages: []draft.Message{asked, {From: draft.Note, Text: answer}}}, draft.ErrNoAnswer},
		{"39 characters", draft.Ticket{Subject: "Reset", Messages: []draft.Message{asked, {From: draft.Agent, Text: strings.Repeat("ä", 39)}}}, draft.ErrNoAnswer},
		{"long by its quote", draft.Ticket{Subject: "Reset", Messages: []draft.Message{asked, {From: draft.Agent, Text: "Yes.\n\n> " + answer}}}, draft.ErrNoAnswer},
		{"nothing asked", draft.Ticket{Subject: "Help!", Messages: []draft.Message{{From: draft.Customer, Text: "It is broken."}, answered}}, draft.ErrNoQuestion},
		{"nobody asked", draft.Ticket{Messages: []draft.Message{answered}}, draft.ErrNoQuestion},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := draft.Make(tt.ticket); !errors.Is(err, tt.want) {
				t.Errorf("Make = %+v, %v, want %v", got, err, tt.want)
			}
		})
	}
	if _, err := draft.Make(draft.Ticket{Subject: "Reset", Messages: []draft.Message{asked, {From: draft.Agent, Text: strings.Repeat("ä", 40)}}}); err != nil {
		t.Errorf("Make with an answer of 40 characters: %v", err)
	}
}

func TestMakeQuestion(t *testing.T) {
	const first = "Hi Bob,\n\nI bought the lamp, e.g. the Big one. It blinks!\nHow do I\nreset it? Is it broken?\n\nThanks\nAnn"
	tests := []struct{ subject, message, want string }{
		{"printer is on fire", first, "Printer is on fire"},
		{"Re: Re[2]: Fwd: AW: WG: [#12] lamp blinks", first, "Lamp blinks"},
		{"Re: [EXTERNAL] [spinoff-45] lamp blinks", first, "Lamp blinks"},
		{"  lamp\t\n blinks  ", first, "Lamp blinks"},
		{"Lamp\x00 blinks\xff", first, "Lamp blinks\uFFFD"},
		{"¿cómo se reinicia?", first, "¿Cómo se reinicia?"},
		{"Login error", first, "Login error"},
		{"", first, "How do I reset it?"},
		{"Re:", first, "How do I reset it?"},
		{"Help", first, "How do I reset it?"},
		{"HELP PLEASE!!!", first, "How do I reset it?"},
		{"question", first, "How do I reset it?"},
		{"(no subject)", first, "How do I reset it?"},
		{"AW: Frage", first, "How do I reset it?"},
		{"Kein Betreff", first, "How do I reset it?"},
		{"Sans objet", first, "How do I reset it?"},
		{"???", first, "How do I reset it?"},
		{"Help", "Can I use it, e.g. on a boat? Or not?", "Can I use it, e.g. on a boat?"},
		{"Help", "See https://example.com/?a=b first. does it work?", "See https://example.com/?a=b first. does it work?"},
		{"Help", "Hola. ¿Cómo se reinicia?", "¿Cómo se reinicia?"},
		{"Help", "どうやってリセットしますか？壊れています。", "どうやってリセットしますか？"},
		{"Help", "My address is ann@example.com. Can you write to ann@example.com?", "Can you write to [e-mail address]?"},
		{strings.Repeat("word ", 70), first, "W" + strings.TrimSpace(strings.Repeat("word ", 59))[1:] + "…"},
		{strings.Repeat("ä", 400), first, "Ä" + strings.Repeat("ä", 298) + "…"},
	}
	for _, tt := range tests {
		got, err := draft.Make(draft.Ticket{Subject: tt.subject, Messages: []draft.Message{
			{From: draft.Customer, Text: tt.message}, {From: draft.Agent, Text: answer},
		}})
		if err != nil || got.Question != tt.want {
			t.Errorf("Make with subject %q: question %q, %v\nwant %q", tt.subject, got.Question, err, tt.want)
		}
		if n := utf8.RuneCountInString(got.Question); n > draft.MaxQuestion {
			t.Errorf("Make with subject %q: question of %d characters, want at most %d", tt.subject, n, draft.MaxQuestion)
		}
	}
}
