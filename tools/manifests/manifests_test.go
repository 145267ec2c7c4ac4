// Package manifests checks what "company deploy" writes against the official schemas, by programs that are not ours: the types of Kubernetes, decoded strictly;
// its JSON schemas; and the loader of Compose itself.
package manifests

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// file is a file that was written, and where it is from, for errors.
type file struct{ from, text string }

// written returns what is written for a target: the golden files of package deploy, and what the reference company prints now, for all apps together and for its
// example of a placement.
func written(t *testing.T, target string) []file {
	t.Helper()
	golden, err := filepath.Glob("../../deploy/testdata/*/" + target + "/*")
	if err != nil || len(golden) < 2 {
		t.Fatalf("the golden files of %s: %v, %v", target, golden, err)
	}
	var all []file
	for _, path := range golden {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, file{path, string(text)})
	}
	program, err := company()
	if err != nil {
		t.Fatal(err)
	}
	placement := filepath.Join(t.TempDir(), "placement.yaml")
	if err := os.WriteFile(placement, []byte(run(t, ".", program, "deploy", "placement")), 0o644); err != nil {
		t.Fatal(err)
	}
	return append(all,
		file{"the company together", run(t, ".", program, "deploy", target)},
		file{"the company apart", run(t, ".", program, "deploy", target, "--placement", placement)})
}

// company builds the program of the reference company, once; it stays until the tests end.
var company = sync.OnceValues(func() (string, error) {
	program := filepath.Join(build, "company")
	command := exec.Command("go", "build", "-o", program, "./company")
	command.Dir, command.Stderr = "../..", os.Stderr
	return program, command.Run()
})

// build is a folder that is gone after the tests.
var build string

func TestMain(m *testing.M) {
	var err error
	if build, err = os.MkdirTemp("", "manifests"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(build)
	os.Exit(code)
}

func run(t *testing.T, folder, program string, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), program, args...)
	command.Dir, command.Stderr = folder, os.Stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s %s: %v", filepath.Base(program), strings.Join(args, " "), err)
	}
	return string(out)
}
