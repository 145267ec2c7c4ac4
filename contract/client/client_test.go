package client_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff/contract/client"
)

var update = flag.Bool("update", false, "write the golden clients anew")

// documents are contracts with the names of their golden clients: a real one, and one whose names and shapes are awkward.
var documents = map[string]string{"faqv2": "../../apps/faq/faqv2/contract.json", "nastyv1": "testdata/nasty.json"}

func generate(t *testing.T, document, language string) client.File {
	t.Helper()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	file, err := client.Generate(document, text, language)
	if err != nil {
		t.Fatalf("Generate(%s, %s): %v", document, language, err)
	}
	return file
}

// TestRegenerating: the clients in testdata/golden are what their documents make.
func TestRegenerating(t *testing.T) {
	for name, document := range documents {
		for _, language := range client.Languages() {
			file := generate(t, document, language)
			golden := filepath.Join("testdata", "golden", name, file.Name)
			if *update {
				if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(golden, file.Text, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(file.Text)); diff != "" {
				t.Errorf("%s in %s is not what is in testdata; go test -update writes it anew (-want +got):\n%s", document, language, diff)
			}
			if !bytes.Contains(file.Text[:200], []byte(client.Mark)) {
				t.Errorf("%s: its beginning does not say that it was made", file.Name)
			}
		}
	}
}

// TestOwnContracts: a client can be made of every frozen contract of the company.
func TestOwnContracts(t *testing.T) {
	frozen, err := filepath.Glob("../../apps/*/*/contract.json")
	if err != nil || len(frozen) < 4 {
		t.Fatalf("frozen contracts: %v, %v; want four or more", frozen, err)
	}
	for _, document := range frozen {
		for _, language := range client.Languages() {
			generate(t, document, language)
		}
	}
}

// TestRefuse: what a client could not be right about is refused with its place.
func TestRefuse(t *testing.T) {
	const head = `{"openapi": "3.1.0", "info": {"title": "Pets", "version": "1"}, "paths": {"/pets": {"get": {"operationId": "pets", "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": `
	const at = "pets:1: #/paths/~1pets/get/responses/200/content/application~1json/schema"
	const beside = head + `{"type": "string"}}}}}, "parameters": [{"name": "f", `
	for _, c := range []struct{ document, want string }{
		{`{`, "pets:1: this is no JSON"},
		{`{"swagger": "2.0"}`, "pets:1: #/swagger: this is a document of Swagger 2.0"},
		{`{"openapi": "3.1.0", "info": {"title": "Pets"}}`, "pets:1: it has no endpoints"},
		{head + `{"allOf": []}}}}}}}}}`, at + "/allOf: allOf is not understood here"},
		{head + `{}}}}}}}}}`, at + ": it has no single type"},
		{head + `{"type": ["string", "integer"]}}}}}}}}}`, at + ": it has no single type"},
		{head + `{"type": "object", "additionalProperties": true}}}}}}}}}`, at + "/additionalProperties: an object of anything"},
		{head + `{"$ref": "#/components/schemas/Pet"}}}}}}}}}`, "leads nowhere"},
		{head + `{"$ref": "#/x-pet"}}}}}}}}, "x-pet": {"type": "string"}}`, "references are to #/components/schemas/"},
		{head + `{"type": "string", "format": "binary"}}}}}}}}}`, "binary"},
		{head + `{"type": "array"}}}}}}}}}`, at + ": a list without items"},
		{head + `{"type": "array", "items": true}}}}}}}}}`, at + "/items: a schema that is no object"},
		{head + `{"type": "object", "properties": {"a": {"type": "string"}}, "oneOf": [{"type": "object"}]}}}}}}}}}`, at + "/oneOf/0"},
		{beside + `"in": "query", "schema": {"type": "object"}}]}}}}`, "pets:1: #/paths/~1pets/get/parameters/0: a parameter is a plain value"},
		{beside + `"in": "cookie", "schema": {"type": "string"}}]}}}}`, "in the path, the query or a header"},
	} {
		for _, language := range client.Languages() {
			if _, err := client.Generate("pets", []byte(c.document), language); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Generate(%s, %s): %v; want %q", c.document, language, err, c.want)
			}
		}
	}
}

// TestProto: a field that JavaScript would lose is refused there, and only there.
func TestProto(t *testing.T) {
	const document = `{"openapi": "3.1.0", "info": {"title": "Pets", "version": "1"}, "paths": {"/pets": {"get": {"operationId": "pets", "responses": {"200": {"description": "ok",
		"content": {"application/json": {"schema": {"type": "object", "properties": {"__proto__": {"type": "string"}}}}}}}}}}}`
	for _, language := range client.Languages() {
		_, err := client.Generate("pets", []byte(document), language)
		if refused := err != nil; refused != (language == "typescript") || refused && !strings.Contains(err.Error(), "pets answer has a field __proto__") {
			t.Errorf("Generate(a document with a field __proto__, %s): %v; want an error for typescript alone", language, err)
		}
	}
}

// TestYAML: a document in YAML makes the same client as one in JSON, and what is refused is refused with its line.
func TestYAML(t *testing.T) {
	const (
		inYAML = `openapi: 3.1.0
info: {title: Pets, version: "1"}
paths:
  /pets/{id}:
    get:
      operationId: pet
      parameters:
        - {name: id, in: path, required: true, schema: {type: integer}}
      responses:
        "200":
          description: a pet
          content:
            application/json:
              schema: {type: object, properties: {name: {type: string}}}
`
		inJSON = `{"openapi": "3.1.0", "info": {"title": "Pets", "version": "1"}, "paths": {"/pets/{id}": {"get": {"operationId": "pet",
			"parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}}],
			"responses": {"200": {"description": "a pet", "content": {"application/json": {"schema": {"type": "object", "properties": {"name": {"type": "string"}}}}}}}}}}}`
	)
	for _, language := range client.Languages() {
		want, err := client.Generate("pets.json", []byte(inJSON), language)
		if err != nil {
			t.Fatal(err)
		}
		got, err := client.Generate("pets.yaml", []byte(inYAML), language)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the client in %s of a document in YAML (-JSON +YAML):\n%s", language, diff)
		}
	}
	broken := strings.Replace(inYAML, "{type: string}", "{allOf: []}", 1)
	const want = "pets.yaml:14: #/paths/~1pets~1{id}/get/responses/200/content/application~1json/schema/properties/name/allOf: allOf is not understood here"
	if _, err := client.Generate("pets.yaml", []byte(broken), "go"); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Generate(a document with allOf in line 14): %v; want %q", err, want)
	}
}
