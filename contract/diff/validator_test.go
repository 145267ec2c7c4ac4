package diff_test

import (
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// validator is the independent one, of the schemas of one contract.
type validator struct {
	root     *jsonschema.Schema
	compiler *jsonschema.Compiler
}

func newValidator(t *testing.T, components object) *validator {
	t.Helper()
	resource, err := jsonschema.UnmarshalJSON(strings.NewReader(text(object{"components": object{"schemas": components}})))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("urn:contract", resource); err != nil {
		t.Fatal(err)
	}
	root, err := compiler.Compile("urn:contract#/components/schemas/Root")
	if err != nil {
		t.Fatalf("%v\n%s", err, text(components))
	}
	return &validator{root, compiler}
}

// schema returns the one that a JSON Pointer leads to.
func (v *validator) schema(pointer string) (*jsonschema.Schema, error) {
	return v.compiler.Compile("urn:contract" + strings.ReplaceAll(pointer, "^", "%5E"))
}

func (v *validator) accepts(instance any) bool { return v.root.Validate(instance) == nil }

// around returns the schemas that a JSON Pointer leads to or through. Where a document has no such place, anything goes there.
func (v *validator) around(pointer string) []*jsonschema.Schema {
	if pointer == "" {
		yes := true
		return []*jsonschema.Schema{{Bool: &yes}}
	}
	var all []*jsonschema.Schema
	for strings.Count(pointer, "/") > 2 {
		if schema, err := v.schema(pointer); err == nil {
			all = append(all, schema)
		}
		pointer = pointer[:strings.LastIndex(pointer, "/")]
	}
	return all
}
