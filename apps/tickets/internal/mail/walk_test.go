package mail_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff/apps/tickets/internal/mail"
)

// write makes the files of a mailbox.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// subjects are the subjects at path, or "!" and why a message could not be had.
func subjects(t *testing.T, path string, from mail.Position) (got []string) {
	t.Helper()
	for raw, err := range mail.Messages(path, from) {
		if err != nil {
			got = append(got, "!"+raw.Source+": "+errors.Unwrap(err).Error()[:20])
			continue
		}
		got = append(got, parse(t, string(raw.Bytes)).Subject)
	}
	return got
}

func TestMessages(t *testing.T) {
	const one, two, three = "Subject: one\n\n1\n", "Subject: two\n\n2\n", "Subject: three\n\n3\n"
	mbox := fixture(t, "two.mbox")
	for name, c := range map[string]struct {
		files map[string]string
		path  string
		want  []string
	}{
		"one message":     {map[string]string{"a": one}, "a", []string{"one"}},
		"an mbox file":    {map[string]string{"Sent": mbox}, "Sent", []string{"one", "two"}},
		"an mbox of CRLF": {map[string]string{"Sent": strings.ReplaceAll(mbox, "\n", "\r\n")}, "Sent", []string{"one", "two"}},
		"a folder":        {map[string]string{"b.eml": two, "a.eml": one, "c/d.txt": three, ".hidden": one, "empty": ""}, "", []string{"one", "two", "three"}},
		"a Maildir":       {map[string]string{"new/1.h": one, "cur/0.h:2,S": two, "tmp/2.h": three, "dovecot-uidlist": "3 V1"}, "", []string{"two", "one"}},
		"what is no mail": {map[string]string{"a.eml": one, "b.pdf": "%PDF-1.7", "c.mbox": mbox}, "", []string{"one", "!b.pdf: this is neither a me", "one", "two"}},
	} {
		if got := subjects(t, filepath.Join(write(t, c.files), c.path), mail.Position{}); !cmp.Equal(got, c.want) {
			t.Errorf("Messages(%s) = %q, want %q", name, got, c.want)
		}
	}
	for _, err := range mail.Messages(filepath.Join(t.TempDir(), "gone"), mail.Position{}) {
		if !errors.Is(err, os.ErrNotExist) {
			t.Errorf("Messages(nothing there): %v", err)
		}
	}
}

func TestMessagesMbox(t *testing.T) {
	var got []mail.Raw
	for raw, err := range mail.Messages("testdata/two.mbox", mail.Position{}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, raw)
	}
	want := []mail.Raw{
		{
			Source: "two.mbox", Bytes: []byte("From: mia@kunde.example\nSubject: one\n\nFrom here it goes on.\nFrom time to time it was quoted.\n"),
			Received: time.Date(2008, 1, 5, 9, 14, 16, 0, time.UTC), Next: mail.Position{Source: "two.mbox", Offset: 143}, Done: 143, Total: 229,
		},
		{
			Source: "two.mbox", Offset: 143, Bytes: []byte("From: ben@kunde.example\nSubject: two\n\nEnd\n"),
			Received: time.Date(2008, 1, 5, 10, 14, 16, 0, time.UTC), Next: mail.Position{Source: "two.mbox", Offset: 229}, Done: 229, Total: 229,
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Messages(two.mbox) (-want +got):\n%s", diff)
	}
}

// TestMessagesGoOn stops after each message in turn and reads the rest from there.
func TestMessagesGoOn(t *testing.T) {
	dir := write(t, map[string]string{
		"a.eml": "Subject: a\n\n", "in.mbox": fixture(t, "two.mbox"), "m/cur/1:2,": "Subject: 1\n\n", "m/new/2": "Subject: 2\n\n", "z": "Subject: z\n\n",
	})
	all := subjects(t, dir, mail.Position{})
	if want := []string{"a", "one", "two", "1", "2", "z"}; !cmp.Equal(all, want) {
		t.Fatalf("Messages = %q, want %q", all, want)
	}
	n := 0
	for raw, err := range mail.Messages(dir, mail.Position{}) {
		n++
		if err != nil {
			t.Fatal(err)
		}
		if got := subjects(t, dir, raw.Next); !cmp.Equal(got, all[n:]) && len(got)+len(all[n:]) > 0 {
			t.Errorf("Messages after %+v = %q, want %q", raw.Next, got, all[n:])
		}
	}
	// meanwhile a reader opened the mail that comes next
	if err := os.Rename(filepath.Join(dir, "m/new/2"), filepath.Join(dir, "m/cur/2:2,S")); err != nil {
		t.Fatal(err)
	}
	if got := subjects(t, dir, mail.Position{Source: "m/cur/1:2,", Offset: 12}); !cmp.Equal(got, []string{"2", "z"}) {
		t.Errorf("Messages after a mail was moved from new to cur = %q, want 2 and z", got)
	}
}

func TestMessagesTooLarge(t *testing.T) {
	path := filepath.Join(t.TempDir(), "big.mbox")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	const from = "From a Sat Jan  5 09:14:16 2008\n"
	fmt.Fprint(f, from, "Subject: small\n\n\n", from, "Subject: big\n\n")
	for range mail.MaxSize>>20 + 1 {
		_, _ = f.Write(bytes.Repeat([]byte("0123456789abcde\n"), 1<<16))
	}
	fmt.Fprint(f, "\n", from, "Subject: last\n\n")
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if got, want := subjects(t, path, mail.Position{}), []string{"small", "!big.mbox: the message is large", "last"}; !cmp.Equal(got, want) {
		t.Errorf("Messages(an mbox with 31 MB in the middle) = %q, want %q", got, want)
	}
}

var fromLine = regexp.MustCompile(`(?m)^>*From `)

// FuzzMbox joins two messages as mail programs do and splits them again.
func FuzzMbox(f *testing.F) {
	f.Add([]byte("Subject: a\n\nFrom x\n>From y\n\n"), []byte("b"))
	f.Add([]byte("From a Sat Jan  5 09:14:16 2008"), []byte("\r\n\r\n"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		const from = "From a Sat Jan  5 09:14:16 2008\n"
		var box []byte
		want := [][]byte{append(bytes.Clone(a), '\n'), append(bytes.Clone(b), '\n')}
		for _, m := range want {
			box = append(append(append(box, from...), fromLine.ReplaceAll(m, []byte(">$0"))...), '\n')
		}
		path := filepath.Join(t.TempDir(), "box")
		if err := os.WriteFile(path, box, 0o600); err != nil {
			t.Fatal(err)
		}
		var got [][]byte
		for raw, err := range mail.Messages(path, mail.Position{}) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, raw.Bytes)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("split(join(%q, %q)) (-want +got):\n%s", a, b, diff)
		}
	})
}
