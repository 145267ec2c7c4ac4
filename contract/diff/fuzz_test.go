package diff_test

import (
	"cmp"
	"encoding/json"
	"flag"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/spinoff-go/spinoff/contract/diff"
	"github.com/spinoff-go/spinoff/contract/openapi"
)

var (
	long = flag.Bool("long", false, "try 25 times as many random contracts")
	seed = flag.Uint64("seed", 1, "the first seed of the random contracts")
)

// TestSamples changes random contracts at random and asks an independent validator about sampled instances. Where one shows that somebody
// breaks, the comparer must not say that the change is sound; and what it shows itself must be true.
func TestSamples(t *testing.T) {
	count := uint64(400)
	if *long {
		count *= 25
	}
	var all tally
	for s := *seed; s < *seed+count; s++ {
		all.add(try(t, s))
	}
	t.Logf("%d pairs, %d samples: %d pairs are shown to break by a sample, of which the comparer says %d sound and %d cannot tell; "+
		"%d instances shown by the comparer, %d of them wrong; says breaking %d, of which a sample shows %d",
		all.pairs, all.samples, all.shown, all.missed, all.unknown, all.instances, all.wrong, all.breaking, all.confirmed)
}

// FuzzSamples is TestSamples for the seeds that the fuzzer finds.
func FuzzSamples(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) { try(t, seed) })
}

type tally struct {
	pairs, samples         int
	shown, missed, unknown int // pairs for which a sample shows that somebody breaks; what the comparer said
	instances, wrong       int // instances in findings
	breaking, confirmed    int // pairs of which the comparer says that they break
}

func (a *tally) add(b tally) {
	a.pairs, a.samples = a.pairs+b.pairs, a.samples+b.samples
	a.shown, a.missed, a.unknown = a.shown+b.shown, a.missed+b.missed, a.unknown+b.unknown
	a.instances, a.wrong = a.instances+b.instances, a.wrong+b.wrong
	a.breaking, a.confirmed = a.breaking+b.breaking, a.confirmed+b.confirmed
}

// try makes one contract and one change of it, and looks at it from both sides.
func try(t *testing.T, seed uint64) tally {
	t.Helper()
	m := newModel(seed)
	changed, what := m.change()
	before, after := newValidator(t, m.components), newValidator(t, changed)
	samples := instances(seed, m.components, changed)
	var sum tally
	sum.add(judge(t, seed, what, "request", m.components, changed, before, after, samples))
	sum.add(judge(t, seed, what, "response", m.components, changed, after, before, samples))
	return sum
}

// judge compares on one side of the contract. Whoever breaks gets, or sends, what fits the schema can and does not fit the schema must.
func judge(t *testing.T, seed uint64, what, side string, old, changed object, can, must *validator, samples []any) tally {
	t.Helper()
	sum := tally{pairs: 1, samples: len(samples)}
	var shown any
	found := false
	for _, instance := range samples {
		if can.accepts(instance) && !must.accepts(instance) && (side == "response" || !isNew(old, instance)) {
			shown, found = instance, true
			break
		}
	}
	defer func() {
		if crash := recover(); crash != nil {
			t.Errorf("seed %d, %s, %s: Compare panics: %v\nold %s\nnew %s", seed, side, what, crash, text(old), text(changed))
		}
	}()
	report := diff.Compare(contract(t, side, old), contract(t, side, changed), diff.Options{Now: today})
	got := verdict(report)
	if got == "breaking" {
		sum.breaking++
	}
	if found {
		sum.shown++
		switch got {
		case "breaking":
			sum.confirmed++
		case "unknown":
			sum.unknown++
		default:
			sum.missed++
			t.Errorf("seed %d, %s, %s: Compare = %s, but %s breaks\nold %s\nnew %s", seed, side, what, got, text(shown), text(old), text(changed))
		}
	}
	for _, finding := range report.Findings {
		if finding.Instance == "" || finding.Severity != diff.Breaking {
			continue
		}
		sum.instances++
		instance, err := jsonschema.UnmarshalJSON(strings.NewReader(finding.Instance))
		fits, fitsNot := finding.Old, cmp.Or(finding.New, finding.Old)
		if side == "response" {
			fits, fitsNot = finding.New, cmp.Or(finding.Old, finding.New)
		}
		if err != nil || !shows(can.around(fits), must.around(fitsNot), instance) && !showsAnywhere(can, must, old, instance) {
			sum.wrong++
			t.Errorf("seed %d, %s, %s: %s at %s → %s shows %s, which is no instance of the change (%v)\nold %s\nnew %s",
				seed, side, what, finding.Rule, finding.Old, finding.New, finding.Instance, err, text(old), text(changed))
		}
	}
	return sum
}

// isNew reports whether an instance has a field that the old contract does not name: consumers that were there before do not send it, so a
// new optional field of an open object breaks none of them.
func isNew(old object, instance any) bool {
	field := regexp.MustCompile(`"f[0-9]+":`)
	known := text(old)
	for _, name := range field.FindAllString(text(instance), -1) {
		if !strings.Contains(known, name) {
			return true
		}
	}
	return false
}

// instances are samples of both contracts.
func instances(seed uint64, contracts ...object) []any {
	var all []any
	for _, components := range contracts {
		s := &sampler{random: rand.New(rand.NewPCG(seed, 2)), components: components}
		for range 60 {
			all = append(all, s.value(components["Root"], 6))
		}
	}
	return all
}

// contract is a document of which the component Root is sent by consumers, or by the provider.
func contract(t *testing.T, side string, components object) *openapi.Document {
	t.Helper()
	content := object{"application/json": object{"schema": object{"$ref": "#/components/schemas/Root"}}}
	operation := object{"responses": object{"200": object{"description": "OK", "content": content}}}
	if side == "request" {
		operation = object{"requestBody": object{"required": true, "content": content}, "responses": object{"204": object{"description": "OK"}}}
	}
	document, err := openapi.Parse(side+".json", []byte(text(object{
		"openapi": "3.1.0", "info": object{"title": "random", "version": "1"},
		"paths": object{"/x": object{"post": operation}}, "components": object{"schemas": components},
	})))
	if err != nil {
		t.Fatalf("Parse: %v\n%s", err, text(components))
	}
	return document
}

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

// shows reports whether an instance fits one of the schemas around the place of a finding on one side, and not that on the other.
func shows(can, must []*jsonschema.Schema, instance any) bool {
	return slices.ContainsFunc(can, func(fits *jsonschema.Schema) bool {
		return fits.Validate(instance) == nil && slices.ContainsFunc(must, func(s *jsonschema.Schema) bool { return s.Validate(instance) != nil })
	})
}

// showsAnywhere is shows for a place that was reached by a $ref: what leads there has the alternatives of which the instance is one.
func showsAnywhere(can, must *validator, components object, instance any) bool {
	places := []string{}
	for _, name := range slices.Sorted(maps.Keys(components)) {
		places = append(places, pointers(components[name], "#/components/schemas/"+name)...)
	}
	return slices.ContainsFunc(places, func(place string) bool {
		at, err := can.schema(place)
		there, gone := must.schema(place)
		return err == nil && gone == nil && at.Validate(instance) == nil && there.Validate(instance) != nil
	})
}

func text(v any) string {
	written, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(written)
}
