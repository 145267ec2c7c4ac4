// Gallery is the style guide: every part of the design system in pages as an app would make them.
//
//	go run ./page/internal/gallery
package main

import (
	"errors"
	"flag"
	"log"
	"net/http"
	"time"

	"github.com/spinoff-go/spinoff/page"
)

func main() {
	address := flag.String("addr", "127.0.0.1:8099", "where to listen")
	flag.Parse()
	log.Printf("style guide at http://%s/", *address)
	server := &http.Server{Addr: *address, Handler: gallery(), ReadHeaderTimeout: 5 * time.Second}
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
}

// gallery serves every page of the style guide.
func gallery() http.Handler {
	mux := http.NewServeMux()
	mux.Handle(page.AssetPrefix, page.Assets())
	helpCentre(mux)
	desk(mux)
	return withSites(page.Secure(mux))
}

// withSites surrounds the pages of the help centre and of the desk as a company would.
func withSites(next http.Handler) http.Handler {
	help := page.Site{
		Name: "Northwind Help", Home: "/help", SignIn: "/sign-in",
		Nav:    []page.Link{{Title: "Help", URL: "/help"}, {Title: "Contact", URL: "/contact"}, {Title: "My ticket", URL: "/my-ticket"}, {Title: "Status", URL: "/away"}},
		Footer: []page.Link{{Title: "Privacy", URL: "/help"}, {Title: "Accessibility", URL: "/help"}, {Title: "Style guide", URL: "/"}},
	}
	staff := page.Site{
		Name: "Northwind Desk", Home: "/desk", Person: "Marta Oliveira", SignOut: "/sign-out",
		Nav:    []page.Link{{Title: "Tickets", URL: "/desk"}, {Title: "FAQ", URL: "/desk/faq"}, {Title: "Reports", URL: "/desk/reports"}, {Title: "Parts", URL: "/desk/parts"}},
		Footer: []page.Link{{Title: "Help centre", URL: "/help"}, {Title: "Style guide", URL: "/"}},
	}
	sites := http.NewServeMux()
	site := func(s page.Site) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r.WithContext(page.WithSite(r.Context(), s)))
		})
	}
	sites.Handle("/", site(help))
	sites.Handle("/desk", site(staff)) // the list has its own search box
	staff.Search = "/desk"
	sites.Handle("/desk/", site(staff))
	return sites
}
