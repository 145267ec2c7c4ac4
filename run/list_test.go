package run_test

import (
	"context"
	"testing/fstest"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/data"
)

type bottle1 struct {
	Name string `json:"name"`
}

type bottle2 struct {
	Name string `json:"name"`
	Year int64  `json:"year"`
}

var (
	bottled1 = spinoff.Topic[bottle1]{Service: spinoff.Service{Name: "winery", Version: 1}, Name: "wine.bottled"}
	bottled2 = spinoff.Topic[bottle2]{Service: spinoff.Service{Name: "winery", Version: 2}, Name: "wine.bottled"}
)

var noTables = fstest.MapFS{"migrations/0001_none.sql": {Data: []byte("-- +goose Up\nCREATE TABLE none (id BIGINT);")}}

// winery publishes a topic in two versions.
func winery(env spinoff.Env) (spinoff.App, error) {
	return spinoff.App{Name: "winery", Team: "Wine", Data: data.New(env.Database, noTables), Publishes: []spinoff.Announcement{
		bottled2.Announce(),
		spinoff.AnnounceOlder(bottled1, bottled2, func(b bottle2) bottle1 { return bottle1{b.Name} }),
	}}, nil
}

// bar consumes one.
func bar(env spinoff.Env) (spinoff.App, error) {
	return spinoff.App{Name: "bar", Team: "Front", Data: data.New(env.Database, noTables), Consumes: []spinoff.Consumer{
		bottled1.Consume(func(context.Context, spinoff.Event[bottle1]) error { return nil }),
	}}, nil
}
