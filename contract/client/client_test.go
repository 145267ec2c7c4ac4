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
	file, err := client.Generate(text, language)
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
	const at = "#/paths/~1pets/get/responses/200/content/application~1json/schema"
	for _, c := range []struct{ document, want string }{
		{`[`, "not JSON"},
		{`{"swagger": "2.0"}`, `openapi is ""`},
		{`{"openapi": "3.1.0", "info": {"title": "Pets"}}`, "#: it has no endpoints"},
		{head + `{"allOf": []}}}}}}}}}`, at + "/allOf: allOf is not understood here"},
		{head + `{}}}}}}}}}`, at + ": it has no single type"},
		{head + `{"type": ["string", "integer"]}}}}}}}}}`, at + ": it has no single type"},
		{head + `{"type": "object", "additionalProperties": true}}}}}}}}}`, at + "/additionalProperties: an object of anything"},
		{head + `{"$ref": "#/components/schemas/Pet"}}}}}}}}}`, "leads nowhere"},
		{head + `{"type": "string", "format": "binary"}}}}}}}}}`, "binary"},
		{head + `{"type": "array"}}}}}}}}}`, at + ": a list without items"},
		{head + `{"type": "object", "properties": {"a": {"type": "string"}}, "oneOf": [{"type": "object"}]}}}}}}}}}`, at + "/oneOf/0"},
		{head + `{"type": "string"}}}}}, "parameters": [{"name": "f", "in": "query", "schema": {"type": "object"}}]}}}}`, "#/paths/~1pets/get/parameters/0: a parameter is a plain value"},
		{head + `{"type": "string"}}}}}, "parameters": [{"name": "f", "in": "cookie", "schema": {"type": "string"}}]}}}}`, "in the path, the query or a header"},
	} {
		for _, language := range client.Languages() {
			if _, err := client.Generate([]byte(c.document), language); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Generate(%s, %s): %v; want %q", c.document, language, err, c.want)
			}
		}
	}
}
