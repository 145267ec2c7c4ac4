package run_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spinoff-go/spinoff"
)

// A small project for the tests: a shop with two versions, a till that uses it and has a page, and a door through which people sign in.
type (
	newItem1 struct {
		Name string `json:"name" spinoff:"min=1,max=20"`
	}
	item1 struct {
		Text string `json:"text"`
	}
	newItem2 struct {
		Name string  `json:"name" spinoff:"min=1,max=20"`
		Tags []int64 `json:"tags,omitempty"`
	}
	item2 struct {
		Text string  `json:"text"`
		Tags []int64 `json:"tags"`
	}
	itemID struct {
		ID int64 `json:"id"`
	}
)

var (
	shop1   = spinoff.Service{Name: "shop", Version: 1}
	shop2   = spinoff.Service{Name: "shop", Version: 2}
	errSold = &spinoff.Error{Code: "shop.sold", Status: http.StatusConflict, Title: "it is sold"}
	create1 = spinoff.Endpoint[newItem1, item1]{Service: shop1, Route: "POST /create"}
	create2 = spinoff.Endpoint[newItem2, item2]{Service: shop2, Route: "POST /create"}
	get2    = spinoff.Endpoint[itemID, item2]{Service: shop2, Route: "GET /items/{id}", Errors: []*spinoff.Error{errSold}}
	pay     = spinoff.Endpoint[newItem1, item1]{Service: spinoff.Service{Name: "till", Version: 1}, Route: "POST /pay"}
)

// project returns the test's project. shelf is what the shop holds.
func project(shelf spinoff.Resource) spinoff.Project {
	return spinoff.Project{Name: "Corner Shop", Apps: []spinoff.New{door, till, func(env spinoff.Env) (spinoff.App, error) {
		return spinoff.App{
			Name: "shop", Title: "The shop", Team: "Sales",
			Provides: []spinoff.Handler{
				create2.Serve(func(_ context.Context, in newItem2) (item2, error) {
					return item2{Text: "new " + in.Name, Tags: in.Tags}, nil
				}),
				spinoff.Older(create1, create2,
					func(in newItem1) newItem2 { return newItem2{Name: in.Name} },
					func(out item2) item1 { return item1{out.Text} }),
				get2.Serve(func(_ context.Context, in itemID) (item2, error) {
					if in.ID == 7 {
						return item2{}, errSold.With("item %d", in.ID)
					}
					return item2{Text: fmt.Sprint("item ", in.ID)}, nil
				}),
			},
			Views: []spinoff.View{
				{Route: "GET /{$}", Handler: say("the shop window"), Public: true},
				{Route: "GET /back", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					o := spinoff.OriginOf(r.Context())
					fmt.Fprintf(w, "back room for %s, cookies %q", o.Person.Name, r.Header["Cookie"])
				})},
				{Route: "POST /basket", Handler: say("in the basket"), Public: true},
				{Route: "GET /broken", Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("the shelf fell down") }), Public: true},
				{Route: "GET /crash", Handler: http.HandlerFunc(crash), Public: true},
				{Route: "GET /halfway", Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					fmt.Fprintln(w, "the first half")
					panic("the shelf fell down")
				}), Public: true},
			},
			Nav:   []spinoff.Link{{Title: "Shop", URL: "/shop/"}},
			Holds: []spinoff.Resource{shelf},
			Imports: &spinoff.Import{Accepts: "lists of items, one a line", Example: "items.txt", Run: func(_ context.Context, path string, report func(spinoff.Progress)) (spinoff.Progress, error) {
				text, err := os.ReadFile(path)
				p := spinoff.Progress{Counts: map[string]int64{}}
				for line := range strings.Lines(string(text)) {
					if strings.TrimSpace(line) == "" {
						p.Refused = append(p.Refused, "an empty line")
						continue
					}
					if line == "slow\n" {
						time.Sleep(150 * time.Millisecond)
					}
					p.Counts["items added"]++
					p.Read, p.Total = p.Read+int64(len(line)), int64(len(text))
					report(p)
				}
				return p, err
			}},
		}, nil
	}}}
}

func till(env spinoff.Env) (spinoff.App, error) {
	return spinoff.App{
		Name: "till", Team: "Money", Uses: []spinoff.Service{shop2},
		Provides: []spinoff.Handler{pay.Serve(func(ctx context.Context, in newItem1) (item1, error) {
			bought, err := create2.Call(ctx, env.Calls, newItem2{Name: in.Name})
			if err != nil {
				return item1{}, fmt.Errorf("buy: %w", err)
			}
			return item1{"paid for " + bought.Text}, nil
		})},
	}, nil
}

// door signs in everybody who has the cookie.
func door(spinoff.Env) (spinoff.App, error) {
	return spinoff.App{
		Name: "door", Path: "/", Team: "Front",
		Views: []spinoff.View{{Route: "GET /{$}", Handler: say("welcome"), Public: true}, {Route: "GET /slow", Handler: http.HandlerFunc(slow), Public: true}},
		SignIn: &spinoff.SignIn{URL: "/signin", Out: "/signout", Cookie: "sesame", Person: func(r *http.Request) (spinoff.Person, error) {
			c, err := r.Cookie("sesame")
			if errors.Is(err, http.ErrNoCookie) {
				return spinoff.Person{}, nil
			}
			return spinoff.Person{Email: c.Value + "@example.com", Name: c.Value}, nil
		}},
	}, nil
}

func say(text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, text) })
}

// slow answers when the file that ?until= names is there.
func slow(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(http.StatusOK)
	w.(http.Flusher).Flush()
	for {
		if _, err := os.Stat(filepath.Clean(r.URL.Query().Get("until"))); err == nil {
			fmt.Fprintln(w, "done")
			return
		}
		if r.Context().Err() != nil {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// crash ends the process.
func crash(http.ResponseWriter, *http.Request) {
	fmt.Fprintln(os.Stderr, "the roof fell down")
	os.Exit(3)
}

// nothing is a resource that is always there.
type nothing struct{}

func (nothing) Open(context.Context) error  { return nil }
func (nothing) Close() error                { return nil }
func (nothing) Check(context.Context) error { return nil }
