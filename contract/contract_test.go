package contract_test

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/contract"
	"github.com/spinoff-go/spinoff/contract/internal/samplev1"
)

var update = flag.Bool("update", false, "write the expected document anew")

// sample returns the version of the sample contract.
func sample() contract.Version {
	return contract.Version{
		Service: samplev1.Service, Team: "Tests", Keyed: true, Topics: []spinoff.Kind{samplev1.OrderPlaced.Kind()},
		Operations: []spinoff.Operation{
			samplev1.Order.Operation(), samplev1.Find.Operation(), samplev1.Old.Operation(), samplev1.Drop.Operation(), samplev1.Touch.Operation(),
		},
	}
}

func describe(t testing.TB, v contract.Version) contract.Document {
	t.Helper()
	words, err := contract.ReadWords(os.DirFS("internal/samplev1"))
	if err != nil {
		t.Fatal(err)
	}
	d, err := contract.Describe(v, words)
	if err != nil {
		t.Fatalf("Describe(%s): %v", v.Service, err)
	}
	return d
}

// TestDescribe compares the document of the sample contract with the file that a reviewer reads. Write it anew with -update.
func TestDescribe(t *testing.T) {
	const name = "testdata/sample.json"
	got := describe(t, sample()).Text()
	if *update {
		if err := os.WriteFile(name, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("the document of the sample contract (-want +got):\n%s", diff)
	}
}

// TestTextIsCanonical: a document that was read is written as it was.
func TestTextIsCanonical(t *testing.T) {
	text := describe(t, sample()).Text()
	d, err := contract.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if again := d.Text(); !bytes.Equal(text, again) {
		t.Errorf("Parse(text).Text() (-text +got):\n%s", cmp.Diff(string(text), string(again)))
	}
}

// TestWords: a document without words has the facts of one with words, and gets its words back from it.
func TestWords(t *testing.T) {
	full := describe(t, sample())
	bare, err := contract.Describe(sample(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(full.Text(), bare.Text()) {
		t.Error("there are no words in the sample contract")
	}
	if full.Hash() != bare.Hash() {
		t.Errorf("Facts() of the document with words (-) and without (+):\n%s", cmp.Diff(string(full.Facts().Text()), string(bare.Facts().Text())))
	}
	bare.AddWords(full)
	if diff := cmp.Diff(string(full.Text()), string(bare.Text())); diff != "" {
		t.Errorf("AddWords (-want +got):\n%s", diff)
	}
}
