package draft_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/jhillyerd/enmime/v2"

	"github.com/spinoff-go/spinoff/apps/faqcreator/internal/draft"
)

// data returns the path of real data kept beside the repository, and skips the test where there is none.
func data(t *testing.T, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	for err == nil {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			break
		}
		if filepath.Dir(dir) == dir {
			t.Fatal("no go.mod above the test's folder")
		}
		dir = filepath.Dir(dir)
	}
	path := filepath.Join(dir, "..", "shared", "data", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("needs real data: %v", err)
	}
	return path
}

// Each file is the reply "Hello" of another mail program, with the message it answers.
func TestStripReplyByMailProgram(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(data(t, "mail/talon-replies"), "*.eml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("files: %v, %v", files, err)
	}
	stripped := 0
	for _, file := range files {
		raw, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		mail, err := enmime.ReadEnvelope(raw)
		raw.Close()
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if got := draft.StripReply(mail.Text); got != "Hello" {
			t.Errorf("StripReply of %s\n got %q\nwant %q", filepath.Base(file), got, "Hello")
			continue
		}
		stripped++
	}
	t.Logf("stripped %d of %d replies to what was written", stripped, len(files))
}

// address is one that mail reaches; "ann@host:~/" of a shell is none.
var address = regexp.MustCompile(`@[\w-]+\.\w`)

// A whole mailbox of real mail, to see that what is left is valid and stable, and that no address gets through.
func TestMailbox(t *testing.T) {
	raw, err := os.ReadFile(data(t, "tickets/sakai-list.mbox"))
	if err != nil {
		t.Fatal(err)
	}
	for i, message := range strings.Split("\n"+string(raw), "\nFrom ")[1:] {
		_, message, _ = strings.Cut(message, "\n")
		mail, err := enmime.ReadEnvelope(strings.NewReader(message))
		if err != nil {
			t.Fatalf("message %d: %v", i, err)
		}
		checkStable(t, mail.Text)
		if got, _ := draft.Scrub(draft.StripReply(mail.Text)); address.MatchString(got) {
			t.Errorf("message %d still has an address:\n%s", i, got)
		}
	}
}

func TestNaughtyStrings(t *testing.T) {
	raw, err := os.ReadFile(data(t, "naughty-strings.json"))
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	if err := json.Unmarshal(raw, &texts); err != nil {
		t.Fatal(err)
	}
	for _, text := range texts {
		checkStable(t, text)
		got, err := draft.Make(draft.Ticket{Subject: text, Messages: []draft.Message{
			{From: draft.Customer, Text: text + "?"}, {From: draft.Agent, Text: text + " " + answer},
		}})
		if !utf8.ValidString(got.Question + got.Answer) {
			t.Errorf("Make with %q = %+v, %v, want valid UTF-8", text, got, err)
		}
	}
	t.Logf("%d strings", len(texts))
}

func checkStable(t *testing.T, text string) {
	t.Helper()
	stripped := draft.StripReply(text)
	if again := draft.StripReply(stripped); again != stripped || !utf8.ValidString(stripped) {
		t.Errorf("StripReply(StripReply(%q))\n got %q\nwant %q", text, again, stripped)
	}
	scrubbed, _ := draft.Scrub(text)
	if again, found := draft.Scrub(scrubbed); again != scrubbed || found != nil || !utf8.ValidString(scrubbed) {
		t.Errorf("Scrub(Scrub(%q))\n got %q, %v\nwant %q", text, again, found, scrubbed)
	}
}

// Eight times the text may take about eight times the time, however the text is made: quadratic would be 64 times.
func TestTimeIsLinear(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	parts := map[string]string{
		"letters": "a", "digits": "1", "quotes": "> ", "quoted lines": "> x\n", "blank lines": "\n", "greetings": "Hi Ann, ", "greeting lines": "Hi Ann, > x\n",
		"closings": "Best regards\n", "thanks": "Thanks\nAnn\n", "headers": "From: a\nTo: b\n", "attributions": "On 1 May 2024 14:20 Ann wrote\n", "wrote": "wrote: ", "signatures": "Sent from my iPhone\n",
		"at signs": "a@", "addresses": "a@b.example ", "phones": "+49 30 1234567 ", "spaced digits": "1 ", "dotted digits": "1.", "colons": "1:", "links": "http://", "queries": "a.b/?", "cards": "4111 1111 1111 1111 ",
		"brackets": "[", "placeholders": "[secret]", "keys": "aB3", "questions": "? ", "sentences": "What. Is this? ",
		"prose": "Open Settings, write to a@example.com or call +49 30 901820, and wait 14 days. ",
	}
	const size = 1 << 16
	for name, part := range parts {
		t.Run(name, func(t *testing.T) {
			text := strings.Repeat(part, size/len(part))
			var eighth, whole time.Duration
			for range 10 { // a busy machine may stall some measurements, hardly ten; what is not linear is slow in each
				eighth, whole = timeOf(text[:size/8]), timeOf(text)
				if whole < 50*time.Millisecond || whole < 24*eighth {
					return
				}
			}
			t.Errorf("%d bytes took %v, %d bytes %v", size/8, eighth, size, whole)
		})
	}
}

func timeOf(text string) time.Duration {
	start := time.Now()
	draft.StripReply(text)
	draft.Scrub(text)
	_, _ = draft.Make(draft.Ticket{Messages: []draft.Message{{From: draft.Customer, Text: text}, {From: draft.Agent, Text: answer}}})
	return time.Since(start)
}
