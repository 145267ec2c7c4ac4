package call_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/call"
)

// TestOlderThatCannotBe states which chains of versions are refused when the program starts.
func TestOlderThatCannotBe(t *testing.T) {
	put1 := spinoff.Endpoint[entryID, question2]{Service: faq1, Route: "PUT /entries/{id}", Errors: []*spinoff.Error{gone}}
	put2 := spinoff.Endpoint[entryID, question2]{Service: faq2, Route: "PUT /entries/{id}"}
	get1 := spinoff.Endpoint[entryID, question2]{Service: faq1, Route: "GET /entries/{id}", Errors: []*spinoff.Error{gone}}
	post2 := spinoff.Endpoint[entryID, question2]{Service: faq2, Route: "POST /entries/{id}"}
	answer := func(_ context.Context, in entryID) (question2, error) { return question2{Question: in.ID}, nil }
	same := func(in entryID) entryID { return in }
	down := func(out question2) question2 { return out }
	with := func(read spinoff.Endpoint[entryID, question2]) spinoff.Merge[entryID, entryID] {
		return spinoff.Merging(read, same, func(in entryID, _ question2) entryID { return in })
	}
	for _, c := range []struct {
		name     string
		handlers []spinoff.Handler
		db       spinoff.Database
		want     string // part of the error; "" for none
	}{
		{"a merge", []spinoff.Handler{put2.Serve(answer), get2.Serve(answer), spinoff.Older(put1, put2, with(get2), down)}, newShelf(), ""},
		{"a merge without a database", []spinoff.Handler{put2.Serve(answer), get2.Serve(answer), spinoff.Older(put1, put2, with(get2), down)}, nil, "the app has Data"},
		{"a merge of what is not there", []spinoff.Handler{put2.Serve(answer), spinoff.Older(put1, put2, with(get2), down)}, newShelf(), "what is there is told by faq.v2.get, which the app does not answer"},
		{"a merge with what changes something", []spinoff.Handler{put2.Serve(answer), post2.Serve(answer), spinoff.Older(put1, put2, with(post2), down)}, newShelf(), "it is an endpoint with GET"},
		{"a merge for what only reads", []spinoff.Handler{get2.Serve(answer), spinoff.Older(get1, get2, with(get2), down)}, newShelf(), "the endpoint writes (it is not GET)"},
		{"an error of what is there", []spinoff.Handler{put2.Serve(answer), get2.Serve(answer), spinoff.Older(spinoff.Endpoint[entryID, question2]{Service: faq1, Route: "PUT /entries/{id}"}, put2, with(get2), down)}, newShelf(), `fails with "faq.gone", which the older one does not declare`},
		{"newer and older", []spinoff.Handler{put1.Serve(answer), spinoff.Older(put2, put1, same, down)}, nil, `is said to be older than faq.v1 "PUT /entries/{id}"`},
	} {
		_, err := call.NewProvider("faq", c.handlers, c.db, nil, slog.New(slog.DiscardHandler))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: NewProvider: got %v, want %s", c.name, err, c.want)
		}
	}
}
