package diff_test

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"regexp"
	"runtime/debug"
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
	t.Logf("%d pairs, %d samples: %d pairs are shown to break by a sample, of which the comparer says %d sound and %d cannot tell (%d more only by values that mix alternatives); "+
		"%d instances shown by the comparer, %d of them wrong; says breaking %d, of which a sample shows %d",
		all.pairs, all.samples, all.shown, all.missed, all.unknown, all.mixed, all.instances, all.wrong, all.breaking, all.confirmed)
}

// FuzzSamples is TestSamples for the seeds that the fuzzer finds.
func FuzzSamples(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) { try(t, seed) })
}

type tally struct {
	pairs, samples         int
	shown, missed, unknown int // pairs for which a sample shows that somebody breaks; what the comparer said
	mixed                  int // of shown: said to be sound, where all that shows it mixes alternatives
	instances, wrong       int // instances in findings
	breaking, confirmed    int // pairs of which the comparer says that they break
}

func (a *tally) add(b tally) {
	a.pairs, a.samples = a.pairs+b.pairs, a.samples+b.samples
	a.shown, a.missed, a.unknown = a.shown+b.shown, a.missed+b.missed, a.unknown+b.unknown
	a.mixed += b.mixed
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
	sum.add(trial{t, seed, what, "request", m.components, changed, before, after}.judge(samples))
	sum.add(trial{t, seed, what, "response", m.components, changed, after, before}.judge(samples))
	return sum
}

// trial is one change on one side of a contract: somebody breaks where a value fits what can come and does not fit what it must.
type trial struct {
	t            *testing.T
	seed         uint64
	what, side   string
	old, changed object
	can, must    *validator
}

func (r trial) errorf(format string, args ...any) {
	r.t.Helper()
	r.t.Errorf("seed %d, %s, %s: %s\nold %s\nnew %s", r.seed, r.side, r.what, fmt.Sprintf(format, args...), text(r.old), text(r.changed))
}

// judge compares, and asks whether the verdict and what the findings show are true.
func (r trial) judge(samples []any) tally {
	defer func() {
		if crash := recover(); crash != nil {
			r.errorf("Compare panics: %v\n%s", crash, debug.Stack())
		}
	}()
	report := diff.Compare(contract(r.t, r.side, r.old), contract(r.t, r.side, r.changed), diff.Options{Now: today})
	sum := tally{pairs: 1, samples: len(samples)}
	got := verdict(report)
	if got == "breaking" {
		sum.breaking++
	}
	if at := slices.IndexFunc(samples, r.breaks); at >= 0 {
		sum.shown++
		switch got {
		case "breaking":
			sum.confirmed++
		case "unknown":
			sum.unknown++
		default:
			if r.onlyMixed(samples) {
				sum.mixed++
				break
			}
			sum.missed++
			r.errorf("Compare = %s, but %s breaks", got, text(samples[at]))
		}
	}
	for _, f := range report.Findings {
		if f.Instance == "" || f.Severity != diff.Breaking {
			continue
		}
		sum.instances++
		if !r.shows(f) {
			sum.wrong++
			r.errorf("%s at %s → %s shows %s, which is no instance of the change", f.Rule, f.Old, f.New, f.Instance)
		}
	}
	return sum
}

// breaks reports whether an instance shows that somebody breaks. Consumers that were there before do not send a field that the old contract does
// not name, so a new optional field of an open object breaks none of them.
func (r trial) breaks(instance any) bool {
	return r.can.accepts(instance) && !r.must.accepts(instance) && (r.side == "response" || !namesMore(instance, text(r.old)))
}

// onlyMixed reports whether no sample breaks somebody where the alternatives of a oneOf are objects with the properties that they declare and no others:
// docs/rules.md says why a value that mixes alternatives is not looked at.
func (r trial) onlyMixed(samples []any) bool {
	can, must := r.old, r.changed
	if r.side == "response" {
		can, must = must, can
	}
	r.can, r.must = newValidator(r.t, meant(can, can, false).(object)), newValidator(r.t, meant(must, must, false).(object))
	return !slices.ContainsFunc(samples, r.breaks)
}

// meant copies a part of the components, with the alternatives of each oneOf closed.
func meant(components object, part any, alternative bool) any {
	switch part := part.(type) {
	case object:
		if to, ok := part["$ref"].(string); ok && alternative {
			return meant(components, components[strings.TrimPrefix(to, "#/components/schemas/")], true)
		}
		closed := object{}
		for key, value := range part {
			closed[key] = meant(components, value, false)
		}
		if alternatives, ok := part["oneOf"].([]any); ok {
			var all []any
			for _, one := range alternatives {
				all = append(all, meant(components, one, true))
			}
			closed["oneOf"] = all
		}
		if alternative && part["type"] == "object" {
			closed["additionalProperties"] = false
		}
		return closed
	case []any:
		var all []any
		for _, one := range part {
			all = append(all, meant(components, one, false))
		}
		return all
	}
	return part
}

var field = regexp.MustCompile(`"f[0-9]+":`)

// namesMore reports whether an instance has a field that a contract does not name.
func namesMore(instance any, contract string) bool {
	return slices.ContainsFunc(field.FindAllString(text(instance), -1), func(name string) bool { return !strings.Contains(contract, name) })
}

// shows reports whether the instance of a finding fits one of the schemas around its place on one side, and not that on the other. A place that
// was reached by a $ref may be far from the alternatives of which the instance is one: then any place counts that both contracts have.
func (r trial) shows(f diff.Finding) bool {
	instance, err := jsonschema.UnmarshalJSON(strings.NewReader(f.Instance))
	if err != nil {
		return false
	}
	fits, fitsNot := f.Old, cmp.Or(f.New, f.Old)
	if r.side == "response" {
		fits, fitsNot = f.New, cmp.Or(f.Old, f.New)
	}
	for _, can := range r.can.around(fits) {
		for _, must := range r.must.around(fitsNot) {
			if can.Validate(instance) == nil && must.Validate(instance) != nil {
				return true
			}
		}
	}
	return slices.ContainsFunc(pointers(r.old), func(place string) bool {
		can, err := r.can.schema(place)
		must, gone := r.must.schema(place)
		return err == nil && gone == nil && can.Validate(instance) == nil && must.Validate(instance) != nil
	})
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

func text(v any) string {
	written, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(written)
}
