package main

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/spinoff-go/spinoff/spinofftest"
)

// maxPages bounds a crawl.
const maxPages = 500

// TestEveryPage follows every link of the seeded site, as a visitor and as staff: no link is broken, and every page is the same together, with the FAQ apart,
// and all apart.
func TestEveryPage(t *testing.T) {
	var first map[string]string
	spinofftest.Run(t, Project(), "faq", func(t *testing.T, site *spinofftest.Site) {
		site.Seed()
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		pages := map[string]string{}
		crawl(t, &http.Client{}, site.URL, "visitor ", pages)
		staff := &http.Client{Jar: jar}
		response, err := staff.PostForm(site.URL+"/signin", url.Values{"email": {"anna@example.com"}, "password": {"lumen-demo-lights"}})
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		crawl(t, staff, site.URL, "staff ", pages)
		t.Logf("%d pages", len(pages))
		if len(pages) < 60 {
			t.Errorf("%d pages were found, want at least 60", len(pages))
		}
		if first == nil {
			first = pages
		} else if diff := cmp.Diff(first, pages); diff != "" {
			t.Errorf("pages differ from those together (-together +%s):\n%s", site.Placement, diff)
		}
	})
}

// crawl follows the links from the start of a site and notes what each page says, under its address.
func crawl(t *testing.T, client *http.Client, site, who string, pages map[string]string) {
	t.Helper()
	seen := map[string]bool{}
	for queue := []string{"/", "/desk"}; len(queue) > 0 && len(seen) < maxPages; queue = queue[1:] {
		path := queue[0]
		if seen[path] {
			continue
		}
		seen[path] = true
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, site+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", "text/html")
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		document, err := html.Parse(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != http.StatusOK {
			t.Errorf("%s%s: status %d, %v", who, path, response.StatusCode, err)
			continue
		}
		if !strings.HasPrefix(response.Header.Get("Content-Type"), "text/html") {
			continue // an attachment
		}
		var text strings.Builder
		queue = append(queue, look(document, &text)...)
		if strings.Contains(path, "/_spinoff/") { // says who called whom until now, and where each app runs
			continue
		}
		pages[who+withoutSecrets(path)] = withoutSecrets(strings.ReplaceAll(text.String(), site, "http://…")) // a reference says where the app answers
	}
}

// look collects the text of a page and returns the addresses on this site that it links to.
func look(n *html.Node, text *strings.Builder) (links []string) {
	switch {
	case n.Type == html.TextNode:
		for word := range strings.FieldsSeq(n.Data) {
			text.WriteString(word + " ")
		}
	case n.Type == html.ElementNode && (n.Data == "time" || n.Data == "script"): // "5 minutes ago" may have become 6
		return nil
	}
	for _, a := range n.Attr {
		if a.Key == "data-count" && strings.HasPrefix(a.Val, "views ") { // a page does not wait long for its view to be counted
			return nil
		}
		if n.Data == "a" && a.Key == "href" && strings.HasPrefix(a.Val, "/") {
			link, _, _ := strings.Cut(a.Val, "#")
			links = append(links, link)
		}
	}
	for c := range n.ChildNodes() {
		links = append(links, look(c, text)...)
	}
	return links
}

// secret is what differs from run to run: the secret of a ticket, the number of a logged search.
var secret = regexp.MustCompile(`/ticket/[A-Z0-9]+|[?&]s=[0-9]+|[0-9]+ views?|Views [0-9]+`)

func withoutSecrets(s string) string { return fmt.Sprint(secret.ReplaceAllString(s, "…")) }
