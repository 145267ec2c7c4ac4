// Package consumer calls services in the ways that a lock file has to know.
package consumer

import (
	"context"
	"encoding/json"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/contract/usage/testdata/consumer/faqv2"
)

type view struct {
	Entry   *faqv2.Entry
	Results faqv2.Results
}

// sees reads some fields of an answer, one of them in another function, and sets some of the request, one of them later.
func sees(ctx context.Context, calls spinoff.Caller) (string, error) {
	in := faqv2.NewQuestion{Question: "How?"}
	in.Tags = []string{"how"}
	made, err := faqv2.Create.Call(ctx, calls, in)
	if err != nil {
		return "", err
	}
	for _, part := range made.Parts {
		if part.Kind == "text" {
			return idOf(made), nil
		}
	}
	return made.URL, nil
}

func idOf(q faqv2.Question) string { return q.ID }

// shows keeps an answer where a template finds it.
func shows(ctx context.Context, calls spinoff.Caller) (v view, err error) {
	entry, err := faqv2.Get.Call(ctx, calls, faqv2.EntryID{ID: "a"})
	v.Entry = &entry
	return v, err
}

// keeps does so in one step.
func keeps(ctx context.Context, calls spinoff.Caller) (v view, err error) {
	v.Results, err = within(func() (faqv2.Results, error) { return faqv2.Search.Call(ctx, calls, query([]byte("{}"))) })
	return v, err
}

func within[T any](do func() (T, error)) (T, error) { return do() }

// query comes from somewhere that cannot be seen.
func query(text []byte) (q faqv2.Query) {
	if json.Unmarshal(text, &q) != nil {
		q.Q = "nothing"
	}
	return q
}

// hands hands an endpoint on.
func hands() any { return faqv2.Vote }
