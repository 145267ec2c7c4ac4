package story_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/contract/client"
	"github.com/spinoff-go/spinoff/spinofftest"
)

// trip is what awkward values are after they were sent and came back, in every language that can hold them.
const trip = `answered 202 "v1" tag 7
path a/b ü?%2F#
words 1-2 ein zwei
numbers 9007199254740993 -9223372036854775808 18446744073709551615 0.1 -9223372036854775808
bytes 00ff3e3f
times 2026-11-24T08:20:30.123456Z 2026-01-01T00:00:00Z
given false ""
list a null ""
map 1 null 3
deep d null 0
one "" null null
ways d false x
tree d e f
empty 0 0 0 0 0
absent null null null null null
beyond 9007199254740993
asked a&b= "" ü 2026-01-01T00:00:00Z false 0 None
asked 0 null null
none null
once unavailable 503
failed odd.client 409 it's "odd": from "full"
`

// tripOfNumbers is the same where an integer is a number that ends at 2^53: one beyond it is an error, in both directions.
var tripOfNumbers = strings.NewReplacer(
	"numbers 9007199254740993 -9223372036854775808 18446744073709551615 0.1 -9223372036854775808",
	"numbers 9007199254740991 -9007199254740991 9007199254740991 0.1 -9007199254740991",
	"beyond 9007199254740993", "beyond #/import #/import is an integer beyond 2^53, which a number cannot hold exactly",
).Replace(trip)

// odd runs the odd service, and writes its client, made of what it says of itself, into a folder. It returns what ODD_API is.
func odd(t *testing.T, dir, language string) string {
	t.Helper()
	api := spinofftest.Together(t, spinoff.Project{Name: "odd", Apps: []spinoff.New{newOdd}}).URL + "/odd"
	file, err := client.Generate("odd", fetch(t, api+"/v1/openapi.json"), language)
	if err != nil {
		t.Fatal(err)
	}
	where := file.Name
	if language == "go" {
		where = filepath.Join("oddv1", where)
	}
	write(t, filepath.Join(dir, where), file.Text)
	return api
}

func returned(t *testing.T, want, got string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("awkward values that came back (-want +got):\n%s", diff)
	}
}

func TestRoundTripGo(t *testing.T) {
	dir := t.TempDir()
	copyOf(t, "odd.go.txt", filepath.Join(dir, "main.go"))
	write(t, filepath.Join(dir, "go.mod"), []byte("module story\n\ngo 1.24\n"))
	returned(t, trip, run(t, dir, odd(t, dir, "go"), "go", "run", "."))
}

func TestRoundTripPython(t *testing.T) {
	need(t, "python3")
	dir := t.TempDir()
	copyOf(t, "odd.py", filepath.Join(dir, "odd.py"))
	returned(t, trip, run(t, dir, odd(t, dir, "python"), "python3", "-W", "error", "odd.py"))
}

// TestRoundTripPythonSession: with session=, everything is as it is without.
func TestRoundTripPythonSession(t *testing.T) {
	needRequests(t)
	dir := t.TempDir()
	copyOf(t, "odd.py", filepath.Join(dir, "odd.py"))
	returned(t, trip, run(t, dir, odd(t, dir, "python"), "python3", "odd.py", "session"))
}

func TestRoundTripTypeScript(t *testing.T) {
	dir := t.TempDir()
	copyOf(t, "odd.ts", filepath.Join(dir, "odd.ts"))
	api := odd(t, dir, "typescript")
	compile(t, dir)
	returned(t, tripOfNumbers, run(t, dir, api, "node", "odd.js"))
}
