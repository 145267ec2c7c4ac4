package contract_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/contract"
)

type (
	ask     struct{ Text string }
	told    struct{ Text string }
	inner   struct{ Text string }
	outer   struct{ List []map[string]*inner }
	Problem struct{ Text string }
	byPath  struct{ ID, Text string }
	tight   struct {
		Text string `spinoff:"min=1"`
	}
)

var shop1, shop2 = spinoff.Service{Name: "shop", Version: 1}, spinoff.Service{Name: "shop", Version: 2}

func operation(service spinoff.Service, route string, in, out reflect.Type) spinoff.Operation {
	return spinoff.Operation{Declaration: spinoff.Declaration{Service: service, Route: route}, In: in, Out: out}
}

// local returns a type that has the name of another one.
func local() reflect.Type {
	type told struct{ Number int64 }
	return reflect.TypeFor[told]()
}

func TestDescribeRefuses(t *testing.T) {
	for _, c := range []struct {
		name       string
		operations []spinoff.Operation
		want       string
	}{
		{"a type that Go has and JSON has not", []spinoff.Operation{operation(shop1, "POST /a", reflect.TypeFor[struct{ F func() }](), reflect.TypeFor[told]())}, ".F is of kind func"},
		{"two types of one name", []spinoff.Operation{operation(shop1, "POST /a", reflect.TypeFor[ask](), reflect.TypeFor[told]()), operation(shop1, "POST /b", reflect.TypeFor[ask](), local())}, "are both called told"},
		{"the name of ours", []spinoff.Operation{operation(shop1, "POST /a", reflect.TypeFor[ask](), reflect.TypeFor[Problem]())}, "has the name of the schema of errors"},
		{"one type, two requests", []spinoff.Operation{
			operation(shop1, "POST /a/{id}", reflect.TypeFor[byPath](), reflect.TypeFor[told]()), operation(shop1, "POST /b", reflect.TypeFor[byPath](), reflect.TypeFor[told]()),
		}, "is the request of two routes, and other fields of it travel in the body"},
		{"an answer that may not be zero", []spinoff.Operation{operation(shop1, "POST /a", reflect.TypeFor[ask](), reflect.TypeFor[tight]())}, "tight.Text: its zero value must have at least 1 character, and an answer may have it"},
	} {
		_, err := contract.Describe(contract.Version{Service: shop1, Operations: c.operations}, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), `endpoint shop.v1 "POST /`) {
			t.Errorf("Describe, %s: got %v, want the endpoint and %q", c.name, err, c.want)
		}
	}
}

func TestSeparate(t *testing.T) {
	type word string
	version := func(service spinoff.Service, operations ...spinoff.Operation) contract.Version {
		return contract.Version{Service: service, Operations: operations}
	}
	bill := spinoff.Service{Name: "bill", Version: 1}
	for _, c := range []struct {
		name     string
		versions []contract.Version
		want     string // "": nothing is wrong
	}{
		{"two requests of a version", []contract.Version{version(shop1, operation(shop1, "POST /a", reflect.TypeFor[ask](), reflect.TypeFor[told]()), operation(shop1, "POST /b", reflect.TypeFor[ask](), reflect.TypeFor[told]()))}, ""},
		{"two services", []contract.Version{version(shop1, operation(shop1, "POST /a", reflect.TypeFor[ask](), reflect.TypeFor[told]())), version(bill, operation(bill, "POST /a", reflect.TypeFor[ask](), reflect.TypeFor[told]()))}, ""},
		{"a named text", []contract.Version{version(shop1, operation(shop1, "POST /a", reflect.TypeFor[struct{ W word }](), reflect.TypeFor[struct{ W word }]()))}, ""},
		{"nothing", []contract.Version{version(shop1, operation(shop1, "POST /a", reflect.TypeFor[struct{}](), reflect.TypeFor[struct{}]()))}, ""},
		{
			"two versions",
			[]contract.Version{version(shop1, operation(shop1, "POST /a", reflect.TypeFor[ask](), reflect.TypeFor[told]())), version(shop2, operation(shop2, "POST /b", reflect.TypeFor[ask](), reflect.TypeFor[told]()))},
			"type contract_test.ask is in the request of shop.v1.a and in the request of shop.v2.b; each version of a service has types of its own",
		},
		{
			"a request and an answer",
			[]contract.Version{version(shop1, operation(shop1, "POST /a", reflect.TypeFor[ask](), reflect.TypeFor[ask]()))},
			"type contract_test.ask is in the request of shop.v1.a and in the answer of shop.v1.a; a request and an answer have types of their own",
		},
		{
			"deep inside",
			[]contract.Version{version(shop1, operation(shop1, "POST /a", reflect.TypeFor[outer](), reflect.TypeFor[inner]()))},
			"type contract_test.inner is in the request of shop.v1.a and in the answer of shop.v1.a",
		},
		{
			"a request and a topic",
			[]contract.Version{{Service: shop1, Operations: []spinoff.Operation{operation(shop1, "POST /a", reflect.TypeFor[ask](), reflect.TypeFor[told]())}, Topics: []spinoff.Kind{{Service: shop1, Name: "asked", Data: reflect.TypeFor[ask]()}}}},
			"and in the topic shop.v1.asked",
		},
	} {
		err := contract.Separate(c.versions)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("Separate, %s: got %v, want %q", c.name, err, c.want)
		}
	}
}

func TestOnlyWords(t *testing.T) {
	parse := func(text string) contract.Document {
		d, err := contract.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, c := range []struct {
		older, newer string
		want         []string
	}{
		{`{"a": {"description": "x", "type": "string"}}`, `{"a": {"description": "y", "type": "string", "example": 1, "summary": "z"}}`, nil},
		{`{"a": {"type": "string"}}`, `{"a": {"type": "integer"}}`, []string{`#/a/type: was "string", is "integer"`}},
		{`{"a/b": [1, 2], "c": 1}`, `{"a/b": [1], "d": 1}`, []string{`#/a~1b: was [1,2], is [1]`, `#/c: is gone`, `#/d: is new`}},
		{`{"properties": {"description": {"type": "string"}}}`, `{"properties": {"description": {"type": "integer"}}}`, []string{`#/properties/description/type: was "string", is "integer"`}},
		{`{"properties": {"properties": {"description": "x"}}}`, `{"properties": {"properties": {}}}`, nil},
		{`{"n": 1.0}`, `{"n": 1}`, []string{`#/n: was 1.0, is 1`}},
	} {
		changes, err := contract.OnlyWords(parse(c.older), parse(c.newer))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, change := range changes {
			got = append(got, change.Where+": "+change.What)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("OnlyWords(%s, %s) (-want +got):\n%s", c.older, c.newer, diff)
		}
	}
}

// TestParseRefuses: what is no document is refused with a reason.
func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{``: "it is not an OpenAPI document in JSON", `[]`: "it is not an OpenAPI document in JSON", `{} {}`: "there is more after the end"} {
		if _, err := contract.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%q): got %v, want %q", text, err, want)
		}
	}
}

// TestText: an object or list stands on one line where it is one fact.
func TestText(t *testing.T) {
	long := strings.Repeat("x", 100)
	for _, c := range []struct{ in, want string }{
		{`{}`, "{}\n"},
		{`{"b":1,"a":"<&>ü"}`, `{"a": "<&>ü", "b": 1}` + "\n"},
		{`{"a":{"b":{"c":1}}}`, "{\n  \"a\": {\"b\": {\"c\": 1}}\n}\n"},
		{`{"a":[1],"b":[2]}`, "{\n  \"a\": [1],\n  \"b\": [2]\n}\n"},
		{`{"a":[],"b":{}}`, `{"a": [], "b": {}}` + "\n"},
		{`{"a":["` + long + `"],"n":1}`, `{"a": ["` + long + `"], "n": 1}` + "\n"},
		{`{"a":["` + long + `"],"number":12345}`, "{\n  \"a\": [\"" + long + "\"],\n  \"number\": 12345\n}\n"},
	} {
		d, err := contract.Parse([]byte(c.in))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, string(d.Text())); diff != "" {
			t.Errorf("Parse(%s).Text() (-want +got):\n%s", c.in, diff)
		}
	}
}

// TestGeneralErrors: a declared error with status S stands beside every error of the toolkit with that status, those that are declared in error.go.
func TestGeneralErrors(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../error.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var declared []string
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(spec.Names[0].Name, "Err") {
			declared = append(declared, spec.Names[0].Name)
		}
		return true
	})
	own, err := parser.ParseFile(token.NewFileSet(), "problem.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	ast.Inspect(own, func(n ast.Node) bool {
		if selector, ok := n.(*ast.SelectorExpr); ok && strings.HasPrefix(selector.Sel.Name, "Err") && selector.Sel.Name != "Error" && selector.Sel.Name != "Errors" {
			listed = append(listed, selector.Sel.Name)
		}
		return true
	})
	if diff := cmp.Diff(declared, listed); diff != "" {
		t.Errorf("errors that any call can fail with (-error.go +problem.go):\n%s", diff)
	}
}
