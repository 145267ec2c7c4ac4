package openapi_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/spinoff-go/spinoff/contract/openapi"
)

const head = "openapi: 3.1.1\ninfo: {title: a, version: '1'}\n"

// TestRead: the same value in JSON and in YAML.
func TestRead(t *testing.T) {
	for _, c := range []struct{ yaml, json string }{
		{"a: 1\nb: [true, null, x]", `{"a":1,"b":[true,null,"x"]}`},
		{"day: 2026-11-01\n200: ok\non: yes", `{"day":"2026-11-01","200":"ok","on":"yes"}`},
		{"a: 0x10\nb: 1e3\nc: -.5\nd: 010", `{"a":16,"b":1000,"c":-0.5,"d":10}`},
		{"a: &x {b: 1}\nc: *x\nd: {<<: *x, e: 2}", `{"a":{"b":1},"c":{"b":1},"d":{"b":1,"e":2}}`},
		{"a: |\n  one\n  two\nb: ~", `{"a":"one\ntwo\n","b":null}`},
		{"'a': \"\\u00e4\"", `{"a":"ä"}`},
		{"a: 1.0", `{"a":1}`},
	} {
		fromYAML, err := openapi.Read("a.yaml", []byte(c.yaml))
		if err != nil {
			t.Errorf("Read(%q): %v", c.yaml, err)
			continue
		}
		fromJSON, err := openapi.Read("a.json", []byte(c.json))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := fromYAML.JSON(), fromJSON.JSON(); got != want {
			t.Errorf("Read(%q): got %s, want %s", c.yaml, got, want)
		}
	}
}

// TestRefused: what cannot be read says where it is wrong, and what would be right.
func TestRefused(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "the file is empty"},
		{"{\n\"a\": 1,\n\"a\": 2}", "test:3: #/a: this is no JSON"},
		{"{\"a\": 1", "this is no JSON"},
		{"{} {}", "something after the end"},
		{"a: 1\na: 2", `test:2: the name "a" comes twice`},
		{"a: [1", "this is no YAML"},
		{"a: 1\n---\nb: 2", "more than one document"},
		{"a: .inf", "test:1: .inf is no number"},
		{"a: &a [*a]", "contains itself"},
		{`{"a": 1e9999}`, "is no number that can be compared"},
		{"[]", "this is a list; an OpenAPI document is an object"},
		{"a: 1", "does not say its version"},
		{"swagger: '2.0'", "this is a document of Swagger 2.0"},
		{"openapi: 3.2.0", "version \"3.2.0\" of OpenAPI is not supported"},
		{head + "paths: []", "test:3: #/paths: an object was expected; here is a list"},
		{head + "paths: {a: {}}", `a path begins with a slash; "a" does not`},
		{head + "paths: {/a: {get: {responses: {20: {}}}}}", `#/paths/~1a/get/responses/20: "20" is no status`},
		{head + "paths: {/a: {get: {parameters: [{name: a}]}}}", "a parameter has a name, and in"},
		{head + "paths: {/a: {get: {deprecated: 'soon'}}}", `deprecated must be true or false; here is "soon"`},
		{head + "components: {schemas: {A: {type: text}}}", `type "text" is none`},
		{head + "components: {schemas: {A: {exclusiveMinimum: [1]}}}", "exclusiveMinimum must be a number (or true, as in OpenAPI 3.0)"},
		{head + "components: {schemas: {A: {required: true}}}", "required must be a list of names"},
		{head + "components: {schemas: {A: {maxLength: -1}}}", "maxLength must be a whole number from 0"},
		{head + "components: {schemas: {A: {$ref: '#/components/schemas/B'}}}", `#/components/schemas/B leads nowhere: "#/components/schemas" has no "B"`},
		{head + "components: {schemas: {A: {$ref: 'other.yaml#/A'}}}", "other.yaml#/A is in another document"},
		{head + "components: {schemas: {A: {$ref: '#/components/schemas/B'}, B: {$ref: '#/components/schemas/A'}}}", "this reference leads back to itself"},
		{head + "components: {schemas: {A: {$ref: '#here'}}}", `no schema has the $anchor "here"`},
		{head + "components: {schemas: {A: {$dynamicRef: '#here'}}}", "$dynamicRef is not supported"},
	} {
		_, err := openapi.Parse("test", []byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Parse(%q): got %v, want %q", c.text, err, c.want)
		}
		if _, ok := errors.AsType[*openapi.Error](err); err != nil && !ok {
			t.Errorf("Parse(%q): %T is no *openapi.Error", c.text, err)
		}
	}
}

// TestMended: what can only mean one thing is read as that.
func TestMended(t *testing.T) {
	for _, c := range []struct{ text, same string }{
		{"openapi: 3.1\ninfo: {title: a, version: 1.0}", "openapi: '3.1'\ninfo: {title: a, version: '1.0'}"},
		{head + "paths: {/a: {get: {responses: , deprecated: yes}}}", head + "paths: {/a: {get: {deprecated: true}}}"},
		{head + "paths: {/a: , /b: {get: {responses: {204: }}}}", head + "paths: {/a: {}, /b: {get: {responses: {'204': {}}}}}"},
		{
			head + "security: [key: ]\npaths:\ncomponents: {schemas: {A: , B: {title: , default: }}}",
			head + "security: [key: []]\ncomponents: {schemas: {A: {}, B: {default: null}}}",
		},
		{
			head + "components: {schemas: {A: {type: [string, null], maxLength: '5', required: [1, true]}}}",
			head + "components: {schemas: {A: {type: [string, 'null'], maxLength: 5, required: ['1', 'true']}}}",
		},
		{
			"openapi: 3.0.3\ncomponents: {schemas: {A: {type: 'null', exclusiveMinimum: 1}, B: {type: [string, 'null']}}}",
			"openapi: 3.0.3\ncomponents: {schemas: {A: {type: null, exclusiveMinimum: 1}, B: {type: [string, null]}}}",
		},
	} {
		got, err := openapi.Parse("test", []byte(c.text))
		if err != nil {
			t.Errorf("Parse(%q): %v", c.text, err)
			continue
		}
		want, err := openapi.Parse("test", []byte(c.same))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := got.Root.JSON(), want.Root.JSON(); got != want {
			t.Errorf("Parse(%q) = %s, want that of %q: %s", c.text, got, c.same, want)
		}
	}
}

// TestManyAliases: a small text that stands for a billion values is refused.
func TestManyAliases(t *testing.T) {
	_, err := openapi.Read("test", []byte("a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"+
		"d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]"))
	if err == nil {
		t.Error("a document of ten million values by aliases was read")
	}
}

func TestPointer(t *testing.T) {
	d, err := openapi.Parse("test", []byte(head+"paths:\n  /a~b/{c}:\n    get:\n      parameters: [{name: x, in: query}]"))
	if err != nil {
		t.Fatal(err)
	}
	n := d.Root.Get("paths").Get("/a~b/{c}").Get("get").Get("parameters").Items[0].Get("in")
	if got, want := n.Pointer(), "/paths/~1a~0b~1{c}/get/parameters/0/in"; got != want || n.Line != 6 || n.Str() != "query" {
		t.Errorf("Pointer() = %q, line %d, %q; want %q, 6, query", got, n.Line, n.Str(), want)
	}
}

// TestAnchor: a reference may name an anchor, and a path may have %-signs.
func TestAnchor(t *testing.T) {
	d, err := openapi.Parse("test", []byte(head+"components: {schemas: {A: {$ref: '#here'}, 'B C': {$anchor: here, type: string}, D: {$ref: '#/components/schemas/B%20C'}}}"))
	if err != nil {
		t.Fatal(err)
	}
	schemas := d.Root.Get("components").Get("schemas")
	for _, name := range []string{"A", "D"} {
		if got := d.Resolve(schemas.Get(name)); got != schemas.Get("B C") {
			t.Errorf("Resolve(%s) = %s", name, got.JSON())
		}
	}
}
