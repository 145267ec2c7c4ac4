package contract_test

import (
	"errors"
	"testing"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/internal/truth"
)

func truthOf(t testing.TB) *truth.Contract {
	t.Helper()
	c, err := truth.New(sample())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestSampleIsTrue: see [truth.Check].
func TestSampleIsTrue(t *testing.T) { truth.Check(t, sample(), 500) }

// FuzzBody: the document accepts a body exactly where the pipeline does.
func FuzzBody(f *testing.F) {
	c, op := truthOf(f), order()
	for seed := range uint64(50) {
		body, err := truth.RandomBody(seed, op)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if truth.Imprecise(body) {
			return
		}
		v, err := c.Body(op, body)
		if err != nil {
			t.Fatal(err)
		}
		if !v.Agree() {
			t.Errorf("%s:\npipeline: %v\ndocument: %v", body, v.Pipeline, v.Document)
		}
	})
}

// FuzzAnswer: what the pipeline writes is valid.
func FuzzAnswer(f *testing.F) {
	c, op := truthOf(f), order()
	f.Fuzz(func(t *testing.T, seed uint64) {
		out, err := truth.Random(seed, op.Out)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Answer(op, out); err != nil && !errors.Is(err, truth.ErrNotWritten) {
			t.Error(err)
		}
	})
}

func order() spinoff.Operation { return sample().Operations[0] }
