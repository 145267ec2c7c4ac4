package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/bench/workload"
	"github.com/spinoff-go/spinoff/call"
)

// SmallV1 and SmallV2 are what versions 1 and 2 of the service call [workload.Small], which is of version 3.
type (
	SmallV1 struct {
		Title  string `json:"title" spinoff:"min=1,max=300"`
		Source int64  `json:"source" spinoff:"min=1"`
	}
	SmallV1Answer struct {
		ID    int64  `json:"id"`
		Title string `json:"title"`
	}
	SmallV2 struct {
		Question string  `json:"question" spinoff:"min=1,max=300"`
		Source   int64   `json:"source" spinoff:"min=1"`
		Related  []int64 `json:"related,omitempty"`
	}
	SmallV2Answer struct {
		ID       int64  `json:"id"`
		Question string `json:"question"`
	}
)

var (
	service  = spinoff.Service{Name: "bench", Version: 1}
	service2 = spinoff.Service{Name: "bench", Version: 2}
	service3 = spinoff.Service{Name: "bench", Version: 3}
	old1     = spinoff.Endpoint[SmallV1, SmallV1Answer]{Service: service, Route: "POST /versions"}
	old2     = spinoff.Endpoint[SmallV2, SmallV2Answer]{Service: service2, Route: "POST /versions"}
	newest   = spinoff.Endpoint[workload.Small, workload.SmallAnswer]{Service: service3, Route: "POST /versions"}
	askSmall = spinoff.Endpoint[workload.Small, workload.SmallAnswer]{Service: service, Route: "POST /small"}
	askBig   = spinoff.Endpoint[workload.Big, workload.BigAnswer]{Service: service, Route: "POST /big"}
)

// handlers returns the endpoints that are measured; one of them in three versions.
func handlers() []spinoff.Handler {
	return []spinoff.Handler{
		askSmall.Serve(workload.AnswerSmall),
		askBig.Serve(workload.AnswerBig),
		newest.Serve(workload.AnswerSmall),
		spinoff.Older(old2, newest,
			func(in SmallV2) workload.Small { return workload.Small(in) },
			func(out workload.SmallAnswer) SmallV2Answer { return SmallV2Answer{out.ID, out.Question} }),
		spinoff.Older(old1, old2,
			func(in SmallV1) SmallV2 { return SmallV2{Question: in.Title, Source: in.Source} },
			func(out SmallV2Answer) SmallV1Answer { return SmallV1Answer{out.ID, out.Question} }).MapField("question", "title"),
	}
}

// fixture holds the servers that are measured.
type fixture struct {
	local, remote spinoff.Caller
	handURL       string
	handClient    *http.Client
	servers       []*http.Server
}

func newFixture() (*fixture, error) {
	provider, err := call.NewProvider("bench", handlers(), nil, nil, slog.Default())
	if err != nil {
		return nil, err
	}
	f := &fixture{handClient: &http.Client{Transport: call.NewTransport(), Timeout: 10 * time.Second}}
	uses := []spinoff.Service{service, service2, service3}
	f.local = call.NewCalls("bench", uses, call.Targets{"bench": {Local: provider}})
	base, err := f.serve(provider)
	if err != nil {
		return nil, err
	}
	f.remote = call.NewCalls("bench", uses, call.Targets{"bench": {Remote: call.NewRemote("bench", call.Bases{base}, call.NewTransport(), nil, slog.Default(), call.RemoteOptions{})}})
	hand := http.NewServeMux()
	hand.HandleFunc("POST /v1/small", workload.ByHand(workload.AnswerSmall))
	hand.HandleFunc("POST /v1/big", workload.ByHand(workload.AnswerBig))
	if base, err = f.serve(hand); err != nil {
		return nil, err
	}
	f.handURL = base.String()
	return f, nil
}

func (f *fixture) serve(h http.Handler) (*url.URL, error) {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	f.servers = append(f.servers, server)
	go server.Serve(l) //nolint:errcheck // until close
	return url.Parse("http://" + l.Addr().String())
}

func (f *fixture) close() {
	for _, s := range f.servers {
		s.Close() //nolint:errcheck // the measuring is over
	}
}

// roundTrip copies by way of JSON.
func roundTrip[T any](v T) (copied T, err error) {
	text, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(text, &copied)
	}
	return copied, err
}

// throughJSON calls in process with a JSON round trip as the copy, both ways.
func throughJSON[In, Out any](ctx context.Context, answer func(context.Context, In) (Out, error), in In) (Out, error) {
	in, err := roundTrip(in)
	if err != nil {
		var none Out
		return none, err
	}
	out, err := answer(ctx, in)
	if err != nil {
		return out, err
	}
	return roundTrip(out)
}
