package docs_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/spinoff-go/spinoff/contract/docs"
	"github.com/spinoff-go/spinoff/page"
)

func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// render returns the page of a document.
func render(t *testing.T, text, older []byte) string {
	t.Helper()
	p, err := docs.New(text, older)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	p.Serve(w, httptest.NewRequest(http.MethodGet, "/faq/v2/docs", nil), "http://127.0.0.1:8000/faq", []docs.Version{{Number: 1, Old: true, Gone: "2027-05-01"}, {Number: 2}})
	if w.Code != http.StatusOK {
		t.Fatalf("the page answers %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// TestPage looks for everything that the document says.
func TestPage(t *testing.T) {
	got := render(t, read(t, "faqv2.json"), nil)
	for _, want := range []string{
		`id="op-create"`, `id="op-create.question"`, `2 to 300 characters`, `number of the ticket that the question came from`, // an endpoint and its fields
		`answers within 10s, a body of at most 1 MiB`,
		`urn:problem-type:faq.stale`, `the FAQ entry has changed meanwhile`, // a declared error
		`<strong>Deprecated since 2026-11-01.</strong>`, `It may be gone from 2027-05-01 on.`, `<code>faq.v3.votes</code>`,
		`curl $FAQ_API/v2/create`, `&#34;question&#34;: &#34;my question&#34;`, // examples
		`requests.post(`, `http.Get(os.Getenv(&#34;FAQ_API&#34;)&#43;&#34;/v2/entries/1&#34;)`,
		`<a href="../v1/docs">v1</a> <span class="badge warn">deprecated, until 2027-05-01</span>`,
		`id="topic-entry.published"`, `faq.v2.entry.published`,
		`id="type-Link"`, `<a class="typename" href="#type-Link">list of Link</a>`,
		`export FAQ_API=http://127.0.0.1:8000/faq`,
		`<form action="create" method="post"`, `<code>/v2/old</code>`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	checkLinks(t, got)
}

// checkLinks expects every id once, and every link within the page to lead somewhere.
func checkLinks(t *testing.T, text string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	ids, links := map[string]int{}, map[string]bool{}
	for n := range root.Descendants() {
		for _, a := range n.Attr {
			switch {
			case a.Key == "id":
				ids[a.Val]++
			case a.Key == "for", a.Key == "href" && strings.HasPrefix(a.Val, "#"):
				links[strings.TrimPrefix(a.Val, "#")] = true
			}
		}
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("the page has the id %q %d times", id, n)
		}
	}
	for link := range links {
		if ids[link] == 0 {
			t.Errorf("a link leads to #%s, which is not there", link)
		}
	}
	if len(links) < 50 {
		t.Errorf("%d links were looked at, want more", len(links))
	}
}

// TestEverything shows a document with everything that a contract may have.
func TestEverything(t *testing.T) {
	text, err := os.ReadFile("../testdata/sample.json")
	if err != nil {
		t.Fatal(err)
	}
	got := render(t, text, nil)
	for _, want := range []string{
		"exactly one of card, cash, code", "it is sold out", "urn:problem-type:sample.closed", "304 Not Modified",
		"map of lists of integers", "a multiple of 3", "the same call again changes nothing",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	checkLinks(t, got)
}

// TestHostile: what a contract says is text, wherever it stands, and a document that goes round in circles ends.
func TestHostile(t *testing.T) {
	got := render(t, read(t, "hostile.json"), nil)
	for _, bad := range []string{"<script>alert", "<img src=x", `href="javascript:`, `"><b>`} {
		if strings.Contains(got, bad) {
			t.Errorf("the page has %s", bad)
		}
	}
}

// TestChanges says what is new since the version before.
func TestChanges(t *testing.T) {
	older := strings.NewReplacer(
		`"/v2/search"`, `"/v2/old-search"`, `"operationId": "search"`, `"operationId": "find"`, `"related_pending"`, `"pending"`, `"version": "2"`, `"version": "1"`,
	).Replace(string(read(t, "faqv2.json")))
	got := strings.Join(strings.Fields(render(t, read(t, "faqv2.json"), []byte(older))), " ")
	for _, want := range []string{
		`New since version 1`, `<a href="#op-search"><code>search</code></a> <span class="badge good">new</span>`, `<code>find</code> <span class="badge bad">not in this version</span>`,
		`<span class="chip added">answer related_pending</span><span class="chip removed">without answer pending</span>`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the page has no %s", want)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "the OpenAPI document cannot be read: unexpected end"},
		{`{"paths": 3}`, "the OpenAPI document cannot be read: got 3, want an object"},
	} {
		if _, err := docs.New([]byte(c.text), nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("New(%q): %v, want %q", c.text, err, c.want)
		}
	}
}

// TestServe shows the page in a browser: SPINOFF_DOCS_ADDR=127.0.0.1:8098 go test -run TestServe ./contract/docs
func TestServe(t *testing.T) {
	address := os.Getenv("SPINOFF_DOCS_ADDR")
	if address == "" {
		t.Skip("it is for looking at")
	}
	p, err := docs.New(read(t, "faqv2.json"), nil)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle(page.AssetPrefix, page.Assets())
	mux.HandleFunc("/faq/v2/docs", func(w http.ResponseWriter, r *http.Request) {
		p.Serve(w, r, "http://"+address+"/faq", []docs.Version{{Number: 1, Old: true}, {Number: 2}})
	})
	t.Fatal(http.ListenAndServe(address, page.Secure(mux)))
}
