package spinoff_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// versions is a program with two versions of an endpoint and the functions between them; %s is what answers the older one, one handler a line.
const versions = `package main

import "github.com/spinoff-go/spinoff"

type (
	in1  struct{ A string }
	out1 struct{ B string }
	in2  struct{ C string }
	out2 struct{ D string }
	id2  struct{ ID string }
)

var (
	old  = spinoff.Endpoint[in1, out1]{Service: spinoff.Service{Name: "x", Version: 1}, Route: "POST /x"}
	new  = spinoff.Endpoint[in2, out2]{Service: spinoff.Service{Name: "x", Version: 2}, Route: "POST /x"}
	read = spinoff.Endpoint[id2, out2]{Service: spinoff.Service{Name: "x", Version: 2}, Route: "GET /x/{id}"}
)

func up(in in1) in2                      { return in2{in.A} }
func upOrRefuse(in in1) (in2, error)     { return in2{in.A}, nil }
func upWith(in in1, now out2) in2        { return in2{in.A + now.D} }
func idOf(in in1) id2                    { return id2{in.A} }
func down(out out2) out1                 { return out1{out.D} }
func downFor(in in1, out out2) out1      { return out1{in.A + out.D} }
func downForNewer(in in2, out out2) out1 { return out1{in.C + out.D} }

var handlers = []spinoff.Handler{
%s
}

func main() {}
`

// TestOlderIsTyped compiles programs: a conversion the wrong way round is an error of the compiler.
func TestOlderIsTyped(t *testing.T) {
	if said := compile(t,
		"spinoff.Older(old, new, up, down)",
		"spinoff.Older(old, new, upOrRefuse, downFor)",
		"spinoff.Older(old, new, spinoff.Merging(read, idOf, upWith), down)",
		"spinoff.Older(old, new, spinoff.Merging(read, idOf, upWith), downFor).MapField(`c`, `a`)",
	); said != "" {
		t.Errorf("the compiler refuses what is right:\n%s", said)
	}
	wrong := []string{
		"spinoff.Older(new, old, up, down)",
		"spinoff.Older(old, new, down, up)",
		"spinoff.Older(old, new, upWith, down)",
		"spinoff.Older(old, new, up, downForNewer)",
		"spinoff.Older(new, old, spinoff.Merging(read, idOf, upWith), down)",
		"spinoff.Merging(read, idOf, up)",
	}
	said := compile(t, wrong...)
	before, _, _ := strings.Cut(versions, "%s")
	first := strings.Count(before, "\n") + 1
	for i, code := range wrong {
		if line := fmt.Sprintf("main.go:%d:", first+i); !strings.Contains(said, line) {
			t.Errorf("the compiler takes %s; it says\n%s", code, said)
		}
	}
	const want = "func(in in1) in2 does not satisfy spinoff.Up[in2, in1]"
	if !strings.Contains(said, want) {
		t.Errorf("the compiler says\n%s\nwant %s", said, want)
	}
}

// compile compiles a program with these handlers, and returns what the compiler says.
func compile(t *testing.T, handlers ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(file, fmt.Appendf(nil, versions, strings.Join(handlers, ",\n")+","), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := exec.CommandContext(t.Context(), "go", "build", "-gcflags=-e", "-o", os.DevNull, file).CombinedOutput()
	if err != nil && len(text) == 0 {
		t.Fatalf("go build: %v", err)
	}
	return string(text)
}
