package telemetry_test

import (
	"context"
	"net/http"
	"testing/fstest"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/data"
)

// A small project whose one page reaches every app: it orders, the order takes from the stock and is published, and who hears of it looks into the stock.
type (
	order struct {
		Item string `json:"item"`
	}
	ordered struct {
		Item string `json:"item"`
	}
	take struct {
		Item string `json:"item"`
	}
	taken struct {
		Trace string `json:"trace"` // of the origin that the provider finds
	}
	receipt struct {
		Trace string `json:"trace"` // of the stock
	}
)

var (
	shop    = spinoff.Service{Name: "shop", Version: 1}
	stock   = spinoff.Service{Name: "stock", Version: 1}
	errSold = &spinoff.Error{Code: "stock.sold", Status: http.StatusConflict, Title: "it is sold"}
	place   = spinoff.Endpoint[order, receipt]{Service: shop, Route: "POST /place"}
	takeOne = spinoff.Endpoint[take, taken]{Service: stock, Route: "POST /take", Errors: []*spinoff.Error{errSold}}
	topic   = spinoff.Topic[ordered]{Service: shop, Name: "item.ordered"}
)

// none are migrations that make no table of anybody.
func none() fstest.MapFS {
	return fstest.MapFS{"migrations/0001_x.sql": {Data: []byte("-- +goose Up\nCREATE TABLE x (text TEXT NOT NULL);")}}
}

func project() spinoff.Project {
	return spinoff.Project{Name: "Corner", Apps: []spinoff.New{desk, shopApp, stockApp, mailApp}}
}

func desk(env spinoff.Env) (spinoff.App, error) {
	buy := func(w http.ResponseWriter, r *http.Request) {
		out, err := place.Call(r.Context(), env.Calls, order{Item: r.PathValue("item")})
		if e := spinoff.AsError(err); e != nil {
			http.Error(w, e.Code, http.StatusBadGateway)
			return
		}
		env.Log.InfoContext(r.Context(), "bought", "item", r.PathValue("item"))
		w.Write([]byte(out.Trace))
	}
	half := func(w http.ResponseWriter, _ *http.Request) {
		w.Write(make([]byte, 1<<20))
		panic("the other half fell down")
	}
	return spinoff.App{Name: "desk", Uses: []spinoff.Service{shop}, Views: []spinoff.View{
		{Route: "GET /buy/{item}", Handler: http.HandlerFunc(buy), Public: true},
		{Route: "GET /half", Handler: http.HandlerFunc(half), Public: true},
	}}, nil
}

func shopApp(env spinoff.Env) (spinoff.App, error) {
	db := data.New(env.Database, none())
	answer := func(ctx context.Context, in order) (receipt, error) {
		out, err := takeOne.Call(ctx, env.Calls, take(in))
		if err != nil {
			return receipt{}, err
		}
		return receipt(out), db.Write(ctx, func(tx *data.Tx) error { return topic.Publish(ctx, tx, in.Item, ordered(in)) })
	}
	return spinoff.App{
		Name: "shop", Data: db, Uses: []spinoff.Service{stock}, Provides: []spinoff.Handler{place.Serve(answer)},
		Publishes: []spinoff.Announcement{topic.Announce()},
	}, nil
}

func stockApp(spinoff.Env) (spinoff.App, error) {
	answer := func(ctx context.Context, in take) (taken, error) {
		switch in.Item {
		case "sold":
			return taken{}, errSold
		case "broken":
			panic("the shelf fell down")
		}
		return taken{spinoff.OriginOf(ctx).Trace}, nil
	}
	return spinoff.App{Name: "stock", Provides: []spinoff.Handler{takeOne.Serve(answer)}}, nil
}

func mailApp(env spinoff.Env) (spinoff.App, error) {
	hear := topic.Consume(func(ctx context.Context, e spinoff.Event[ordered]) error {
		_, err := takeOne.Call(ctx, env.Calls, take{Item: "paper for " + e.Data.Item})
		return err
	})
	return spinoff.App{Name: "mail", Data: data.New(env.Database, none()), Uses: []spinoff.Service{stock}, Consumes: []spinoff.Consumer{hear}}, nil
}
