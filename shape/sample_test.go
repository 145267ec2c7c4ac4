package shape_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/shape"
)

// Sampled has every kind of field and every constraint.
type Sampled struct {
	Text    string            `json:"text" spinoff:"min=3,max=5"`
	Lang    string            `json:"lang" spinoff:"oneof=en|de"`
	Grows   string            `json:"grows" spinoff:"open=a|b"`
	Code    string            `json:"code" spinoff:"min=9,max=12,pattern=^(?:[A-Z]{2}|x)-[0-9]+\\.?$"`
	Mail    string            `json:"mail" spinoff:"format=email"`
	Page    string            `json:"page" spinoff:"format=uri"`
	Key     string            `json:"key" spinoff:"format=uuid"`
	Small   int8              `json:"small" spinoff:"min=-3,max=-2"`
	Dozens  int64             `json:"dozens" spinoff:"min=1,multipleof=12"`
	Uint    uint16            `json:"uint"`
	Share   float64           `json:"share" spinoff:"min=0.25,max=1"`
	Free    float32           `json:"free"`
	Yes     bool              `json:"yes"`
	Bytes   []byte            `json:"bytes" spinoff:"min=1,max=3"`
	At      time.Time         `json:"at"`
	Numbers []int64           `json:"numbers" spinoff:"min=3,unique"`
	Words   []string          `json:"words,omitempty" spinoff:"min=2,max=4,unique"`
	Table   map[string]string `json:"table" spinoff:"min=1"`
	Maybe   *string           `json:"maybe" spinoff:"oneof=x|y"`
	Pay     *Pay              `json:"pay"`
	Parts   []Pay             `json:"parts" spinoff:"min=1"`
	Self    *Sampled          `json:"self"`
	Tag     string            `json:"-" spinoff:"header=ETag"`
	Status  int               `json:"-" spinoff:"status=201|202"`
}

// Pay is one of two.
type Pay struct {
	_ struct{} `spinoff:"one"`

	Card    *string
	Voucher *int64
}

// TestSamples: samples keep the constraints, and between them they have what a contract allows.
func TestSamples(t *testing.T) {
	compiled, err := shape.Of(reflect.TypeFor[Sampled]())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[any]bool{}
	admit := func(what string, sample any) Sampled {
		t.Helper()
		if faults := compiled.Admit(sample, true, false); faults != nil {
			t.Errorf("%s sample %+v breaks the contract: %v", what, sample, faults)
		}
		s := *sample.(*Sampled)
		for _, v := range []any{s.Lang, s.Grows, s.Status, s.Yes, s.Words == nil, s.Maybe == nil, s.Self == nil, s.Parts[0].Card == nil} {
			seen[v] = true
		}
		if s.Maybe != nil {
			seen[*s.Maybe] = true
		}
		return s
	}
	least, full := admit("least", compiled.Least()), admit("full", compiled.Full())
	if least.Words != nil || least.Self != nil || !least.At.IsZero() || len(least.Text) != 3 {
		t.Errorf("Least() = %+v; what is optional is there, or more than the least", least)
	}
	for _, f := range compiled.Fields {
		if f.Place != shape.Status && reflect.ValueOf(full).FieldByName(f.GoName).IsZero() {
			t.Errorf("Full() has no %s", f.GoName)
		}
	}
	for _, v := range compiled.Variants() {
		admit("changed", v)
	}
	for _, want := range []any{"en", "de", "a", "b", "another word", "x", "y", 201, 202, true, false} {
		if !seen[want] {
			t.Errorf("no sample has %v", want)
		}
	}
	r, again := rand.New(rand.NewPCG(1, 2)), rand.New(rand.NewPCG(1, 2))
	for range 300 {
		if one, other := admit("random", compiled.Random(r)), admit("random", compiled.Random(again)); !reflect.DeepEqual(one, other) {
			t.Fatalf("the same seed makes %+v and %+v", one, other)
		}
	}
}

// TestEachLink visits the links of an answer, wherever they are.
func TestEachLink(t *testing.T) {
	type part struct {
		URL   string `json:"url" spinoff:"link"`
		Other string `json:"other"`
	}
	type page struct {
		First    string          `json:"first" spinoff:"link"`
		Parts    []part          `json:"parts"`
		Part     *part           `json:"part"`
		Table    map[string]part `json:"table"`
		Location string          `json:"-" spinoff:"header=Location"`
		ETag     string          `json:"-" spinoff:"header=ETag"`
	}
	m, err := shape.Answer(spinoff.Operation{Declaration: spinoff.Declaration{Route: "GET /x"}, Out: reflect.TypeFor[page]()})
	if err != nil {
		t.Fatal(err)
	}
	got := page{"a", []part{{"b", "-"}, {"", "-"}}, &part{"c", "-"}, map[string]part{"k": {"d", "-"}}, "e", "-"}
	m.EachLink(&got, func(link string) string { return link + "!" })
	if diff := cmp.Diff(page{"a!", []part{{"b!", "-"}, {"", "-"}}, &part{"c!", "-"}, map[string]part{"k": {"d!", "-"}}, "e!", "-"}, got); diff != "" {
		t.Errorf("EachLink (-want +got):\n%s", diff)
	}
	if !slices.Equal(m.LinkHeaders, []string{"Location"}) {
		t.Errorf("LinkHeaders: got %v, want Location", m.LinkHeaders)
	}
}
