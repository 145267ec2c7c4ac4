package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// TestEveryPage checks what holds for every page of the style guide, and so for whoever copies from it.
func TestEveryPage(t *testing.T) {
	h := gallery()
	for _, link := range everyPage() {
		t.Run(link.URL, func(t *testing.T) {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, link.URL, nil))
			if want := http.StatusOK; w.Code != want && link.URL != "/away" {
				t.Fatalf("GET %s: status %d, want %d", link.URL, w.Code, want)
			}
			doc, err := html.Parse(w.Body)
			if err != nil {
				t.Fatal(err)
			}
			checkPage(t, doc)
		})
	}
}

// checkPage reports one h1, unique ids, labels that lead somewhere, controls with a name, headings
// without gaps, and neither code nor style in the markup.
func checkPage(t *testing.T, doc *html.Node) {
	t.Helper()
	ids, labels, level, tops := map[string]bool{}, map[string]bool{}, 0, 0
	for n := range doc.Descendants() {
		for _, a := range n.Attr {
			switch {
			case a.Key == "style" || strings.HasPrefix(a.Key, "on"):
				t.Errorf("<%s %s=%q>: the policy forbids that", n.Data, a.Key, a.Val)
			case a.Key == "id" && ids[a.Val]:
				t.Errorf("id %q twice", a.Val)
			case a.Key == "id":
				ids[a.Val] = true
			case a.Key == "for":
				labels[a.Val] = true
			}
		}
		if n.Type == html.ElementNode && len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
			now := int(n.Data[1] - '0')
			if now == 1 {
				tops++
			}
			if now > level+1 {
				t.Errorf("<h%d> follows <h%d>", now, level)
			}
			level = now
		}
	}
	if tops != 1 {
		t.Errorf("page has %d h1, want 1", tops)
	}
	for id := range labels {
		if !ids[id] {
			t.Errorf("label for %q leads nowhere", id)
		}
	}
	checkNames(t, doc, labels)
}

func checkNames(t *testing.T, doc *html.Node, labels map[string]bool) {
	t.Helper()
	for n := range doc.Descendants() {
		attr := map[string]string{}
		for _, a := range n.Attr {
			attr[a.Key] = a.Val
		}
		switch n.Data {
		case "input", "select", "textarea":
			_, inProse := attr["disabled"]
			if attr["aria-label"] == "" && !labels[attr["id"]] && !inProse {
				t.Errorf("<%s name=%q> has no label", n.Data, attr["name"])
			}
		case "iframe", "img":
			_, alt := attr["alt"]
			if attr["title"] == "" && !alt {
				t.Errorf("<%s> says nothing to who cannot see it", n.Data)
			}
		case "script":
			if attr["src"] == "" {
				t.Error("inline script")
			}
		case "style":
			t.Error("inline style sheet")
		}
	}
}
