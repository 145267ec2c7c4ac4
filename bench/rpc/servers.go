package main

import (
	"context"
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
	"github.com/spinoff-go/spinoff/bench/workload"
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
	askSmall = spinoff.Endpoint[workload.Small, workload.SmallAnswer]{Service: service, Route: "POST /small"}
	askBig   = spinoff.Endpoint[workload.Big, workload.BigAnswer]{Service: service, Route: "POST /big"}
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
	provider, err := call.NewProvider("bench", []spinoff.Handler{askSmall.Serve(workload.AnswerSmall), askBig.Serve(workload.AnswerBig)}, nil, nil, slog.Default())
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
		func(ctx context.Context) error { _, err := askSmall.Call(ctx, calls, workload.NewSmall()); return err },
		func(ctx context.Context) error { _, err := askBig.Call(ctx, calls, workload.NewBig()); return err },
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
	mux.HandleFunc("POST /v1/small", workload.ByHand(workload.AnswerSmall))
	mux.HandleFunc("POST /v1/big", workload.ByHand(workload.AnswerBig))
	base, err := serve(mux)
	client := &http.Client{Transport: call.NewTransport(), Timeout: 10 * time.Second}
	return pair{
		byHand,
		func(ctx context.Context) error {
			_, err := workload.CallByHand[workload.SmallAnswer](ctx, client, base+"/v1/small", workload.NewSmall())
			return err
		},
		func(ctx context.Context) error {
			_, err := workload.CallByHand[workload.BigAnswer](ctx, client, base+"/v1/big", workload.NewBig())
			return err
		},
	}, err
}

// openConnect is Connect over HTTP/1.1 with JSON, as browsers and curl speak it; time-outs as everybody has them.
func openConnect() (pair, error) {
	mux := http.NewServeMux()
	mux.Handle(pathSmall, connect.NewUnaryHandlerSimple(pathSmall, protoSmall))
	mux.Handle(pathBig, connect.NewUnaryHandlerSimple(pathBig, protoBig))
	base, err := serve(mux)
	client := &http.Client{Transport: call.NewTransport()}
	askSmall := connect.NewClient[rpcpb.Small, rpcpb.SmallAnswer](client, base+pathSmall, connect.WithProtoJSON())
	askBig := connect.NewClient[rpcpb.Big, rpcpb.BigAnswer](client, base+pathBig, connect.WithProtoJSON())
	return pair{
		withConnect,
		func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
			defer cancel()
			_, err := askSmall.CallUnary(ctx, connect.NewRequest(protoOfSmall(workload.NewSmall())))
			return err
		},
		func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
			defer cancel()
			_, err := askBig.CallUnary(ctx, connect.NewRequest(protoOfBig(workload.NewBig())))
			return err
		},
	}, err
}

// bench describes the service to gRPC: a path for each message, and what answers it.
var bench = grpc.ServiceDesc{
	ServiceName: "spinoff.bench.v1.Bench", HandlerType: (*any)(nil), Metadata: "rpc.proto",
	Methods: []grpc.MethodDesc{method("AskSmall", protoSmall), method("AskBig", protoBig)},
}

const (
	pathSmall = "/spinoff.bench.v1.Bench/AskSmall"
	pathBig   = "/spinoff.bench.v1.Bench/AskBig"
)

func method[In, Out any](name string, answer func(context.Context, *In) (*Out, error)) grpc.MethodDesc {
	return grpc.MethodDesc{MethodName: name, Handler: func(_ any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
		in := new(In)
		if err := decode(in); err != nil {
			return nil, err
		}
		return answer(ctx, in)
	}}
}

// openGRPC is gRPC over HTTP/2 with Protocol Buffers.
func openGRPC() (pair, error) {
	l, err := listen()
	if err != nil {
		return pair{}, err
	}
	server := grpc.NewServer()
	server.RegisterService(&bench, nil)
	go server.Serve(l) //nolint:errcheck // until the program ends
	connection, err := grpc.NewClient(l.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return pair{}, err
	}
	return pair{
		withGRPC,
		func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
			defer cancel()
			return connection.Invoke(ctx, pathSmall, protoOfSmall(workload.NewSmall()), new(rpcpb.SmallAnswer), grpc.StaticMethod())
		},
		func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
			defer cancel()
			return connection.Invoke(ctx, pathBig, protoOfBig(workload.NewBig()), new(rpcpb.BigAnswer), grpc.StaticMethod())
		},
	}, nil
}
