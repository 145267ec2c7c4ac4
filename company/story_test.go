package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spinoff-go/spinoff/run"
	"github.com/spinoff-go/spinoff/spinofftest"
)

// letter is the mail that the story begins with.
const letter = `From: Ines Moreau <ines.moreau@example.com>
To: support@lumen.example
Subject: How do I reset the Glow after the winter?
Date: Mon, 23 Nov 2026 09:15:00 +0100
Message-ID: <winter-1@example.com>
Content-Type: text/plain; charset=utf-8

Hello,

my Glow was in the cellar all winter and does not react any more. How do I reset it?

Best wishes
Ines
`

// TestStory is the story of the talk in a real browser: a mail is imported, answered and solved at the desk, FaqCreator drafts an entry of
// it by itself, a reviewer publishes it, and a visitor finds it. It is told together, with the FAQ apart, and all apart; with the mouse, with
// the keyboard alone, and without JavaScript; on a desktop and on a phone.
func TestStory(t *testing.T) {
	for _, v := range []visitor{
		{name: "desktop", width: 1440},
		{name: "phone without script", width: 390, noScript: true},
		{name: "keyboard", width: 1440, keyboard: true},
	} {
		t.Run(strings.ReplaceAll(v.name, " ", "_"), func(t *testing.T) {
			spinofftest.Run(t, Project(), "faq", func(t *testing.T, site *spinofftest.Site) {
				tell(t, site, openBrowser(t, v))
			})
		})
	}
}

func tell(t *testing.T, site *spinofftest.Site, b *browser) {
	t.Helper()
	importLetter(t, site)

	b.open(site.SetUp())
	b.fill("Your name", "Anna Berg")
	b.fill("E-mail address", "anna@lumen.example")
	b.fill("Password", "correct horse battery")
	b.press("Create account")
	b.see("Anna Berg")

	b.press("Tickets")
	b.press("How do I reset the Glow after the winter?")
	b.see("in the cellar all winter")
	b.fill("Text", "Hi Ines,\n\nhold the button of the Glow for ten seconds, until it blinks twice. Then charge it for an hour.\n\nBest wishes\nAnna")
	b.press("Send and solve")
	b.see("Solved")
	b.reload("was made of this ticket")
	b.press("FAQ draft")

	b.see("How do I reset the Glow after the winter?")
	b.see("hold the button of the Glow for ten seconds")
	if strings.Contains(b.page(), "Ines") {
		t.Errorf("the draft holds personal data:\n%s", b.page())
	}
	b.press("Publish")
	b.see("Readers find it")

	b.open(site.URL + "/")
	b.fill("Search", "glow does not react after winter")
	b.press("Search")
	b.press("How do I reset the Glow after the winter?")
	b.see("Was this helpful?")
	b.see("until it blinks twice")
	b.press("Yes")
	b.see("Thank")
}

// importLetter takes in the letter by the command line, while the project runs.
func importLetter(t *testing.T, site *spinofftest.Site) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "letter.eml")
	if err := os.WriteFile(path, []byte(letter), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("DATABASE_URL", site.Database)
	var stdout, stderr bytes.Buffer
	if code := run.Execute(t.Context(), Project(), []string{"company", "import", "tickets", path, "--data", site.Data}, &stdout, &stderr); code != 0 {
		t.Fatalf("company import tickets: exit code %d\n%s%s", code, stdout.String(), stderr.String())
	}
	if !strings.Contains(stdout.String(), "1 tickets opened") {
		t.Errorf("company import tickets says %q", stdout.String())
	}
}
