package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing/fstest"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/bench/workload"
	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/run"
)

// Servers that are flooded. Each has the same two apps: one that is flooded, by a call that computes or by one that writes, and its neighbour.
const (
	floodedOurs  = "spinoff"
	floodedPlain = "net/http"
	floodedFixed = "net/http, at most 64"
)

// rows are how many one call writes.
const rows = 100

// Work and Done are what the flooded calls take and answer.
type (
	Work struct {
		Rounds int64 `json:"rounds"` // of SHA-256
	}
	Done struct {
		Sum string `json:"sum"`
	}
	Look struct{}
)

var (
	flooded   = spinoff.Service{Name: "flooded", Version: 1}
	neighbour = spinoff.Service{Name: "neighbour", Version: 1}
	burn      = spinoff.Endpoint[Work, Done]{Service: flooded, Route: "POST /burn"}
	write     = spinoff.Endpoint[Work, Done]{Service: flooded, Route: "POST /write"}
	look      = spinoff.Endpoint[Look, Done]{Service: neighbour, Route: "GET /look"}
)

// compute takes about as long for a round on every machine of a kind, and no time of others.
func compute(_ context.Context, in Work) (Done, error) {
	var sum [32]byte
	for range in.Rounds {
		sum = sha256.Sum256(sum[:])
	}
	return Done{fmt.Sprintf("%x", sum[:4])}, nil
}

func answerLook(context.Context, Look) (Done, error) { return Done{"here"}, nil }

// serveFlooded is the main function of a process that is flooded. It says in its first line where it answers, and ends with its input.
func serveFlooded(name, folder string) error {
	db := data.New(func() string { return "sqlite:" + filepath.Join(folder, "flooded.db") }, fstest.MapFS{
		"migrations/0001_note.sql": {Data: []byte("-- +goose Up\n" + createNote + ";")},
	})
	insert := func(ctx context.Context, _ Work) (Done, error) {
		err := db.Write(ctx, func(tx *data.Tx) error {
			for range rows {
				if _, err := data.One[int64](ctx, tx, insertNoteForID, "a note", 1); err != nil {
					return err
				}
			}
			return nil
		})
		return Done{"kept"}, err
	}
	if name == floodedOurs {
		os.Args = []string{"bench", "up", "--addr", "127.0.0.1:0", "--data", folder}
		run.Apps(
			func(spinoff.Env) (spinoff.App, error) {
				return spinoff.App{Name: flooded.Name, Data: db, Provides: []spinoff.Handler{burn.Serve(compute), write.Serve(insert)}}, nil
			},
			func(spinoff.Env) (spinoff.App, error) {
				return spinoff.App{Name: neighbour.Name, Provides: []spinoff.Handler{look.Serve(answerLook)}}, nil
			})
	}
	if err := db.Open(context.Background()); err != nil {
		return err
	}
	mux, limit := http.NewServeMux(), func(next http.HandlerFunc) http.HandlerFunc { return next }
	if name == floodedFixed {
		limit = atMost64
	}
	mux.HandleFunc("POST /flooded/v1/burn", limit(workload.ByHand(compute)))
	mux.HandleFunc("POST /flooded/v1/write", limit(workload.ByHand(insert)))
	mux.HandleFunc("GET /neighbour/v1/look", func(w http.ResponseWriter, r *http.Request) {
		out, _ := answerLook(r.Context(), Look{})
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(out) //nolint:errcheck // the client is gone
	})
	var f fixture
	base, err := f.serve(mux)
	if err != nil {
		return err
	}
	fmt.Printf("at %s/\n", base)
	time.Sleep(time.Hour)
	return nil
}

// atMost64 refuses what comes while 64 are being answered.
func atMost64(next http.HandlerFunc) http.HandlerFunc {
	places := make(chan struct{}, 64)
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case places <- struct{}{}:
			defer func() { <-places }()
			next(w, r)
		default:
			w.Header().Set("Retry-After", "1")
			http.Error(w, "too much to do", http.StatusServiceUnavailable)
		}
	}
}
