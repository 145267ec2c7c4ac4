package tickets_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/tickets/ticketsv1"
	"github.com/spinoff-go/spinoff/page"
)

// pages serves the pages of an open app to Marta.
func pages(app spinoff.App) http.Handler {
	mux := http.NewServeMux()
	for _, v := range app.Views {
		mux.Handle(v.Route, page.Secure(v.Handler))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.WithContext(spinoff.WithOrigin(r.Context(), spinoff.Origin{Person: marta}))
		http.StripPrefix("/tickets", mux).ServeHTTP(w, r)
	})
}

func fetch(t *testing.T, app spinoff.App, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	pages(app).ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

// harmless reports what in a page could run: scripts that are not ours, code in attributes, links with code.
func harmless(t *testing.T, path, text string) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "svg", "path", "circle", "rect":
			continue // our icons
		case "object", "embed", "style", "base", "math", "template":
			if n.Data != "base" || !strings.Contains(path, "/messages/") {
				t.Errorf("GET %s: the page has <%s>", path, n.Data)
			}
		}
		ours := false
		for _, a := range n.Attr {
			ours = ours || a.Key == "src" && strings.HasPrefix(a.Val, "/-/") || a.Key == "src" && strings.HasPrefix(a.Val, page.AssetPrefix)
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "srcdoc" {
				t.Errorf("GET %s: <%s %s=%q>", path, n.Data, a.Key, a.Val)
			}
			if value := strings.ToLower(strings.TrimSpace(a.Val)); strings.HasPrefix(value, "javascript:") || strings.HasPrefix(value, "vbscript:") {
				t.Errorf("GET %s: <%s %s=%q>", path, n.Data, a.Key, a.Val)
			}
		}
		if n.Data == "script" && !ours {
			t.Errorf("GET %s: the page has a script that is not ours", path)
		}
	}
}

const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)> [x](javascript:alert(1)) {{.}}`

func TestForeignText(t *testing.T) {
	app := open(t, t.TempDir(), "")
	answerOf(t, app, ticketsv1.Create, ticketsv1.NewTicket{Subject: evil, Body: evil, Email: `"><script>@x`, Name: evil, Channel: evil[:50], Search: evil, Tags: []string{`"><script>alert(1)`}})
	for _, kind := range []string{"reply", "note"} {
		answerOf(t, app, ticketsv1.Add, ticketsv1.NewMessage{Number: 1001, Body: evil, Kind: kind})
	}
	importFile(t, app, write(t, letter(`"`+strings.ReplaceAll(evil, `"`, "")+`" <e@x.example>`, evil, "1@x", `MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b
`, `--b
Content-Type: text/html

<p onclick="alert(1)">Hello<script>alert(1)</script><a href="javascript:alert(1)">x</a><img src="cid:pic"><img src="cid:svg"><img src="http://spy.example/p.gif"><iframe src="//x"></iframe></p><style>p{}</style><form action="//x"><input></form>
--b
Content-Type: image/png; name="../../<script>.png"
Content-ID: <pic>
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--b
Content-Type: image/svg+xml; name="x.svg"
Content-ID: <svg>

<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>
--b
Content-Type: text/html; name="page.html"
Content-Disposition: attachment

<script>alert(1)</script>
--b--`)))
	for _, path := range []string{"/tickets/", "/tickets/?tab=all&q=%22%3E%3Cscript%3E&tag=%22%3E%3Cscript%3E&assignee=%3Cscript%3E", "/tickets/1001", "/tickets/1002", "/tickets/messages/4"} {
		w := fetch(t, app, path)
		if w.Code != http.StatusOK {
			t.Errorf("GET %s: status %d, want 200", path, w.Code)
		}
		harmless(t, path, w.Body.String())
	}
	mail := fetch(t, app, "/tickets/messages/4")
	if policy := mail.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "sandbox") || !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("a mail has the policy %q, want a sandbox that loads nothing", policy)
	}
	for text, want := range map[string]bool{"Hello": true, "data:image/png;base64,iVBORw0KGgo=": true, "svg": false, "spy.example": false, "<form": false, "<iframe": false} {
		if strings.Contains(mail.Body.String(), text) != want {
			t.Errorf("a mail contains %q: %v, want %v\n%s", text, !want, want, mail.Body)
		}
	}
	ticket := answerOf(t, app, ticketsv1.Get, ticketsv1.TicketID{Number: 1002})
	if len(ticket.Messages[0].Attachments) != 3 {
		t.Fatalf("attachments: got %+v, want 3", ticket.Messages[0].Attachments)
	}
	for _, path := range []string{"/tickets/attachments/1", "/tickets/attachments/2", "/tickets/attachments/3"} {
		h := fetch(t, app, path).Header()
		if !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Content-Type") != "application/octet-stream" {
			t.Errorf("GET %s: headers %v, want a download that nobody sniffs", path, h)
		}
	}
}

func TestSeed(t *testing.T) {
	app := open(t, t.TempDir(), "")
	for range 2 { // the second time changes nothing
		if err := app.Seed(t.Context()); err != nil {
			t.Fatalf("Seed: %v", err)
		}
	}
	list := answerOf(t, app, ticketsv1.List, ticketsv1.Filter{Limit: 100})
	counts := answerOf(t, app, ticketsv1.Count, ticketsv1.All{})
	if len(list.Items) != 12 || counts != (ticketsv1.Counts{Open: 6, Waiting: 1, Solved: 5, Unassigned: 4}) {
		t.Errorf("Seed: %d tickets, %+v, want 12 in every state", len(list.Items), counts)
	}
	frames := 0
	for _, item := range list.Items {
		w := fetch(t, app, fmt.Sprintf("/tickets/%d", item.Number))
		if w.Code != http.StatusOK {
			t.Errorf("page of ticket %d: status %d, want 200", item.Number, w.Code)
		}
		harmless(t, "seed", w.Body.String())
		frames += strings.Count(w.Body.String(), "<iframe")
		if item.Status != ticketsv1.Solved {
			continue
		}
		longest := 0
		for _, m := range answerOf(t, app, ticketsv1.Get, ticketsv1.TicketID{Number: item.Number}).Messages {
			if m.Direction == ticketsv1.Out {
				longest = max(longest, len(m.Text))
			}
		}
		if longest < 40 {
			t.Errorf("solved ticket %d has no answer of 40 bytes, so that nothing can be made of it", item.Number)
		}
	}
	if frames != 1 {
		t.Errorf("%d mails with a formatted part, want 1", frames)
	}
}
