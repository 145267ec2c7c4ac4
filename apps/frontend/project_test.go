package frontend_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/apps/frontend"
	"github.com/spinoff-go/spinoff/apps/tickets/ticketsv1"
	"github.com/spinoff-go/spinoff/spinofftest"
)

// naughty is text that must never become part of a page.
const naughty = `"><script>alert(1)</script><img src=x onerror=alert(1)>{{.}}`

// world is what the two apps that stand in for faq and tickets know, and the clock of the front end.
type world struct {
	mu      sync.Mutex
	late    time.Duration // how far the clock of the front end is ahead
	entry   faqv2.Entry
	votes   map[string]bool
	clicks  []faqv2.NewClick
	tickets []ticketsv1.NewTicket // in the order of their numbers; number and secret are made of the index
	answers []string
	solved  map[string]bool  // fingerprints
	hints   []ticketsv1.Hint // of every ticket
}

func newWorld() *world {
	w := new(world)
	w.reset()
	return w
}

// reset begins anew, for another placement.
func (w *world) reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.late, w.votes, w.clicks, w.tickets, w.answers, w.solved, w.hints = 0, map[string]bool{}, nil, nil, nil, map[string]bool{}, nil
	w.entry = faqv2.Entry{
		ID: 7, Slug: "charge-a-light", Status: faqv2.Published, Title: "How do I charge it? " + naughty, Answer: "By **USB**. " + naughty,
		Tags: []string{naughty}, Related: []faqv2.Link{{ID: 8, Slug: "secret", Title: "A draft", Status: faqv2.Draft}}, UpdatedAt: time.Now(),
	}
}

// do changes or reads the world.
func (w *world) do(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

func (w *world) project() spinoff.Project {
	return spinoff.Project{Name: "Lumen", Apps: []spinoff.New{w.frontend, w.tickets1, w.faq}}
}

func (w *world) frontend(env spinoff.Env) (spinoff.App, error) {
	env.Now = func() time.Time {
		w.mu.Lock()
		defer w.mu.Unlock()
		return time.Now().Add(w.late)
	}
	return frontend.New(env)
}

func (w *world) faq(spinoff.Env) (spinoff.App, error) {
	locked := func(f func() error) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		return f()
	}
	get := faqv2.Get.Serve(func(_ context.Context, in faqv2.EntryID) (e faqv2.Entry, err error) {
		return e, locked(func() error {
			e = w.entry
			switch in.ID {
			case "charge-a-light", "old-name", "7":
				return nil
			case "secret":
				e.Slug, e.Status = "secret", faqv2.Draft
				return nil
			}
			return faqv2.ErrNotFound
		})
	})
	list := faqv2.List.Serve(func(_ context.Context, in faqv2.Filter) (all faqv2.Entries, err error) {
		return all, locked(func() error {
			if in.Status == faqv2.Published {
				all.Items = []faqv2.Summary{{ID: 7, Slug: w.entry.Slug, Status: w.entry.Status, Title: w.entry.Title, UpdatedAt: w.entry.UpdatedAt}}
			}
			return nil
		})
	})
	search := faqv2.Search.Serve(func(_ context.Context, in faqv2.Query) (found faqv2.Results, err error) {
		if strings.Contains(in.Q, "charge") {
			pieces := []faqv2.Piece{{Text: "How do I "}, {Text: "charge", Hit: true}, {Text: naughty}}
			found = faqv2.Results{LogID: 31, Items: []faqv2.Result{{ID: 7, Slug: "charge-a-light", Title: pieces, Snippet: pieces}}}
		}
		return found, nil
	})
	click := faqv2.Click.Serve(func(_ context.Context, in faqv2.NewClick) (struct{}, error) {
		w.do(func() { w.clicks = append(w.clicks, in) })
		return struct{}{}, nil
	})
	vote := faqv2.Vote.Serve(func(_ context.Context, in faqv2.NewVote) (struct{}, error) {
		w.do(func() { w.votes[in.Anon] = in.Up })
		return struct{}{}, nil
	})
	return spinoff.App{Name: "faq", Provides: []spinoff.Handler{get, list, search, click, vote}}, nil
}

func (w *world) tickets1(spinoff.Env) (spinoff.App, error) {
	create := ticketsv1.Create.Serve(func(_ context.Context, in ticketsv1.NewTicket) (made ticketsv1.Created, err error) {
		w.do(func() {
			for i, old := range w.tickets {
				if old.Fingerprint == in.Fingerprint && !w.solved[in.Fingerprint] {
					made = created(i, http.StatusOK)
					return
				}
			}
			w.tickets = append(w.tickets, in)
			made = created(len(w.tickets)-1, http.StatusCreated)
		})
		return made, nil
	})
	mine := ticketsv1.Mine.Serve(func(_ context.Context, in ticketsv1.Token) (found ticketsv1.CustomerTicket, err error) {
		err = ticketsv1.ErrNotFound
		w.do(func() {
			for i, t := range w.tickets {
				if in.Token != created(i, 0).Token {
					continue
				}
				err, found = nil, ticketsv1.CustomerTicket{Number: created(i, 0).Number, Subject: t.Subject, Status: ticketsv1.Open, Hints: w.hints}
				if w.solved[t.Fingerprint] {
					found.Status = ticketsv1.Solved
				}
				for _, text := range append([]string{t.Body}, w.answers...) {
					found.Messages = append(found.Messages, ticketsv1.CustomerMessage{Author: t.Name, Text: text, At: time.Now()})
				}
			}
		})
		return found, err
	})
	answer := ticketsv1.Answer.Serve(func(_ context.Context, in ticketsv1.NewAnswer) (ticketsv1.Added, error) {
		w.do(func() { w.answers = append(w.answers, in.Body) })
		return ticketsv1.Added{ID: 1, Status: ticketsv1.Open, HTTPStatus: http.StatusCreated}, nil
	})
	count := ticketsv1.Count.Serve(func(context.Context, ticketsv1.All) (ticketsv1.Counts, error) {
		return ticketsv1.Counts{Open: 4711, Waiting: 2, Unassigned: 3}, nil
	})
	return spinoff.App{Name: "tickets", Provides: []spinoff.Handler{create, mine, answer, count}}, nil
}

func created(index, status int) ticketsv1.Created {
	number := int64(1001 + index)
	return ticketsv1.Created{Number: number, Status: ticketsv1.Open, Token: fmt.Sprint("secret-", number), HTTPStatus: status}
}

// visitor is a browser without a script: it keeps cookies and follows no redirect.
type visitor struct {
	t       *testing.T
	site    *spinofftest.Site
	cookies map[string]*http.Cookie
	header  http.Header // sent with every request
}

func visit(t *testing.T, site *spinofftest.Site) *visitor {
	return &visitor{t, site, map[string]*http.Cookie{}, http.Header{"Accept": {"text/html"}}}
}

// answer is a page as a browser gets it.
type answer struct {
	*http.Response
	t    *testing.T
	body string
	doc  *html.Node
}

func (v *visitor) get(path string) answer {
	v.t.Helper()
	return v.send(http.MethodGet, path, nil)
}

// post sends a form, of names and values in turn.
func (v *visitor) post(path string, pairs ...string) answer {
	v.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return v.send(http.MethodPost, path, strings.NewReader(form.Encode()))
}

func (v *visitor) send(method, path string, body io.Reader) answer {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), method, v.site.URL+path, body)
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header = v.header.Clone()
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, c := range v.cookies {
		r.AddCookie(c)
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		v.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	for _, c := range response.Cookies() {
		v.cookies[c.Name] = c
		if c.MaxAge < 0 {
			delete(v.cookies, c.Name)
		}
	}
	doc, err := html.Parse(strings.NewReader(string(text)))
	if err != nil {
		v.t.Fatal(err)
	}
	a := answer{response, v.t, string(text), doc}
	a.harmless()
	return a
}

// harmless fails the test where a page has become what somebody typed.
func (a answer) harmless() {
	a.t.Helper()
	for n := range a.doc.Descendants() {
		for _, attribute := range n.Attr {
			if strings.HasPrefix(attribute.Key, "on") || attribute.Key == "style" || strings.Contains(attribute.Val, "javascript:") {
				a.t.Errorf("%s has an attribute %s=%q", a.Request.URL, attribute.Key, attribute.Val)
			}
		}
		if n.Type == html.ElementNode && n.Data == "script" && (len(n.Attr) == 0 || n.FirstChild != nil) {
			a.t.Errorf("%s has a script inside", a.Request.URL)
		}
	}
}

func (a answer) want(status int, texts ...string) answer {
	a.t.Helper()
	if a.StatusCode != status {
		a.t.Errorf("%s %s: status %d, want %d\n%s", a.Request.Method, a.Request.URL, a.StatusCode, status, a.body)
	}
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			a.t.Errorf("%s %s: the page does not say %q\n%s", a.Request.Method, a.Request.URL, text, a.body)
		}
	}
	return a
}

// to checks that a page leads on to path.
func (a answer) to(status int, path string) answer {
	a.t.Helper()
	if got := a.Header.Get("Location"); a.StatusCode != status || got != path {
		a.t.Errorf("%s %s: status %d to %q, want %d to %q\n%s", a.Request.Method, a.Request.URL, a.StatusCode, got, status, path, a.body)
	}
	return a
}

// without checks that a page does not say text.
func (a answer) without(text string) answer {
	a.t.Helper()
	if strings.Contains(a.body, text) {
		a.t.Errorf("%s %s: the page says %q\n%s", a.Request.Method, a.Request.URL, text, a.body)
	}
	return a
}

// field returns the value of a hidden field.
func (a answer) field(name string) string {
	a.t.Helper()
	for n := range a.doc.Descendants() {
		attribute := map[string]string{}
		for _, x := range n.Attr {
			attribute[x.Key] = x.Val
		}
		if n.Data == "input" && attribute["name"] == name && attribute["type"] == "hidden" {
			return attribute["value"]
		}
	}
	a.t.Fatalf("%s has no hidden field %q", a.Request.URL, name)
	return ""
}

// eventually asks for a page until it says text: an app that has come back is found after a moment.
func (v *visitor) eventually(path, text string) {
	v.t.Helper()
	var last answer
	for range 100 {
		if last = v.get(path); last.StatusCode == http.StatusOK && strings.Contains(last.body, text) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	last.want(http.StatusOK, text)
}
