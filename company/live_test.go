package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/apps/faqcreator/faqcreatorv1"
	"github.com/spinoff-go/spinoff/apps/tickets/ticketsv1"
	"github.com/spinoff-go/spinoff/spinofftest"
)

// TestLiveStreams listens to every stream of counts: each says what there is, and then what changes, wherever its app runs; visitors
// hear nothing. The streams are still open when the site stops.
func TestLiveStreams(t *testing.T) {
	spinofftest.Run(t, Project(), "faq", func(t *testing.T, site *spinofftest.Site) {
		site.Seed()
		must(faqv2.Search.Call(t.Context(), site.Calls, faqv2.Query{Q: "Zeppelins", From: "help"}))(t)
		staff := signedIn(t, site.URL)
		streams := map[string]*counts{}
		for _, path := range []string{"/tickets/live", "/faq/live?entry=1&entry=x", "/faq/live/gaps", "/faqcreator/live", "/desk/live"} {
			streams[path] = listen(t, staff, site.URL+path)
			if streams[path] == nil {
				t.Fatalf("GET %s, signed in: no stream of events", path)
			}
			if listen(t, &http.Client{}, site.URL+path) != nil {
				t.Errorf("GET %s, signed out: a stream of events", path)
			}
		}
		open, mine := streams["/tickets/live"].now(t, "open"), streams["/tickets/live"].now(t, "mine")
		draft, views := streams["/faq/live?entry=1&entry=x"].now(t, "draft"), streams["/faq/live?entry=1&entry=x"].now(t, "views 1")
		made := streams["/faqcreator/live"].now(t, "made")

		ticket := must(ticketsv1.Create.Call(t.Context(), site.Calls, ticketsv1.NewTicket{Subject: "Does it float?", Body: "I dropped it into the lake.", Email: "ada@example.com"}))(t)
		anna := "anna@example.com"
		must(ticketsv1.Update.Call(t.Context(), site.Calls, ticketsv1.Change{Number: ticket.Number, Assignee: &anna}))(t)
		streams["/tickets/live"].until(t, "open", open+1)
		streams["/tickets/live"].until(t, "mine", mine+1)
		streams["/desk/live"].until(t, "open", open+1)

		must(faqv2.Create.Call(t.Context(), site.Calls, faqv2.NewQuestion{Question: "Is a zeppelin waterproof on Mars?", Source: ticket.Number}))(t)
		must(faqv2.Click.Call(t.Context(), site.Calls, faqv2.NewClick{Entry: 1}))(t)
		streams["/faq/live?entry=1&entry=x"].until(t, "draft", draft+1)
		streams["/faq/live?entry=1&entry=x"].until(t, "views 1", views+1)
		streams["/desk/live"].until(t, "draft", draft+1)

		must(ticketsv1.Add.Call(t.Context(), site.Calls, ticketsv1.NewMessage{Number: ticket.Number, Kind: "reply", Body: "It floats for an hour; take it out and let it dry in the sun."}))(t)
		must(faqcreatorv1.Create.Call(t.Context(), site.Calls, faqcreatorv1.NewDraft{Ticket: ticket.Number}))(t)
		streams["/faqcreator/live"].until(t, "made", made+1)
		streams["/faq/live/gaps"].until(t, "gap Zeppelins", 1)
	})
}

func must[T any](value T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// counts is a stream, and the last that it said.
type counts struct {
	lines *bufio.Scanner
	last  map[string]int64
}

// listen opens a stream; nil says that the answer is none.
func listen(t *testing.T, client *http.Client, address string) *counts {
	t.Helper()
	ctx, leave := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute) // still open when the site stops
	t.Cleanup(leave)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/event-stream")
	response, err := client.Do(r)
	if err != nil {
		t.Fatalf("GET %s: %v", address, err)
	}
	t.Cleanup(func() { response.Body.Close() })
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "text/event-stream" {
		return nil
	}
	return &counts{lines: bufio.NewScanner(response.Body)}
}

// next waits for the next that the stream says.
func (c *counts) next(t *testing.T) {
	t.Helper()
	for c.lines.Scan() {
		if text, ok := strings.CutPrefix(c.lines.Text(), "data: "); ok {
			c.last = nil
			if err := json.Unmarshal([]byte(text), &c.last); err != nil {
				t.Fatalf("the stream says %s: %v", text, err)
			}
			return
		}
	}
	t.Fatalf("the stream has ended: %v; it said %v", c.lines.Err(), c.last)
}

// now returns a count as the stream said it last, 0 for one that it does not know.
func (c *counts) now(t *testing.T, name string) int64 {
	t.Helper()
	if c.last == nil {
		c.next(t)
	}
	return c.last[name]
}

func (c *counts) until(t *testing.T, name string, want int64) {
	t.Helper()
	for c.now(t, name) != want {
		c.next(t)
	}
}

// TestLivePages: on an open page a count changes by itself, nothing jumps, and the page does so together and with the app apart. Without
// JavaScript it shows the counts that it was made with.
func TestLivePages(t *testing.T) {
	spinofftest.Run(t, Project(), "tickets", func(t *testing.T, site *spinofftest.Site) {
		if site.Placement == "all apart" {
			t.Skip("as with the app apart")
		}
		site.Seed()
		float := ticketsv1.NewTicket{Subject: "Does it float?", Body: "It fell into the lake.", Email: "ada@example.com"}
		for range 3 { // nine are open: the next has two digits
			must(ticketsv1.Create.Call(t.Context(), site.Calls, float))(t)
		}
		for _, v := range []visitor{{width: 1440}, {width: 390}, {width: 390, noScript: true}} {
			b := openBrowser(t, v)
			b.open(site.URL + "/signin")
			b.fill("E-mail address", "anna@example.com")
			b.fill("Password", "lumen-demo-lights")
			b.do("sign in", chromedp.KeyEvent(kb.Enter)) // the header has a link of the button's name
			b.see("Your account")
			b.open(site.URL + "/tickets/")
			before := eval[int64](b, fmt.Sprintf(number, "open"))
			if before < 9 {
				t.Errorf("%d px, script off %v: the page shows %d open tickets, want at least 9", v.width, v.noScript, before)
			}
			places := eval[string](b, layout)
			must(ticketsv1.Create.Call(t.Context(), site.Calls, float))(t)
			if v.noScript {
				b.open(site.URL + "/tickets/")
			}
			b.await("open", before+1)
			if got := eval[string](b, layout); !v.noScript && got != places {
				t.Errorf("%d px: the page jumps from\n%s to\n%s", v.width, places, got)
			}
			if want := fmt.Sprint("Open ", before+1); !v.noScript && !strings.Contains(eval[string](b, `document.querySelector("[role=status].unseen").textContent`), want) {
				t.Errorf("%d px: a screen reader is not told %q", v.width, want)
			}
			b.shoot()
			b.open(site.URL + "/desk")
			b.await("open", before+1)
			for _, path := range []string{"/faq/", "/faq/gaps", "/faq/edit/1", "/faqcreator/"} { // none complains
				b.open(site.URL + path)
			}
		}
	})
}

const (
	// number is the script for the count of that name on the page.
	number = `Number(document.querySelector("[data-count=%s]").textContent)`
	// layout is the script for where the parts of a page are.
	layout = `[...document.querySelectorAll(".tabs li, main > *, footer")].map(e => { const r = e.getBoundingClientRect(); return [e.textContent.trim().slice(0, 4), r.x, r.y, r.width, r.height].join(" ") }).join("\n")`
)

// await waits until the page shows a count.
func (b *browser) await(name string, want int64) {
	b.t.Helper()
	deadline := time.Now().Add(15 * time.Second)
	for script := fmt.Sprintf(number, name); eval[int64](b, script) != want; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.t.Fatalf("the page shows %d %s, want %d:\n%s", eval[int64](b, script), name, want, b.page())
		}
	}
}
