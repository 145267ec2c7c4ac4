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
	"time"

	"connectrpc.com/connect"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/bench/rpc/rpcpb"
	"github.com/spinoff-go/spinoff/call"
)

// pair are the two calls of one way.
type pair struct {
	name       string
	small, big func(ctx context.Context) error
}

// listen opens a port of loopback.
func listen() (net.Listener, error) {
	return new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
}

// serve answers until the program ends.
func serve(h http.Handler) (base string, err error) {
	l, err := listen()
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, Protocols: new(http.Protocols)}
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetUnencryptedHTTP2(true)
	go server.Serve(l) //nolint:errcheck // until the program ends
	return "http://" + l.Addr().String(), nil
}

var (
	service  = spinoff.Service{Name: "bench", Version: 1}
	askSmall = spinoff.Endpoint[Small, SmallAnswer]{Service: service, Route: "POST /small"}
	askBig   = spinoff.Endpoint[Big, BigAnswer]{Service: service, Route: "POST /big"}
)

// openOurs calls endpoints of Spinoff with JSON: time-outs, validation, errors, counting and keys included.
func openOurs() (pair, error) { return openOursBy(ours, call.NewTransport()) }

// openOursByH2C does it over HTTP/2 without TLS.
func openOursByH2C() (pair, error) {
	transport := call.NewTransport()
	transport.Protocols = new(http.Protocols)
	transport.Protocols.SetUnencryptedHTTP2(true)
	return openOursBy(oursByH2C, transport)
}

func openOursBy(name string, transport *http.Transport) (pair, error) {
	provider, err := call.NewProvider("bench", []spinoff.Handler{askSmall.Serve(answerSmall), askBig.Serve(answerBig)}, nil, nil, slog.Default())
	if err != nil {
		return pair{}, err
	}
	base, err := serve(provider)
	if err != nil {
		return pair{}, err
	}
	calls, err := callsTo(base, transport)
	return pair{
		name,
		func(ctx context.Context) error { _, err := askSmall.Call(ctx, calls, small()); return err },
		func(ctx context.Context) error { _, err := askBig.Call(ctx, calls, big()); return err },
	}, err
}

func callsTo(base string, transport *http.Transport) (spinoff.Caller, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	remote := call.NewRemote("bench", call.Bases{u}, transport, nil, slog.Default(), call.RemoteOptions{})
	return call.NewCalls("bench", []spinoff.Service{service}, call.Targets{"bench": {Remote: remote}}), nil
}

// openHand is what one writes without a framework, over HTTP/1.1 with encoding/json.
func openHand() (pair, error) {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/small", answerByHand(answerSmall))
	mux.HandleFunc("POST /v1/big", answerByHand(answerBig))
	base, err := serve(mux)
	client := &http.Client{Transport: call.NewTransport(), Timeout: 10 * time.Second}
	return pair{
		byHand,
		func(ctx context.Context) error {
			_, err := callByHand[SmallAnswer](ctx, client, base+"/v1/small", small())
			return err
		},
		func(ctx context.Context) error {
			_, err := callByHand[BigAnswer](ctx, client, base+"/v1/big", big())
			return err
		},
	}, err
}

func answerByHand[In, Out any](answer func(context.Context, In) (Out, error)) http.HandlerFunc {
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

func callByHand[Out, In any](ctx context.Context, client *http.Client, address string, in In) (out Out, err error) {
	body, err := json.Marshal(in)
	if err != nil {
		return out, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return out, err
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := client.Do(r)
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

// openConnect is Connect over HTTP/1.1 with JSON, as browsers and curl speak it; time-outs as everybody has them.
func openConnect() (pair, error) {
	mux := http.NewServeMux()
	mux.Handle(rpcpb.Bench_AskSmall_FullMethodName, connect.NewUnaryHandlerSimple(rpcpb.Bench_AskSmall_FullMethodName, protoSmall))
	mux.Handle(rpcpb.Bench_AskBig_FullMethodName, connect.NewUnaryHandlerSimple(rpcpb.Bench_AskBig_FullMethodName, protoBig))
	base, err := serve(mux)
	client := &http.Client{Transport: call.NewTransport()}
	askSmall := connect.NewClient[rpcpb.Small, rpcpb.SmallAnswer](client, base+rpcpb.Bench_AskSmall_FullMethodName, connect.WithProtoJSON())
	askBig := connect.NewClient[rpcpb.Big, rpcpb.BigAnswer](client, base+rpcpb.Bench_AskBig_FullMethodName, connect.WithProtoJSON())
	return pair{
		withConnect,
		func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
			defer cancel()
			_, err := askSmall.CallUnary(ctx, connect.NewRequest(small().proto()))
			return err
		},
		func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
			defer cancel()
			_, err := askBig.CallUnary(ctx, connect.NewRequest(big().proto()))
			return err
		},
	}, err
}

// grpcServer answers the messages of gRPC.
type grpcServer struct{ rpcpb.UnimplementedBenchServer }

func (grpcServer) AskSmall(ctx context.Context, in *rpcpb.Small) (*rpcpb.SmallAnswer, error) {
	return protoSmall(ctx, in)
}

func (grpcServer) AskBig(ctx context.Context, in *rpcpb.Big) (*rpcpb.BigAnswer, error) {
	return protoBig(ctx, in)
}

// openGRPC is gRPC over HTTP/2 with Protocol Buffers.
func openGRPC() (pair, error) {
	l, err := listen()
	if err != nil {
		return pair{}, err
	}
	server := grpc.NewServer()
	rpcpb.RegisterBenchServer(server, grpcServer{})
	go server.Serve(l) //nolint:errcheck // until the program ends
	connection, err := grpc.NewClient(l.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return pair{}, err
	}
	client := rpcpb.NewBenchClient(connection)
	return pair{
		withGRPC,
		func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
			defer cancel()
			_, err := client.AskSmall(ctx, small().proto())
			return err
		},
		func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
			defer cancel()
			_, err := client.AskBig(ctx, big().proto())
			return err
		},
	}, nil
}
