package main

import (
	"testing"

	"github.com/spinoff-go/spinoff/spinofftest"
)

// TestSamples plays what was recorded of the versions that have been released: each of them goes on behaving as it did.
func TestSamples(t *testing.T) { spinofftest.Replay(t, Project()) }
