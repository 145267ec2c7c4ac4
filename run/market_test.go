package run_test

import (
	"context"
	"os"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/data"
)

// A third small project: a stall whose first version is to go, and a buyer who still calls it.
type (
	wish1 struct {
		Name string `json:"name"`
	}
	wish2 struct {
		Name string `json:"name"`
	}
	wish struct {
		Name string `json:"name"`
	}
	ware1 struct {
		Text string `json:"text"`
	}
	ware2 struct {
		Text string `json:"text"`
	}
	ware struct {
		Text string `json:"text"`
	}
)

var (
	stall1 = spinoff.Service{Name: "stall", Version: 1}
	stall2 = spinoff.Service{Name: "stall", Version: 2}
	take1  = spinoff.Endpoint[wish1, ware1]{Service: stall1, Route: "POST /take"}
	look1  = spinoff.Endpoint[itemID, ware1]{Service: stall1, Route: "GET /items/{id}", Name: "look"}
	take2  = spinoff.Endpoint[wish2, ware2]{Service: stall2, Route: "POST /take"}
	buy    = spinoff.Endpoint[wish, ware]{Service: spinoff.Service{Name: "buyer", Version: 1}, Route: "POST /buy"}
)

// market returns the project before or after the first version was taken out of the source.
func market(first bool) spinoff.Project {
	stall := func(env spinoff.Env) (spinoff.App, error) {
		app := spinoff.App{
			Name: "stall", Team: "Market", Data: data.New(env.Database, table("0001_x", "x", "text TEXT")), Contracts: os.DirFS("apps/stall"),
			Provides: []spinoff.Handler{take2.Serve(func(_ context.Context, in wish2) (ware2, error) { return ware2{in.Name}, nil })},
		}
		if first {
			app.Deprecated = map[spinoff.Service]spinoff.Deprecation{stall1: {On: "2026-01-01", Sunset: "2026-05-01", Successor: "stall.v2"}}
			app.Provides = append(app.Provides, spinoff.Older(take1, take2, func(in wish1) wish2 { return wish2(in) }, func(out ware2) ware1 { return ware1(out) }),
				look1.Serve(func(context.Context, itemID) (ware1, error) { return ware1{"an item"}, nil }))
		}
		return app, nil
	}
	buyer := func(env spinoff.Env) (spinoff.App, error) {
		take, uses := func(ctx context.Context, in wish) (ware, error) {
			out, err := take2.Call(ctx, env.Calls, wish2(in))
			return ware(out), err
		}, stall2
		if first {
			take, uses = func(ctx context.Context, in wish) (ware, error) {
				out, err := take1.Call(ctx, env.Calls, wish1(in))
				return ware(out), err
			}, stall1
		}
		return spinoff.App{Name: "buyer", Team: "Market", Uses: []spinoff.Service{uses}, Provides: []spinoff.Handler{
			buy.Serve(take),
		}}, nil
	}
	return spinoff.Project{Name: "Market", Apps: []spinoff.New{door, stall, buyer}}
}
