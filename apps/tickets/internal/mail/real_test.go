package mail_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff/apps/tickets/internal/mail"
)

// TestRealMail reads every message there is and prints what is in them (go test -v).
func TestRealMail(t *testing.T) {
	for _, folder := range []string{"bounces", "enmime", "ruby-mail", "talon-replies"} {
		t.Run(folder, func(t *testing.T) {
			n := map[string]int{}
			eachFile(t, shared(t, "mail/"+folder), func(name string, raw []byte) {
				n["files"]++
				m, err := mail.Parse(raw, received)
				if err != nil {
					t.Errorf("Parse(%s): %v", name, err)
				}
				checkClean(t, m)
				if again, _ := mail.Parse(raw, received); !cmp.Equal(m, again) {
					t.Errorf("Parse(%s) twice differs", name)
				}
				for is, so := range map[string]bool{
					"without Message-ID": m.SyntheticID, "with HTML": m.HTML != "", "with attachments": m.Attachments != nil, "without text": m.Text == "",
					"auto or bounce": m.Auto.Any(), "bounces that name who failed": m.Auto.Bounce && m.Auto.Failed != nil, "bounces that name what failed": m.Auto.Original != nil,
				} {
					if so {
						n[is]++
					}
				}
				for _, f := range m.Flags {
					n["flag "+string(f)]++
				}
				machine := folder == "bounces" || strings.Contains(name, "report") || strings.Contains(name, "bounce")
				if m.Auto.Any() && !machine {
					t.Logf("%s is from a machine: %s", name, m.Auto.Reason)
					n["people taken for machines"]++
				}
			})
			t.Logf("%s: %v", folder, n)
			if share := float64(n["auto or bounce"]) / float64(n["files"]); folder == "bounces" && share < 0.95 {
				t.Errorf("%.1f %% of the bounces are recognised, want 95", 100*share)
			}
		})
	}
}

func TestRealMailbox(t *testing.T) {
	n := 0
	for raw, err := range mail.Messages(shared(t, "tickets/sakai-list.mbox"), mail.Position{}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		m := parse(t, string(raw.Bytes))
		checkClean(t, m)
		if m.SyntheticID || m.Auto.Any() || len(m.Flags) > 1 || len(m.Flags) == 1 && m.Flags[0] != mail.CutSubject || !strings.HasPrefix(m.Subject, "[sakai] svn commit") {
			t.Errorf("message %d: %q %q %+v", n, m.ID, m.Subject, m.Auto)
		}
		if d := m.Date.Sub(raw.Received).Hours(); d < -24 || d > 24 {
			t.Errorf("message %d was sent at %v and received at %v", n, m.Date, raw.Received)
		}
	}
	if n != 27 {
		t.Errorf("the mailbox has %d messages, want 27", n)
	}
}

func TestRealFolder(t *testing.T) {
	messages, other := 0, 0
	for _, err := range mail.Messages(shared(t, "mail"), mail.Position{}) {
		switch {
		case errors.Is(err, mail.ErrNotMail):
			other++
		case err != nil:
			t.Error(err)
		default:
			messages++
		}
	}
	t.Logf("%d messages, %d files that are none", messages, other)
	if messages < 365 {
		t.Errorf("%d messages found, want at least 365", messages)
	}
}

func TestRealReplies(t *testing.T) {
	eachFile(t, shared(t, "mail/talon-replies"), func(name string, raw []byte) {
		text := string(raw)
		if strings.HasSuffix(name, ".eml") {
			text = parse(t, text).Text
		}
		own, quoted := mail.SplitQuote(text)
		first, rest, _ := strings.Cut(own, "\n")
		if strings.TrimSpace(first) != "Hello" || strings.Contains(rest, "wrote") || strings.Contains(rest, "Hi") {
			t.Errorf("SplitQuote(%s) = %q, %q, want the own part to be Hello and perhaps a signature", name, own, quoted)
		}
		if (quoted == "") != strings.HasSuffix(name, "_text") || !sameWords(text, own, quoted) {
			t.Errorf("SplitQuote(%s) = %q, %q", name, own, quoted)
		}
	})
}
