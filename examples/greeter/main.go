// Greeter is two services, the second of which calls the first. Run it with: go run ./examples/greeter up
//
// In two processes: go run ./examples/greeter up hello --addr 127.0.0.1:8001, and
// HELLO_API=http://127.0.0.1:8001 go run ./examples/greeter up
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

// Welcome greets more warmly.
var Welcome = spinoff.Endpoint[Who, Greeting]{Service: spinoff.Service{Name: "welcome", Version: 1}, Route: "GET /welcome/{name}"}

func hello(_ context.Context, w Who) (Greeting, error) { return Greeting{"Hello, " + w.Name}, nil }

func welcome(ctx context.Context, calls spinoff.Caller, w Who) (Greeting, error) {
	hello, err := Hello.Call(ctx, calls, w)
	return Greeting{hello.Text + ". Welcome!"}, err
}

func main() { run.Apps(Hello.App(hello), Welcome.AppUsing(welcome, Hello.Service)) }
