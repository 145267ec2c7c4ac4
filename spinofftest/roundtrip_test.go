package spinofftest_test

import (
	"testing"

	"github.com/spinoff-go/spinoff/spinofftest"
)

func TestRoundTrip(t *testing.T) {
	spinofftest.RoundTrip(t, library())
	spinofftest.RoundTrip(t, notes())
}
