package page

import (
	"cmp"
	"context"
	"net/http"
	"strings"
)

// Site is what every page shows around its content. The program puts it into the request's context
// with [WithSite]; the zero value works.
type Site struct {
	Name    string // Default: "Spinoff".
	Home    string // URL behind the name. Default: "/".
	Lang    string // BCP 47 tag of the pages. Default: "en".
	Path    string // path the visitor asked for, which marks the current link of Nav. Default: the request's.
	Nav     []Link // main navigation, at most about seven.
	Footer  []Link
	Search  string // URL that takes ?q=, for the search box in the header. Default: no box.
	Notice  string // one sentence above every page ("FAQ is away …"). Default: none.
	Person  string // name of who is signed in. Default: nobody.
	SignIn  string // URL of the sign-in page, linked while nobody is signed in. Default: no link.
	SignOut string // URL that a POST signs out at. Default: no button.
}

// Link is an entry of a navigation.
type Link struct{ Title, URL string }

type siteKey struct{}

// WithSite returns a context whose pages show s around their content.
func WithSite(ctx context.Context, s Site) context.Context {
	return context.WithValue(ctx, siteKey{}, s)
}

// siteOf returns the site of the request with its defaults filled in.
func siteOf(r *http.Request) Site {
	s, _ := r.Context().Value(siteKey{}).(Site)
	s.Name = cmp.Or(s.Name, "Spinoff")
	s.Home = cmp.Or(s.Home, "/")
	s.Lang = cmp.Or(s.Lang, "en")
	s.Path = cmp.Or(s.Path, r.URL.Path)
	return s
}

// Current returns the URL of the navigation that the visitor is at or below: the longest that fits, or "".
func (s Site) Current() string {
	best := ""
	for _, link := range s.Nav {
		below := strings.HasPrefix(s.Path, strings.TrimSuffix(link.URL, "/")+"/")
		if (s.Path == link.URL || below) && len(link.URL) > len(best) {
			best = link.URL
		}
	}
	return best
}
