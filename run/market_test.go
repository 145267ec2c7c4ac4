package run_test

import (
	"context"
	"os"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/data"
)

// A third small project: a stall whose first version is to go, and a buyer who still calls it.
var (
	stall1 = spinoff.Service{Name: "stall", Version: 1}
	stall2 = spinoff.Service{Name: "stall", Version: 2}
	take1  = spinoff.Endpoint[newItem1, item1]{Service: stall1, Route: "POST /take"}
	look1  = spinoff.Endpoint[itemID, item1]{Service: stall1, Route: "GET /items/{id}", Name: "look"}
	take2  = spinoff.Endpoint[newItem1, item1]{Service: stall2, Route: "POST /take"}
	buy    = spinoff.Endpoint[newItem1, item1]{Service: spinoff.Service{Name: "buyer", Version: 1}, Route: "POST /buy"}
)

// market returns the project before or after the first version was taken out of the source.
func market(first bool) spinoff.Project {
	stall := func(env spinoff.Env) (spinoff.App, error) {
		app := spinoff.App{
			Name: "stall", Team: "Market", Data: data.New(env.Database, table("0001_x", "x", "text TEXT")), Contracts: os.DirFS("apps/stall"),
			Provides: []spinoff.Handler{take2.Serve(func(_ context.Context, in newItem1) (item1, error) { return item1{in.Name}, nil })},
		}
		if first {
			app.Deprecated = map[spinoff.Service]spinoff.Deprecation{stall1: {On: "2026-01-01", Sunset: "2026-05-01", Successor: "stall.v2"}}
			same := func(in newItem1) newItem1 { return in }
			app.Provides = append(app.Provides, spinoff.Older(take1, take2, same, func(out item1) item1 { return out }),
				look1.Serve(func(context.Context, itemID) (item1, error) { return item1{"an item"}, nil }))
		}
		return app, nil
	}
	buyer := func(env spinoff.Env) (spinoff.App, error) {
		take, uses := take2, stall2
		if first {
			take, uses = take1, stall1
		}
		return spinoff.App{Name: "buyer", Team: "Market", Uses: []spinoff.Service{uses}, Provides: []spinoff.Handler{
			buy.Serve(func(ctx context.Context, in newItem1) (item1, error) { return take.Call(ctx, env.Calls, in) }),
		}}, nil
	}
	return spinoff.Project{Name: "Market", Apps: []spinoff.New{door, stall, buyer}}
}
