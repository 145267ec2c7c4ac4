// Hello is the smallest service. Run it with: go run ./examples/hello up
package main

import (
	"context"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/run"
)

// Who is to be greeted.
type Who struct{ Name string }

// Greeting is the answer.
type Greeting struct{ Text string }

// Hello greets.
var Hello = spinoff.Endpoint[Who, Greeting]{Service: spinoff.Service{Name: "hello", Version: 1}, Route: "GET /greet/{name}"}

func hello(_ context.Context, w Who) (Greeting, error) { return Greeting{"Hello, " + w.Name}, nil }

func main() { run.Apps(Hello.App(hello)) }
