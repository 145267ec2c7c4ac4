package run_test

import (
	"context"
	"fmt"
	"testing/fstest"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/data"
)

// Another small project, with databases and events: a stock that sells items, and a ledger that books what was sold.
type (
	sale struct {
		Item  string `json:"item" spinoff:"min=1,max=40"`
		Cents int64  `json:"cents"`
	}
	booked struct {
		Sum int64 `json:"sum"`
	}
	none struct{}
)

var (
	stock1  = spinoff.Service{Name: "stock", Version: 1}
	ledger1 = spinoff.Service{Name: "ledger", Version: 1}
	sell    = spinoff.Endpoint[sale, booked]{Service: stock1, Route: "POST /sell"}
	sum     = spinoff.Endpoint[none, booked]{Service: ledger1, Route: "GET /sum"}
	sold    = spinoff.Topic[sale]{Service: stock1, Name: "item.sold"}
)

// depot returns the project as of a version of the stock's schema, 1 or 2.
func depot(version int) spinoff.Project {
	stock := func(env spinoff.Env) (spinoff.App, error) {
		migrations := fstest.MapFS{"migrations/0001_sale.sql": {Data: []byte("-- +goose Up\nCREATE TABLE sale (id INTEGER PRIMARY KEY, item TEXT NOT NULL, cents INTEGER NOT NULL);")}}
		if version > 1 {
			migrations["migrations/0002_note.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nALTER TABLE sale ADD COLUMN note TEXT NOT NULL DEFAULT '';")}
		}
		db := data.New(env.Database, migrations)
		return spinoff.App{
			Name: "stock", Team: "Depot", Data: db, Publishes: []spinoff.Announcement{sold.Announce()},
			Provides: []spinoff.Handler{sell.Serve(func(ctx context.Context, in sale) (booked, error) {
				return booked{in.Cents}, db.Write(ctx, func(tx *data.Tx) error {
					if _, err := data.Exec(ctx, tx, "INSERT INTO sale (item, cents) VALUES ($1, $2)", in.Item, in.Cents); err != nil {
						return err
					}
					return sold.Publish(ctx, tx, in.Item, in)
				})
			})},
		}, nil
	}
	return spinoff.Project{Name: "Depot", Apps: []spinoff.New{stock, ledger}}
}

// ledger cannot book a negative price, and gives up soon.
func ledger(env spinoff.Env) (spinoff.App, error) {
	db := data.New(env.Database, fstest.MapFS{"migrations/0001_entry.sql": {Data: []byte("-- +goose Up\nCREATE TABLE entry (id INTEGER PRIMARY KEY, event TEXT NOT NULL UNIQUE, cents INTEGER NOT NULL);")}})
	return spinoff.App{
		Name: "ledger", Team: "Money", Data: db,
		Consumes: []spinoff.Consumer{sold.Consume(func(ctx context.Context, e spinoff.Event[sale]) error {
			if e.Data.Cents < 0 {
				return fmt.Errorf("a price of %d cannot be booked", e.Data.Cents)
			}
			return db.Write(ctx, func(tx *data.Tx) error {
				_, err := data.Exec(ctx, tx, "INSERT INTO entry (event, cents) VALUES ($1, $2)", e.ID, e.Data.Cents)
				return err
			})
		})},
		Provides: []spinoff.Handler{sum.Serve(func(ctx context.Context, _ none) (out booked, err error) {
			err = db.Read(ctx, func(tx *data.Tx) error {
				out.Sum, err = data.One[int64](ctx, tx, "SELECT coalesce(sum(cents), 0) FROM entry")
				return err
			})
			return out, err
		})},
	}, nil
}
