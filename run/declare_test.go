package run_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/run"
)

type badTag struct {
	Name string `json:"name" spinoff:"mni=1"`
}

// serve makes an endpoint of the shop that answers nothing.
func serve[In any](route string) spinoff.Handler {
	return spinoff.Endpoint[In, struct{}]{Service: shop1, Route: route}.Serve(func(context.Context, In) (struct{}, error) { return struct{}{}, nil })
}

// TestProjectsThatCannotRun: what is declared wrongly is an error at the start, which names the app and the thing.
func TestProjectsThatCannotRun(t *testing.T) {
	app := func(a spinoff.App) spinoff.New { return func(spinoff.Env) (spinoff.App, error) { return a, nil } }
	route := spinoff.View{Route: "GET /create", Handler: say("x")}
	getCreate := spinoff.Endpoint[itemID, item1]{Service: shop1, Route: "GET /create"}.Serve(func(context.Context, itemID) (item1, error) { return item1{}, nil })
	for name, c := range map[string]struct {
		apps []spinoff.New
		want string
	}{
		"a bad name":         {[]spinoff.New{app(spinoff.App{Name: "My Shop"})}, `app "My Shop": a name is lower-case letters and digits`},
		"a name twice":       {[]spinoff.New{app(spinoff.App{Name: "a"}), app(spinoff.App{Name: "a"})}, "two apps are called a"},
		"a path twice":       {[]spinoff.New{app(spinoff.App{Name: "a", Path: "/"}), app(spinoff.App{Name: "b", Path: "/"})}, "apps a and b both live under /"},
		"an unknown service": {[]spinoff.New{app(spinoff.App{Name: "a", Uses: []spinoff.Service{shop1}})}, "app a uses service shop.v1, and the project has no app shop"},
		"an unknown version": {[]spinoff.New{app(spinoff.App{Name: "a", Uses: []spinoff.Service{shop1}}), app(spinoff.App{Name: "shop"})}, "app shop does not provide that version"},
		"a page as endpoint": {[]spinoff.New{app(spinoff.App{Name: "shop", Provides: []spinoff.Handler{getCreate}, Views: []spinoff.View{route}})}, `app shop: view "GET /create": pattern "GET /create"`},
		"a page of nothing":  {[]spinoff.New{app(spinoff.App{Name: "shop", Views: []spinoff.View{{Route: "GET /x"}}})}, `app shop: view "GET /x" has no handler`},
		"a page nowhere":     {[]spinoff.New{app(spinoff.App{Name: "shop", Views: []spinoff.View{{Route: "GET x", Handler: say("x")}}})}, `app shop: view "GET x": parsing "GET x"`},
		"no slash at an end": {[]spinoff.New{app(spinoff.App{Name: "shop", Path: "/shop"})}, `app shop: path "/shop": it begins and ends with a slash, such as /shop/`},
		"a path with holes":  {[]spinoff.New{app(spinoff.App{Name: "shop", Path: "/{x}/"})}, `app shop: path "/{x}/"`},
		"another's service":  {[]spinoff.New{app(spinoff.App{Name: "bakery", Provides: []spinoff.Handler{getCreate}})}, "app bakery answers service shop.v1; an app answers only the service of its own name"},
		"an endpoint twice":  {[]spinoff.New{app(spinoff.App{Name: "shop", Provides: []spinoff.Handler{getCreate, getCreate}})}, `endpoint shop.v1 "GET /create" is answered twice`},
		"a vague route":      {[]spinoff.New{app(spinoff.App{Name: "shop", Provides: []spinoff.Handler{serve[itemID]("GET /items/{id}"), serve[itemID]("GET /{id}/all")}})}, "app shop: its endpoints: pattern"},
		"an unknown type":    {[]spinoff.New{app(spinoff.App{Name: "shop", Provides: []spinoff.Handler{serve[struct{ C chan int }]("POST /c")}})}, "shop.v1"},
		"a bad tag":          {[]spinoff.New{app(spinoff.App{Name: "shop", Provides: []spinoff.Handler{serve[badTag]("POST /c")}})}, "shop.v1"},
		"an old one alone":   {[]spinoff.New{app(spinoff.App{Name: "shop", Provides: []spinoff.Handler{spinoff.Older(create1, create2, func(newItem1) (in newItem2) { return }, func(item2) (out item1) { return })}})}, `endpoint shop.v1 "POST /create" is older than shop.v2 "POST /create", which the app does not answer`},
		"an error":           {[]spinoff.New{func(spinoff.Env) (spinoff.App, error) { return spinoff.App{Name: "a"}, errors.New("no colour set") }}, "app a: no colour set"},
	} {
		_, err := run.New(spinoff.Project{Apps: c.apps}, run.Options{Data: t.TempDir(), Environ: func(string) string { return "" }})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}
