package run

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"reflect"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/call"
	"github.com/spinoff-go/spinoff/shape"
)

func (p *program) call() *cobra.Command {
	var body, key string
	c := &cobra.Command{
		Use:   "call ENDPOINT [FIELD=VALUE...]",
		Short: "Call an endpoint, wherever it is answered",
		Long: `Call an endpoint by its name, such as faq.v2.create, and print the answer as JSON. "company routes" lists the names.

The call goes where the environment says: to FAQ_API where that is set, otherwise to the app in this process, on the databases in --data.
A field that is a list is given several times. An error is printed as the problem that the provider answered, with exit code 1.`,
		Example: `  company call faq.v2.create question="How do I reset it?" source=123 related=456 related=789
  FAQ_API=http://127.0.0.1:8001 company call faq.v1.search q=reset
  echo '{"question": "my question", "source": 123}' | company call faq.v1.create --json -`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.runCall(c.Context(), args[0], args[1:], body, key)
		},
	}
	c.Flags().StringVar(&body, "json", "", "the request as JSON, or - to read it from standard input; fields of the path are given beside it")
	c.Flags().StringVar(&key, "idempotency-key", "", "makes the call take effect once, however often it is made with this key within a day")
	return c
}

func (p *program) runCall(ctx context.Context, name string, fields []string, body, key string) (err error) {
	p.options.Calling = true
	process, err := New(p.project, p.options)
	if err != nil {
		return err
	}
	op, err := process.operation(name)
	if err != nil {
		return err
	}
	in, err := p.readRequest(op, fields, body)
	if err != nil {
		return p.printProblem(err)
	}
	if err := call.CheckKey(key); err != nil {
		return p.printProblem(err)
	}
	if err := process.openFor(ctx, op.Service.Name); err != nil {
		return err
	}
	defer func() {
		if closed := process.Close(); err == nil {
			err = closed
		}
	}()
	out := reflect.New(op.Out).Interface()
	ctx = spinoff.WithOrigin(ctx, spinoff.Origin{RequestID: call.NewRequestID(), IdempotencyKey: key})
	if err := process.Calls("shell").Call(ctx, op.Declaration, in, out); err != nil {
		return p.printProblem(err)
	}
	answer, err := shape.Answer(op)
	if err != nil {
		return err
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, answer.AppendJSON(nil, out), "", "  "); err != nil {
		return err
	}
	fmt.Fprintln(p.stdout, pretty.String())
	return nil
}

// operation finds an endpoint by its name.
func (p *Process) operation(name string) (spinoff.Operation, error) {
	var names []string
	app, _, _ := strings.Cut(name, ".")
	for _, a := range p.apps {
		for _, op := range a.provider.Operations() {
			if op.FullName() == name {
				return op, nil
			}
			if a.Name == app {
				names = append(names, op.FullName())
			}
		}
	}
	if names == nil {
		return spinoff.Operation{}, fmt.Errorf("there is no endpoint %q; a name is service.version.endpoint, and the services are %s", name, strings.Join(p.names(), ", "))
	}
	return spinoff.Operation{}, fmt.Errorf("there is no endpoint %q; there are %s", name, strings.Join(names, ", "))
}

// openFor opens the apps of this process where the call stays in it.
func (p *Process) openFor(ctx context.Context, app string) error {
	if !p.find(app).here() {
		return p.openTelemetry(ctx)
	}
	return p.Open(ctx)
}

// readRequest reads a request from the command line.
func (p *program) readRequest(op spinoff.Operation, fields []string, body string) (any, error) {
	message, err := shape.Request(op)
	if err != nil {
		return nil, err
	}
	values := url.Values{}
	for _, field := range fields {
		name, value, ok := strings.Cut(field, "=")
		if !ok {
			return nil, fmt.Errorf("%q is not a field; give fields as name=value, such as question=\"How?\"", field)
		}
		values.Add(name, value)
	}
	in := reflect.New(op.In).Interface()
	var faults []spinoff.Field
	switch body {
	case "":
		faults = message.DecodeAll(values, in)
	case "-":
		faults, err = message.DecodeWith(os.Stdin, values, in)
	default:
		faults, err = message.DecodeWith(strings.NewReader(body), values, in)
	}
	if err != nil {
		return nil, fmt.Errorf("--json: %w", err)
	}
	if faults != nil {
		invalid := *spinoff.ErrInvalid
		invalid.Fields = faults
		return nil, &invalid
	}
	return in, nil
}

// printProblem prints an error of a call as JSON.
func (p *program) printProblem(err error) error {
	e := spinoff.AsError(err)
	if e == nil {
		return err
	}
	encoder := json.NewEncoder(p.stderr)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	encoder.Encode(call.Problem(e)) //nolint:errcheck // standard error
	return errTold
}
