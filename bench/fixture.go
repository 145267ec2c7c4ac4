package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/call"
)

// Small is a small message, Big one of about 3 kB.
type (
	Small struct {
		Question string  `json:"question" spinoff:"min=1,max=300"`
		Source   int64   `json:"source" spinoff:"min=1"`
		Related  []int64 `json:"related,omitempty"`
	}
	SmallAnswer struct {
		ID       int64  `json:"id"`
		Question string `json:"question"`
		Status   string `json:"status"`
	}
	Big struct {
		Title string            `json:"title" spinoff:"min=1,max=300"`
		Text  string            `json:"text" spinoff:"max=10000"`
		Tags  []string          `json:"tags" spinoff:"max=50"`
		Lines []Line            `json:"lines"`
		Extra map[string]string `json:"extra"`
		At    time.Time         `json:"at"`
	}
	Line struct {
		Name  string `json:"name"`
		Price int64  `json:"price"`
		Note  string `json:"note"`
	}
	BigAnswer struct {
		ID  int64   `json:"id"`
		Big BigBack `json:"big"`
	}
	// BigBack is a Big that comes back, where nothing is required.
	BigBack struct {
		Title string            `json:"title"`
		Text  string            `json:"text"`
		Tags  []string          `json:"tags"`
		Lines []Line            `json:"lines"`
		Extra map[string]string `json:"extra"`
		At    time.Time         `json:"at"`
	}
)

// SmallV1 and SmallV2 are what versions 1 and 2 of the service call [Small], which is of version 3.
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
	newest   = spinoff.Endpoint[Small, SmallAnswer]{Service: service3, Route: "POST /versions"}
	askSmall = spinoff.Endpoint[Small, SmallAnswer]{Service: service, Route: "POST /small"}
	askBig   = spinoff.Endpoint[Big, BigAnswer]{Service: service, Route: "POST /big"}
)

// handlers returns the endpoints that are measured; one of them in three versions.
func handlers() []spinoff.Handler {
	return []spinoff.Handler{
		askSmall.Serve(answerSmall),
		askBig.Serve(answerBig),
		newest.Serve(answerSmall),
		spinoff.Older(old2, newest,
			func(in SmallV2) Small { return Small(in) },
			func(out SmallAnswer) SmallV2Answer { return SmallV2Answer{out.ID, out.Question} }),
		spinoff.Older(old1, old2,
			func(in SmallV1) SmallV2 { return SmallV2{Question: in.Title, Source: in.Source} },
			func(out SmallV2Answer) SmallV1Answer { return SmallV1Answer{out.ID, out.Question} }).MapField("question", "title"),
	}
}

func answerSmall(_ context.Context, in Small) (SmallAnswer, error) {
	return SmallAnswer{ID: in.Source, Question: in.Question, Status: "draft"}, nil
}

func answerBig(_ context.Context, in Big) (BigAnswer, error) {
	return BigAnswer{ID: 1, Big: BigBack(in)}, nil
}

func small() Small {
	return Small{Question: "How do I reset my light?", Source: 123, Related: []int64{456, 789}}
}

func big() Big {
	b := Big{
		Title: "A message of about three kilobytes", Text: strings.Repeat("Lorem ipsum dolor sit amet. ", 40),
		Tags: []string{"one", "two", "three"}, Extra: map[string]string{"colour": "red", "size": "xl"}, At: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	for i := range 20 {
		b.Lines = append(b.Lines, Line{fmt.Sprintf("position %d", i), int64(i) * 100, "delivered with the rest of the order"})
	}
	return b
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
	hand.HandleFunc("POST /v1/small", byHand(answerSmall))
	hand.HandleFunc("POST /v1/big", byHand(answerBig))
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

// byHand is what one writes without a framework.
func byHand[In, Out any](answer func(context.Context, In) (Out, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in In
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&in); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		out, err := answer(r.Context(), in)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(out) //nolint:errcheck // the client is gone
	}
}

// callByHand is its client.
func callByHand[Out, In any](ctx context.Context, f *fixture, path string, in In) (out Out, err error) {
	body, err := json.Marshal(in)
	if err != nil {
		return out, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, f.handURL+path, bytes.NewReader(body))
	if err != nil {
		return out, err
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := f.handClient.Do(r)
	if err != nil {
		return out, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return out, fmt.Errorf("status %d", response.StatusCode)
	}
	if err := json.NewDecoder(response.Body).Decode(&out); err != nil {
		return out, err
	}
	_, err = io.Copy(io.Discard, response.Body)
	return out, err
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
