package spinofftest

import (
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/conversion"
	"github.com/spinoff-go/spinoff/run"
	"github.com/spinoff-go/spinoff/shape"
)

// roundTrips is how many random values each conversion is tried with, besides those that are always the same.
const roundTrips = 200

// RoundTrip tries each conversion between versions of the project's endpoints and topics: by the functions given to [spinoff.Older] and [spinoff.AnnounceOlder]
// alone, what two versions both have comes through unchanged; [conversion.Conversion.RoundTrip] says it exactly, and docs/contracts.md with examples. The values are
// the zero value, the least, everything, everything with one thing changed, and random ones. Random values are the same again with the
// seed that a failure prints, in SPINOFF_TEST_SEED.
//
// Where a field is meant to change, except names it, as the failure does: "faq.v1.search answer items/*/title". What has other types in the two versions is
// logged and left alone; see [Inverse].
func RoundTrip(t *testing.T, project spinoff.Project, except ...string) {
	t.Helper()
	r, seed := chance(t)
	unused := slices.Clone(except)
	for _, c := range conversions(t, project) {
		for _, f := range c.RoundTrip(r, roundTrips) {
			switch {
			case slices.Contains(except, f.Where):
				unused = slices.DeleteFunc(unused, func(where string) bool { return where == f.Where })
			case f.Broken:
				t.Errorf("%s: %s (SPINOFF_TEST_SEED=%d)", f.Where, f.Detail, seed)
			default:
				t.Logf("not compared: %s %s", f.Where, f.Detail)
			}
		}
	}
	for _, where := range unused {
		t.Errorf("spinofftest.RoundTrip: the exception %q is none: nothing was found there", where)
	}
}

// Inverse tries that back undoes there: for each value a of type A that its contract allows, back(there(a)) is a. It is for what
// [RoundTrip] cannot know, such as a text in one version that is a list of pieces in the other: for requests there is the function that goes up, and for
// answers and events back is the one that comes down; the other one is written for the test. Values are made as for RoundTrip.
func Inverse[A, B any](t *testing.T, there func(A) B, back func(B) A) {
	t.Helper()
	compiled, err := shape.Of(reflect.TypeFor[A]())
	if err != nil {
		t.Fatalf("spinofftest.Inverse: %v", err)
	}
	r, seed := chance(t)
	samples := append([]any{compiled.New(), compiled.Least(), compiled.Full()}, compiled.Variants()...)
	for range roundTrips {
		samples = append(samples, compiled.Random(r))
	}
	tried := 0
	for _, sample := range samples {
		if compiled.Admit(sample, true, true) != nil {
			continue
		}
		tried++
		got := back(there(*sample.(*A)))
		if faults := compiled.Admit(&got, true, true); faults != nil || !reflect.DeepEqual(sample, any(&got)) {
			t.Errorf("there and back: %+v became %+v %v (SPINOFF_TEST_SEED=%d)", *sample.(*A), got, faults, seed)
			return
		}
	}
	if tried == 0 {
		t.Errorf("spinofftest.Inverse: no value of %s was found that its contract allows", compiled.Go)
	}
}

// chance returns the source of random values and its seed.
func chance(t *testing.T) (*rand.Rand, uint64) {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("SPINOFF_TEST_SEED"); text != "" { //nolint:forbidigo // a setting of the tests, not of the project
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("SPINOFF_TEST_SEED is %q; it is the number that a failure printed", text)
		}
	}
	return rand.New(rand.NewPCG(seed, 0)), seed //nolint:gosec // the same values again are wanted
}

// conversions returns those of all apps of a project, which must be one that starts.
func conversions(t *testing.T, project spinoff.Project) []*conversion.Conversion {
	t.Helper()
	var all []*conversion.Conversion
	add := func(c *conversion.Conversion, err error) {
		if err != nil {
			t.Fatalf("spinofftest.RoundTrip: %v", err)
		}
		all = append(all, c)
	}
	seen := project
	seen.Apps = nil
	for _, declare := range project.Apps {
		seen.Apps = append(seen.Apps, func(env spinoff.Env) (spinoff.App, error) {
			app, err := declare(env)
			for _, h := range app.Provides {
				if h.Convert != nil {
					add(conversion.Of(h))
				}
			}
			for _, a := range app.Publishes {
				if a.Newer != nil {
					add(conversion.OfTopic(a))
				}
			}
			return app, err
		})
	}
	if _, err := run.New(seen, run.Options{Data: t.TempDir(), Environ: func(string) string { return "" }, Calling: true}); err != nil {
		t.Fatalf("spinofftest.RoundTrip: %v", err)
	}
	return all
}
