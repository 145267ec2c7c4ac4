package tickets_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/spinoff-go/spinoff/apps/tickets/ticketsv1"
	"github.com/spinoff-go/spinoff/spinofftest"
)

// answer is a page as a browser gets it.
type answer struct {
	*http.Response
	body string
	doc  *html.Node
}

// visit asks for a page as a member of the staff: with a form it posts. It follows no redirect.
func visit(t *testing.T, site *spinofftest.Site, path string, form url.Values) answer {
	t.Helper()
	method, body := http.MethodGet, io.Reader(nil)
	if form != nil {
		method, body = http.MethodPost, strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(t.Context(), method, site.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.AddCookie(&http.Cookie{Name: "staff", Value: "yes"})
	return do(t, r)
}

func do(t *testing.T, r *http.Request) answer {
	t.Helper()
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatalf("%s %s: %v", r.Method, r.URL, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := html.Parse(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return answer{response, string(text), doc}
}

func (a answer) want(t *testing.T, status int, texts ...string) {
	t.Helper()
	if a.StatusCode != status {
		t.Errorf("%s %s: status %d, want %d\n%s", a.Request.Method, a.Request.URL, a.StatusCode, status, a.body)
	}
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			t.Errorf("%s %s: the page does not say %q", a.Request.Method, a.Request.URL, text)
		}
	}
}

// field returns the value of the first hidden field of that name.
func (a answer) field(name string) string {
	for n := range a.doc.Descendants() {
		attr := map[string]string{}
		for _, x := range n.Attr {
			attr[x.Key] = x.Val
		}
		if n.Data == "input" && attr["name"] == name && attr["type"] == "hidden" {
			return attr["value"]
		}
	}
	return ""
}

func TestDesk(t *testing.T) {
	spinofftest.Run(t, project(), "tickets", func(t *testing.T, site *spinofftest.Site) {
		created := create(t, site, question("How do I reset it?"))
		create(t, site, question("Another one"))
		visit(t, site, "/tickets/", nil).want(t, 200, "#1001", "How do I reset it?", "Ada Lovelace", `Open <span class="count"><span data-count="open">2</span></span>`)
		ticket := visit(t, site, "/tickets/1001", nil)
		ticket.want(t, 200, "How does it work?", "/help/reset-a-light", `href="/faq/8"`, "/ticket/"+created.Token, "Another one")

		reply := url.Values{"kind": {"reply"}, "body": {"Hold the **button** for ten seconds, until it blinks."}, "if_last": {ticket.field("if_last")}}
		visit(t, site, "/tickets/1001/messages", reply).want(t, 303)
		again := visit(t, site, "/tickets/1001/messages", reply)
		again.want(t, 412, "Somebody wrote while you did", "Hold the **button** for ten seconds", "came in meanwhile", "Marta Oliveira")
		reply.Set("if_last", again.field("if_last"))
		reply.Set("kind", "note")
		reply.Set("then", "solve")
		visit(t, site, "/tickets/1001/messages", reply).want(t, 303)
		visit(t, site, "/tickets/1001", nil).want(t, 200, "<strong>button</strong>", "Internal note, only staff see it", "changed the status from waiting to solved", "Reopen")

		change := func(path string, want int, form url.Values, texts ...string) {
			t.Helper()
			visit(t, site, path, form).want(t, want, texts...)
		}
		change("/tickets/1001/change", 303, url.Values{"status": {"open"}})
		change("/tickets/1001/change", 303, url.Values{"tag": {" VIP "}})
		change("/tickets/1001/change", 303, url.Values{"assignee": {"Marta@lumen.example"}})
		visit(t, site, "/tickets/?tab=mine&tag=vip", nil).want(t, 200, "#1001", "tagged vip")
		visit(t, site, "/tickets/?tab=all&q=blinks", nil).want(t, 200, "#1001")
		visit(t, site, "/tickets/?q=zeppelin", nil).want(t, 200, "No ticket fits")
		change("/tickets/1001/change", 303, url.Values{"drop": {"vip"}})
		change("/tickets/1001/change", 422, url.Values{"assignee": {"nobody special"}}, "nobody special", "Enter an email address with an @, or nothing")
		change("/tickets/1001/change", 422, url.Values{"status": {"done"}, "priority": {""}}, "Choose open, waiting or solved", "Choose low")
		change("/tickets/1001/change", 422, url.Values{"tag": {"  "}}, "Enter a tag")
		change("/tickets/1001/change", 412, url.Values{"if_match": {`"1001-1"`}, "if_last": {"1"}, "priority": {"low"}}, "has changed since you opened", "The priority is now normal; you chose low.",
			"gave the ticket to marta@lumen.example", `<option value="low" selected>`)
		change("/tickets/1001/change", 412, url.Values{"if_match": {`"1001-1", W/"1001-2"`}, "assignee": {"me@lumen.example"}}, "you chose me@lumen.example")
		change("/tickets/1001/messages", 422, url.Values{"kind": {"reply"}, "body": {" \n "}}, "Enter what you want to say")
		change("/tickets/1001/messages", 422, url.Values{"kind": {"shout"}, "body": {"kept"}}, "Choose whom it is for", "kept")
		change("/tickets/1001/messages", 422, url.Values{"kind": {"note"}, "body": {strings.Repeat("ä", 100_001)}}, "it has 100001 characters", "äää")
		change("/tickets/999/messages", 404, url.Values{"kind": {"note"}, "body": {"x"}})
		for _, path := range []string{"/tickets/1", "/tickets/x", "/tickets/99999999999999999999", "/tickets/messages/1", "/tickets/attachments/1"} {
			visit(t, site, path, nil).want(t, 404)
		}
		got := get(t, site, 1001)
		if len(got.Tags) != 0 || got.Assignee != "marta@lumen.example" || got.Status != ticketsv1.Open || got.Priority != "normal" {
			t.Errorf("ticket 1001 after all: got %+v, want no tags, Marta's, open, normal", got)
		}
	})
}

func TestDraft(t *testing.T) {
	spinofftest.Run(t, project(), "tickets", func(t *testing.T, site *spinofftest.Site) {
		create(t, site, question("First"))
		create(t, site, question("Second"))
		visit(t, site, "/tickets/1002/draft", url.Values{}).want(t, 409, "has no reply that is long enough")
		if page := visit(t, site, "/tickets/1002", nil); strings.Contains(page.body, "Make a FAQ draft") {
			t.Error("a ticket without a reply offers to make a draft")
		}
		add := ticketsv1.NewMessage{Number: 1002, Kind: "reply", Body: "An answer that has more than forty characters."}
		if _, err := ticketsv1.Add.Call(t.Context(), site.Calls, add); err != nil {
			t.Fatal(err)
		}
		visit(t, site, "/tickets/1002", nil).want(t, 200, "Make a FAQ draft", "No entry fits")
		visit(t, site, "/tickets/1002/draft", url.Values{}).want(t, 303)
		if site.Placement != "all apart" {
			return
		}
		site.Stop("faq")
		site.Stop("faqcreator")
		visit(t, site, "/tickets/1002", nil).want(t, 200, "The FAQ is away; no suggestions.", "Make a FAQ draft")
		visit(t, site, "/tickets/1002/draft", url.Values{}).want(t, 503, "FaqCreator is away; the ticket is unharmed, try again later.")
		site.Start("faq")
		site.Start("faqcreator")
	})
}

// TestSlowNeighbours asks for a page while both apps that it asks hang: it waits for neither longer than it said, nor for one after the other.
func TestSlowNeighbours(t *testing.T) {
	spinofftest.Run(t, project(), "faq", func(t *testing.T, site *spinofftest.Site) {
		for _, subject := range []string{"First", "Second", "The FAQ is slow"} {
			create(t, site, question(subject))
		}
		began := time.Now()
		visit(t, site, "/tickets/1003", nil).want(t, 200, "How does it work?", "The FAQ is away; no suggestions.")
		if took := time.Since(began); took >= 2*time.Second {
			t.Errorf("the page took %v, as long as the apps that hang; want it to wait for its own deadlines only", took)
		}
	})
}

// TestOnlyStaff asks for every page as somebody who is not signed in.
func TestOnlyStaff(t *testing.T) {
	site := spinofftest.Together(t, project())
	create(t, site, question("Secret"))
	for _, path := range []string{"/tickets/", "/tickets/1001", "/tickets/messages/1", "/tickets/attachments/1"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, site.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", "text/html")
		if got := do(t, r); got.StatusCode != 303 || strings.Contains(got.body, "Secret") {
			t.Errorf("GET %s signed out: status %d, want 303 to the sign-in page", path, got.StatusCode)
		}
	}
}

func TestOlder(t *testing.T) {
	site := spinofftest.Together(t, project())
	for i := range 60 {
		create(t, site, question(fmt.Sprintf("Question %d", i)))
	}
	seen, pages := map[string]bool{}, 0
	for path := "/tickets/?tab=all"; path != ""; pages++ {
		list := visit(t, site, path, nil)
		list.want(t, 200)
		path = ""
		for n := range list.doc.Descendants() {
			for _, a := range n.Attr {
				switch {
				case a.Key == "href" && strings.HasPrefix(a.Val, "/tickets/1"):
					seen[a.Val] = true
				case a.Key == "rel" && a.Val == "next":
					for _, link := range n.Attr {
						if link.Key == "href" {
							path = link.Val
						}
					}
				}
			}
		}
	}
	if len(seen) != 60 || pages != 2 {
		t.Errorf("the pages of the list show %d tickets on %d pages, want 60 on 2", len(seen), pages)
	}
	visit(t, site, "/tickets/?tab=nonsense&after=nonsense&assignee=%00&tag=%FF", nil).want(t, 200)
}
