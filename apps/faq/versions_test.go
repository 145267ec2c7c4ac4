package faq_test

import (
	"testing"

	"github.com/spinoff-go/spinoff/spinofftest"
)

func TestVersionsRoundTrip(t *testing.T) { spinofftest.RoundTrip(t, project()) }
