package page_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/net/html"

	"github.com/spinoff-go/spinoff/page"
)

type note struct {
	Title, Text string
	Lines       []line
	At          time.Time
	Boom        func() string
}

type line struct{ Text string }

// files makes a folder of templates with one page.
func files(content string) fstest.MapFS {
	return fstest.MapFS{"templates/note.html": {Data: []byte(content)}}
}

func get(t *testing.T, h http.Handler, target string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
	return w
}

// parse reads a page as a browser would.
func parse(t *testing.T, body string) *html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatalf("html.Parse(%q): %v", body, err)
	}
	return doc
}

// find returns the elements with that attribute value.
func find(doc *html.Node, key, value string) []*html.Node {
	var found []*html.Node
	for n := range doc.Descendants() {
		if v, ok := attribute(n, key); ok && v == value {
			found = append(found, n)
		}
	}
	return found
}

func attribute(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

func TestViewPanicsAtStartUp(t *testing.T) {
	tests := []struct{ name, file, want string }{
		{"does not parse", "{{define \"title\"}}x{{end}}\n{{define \"main\"}}\n{{if}}{{end}}{{end}}", "note.html:3"},
		{"unknown field", "{{define \"title\"}}x{{end}}\n{{define \"main\"}}{{.Titel}}{{end}}", "note.html:2"},
		{"unknown field in a branch", "{{define \"title\"}}x{{end}}{{define \"main\"}}\n{{range .Lines}}\n{{.Txet}}{{end}}{{end}}", "note.html:3"},
		{"unknown asset", `{{define "title"}}x{{end}}{{define "main"}}{{asset "nope.css"}}{{end}}`, `no static file "nope.css"`},
		{"unknown icon", `{{define "title"}}x{{end}}{{define "main"}}{{icon "nope"}}{{end}}`, "there are alert"},
		{"no main", `{{define "title"}}x{{end}}`, `defines no block "main"`},
		{"no title", `{{define "main"}}x{{end}}`, `defines no block "title"`},
		{"unclosed tag", `{{define "title"}}x{{end}}{{define "main"}}<a href="{{.Title}}>{{end}}`, "note.html"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			defer func() {
				got, _ := recover().(string)
				if !strings.Contains(got, test.want) || !strings.Contains(got, "templates/note.html") {
					t.Errorf("Public panicked with %q, want the file and %q in it", got, test.want)
				}
			}()
			page.Public[note](files(test.file), "templates/note.html")
		})
	}
}

func TestRenderEscapesByContext(t *testing.T) {
	view := page.Desk[note](files(`{{define "title"}}{{.Title}}{{end}}
		{{define "main"}}<a id="a" href="{{.Text}}" title="{{.Text}}">{{.Text}}</a>{{end}}`), "templates/note.html")
	w := httptest.NewRecorder()
	evil := `javascript:alert(1)//"><script>alert(2)</script>`
	view.Render(w, httptest.NewRequest(http.MethodGet, "/", nil), http.StatusOK, note{Title: "</title><script>", Text: evil})

	a := find(parse(t, w.Body.String()), "id", "a")[0]
	if got := text(a); got != evil {
		t.Errorf("text of the link = %q, want %q", got, evil)
	}
	if got, _ := attribute(a, "title"); got != evil {
		t.Errorf("title = %q, want %q", got, evil)
	}
	if got, _ := attribute(a, "href"); strings.HasPrefix(got, "javascript:") {
		t.Errorf("href = %q, want no javascript:", got)
	}
	if strings.Contains(w.Body.String(), "<script>") {
		t.Errorf("page holds <script> from a value:\n%s", w.Body)
	}
}

func TestRenderIsAllOrNothing(t *testing.T) {
	view := page.Public[note](files(`{{define "title"}}x{{end}}{{define "main"}}half a page {{if .Boom}}{{call .Boom}}{{end}}{{end}}`), "templates/note.html")
	w := httptest.NewRecorder()
	view.Render(w, httptest.NewRequest(http.MethodGet, "/", nil), http.StatusOK, note{Boom: func() string { panic("boom") }})
	if w.Code != http.StatusInternalServerError {
		t.Errorf("Render of a failing template: status %d, want 500", w.Code)
	}
	for _, leak := range []string{"half a page", "boom"} {
		if strings.Contains(w.Body.String(), leak) {
			t.Errorf("Render of a failing template sent %q", leak)
		}
	}
	if !strings.Contains(w.Body.String(), "Something went wrong on our side") {
		t.Errorf("Render of a failing template: want the error page, got\n%s", w.Body)
	}
}

func TestFragmentIsOneBlock(t *testing.T) {
	view := page.Public[note](files(`{{define "title"}}x{{end}}{{define "main"}}<h1>all</h1>{{block "lines" .}}<p>{{.Text}}</p>{{end}}{{end}}`), "templates/note.html")
	w := httptest.NewRecorder()
	view.Fragment(w, httptest.NewRequest(http.MethodGet, "/", nil), http.StatusOK, "lines", note{Text: "a<b"})
	if got, want := w.Body.String(), "<p>a&lt;b</p>"; got != want {
		t.Errorf("Fragment = %q, want %q", got, want)
	}
}

func TestErrorReplacesThePageOfHtmx(t *testing.T) {
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("HX-Request", "true")
	page.Error(w, r, http.StatusNotFound, "", "")
	if got := w.Header().Get("HX-Retarget"); got != "body" {
		t.Errorf("Error for htmx: HX-Retarget = %q, want body", got)
	}
}

func TestSiteAroundThePage(t *testing.T) {
	view := page.Desk[note](files(`{{define "title"}}Note{{end}}{{define "main"}}<h1>Note</h1>{{end}}`), "templates/note.html")
	site := page.Site{
		Name: "Acme", Person: "Ada Lovelace", SignOut: "/out", Search: "/find", Notice: "FAQ is away", Lang: "de",
		Nav: []page.Link{{"Home", "/"}, {"Tickets", "/tickets"}, {"Tick", "/tick"}},
	}
	r := httptest.NewRequest(http.MethodGet, "/tickets/7", nil)
	w := httptest.NewRecorder()
	view.Render(w, r.WithContext(page.WithSite(r.Context(), site)), http.StatusOK, note{})

	doc := parse(t, w.Body.String())
	current := find(doc, "aria-current", "page")
	if len(current) != 1 || text(current[0]) != "Tickets" {
		t.Errorf("current links = %d, want only Tickets", len(current))
	}
	for _, want := range []string{`<html lang="de">`, "<title>Note – Acme</title>", "FAQ is away", `action="/out"`, `action="/find"`, ">AL<", `class="desk"`} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("page lacks %s", want)
		}
	}
}

func TestTimesAndCounts(t *testing.T) {
	now := time.Now()
	tests := []struct {
		template string
		at       time.Time
		want     string
	}{
		{`{{ago .At}}`, now, "just now"},
		{`{{ago .At}}`, now.Add(-61 * time.Second), "1 minute ago"},
		{`{{ago .At}}`, now.Add(-47 * time.Hour), "1 day ago"},
		{`{{ago .At}}`, now.Add(2*time.Hour + time.Minute), "in 2 hours"},
		{`{{ago .At}}`, time.Date(2020, 5, 4, 0, 0, 0, 0, time.UTC), "4 May 2020"},
		{`{{ago .At}}`, time.Time{}, "–"},
		{`{{date .At}}`, time.Date(2020, 5, 4, 23, 30, 0, 0, time.FixedZone("", -3600)), "5 May 2020, 00:30 UTC"},
		{`{{plural 1 "ticket"}}, {{plural 0 "ticket"}}, {{plural 2 "reply" "replies"}}`, now, "1 ticket, 0 tickets, 2 replies"},
		{`{{initials "ada king lovelace"}} {{initials ""}} {{initials "李 小龙"}}`, now, "AL ? 李小"},
	}
	for _, test := range tests {
		view := page.Public[note](files(`{{define "title"}}x{{end}}{{define "main"}}{{block "it" .}}`+test.template+`{{end}}{{end}}`), "templates/note.html")
		w := httptest.NewRecorder()
		view.Fragment(w, httptest.NewRequest(http.MethodGet, "/", nil), http.StatusOK, "it", note{At: test.at})
		if got := text(parse(t, w.Body.String())); got != test.want {
			t.Errorf("%s at %v = %q, want %q", test.template, test.at, got, test.want)
		}
	}
}

func TestFlashIsShownOnce(t *testing.T) {
	view := page.Public[note](files(`{{define "title"}}x{{end}}{{define "main"}}{{end}}`), "templates/note.html")
	mux := http.NewServeMux()
	mux.HandleFunc("POST /", func(w http.ResponseWriter, r *http.Request) {
		page.Flash(w, r, "Saved <b>it</b>")
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) { view.Render(w, r, http.StatusOK, note{}) })

	post := httptest.NewRecorder()
	mux.ServeHTTP(post, httptest.NewRequest(http.MethodPost, "/", nil))
	cookie := post.Result().Cookies()[0]
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.MaxAge > 60 {
		t.Errorf("flash cookie = %v, want HttpOnly, Lax, short-lived", cookie)
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(cookie)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	if !strings.Contains(w.Body.String(), "Saved &lt;b&gt;it&lt;/b&gt;") {
		t.Errorf("page after Flash lacks the escaped message:\n%s", w.Body)
	}
	if left := w.Result().Cookies(); len(left) != 1 || left[0].MaxAge >= 0 {
		t.Errorf("cookies after showing the message = %v, want it deleted", left)
	}
	if strings.Contains(get(t, mux, "/").Body.String(), "Saved") {
		t.Error("page without the cookie shows the message again")
	}
}
