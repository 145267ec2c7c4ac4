package mail_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff/apps/tickets/internal/mail"
)

func TestParse(t *testing.T) {
	m := parse(t, fixture(t, "order.eml"))
	for i := range m.Attachments {
		m.Attachments[i].SHA256 = m.Attachments[i].SHA256[:8]
	}
	want := mail.Message{
		ID:         "order-2@kunde.example",
		From:       mail.Address{Name: "Mia Müller", Email: "mia@kunde.example"},
		To:         []mail.Address{{Name: "Support", Email: "help@spinoff.example"}, {Name: "Sales, EU", Email: "sales@spinoff.example"}},
		Subject:    "AW: Größe der Lieferung [#1042]",
		Date:       time.Date(2024, 3, 5, 9, 0, 0, 0, time.UTC),
		InReplyTo:  []string{"desk-1@spinoff.example"},
		References: []string{"order-1@kunde.example", "desk-1@spinoff.example"},
		Text:       "Die Kiste ist zu groß, siehe Bild.\n\nAm Di., 5. März 2024 um 09:12 Uhr schrieb Support\n<help@spinoff.example>:\n\n> Was ist damit?",
		HTML:       `<p>Die Kiste ist zu groß: <img src="cid:box@kunde"></p>`,
		Attachments: []mail.Attachment{
			{Name: "box.png", Type: "image/png", CID: "box@kunde", Inline: true, Content: []byte("\x89PNG\r\n\x1a\n"), SHA256: "4c4b6a3b"},
			{Name: "winmail.dat", Type: "application/ms-tnef", Content: []byte("\x78\x9f\x3e\x22"), SHA256: "eeb2481c"},
		},
	}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Errorf("Parse(order.eml) (-want +got):\n%s", diff)
	}
}

func TestParseBounce(t *testing.T) {
	got := parse(t, fixture(t, "bounce.eml")).Auto
	want := mail.Auto{
		Bounce: true, Permanent: true, Reason: "Content-Type: multipart/report; report-type=delivery-status",
		Failed: []string{"gone@kunde.example"}, Original: []string{"desk-7@spinoff.example"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Parse(bounce.eml).Auto (-want +got):\n%s", diff)
	}
}

func TestParseAuto(t *testing.T) {
	for _, c := range []struct {
		header string
		want   string // reply, bounce or ""
	}{
		{"Auto-Submitted: no", ""},
		{"Auto-Submitted: auto-generated; x=y", "reply"},
		{"Precedence: list\nList-Id: <help.groups.example>", ""}, // a shared mailbox is often a group
		{"Precedence: bulk", "reply"},
		{"X-Auto-Response-Suppress: OOF, DR", "reply"},
		{"X-Auto-Response-Suppress: DR, RN", ""},
		{"Return-Path: <>", "bounce"},
		{"Return-Path: <>\nAuto-Submitted: auto-replied", "reply"},
		{"Return-Path: <postmaster@kunde.example>", ""},
		{"X-Failed-Recipients: a@b.example", "bounce"},
		{"Content-Type: multipart/report; report-type=disposition-notification; boundary=x", "reply"},
	} {
		a := parse(t, "From: mia@kunde.example\n"+c.header+"\n\nHello").Auto
		got := map[[2]bool]string{{true, false}: "reply", {false, true}: "bounce"}[[2]bool{a.Reply, a.Bounce}]
		if got != c.want || a.Any() != (c.want != "") || (a.Reason != "") != a.Any() {
			t.Errorf("Parse(%q).Auto = %+v, want %q with a reason", c.header, a, c.want)
		}
	}
	for _, from := range []string{"MAILER-DAEMON@x.example", "MAILER-DAEMON <>", "Mail <MAILER-DAEMON>", "Postmaster <postmaster@x.example>"} {
		if a := parse(t, "From: "+from+"\n\nx").Auto; !a.Bounce {
			t.Errorf("Parse(From: %s).Auto = %+v, want a bounce", from, a)
		}
	}
}

func TestParseOddities(t *testing.T) {
	for _, c := range []struct {
		raw     string
		subject string
		text    string
		flags   []mail.Flag
	}{
		{"", "", "", []mail.Flag{mail.NoDate, mail.NoFrom, mail.NoMessageID}},
		{"just words, no header", "", "just words, no header", []mail.Flag{mail.NoDate, mail.NoFrom, mail.NoMessageID, mail.NotMIME}},
		{fixture(t, "dirty.eml"), "über all Bcc: evil@x.example", "NUL: CR:\nend\nFrom here on, “text”.", []mail.Flag{mail.BadCharacter, mail.NoDate, mail.NoMessageID}},
		{"From x Sat Jan  5 09:14:16 2008\nSubject: a\nFrom: a\nDate: soon\nMessage-ID: <1@x>\n\nb", "a", "b", []mail.Flag{mail.BadDate, mail.BadFrom}},
		{"From: a@b.example\nDate: Fri, 1 Jan 2100 00:00:00 +0000\nMessage-ID: <1@x>\n\nb", "", "b", []mail.Flag{mail.BadDate}},
		{"From: a@b.example\nDate: 2024-03-05 10:00:00\nMessage-ID: 1@x\nContent-Type: text/plain; charset=klingon\n\nb\xe4h", "", "bäh", []mail.Flag{mail.BadCharset}},
		{"From: a@b.example\nDate: 5 Mar 2024 10:00:00 +0000\nMessage-ID: <1@x>\nSubject: " + strings.Repeat("ä", 10_000) + "\n\nb", strings.Repeat("ä", 255), "b", []mail.Flag{mail.CutSubject}},
		{"From: a@b.example\nDate: 5 Mar 2024 10:00 +0000\nMessage-ID: <1@x>\nContent-Transfer-Encoding: base64\n\nThis is no base64, it is text.", "", "This is no base64, it is text.", []mail.Flag{mail.BadMIME}},
		{"From: a@b.example\nDate: 5 Mar 2024 10:00 +0000\nMessage-ID: <1@x>\nContent-Type: multipart/mixed\n\nno boundary", "", "no boundary", nil},
	} {
		m := parse(t, c.raw)
		if m.Subject != c.subject || m.Text != c.text || !cmp.Equal(m.Flags, c.flags) {
			t.Errorf("Parse(%.80q)\n got %q, %q, %q\nwant %q, %q, %q", c.raw, m.Subject, m.Text, m.Flags, c.subject, c.text, c.flags)
		}
		if len(m.To)+len(m.Cc) > 0 {
			t.Errorf("Parse(%.80q) has recipients %v: a header came out of another", c.raw, m.To)
		}
	}
}

func TestParseSyntheticID(t *testing.T) {
	a := parse(t, "From: a@b.example\n\nHello\n")
	b := parse(t, "From a Sat Jan  5 09:14:16 2008\r\nFrom: a@b.example\r\n\r\nHello\r\n\r\n")
	c := parse(t, "From: a@b.example\n\nHallo\n")
	if a.ID != b.ID || a.ID == c.ID || !a.SyntheticID {
		t.Errorf("ids of the same mail twice and another: %s, %s, %s", a.ID, b.ID, c.ID)
	}
}

func TestParseReferencesAreBounded(t *testing.T) {
	var ids strings.Builder
	for i := range 500 {
		fmt.Fprintf(&ids, " <%d@x>\n", i)
	}
	got := parse(t, "References:"+ids.String()+"\n\nx").References
	if len(got) != 100 || got[0] != "0@x" || got[99] != "499@x" {
		t.Errorf("500 references became %d: %.80q, want 100 with the first and the latest", len(got), got)
	}
}

func TestParseAttachmentNames(t *testing.T) {
	for said, want := range map[string]string{
		`"../../etc/passwd"`:                "passwd",
		`"C:\\temp\\a.txt"`:                 "a.txt",
		`".htaccess"`:                       "htaccess",
		`"a\"b<c>.txt"`:                     "a_b_c_.txt",
		`"=?utf-8?q?b=E2=80=AEgpj=2Eexe?="`: "bgpj.exe",
		`""`:                                "attachment-1.bin",
		`"` + strings.Repeat("ü", 300) + `.pdf"`: strings.Repeat("ü", 58) + ".pdf",
	} {
		m := parse(t, "Content-Type: application/x-thing\nContent-Disposition: attachment; filename="+said+"\n\nx")
		if len(m.Attachments) != 1 || m.Attachments[0].Name != want {
			t.Errorf("filename=%.60s became %+v, want %q", said, m.Attachments, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	nested := func(n int, line string) []byte {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\n\n%s--b%d\n", i, line, i)
		}
		return []byte(b.String())
	}
	for name, c := range map[string]struct {
		raw  []byte
		want error
	}{
		"30 MB and a byte":            {make([]byte, mail.MaxSize+1), mail.ErrTooLarge},
		"20,000 levels":               {nested(20_000, ""), mail.ErrTooDeep},
		"20,000 levels within a line": {nested(20_000, "x"), mail.ErrTooDeep},
		"40 levels":                   {nested(40, ""), mail.ErrTooDeep},
		"a million parts":             {[]byte("Content-Type: multipart/mixed; boundary=x\n\n" + strings.Repeat("--x\n\n", 1_000_000)), mail.ErrTooDeep},
		"8 levels":                    {nested(8, ""), nil},
	} {
		start := time.Now()
		_, err := mail.Parse(c.raw, received)
		if took := time.Since(start); !errors.Is(err, c.want) || took > time.Minute {
			t.Errorf("Parse(%s): %v after %v, want %v soon", name, err, took, c.want)
		}
	}
}

// TestParseFlatMultiparts: what is broad but flat is no reason to refuse.
func TestParseFlatMultiparts(t *testing.T) {
	var b strings.Builder
	b.WriteString("Content-Type: multipart/mixed; boundary=top\n\n")
	for i := range 30 {
		fmt.Fprintf(&b, "--top\nContent-Type: multipart/alternative; boundary=in%d\n\n--in%d\n\nword%d\n--in%d--\n", i, i, i, i)
	}
	b.WriteString("--top--\n")
	if m := parse(t, b.String()); !strings.Contains(m.Text, "word29") {
		t.Errorf("Parse(30 multiparts side by side).Text = %q, want all 30 words", m.Text)
	}
}

func TestParseNaughtyStrings(t *testing.T) {
	strs := []string{"<script>alert(1)</script>", "a\r\nBcc: x@y", "\u202etest\u202c", "😍", "\x00", strings.Repeat("👹", 500)}
	if b, err := os.ReadFile(shared(t, "naughty-strings.json")); err == nil {
		if err := json.Unmarshal(b, &strs); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range strs {
		m := parse(t, fmt.Sprintf("From: %s <a@b.example>\nTo: %s\nSubject: %s\nMessage-ID: %s\nReferences: %s\nContent-Type: text/html; charset=utf-8\n\n%s", s, s, s, s, s, s))
		checkClean(t, m)
		m = parse(t, fmt.Sprintf("From: a@b.example\nContent-Type: multipart/mixed; boundary=\"%s\"\n\n--%s\nContent-Disposition: attachment; filename=\"%s\"\n\n%s", s, s, s, s))
		checkClean(t, m)
	}
}

// checkClean fails where a message breaks what [mail.Message] promises.
func checkClean(t *testing.T, m mail.Message) {
	t.Helper()
	if m.ID == "" {
		t.Errorf("message without id: %+v", m)
	}
	oneLine := append([]string{m.ID, m.Subject, m.From.Name, m.From.Email, m.Auto.Reason}, m.References...)
	for _, a := range append(append(m.To, m.Cc...), m.ReplyTo...) {
		oneLine = append(oneLine, a.Name, a.Email)
	}
	for _, a := range m.Attachments {
		oneLine = append(oneLine, a.Name, a.Type, a.CID)
		if a.Name == "" || strings.ContainsAny(a.Name, `/\`) || strings.HasPrefix(a.Name, ".") || len(a.Name) > 255 {
			t.Errorf("attachment named %q", a.Name)
		}
	}
	for _, s := range oneLine {
		if !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) || utf8.RuneCountInString(s) > 500 {
			t.Errorf("%q is not one clean line", s)
		}
	}
	for _, s := range []string{m.Text, m.HTML} {
		if !utf8.ValidString(s) || strings.ContainsAny(s, "\x00\r\x1b") {
			t.Errorf("%q is not clean text", s)
		}
	}
	checkHarmless(t, m.HTML)
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"order.eml", "bounce.eml", "dirty.eml"} {
		b, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := mail.Parse(raw, received)
		if err != nil {
			if !errors.Is(err, mail.ErrTooDeep) {
				t.Fatalf("Parse: %v", err)
			}
			return
		}
		checkClean(t, m)
		again, _ := mail.Parse(raw, received)
		if diff := cmp.Diff(m, again); diff != "" {
			t.Fatalf("the same bytes twice:\n%s", diff)
		}
		if own, quoted := mail.SplitQuote(m.Text); !sameWords(m.Text, own, quoted) {
			t.Fatalf("SplitQuote(%q) = %q, %q: lines are missing", m.Text, own, quoted)
		}
	})
}
