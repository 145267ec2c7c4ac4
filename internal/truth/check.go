package truth

import (
	"bytes"
	"errors"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/contract"
)

// Check fails where the document of a version is not true. For every endpoint and topic it validates the zero value, the full value, and n random values, as the
// pipeline writes them; and it compares the verdicts of the pipeline and the document on n random requests.
func Check(t *testing.T, v contract.Version, n int) {
	t.Helper()
	c, err := New(v)
	if err != nil {
		t.Fatal(err)
	}
	c.checkExamples(t)
	for _, op := range v.Operations {
		written := c.checkValues(t, op.FullName(), op.Out, n, func(value any) error { return c.Answer(op, value) })
		accepted := c.checkRequests(t, op, n)
		t.Logf("%s: %d of %d random answers were written, %d of %d random requests accepted", op.FullName(), written, n, accepted, n)
	}
	for _, kind := range v.Topics {
		written := c.checkValues(t, kind.String(), kind.Data, n, func(value any) error { return c.Event(kind, value) })
		t.Logf("%s: %d of %d random events were written", kind, written, n)
	}
}

// checkExamples validates the examples in the document that a process serves, and misses none.
func (c *Contract) checkExamples(t *testing.T) {
	t.Helper()
	served, err := contract.Served(c.Version)
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(served.Text()))
	if err != nil {
		t.Fatal(err)
	}
	var walk func(v any, keys []string)
	walk = func(v any, keys []string) {
		switch v := v.(type) {
		case map[string]any:
			value, there := v["example"]
			if there {
				if err := c.validate(value, append(keys, "schema")...); err != nil {
					t.Errorf("%s: its example: %v", strings.Join(keys, "/"), err)
				}
			} else if len(keys) > 0 && keys[len(keys)-1] == "application/json" {
				t.Errorf("%s has no example", strings.Join(keys, "/"))
			}
			for key, member := range v {
				if key != "example" {
					walk(member, append(slices.Clone(keys), key))
				}
			}
		case []any:
			for i, member := range v {
				walk(member, append(slices.Clone(keys), strconv.Itoa(i)))
			}
		}
	}
	walk(document, nil)
}

// checkValues validates values that a provider sends, and returns how many of the random ones were written.
func (c *Contract) checkValues(t *testing.T, name string, of reflect.Type, n int, valid func(value any) error) (written int) {
	t.Helper()
	if err := valid(reflect.New(of).Interface()); err != nil {
		t.Errorf("%s: the zero value: %v", name, err)
	}
	full, err := Full(of)
	if err == nil {
		err = valid(full)
	}
	if err != nil {
		t.Errorf("%s: the full value: %v", name, err)
	}
	for seed := range uint64(n) {
		value, err := Random(seed, of)
		if err != nil {
			t.Fatal(err)
		}
		switch err := valid(value); {
		case err == nil:
			written++
		case !errors.Is(err, ErrNotWritten):
			t.Errorf("%s: random value %d: %v", name, seed, err)
		}
	}
	return written
}

// checkRequests compares verdicts on requests, and returns how many were accepted.
func (c *Contract) checkRequests(t *testing.T, op spinoff.Operation, n int) (accepted int) {
	t.Helper()
	_, inBody := c.at(place(op, "requestBody")...).(map[string]any)
	for seed := range uint64(n) {
		var v Verdicts
		var request any
		var err error
		if inBody {
			body, failed := RandomBody(seed, op)
			if failed != nil {
				t.Fatal(failed)
			}
			request = string(body)
			v, err = c.Body(op, body)
		} else {
			query, failed := RandomQuery(seed, op)
			if failed != nil {
				t.Fatal(failed)
			}
			request = query.Encode()
			v, err = c.Query(op, query)
		}
		switch {
		case err != nil:
			t.Fatal(err)
		case !v.Agree():
			t.Errorf("%s: request %d: %s\npipeline: %v\ndocument: %v", op.FullName(), seed, request, v.Pipeline, v.Document)
		case v.Pipeline == nil:
			accepted++
		}
	}
	return accepted
}

var longNumber = regexp.MustCompile(`[0-9.]{18,}[eE.]|[.][0-9]{17,}|[eE][+-]?[0-9]{4,}`)

// Imprecise reports whether a body has a number that a float does not hold exactly, so that a bound may fall between the two, or whose exponent is so large
// that the validator would take for ever.
func Imprecise(body []byte) bool { return longNumber.Match(body) }
