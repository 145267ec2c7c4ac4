package run_test

import (
	"fmt"
	"net/http"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/spinofftest/pgtest"
)

// cellar has a database: it puts a bottle into it for each look at its page.
func cellar(env spinoff.Env) (spinoff.App, error) {
	db := data.New(env.Database, fstest.MapFS{"migrations/0001_bottle.sql": {Data: []byte("-- +goose Up\nCREATE TABLE bottle (name TEXT NOT NULL);")}})
	return spinoff.App{
		Name: "cellar", Team: "Wine", Data: db,
		Views: []spinoff.View{{Route: "GET /{$}", Public: true, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			err := db.Write(r.Context(), func(tx *data.Tx) error {
				if _, err := data.Exec(r.Context(), tx, "INSERT INTO bottle (name) VALUES ('red')"); err != nil {
					return err
				}
				n, err := data.One[int64](r.Context(), tx, "SELECT count(*) FROM bottle")
				fmt.Fprintf(w, "%d bottles\n", n)
				return err
			})
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
			}
		})}},
	}, nil
}

// TestPostgresScripts runs the scripts in testdata/postgres. In them $POSTGRES is the address of an empty database.
func TestPostgresScripts(t *testing.T) {
	address := pgtest.Start(t)
	params := scripts("testdata/postgres")
	setup := params.Setup
	params.Setup = func(e *testscript.Env) error {
		e.Setenv("POSTGRES", address)
		return setup(e)
	}
	testscript.Run(t, params)
}
