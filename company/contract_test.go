package main

import (
	"testing"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/contract"
	"github.com/spinoff-go/spinoff/internal/truth"
	"github.com/spinoff-go/spinoff/spinofftest"
)

// TestContractsHold: what is released is as it was frozen.
func TestContractsHold(t *testing.T) { spinofftest.Contracts(t, Project()) }

// TestVersionsRoundTrip: what two versions of a contract have in common comes through the conversions between them.
func TestVersionsRoundTrip(t *testing.T) { spinofftest.RoundTrip(t, Project()) }

// TestContractsAreTrue: the document of every version of every app says what the pipeline does.
func TestContractsAreTrue(t *testing.T) {
	for _, declare := range Project().Apps {
		app, err := declare(spinoff.Env{Database: func() string { return "" }, Setting: func(string) string { return "" }})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range contract.Versions(app) {
			t.Run(v.Service.String(), func(t *testing.T) { truth.Check(t, v, 300) })
		}
	}
}
