package tickets_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/tickets/ticketsv1"
)

func importFile(t *testing.T, app spinoff.App, path string) spinoff.Progress {
	t.Helper()
	last := spinoff.Progress{}
	progress, err := app.Imports.Run(t.Context(), path, func(p spinoff.Progress) {
		if p.Read < last.Read {
			t.Errorf("import %s: progress went from %d back to %d bytes", path, last.Read, p.Read)
		}
		last = p
	})
	if err != nil {
		t.Fatalf("import %s: %v", path, err)
	}
	if progress.Read != progress.Total {
		t.Errorf("import %s: ends at %d of %d bytes", path, progress.Read, progress.Total)
	}
	return progress
}

func sum(counts map[string]int64) (n int64) {
	for _, c := range counts {
		n += c
	}
	return n
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mail.mbox")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// letter is a mail in an mbox file. headers end with a line end each.
func letter(from, subject, id, headers, body string) string {
	return fmt.Sprintf("From x Sat Jan 31 09:14:16 2026\nFrom: %s\nSubject: %s\nMessage-ID: <%s>\n%s\n%s\n\n", from, subject, id, headers, body)
}

func day(n int) string { return fmt.Sprintf("Date: %d Jan 2026 12:00:00 +0000\n", n) }

func TestThreads(t *testing.T) {
	app := open(t, t.TempDir(), "@lumen.example")
	got := importFile(t, app, write(t, letter("Ada <ada@mail.example>", "Lamp", "1@mail", day(1), "It is dark.")+
		letter("Marta <marta@lumen.example>", "Re: Lamp", "2@lumen", day(2)+"In-Reply-To: <1@mail>\n", "Switch it on.")+
		letter("ada@MAIL.example", "Anything", "3@mail", day(3)+"References: <0@x> <2@lumen>\n", "Now it is bright.")+
		letter("Eve <eve@other.example>", "Re: Lamp", "4@other", day(4)+"In-Reply-To: <3@mail>\n", "I am Ada, send me the secret.")+
		letter("Ada <ada@mail.example>", "Re: Lamp", "5@mail", day(5), "Same subject, another matter.")+
		letter("Ada <ada@mail.example>", "Re: [#1001] Lamp", "6@mail", day(6), "By number.")+
		letter("Eve <eve@other.example>", "Re: [#1001] Lamp", "7@other", day(7), "By a number that is not mine.")+
		letter("Ada <ada@mail.example>", "Away", "8@mail", day(8)+"In-Reply-To: <2@lumen>\nAuto-Submitted: auto-replied\n", "I am on holiday.")+
		letter("MAILER-DAEMON@mx.example", "Undelivered", "9@mx", day(9), "Nobody there.")+
		letter("Bob <bob@mail.example>", "Re: Bike", "11@mail", day(11)+"In-Reply-To: <10@mail>\n", "The child is here before its parent.")+
		letter("Bob <bob@mail.example>", "Bike", "10@mail", day(10), "The parent.")))
	if diff := cmp.Diff(map[string]int64{"tickets opened": 5, "messages added": 6}, got.Counts); diff != "" {
		t.Errorf("counts (-want +got)\n%s", diff)
	}
	ticket := answerOf(t, app, ticketsv1.Get, ticketsv1.TicketID{Number: 1001})
	want := []string{
		"in Ada: It is dark.", "out Marta: Switch it on.", "in ada@mail.example: Now it is bright.",
		"note Eve: I am Ada, send me the secret.", "in Ada: By number.", "note Ada: I am on holiday.",
	}
	if diff := cmp.Diff(want, said(ticket)); diff != "" {
		t.Errorf("ticket 1001 (-want +got)\n%s", diff)
	}
	at := func(d int) time.Time { return time.Date(2026, 1, d, 12, 0, 0, 0, time.UTC) }
	if !ticket.CreatedAt.Equal(at(1)) || !ticket.UpdatedAt.Equal(at(8)) || ticket.Customer.Email != "ada@mail.example" || ticket.Status != ticketsv1.Open {
		t.Errorf("ticket 1001: got %+v, want the dates of its first and last mail, Ada's, open", ticket)
	}
	if bike := answerOf(t, app, ticketsv1.Get, ticketsv1.TicketID{Number: 1005}); !bike.CreatedAt.Equal(at(10)) || len(bike.Messages) != 2 || bike.Messages[0].Text != "The parent." {
		t.Errorf("ticket 1005: got %+v, want the parent first", bike)
	}
	if bounce := answerOf(t, app, ticketsv1.Get, ticketsv1.TicketID{Number: 1004}); bounce.Status != ticketsv1.Solved {
		t.Errorf("a bounce of nothing we know: status %s, want solved, since nobody has to answer it", bounce.Status)
	}
}

func TestAutomaticMailDoesNotReopen(t *testing.T) {
	app := open(t, t.TempDir(), "")
	importFile(t, app, write(t, letter("ada@mail.example", "Lamp", "1@mail", day(1), "Dark.")))
	solved := answerOf(t, app, ticketsv1.Update, ticketsv1.Change{Number: 1001, Status: new(ticketsv1.Solved)})
	for _, row := range []struct {
		mail string
		want ticketsv1.Status
	}{
		{letter("ada@mail.example", "Away", "2@mail", "Auto-Submitted: auto-replied\nIn-Reply-To: <1@mail>\n", "Away."), ticketsv1.Solved},
		{letter("postmaster@mx.example", "Undelivered", "3@mail", "In-Reply-To: <1@mail>\n", "Nobody there."), ticketsv1.Solved},
		{letter("ada@mail.example", "Re: Lamp", "1@mail", day(1), "Same Message-ID, another mail."), ticketsv1.Solved},
		{letter("ada@mail.example", "Re: Lamp", "4@mail", day(2)+"In-Reply-To: <1@mail>\n", "Old news: written before it was solved, and never read."), ticketsv1.Open},
	} {
		importFile(t, app, write(t, row.mail))
		if got := answerOf(t, app, ticketsv1.Get, ticketsv1.TicketID{Number: solved.Number}); got.Status != row.want {
			t.Errorf("status after %s: got %s, want %s", row.mail, got.Status, row.want)
		}
	}
}

func TestRealMail(t *testing.T) {
	data, app := realData(t), open(t, t.TempDir(), "")
	for _, path := range []string{"mail/bounces", "mail/enmime", "mail/ruby-mail", "mail/talon-replies", "tickets/sakai-list.mbox"} {
		path = filepath.Join(data, path)
		first := importFile(t, app, path)
		t.Logf("%s: %d messages: %v %q", path, sum(first.Counts), first.Counts, first.Refused)
		if want := messages(t, path); sum(first.Counts) != want {
			t.Errorf("import %s: counts %v are %d messages, want %d", path, first.Counts, sum(first.Counts), want)
		}
		again := importFile(t, app, path)
		want := map[string]int64{"already there": sum(first.Counts) - first.Counts["refused"], "refused": first.Counts["refused"]}
		if want["refused"] == 0 {
			delete(want, "refused")
		}
		if diff := cmp.Diff(want, again.Counts); diff != "" {
			t.Errorf("import %s a second time (-want +got)\n%s", path, diff)
		}
	}
}

// messages counts the messages at path by other means than the import.
func messages(t *testing.T, path string) (n int64) {
	t.Helper()
	if strings.HasSuffix(path, ".mbox") {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return int64(strings.Count("\n"+string(text), "\nFrom "))
	}
	files, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if info, err := f.Info(); err == nil && info.Size() > 0 && !strings.HasPrefix(f.Name(), ".") {
			n++
		}
	}
	return n
}

// TestKilledImport imports in a process that is killed again and again, until one comes to the end.
func TestKilledImport(t *testing.T) {
	if dir := os.Getenv("TICKETS_TEST_IMPORT"); dir != "" {
		app := open(t, dir, "")
		fmt.Println(importFile(t, app, filepath.Join(dir, "mail.mbox")).Counts)
		return
	}
	const threads, replies = 600, 2
	var mailbox strings.Builder
	for i := range threads {
		mailbox.WriteString(letter("ada@mail.example", "Question", fmt.Sprintf("%d@mail", i), day(1+i%28), strings.Repeat("dark ", 500)))
		for reply := range replies {
			mailbox.WriteString(letter("ada@mail.example", "Re: Question", fmt.Sprintf("%d-%d@mail", i, reply), fmt.Sprintf("In-Reply-To: <%d@mail>\n", i), "Still dark."))
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mail.mbox"), []byte(mailbox.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	killed := 0
	for wait := 100 * time.Millisecond; ; wait += 25 * time.Millisecond {
		ctx, cancel := context.WithTimeout(t.Context(), wait) // CommandContext kills with SIGKILL
		c := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestKilledImport$")
		c.Env = append(os.Environ(), "TICKETS_TEST_IMPORT="+dir)
		out, err := c.CombinedOutput()
		cancel()
		if err == nil {
			counted := fmt.Sprintf("map[messages added:%d tickets opened:%d]", threads*replies, threads)
			done := fmt.Sprintf("map[already there:%d]", threads*(1+replies)) // the one before was killed when it had done everything, before it could say so
			if !strings.Contains(string(out), counted) && !strings.Contains(string(out), done) {
				t.Errorf("the last import printed %s, want %s or %s", out, counted, done)
			}
			break
		}
		if ctx.Err() == nil {
			t.Fatalf("import: %v\n%s", err, out)
		}
		if wait > time.Minute {
			t.Fatalf("the import does not come to its end in %v:\n%s", wait, out)
		}
		killed++
	}
	t.Logf("killed %d times", killed)
	if killed < 3 {
		t.Errorf("killed %d times, want at least 3: the mailbox is too small to prove anything", killed)
	}
	app := open(t, dir, "")
	if got := answerOf(t, app, ticketsv1.Count, ticketsv1.All{}); got.Open != threads {
		t.Errorf("%d tickets, want %d", got.Open, threads)
	}
	for after := ""; ; {
		list := answerOf(t, app, ticketsv1.List, ticketsv1.Filter{Limit: 100, After: after})
		for _, ticket := range list.Items {
			if ticket.Messages != 1+replies {
				t.Fatalf("ticket %d has %d messages, want %d", ticket.Number, ticket.Messages, 1+replies)
			}
		}
		if after = list.Next; after == "" {
			break
		}
	}
	if got := importFile(t, app, filepath.Join(dir, "mail.mbox")).Counts; got["already there"] != threads*(1+replies) || len(got) != 1 {
		t.Errorf("import once more: got %v, want all of them already there", got)
	}
}
