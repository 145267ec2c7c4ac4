package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// newShop makes a project in a folder of the test, and goes there.
func newShop(t *testing.T) {
	t.Helper()
	toolkit, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(toolkit, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if code, _, stderr := tool("new", "project", "shop", "--module", "example.com/shop", "--replace", toolkit); code != 0 {
		t.Fatalf("new project: exit code %d\n%s", code, stderr)
	}
	t.Chdir("shop")
	t.Setenv("GOFLAGS", "-mod=mod")
	if err := os.WriteFile("go.sum", sums, 0o600); err != nil {
		t.Fatal(err)
	}
}

// change replaces text in a file.
func change(t *testing.T, name string, pairs ...string) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(string(text), pairs[i]) {
			t.Fatalf("%s has no %q:\n%s", name, pairs[i], text)
		}
	}
	if err := os.WriteFile(name, []byte(strings.NewReplacer(pairs...).Replace(string(text))), 0o600); err != nil {
		t.Fatal(err)
	}
}

const versions = "apps/notes/internal/provider/versions.go"

// TestBump begins version 2 in a new project, is refused while it is not finished, finishes it, and uses both versions.
func TestBump(t *testing.T) {
	newShop(t)
	before, err := os.ReadFile(versions)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("SPINOFF_RECORD", "1")
	goTool(t, "test", "./apps/notes")
	t.Setenv("SPINOFF_RECORD", "")
	code, stdout, stderr := tool("contract", "bump", "notes", "--dry-run")
	if after, err := os.ReadFile(versions); code != 0 || err != nil || string(after) != string(before) || !strings.Contains(stdout, "Would make:\n  apps/notes/notesv2/notesv2.go") {
		t.Fatalf("bump --dry-run: exit code %d, %v\n%s%s", code, err, stdout, stderr)
	}
	if _, err := os.Stat("apps/notes/notesv2"); err == nil {
		t.Error("bump --dry-run has made a package")
	}
	if code, stdout, stderr := tool("contract", "bump", "notes"); code != 0 || !strings.Contains(stdout, "docs/decisions/0001-notes-v2.md") {
		t.Fatalf("bump: exit code %d\n%s%s", code, stdout, stderr)
	}
	if _, err := os.Stat("apps/notes/notesv1/contract.json"); err != nil {
		t.Errorf("version 1 was to be frozen: %v", err)
	}
	if out, err := exec.Command("gofmt", "-l", ".").CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("gofmt would change %s (%v)", out, err)
	}
	if out, err := exec.Command("go", "build", "./...").CombinedOutput(); err == nil || !strings.Contains(string(out), "undefined: fillIn") {
		t.Errorf("go build before the conversions are filled in: %v\n%s", err, out)
	}
	if code, _, stderr := tool("contract", "bump", "notes"); code != 1 || !strings.Contains(stderr, "version 2 of notes is begun and not finished") || !strings.Contains(stderr, versions) {
		t.Errorf("bump again: exit code %d\n%s", code, stderr)
	}
	finish(t)
	goTool(t, "vet", "./...")
	goTool(t, "test", "./...") // the test of the app goes on as a consumer of version 1
	goTool(t, "build", "-o", "shop", ".")
	replays(t, 0, "1 samples are answered as they were, 0 are not")
	if code, stdout, stderr := tool("contract", "check"); code != 0 || !strings.Contains(stdout, "notes.v1") {
		t.Errorf("contract check: exit code %d\n%s%s", code, stdout, stderr)
	}
	base := startShop(t)
	expect(t, base+"/notes/v1/create", "text=one", `{"id":1}`)
	expect(t, base+"/notes/v2/create", "text=two&colour=red", `{"id":2}`)
	expect(t, base+"/notes/v2/create", "text=two", `"pointer":"#/colour"`)
	expect(t, base+"/notes/v1/entries/2", "", `"text":"two"`)
	expect(t, base+"/notes/v2/entries/1", "", `"text":"one"`)
}

// TestReplay changes what a provider does, and not its contract: the samples of its tests show it.
func TestReplay(t *testing.T) {
	newShop(t)
	t.Setenv("SPINOFF_RECORD", "1")
	goTool(t, "test", "./apps/notes")
	t.Setenv("SPINOFF_RECORD", "")
	goTool(t, "build", "-o", "shop", ".")
	replays(t, 0, "1 samples are answered as they were, 0 are not")
	change(t, "apps/notes/internal/provider/provider.go", "Text: e.Text,", `Text: e.Text + "!",`)
	goTool(t, "build", "-o", "shop", ".")
	replays(t, 1, "notes.v1 behaves differently: apps/notes/notesv1/testdata/samples/endpoints.json\nstep 2, GET /v1/entries/{{1.id}}\n  body.text: was \"first\", is \"first!\"")
	const law = "package main\n\nimport (\n\t\"testing\"\n\n\t\"" + toolkit + "/spinofftest\"\n)\n\nfunc TestSamples(t *testing.T) { spinofftest.Replay(t, Project()) }\n"
	if err := (file{"samples_test.go", []byte(law)}).write(); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "test", "-run", "TestSamples", ".").CombinedOutput(); err == nil || !strings.Contains(string(out), `body.text: was "first", is "first!"`) {
		t.Errorf("go test with spinofftest.Replay: %v\n%s", err, out)
	}
	if out, err := exec.Command("./shop", "contract", "record", "notes.v1").CombinedOutput(); err != nil {
		t.Errorf("contract record: %v\n%s", err, out)
	}
	replays(t, 0, "1 samples are answered as they were, 0 are not")
}

// replays plays the samples by the project's program and expects its exit code and words.
func replays(t *testing.T, code int, want string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "./shop", "contract", "replay")
	out, err := command.CombinedOutput()
	if command.ProcessState.ExitCode() != code || !strings.Contains(string(out), want) {
		t.Errorf("contract replay: %v\n%s\nwant exit code %d and %q", err, out, code, want)
	}
}

// finish fills in what bump leaves open, and makes version 2 different: it wants a colour.
func finish(t *testing.T) {
	t.Helper()
	change(t, "apps/notes/notesv2/notesv2.go", "…: say here what is new", "an entry has a colour",
		"type NewEntry struct {", "type NewEntry struct {\n\tColour string `json:\"colour\"`")
	text, err := os.ReadFile(versions)
	if err != nil {
		t.Fatal(err)
	}
	filled := regexp.MustCompile(`(?s)fillIn\(([^{]*)\{[^\n]*(.*?)\}\)`).ReplaceAllString(string(text), "$1{$2}")
	filled = strings.Replace(filled, "Text: in.Text,", "Colour: \"grey\", Text: in.Text,", 1)
	if err := os.WriteFile(versions, []byte(filled), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestBumpFAQ plans version 3 of the reference app: what converts between older versions stays as it is, everything else moves on.
func TestBumpFAQ(t *testing.T) {
	app, err := filepath.Abs("../../apps/faq")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := os.CopyFS("apps/faq", os.DirFS(app)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("go.mod", []byte("module "+toolkit+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const older = "spinoff.Older(faqv1.Get, faqv2.Get, upID, downEntry)"
	change(t, "apps/faq/internal/provider/versions.go", older, older+".MapError(faqv2.ErrNotFound, faqv1.ErrNotFound)")
	b, err := newBump("faq")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.plan(); err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, e := range b.edits {
		texts[b.relative(e.path)] = string(e.text)
	}
	for name, want := range map[string][]string{
		"apps/faq/faqv3/faqv3.go":                {"// Package faqv3 is version 3 of the FAQ service", `Service{Name: "faq", Version: 3}`, "// Since version 2 …: say here what is new."},
		"apps/faq/internal/provider/provider.go": {"in faqv3.NewQuestion) (faqv3.Question, error)", "// Create answers [faqv3.Create]."},
		"apps/faq/internal/provider/versions.go": {
			"faqv3.Create.Serve(p.Create)", "spinoff.Older(faqv1.Create, faqv2.Create, upCreate, downQuestion)",
			older + ".MapError(faqv2.ErrNotFound, faqv1.ErrNotFound)",
			"spinoff.Older(faqv2.Create, faqv3.Create, upNewQuestion2, downQuestion2)", "spinoff.Older(faqv2.Submit, faqv3.Submit, upStep2, downEntry2)",
			"spinoff.AnnounceOlder(faqv1.EntryPublished, faqv2.EntryPublished, downPublished)",
			"spinoff.AnnounceOlder(faqv2.EntryPublished, faqv3.EntryPublished, downPublishedEntry2)",
			"func plain(pieces []faqv2.Piece) string", "func upCreate(in faqv1.NewQuestion) faqv2.NewQuestion {",
		},
	} {
		for _, w := range want {
			if !strings.Contains(texts[name], w) {
				t.Errorf("%s has no %q", name, w)
			}
		}
	}
	if strings.Contains(texts["apps/faq/internal/models/search.go"], "faqv2") {
		t.Error("internal/models/search.go still speaks of faqv2")
	}
}

// TestBumpDirty refuses an app with changes that are not committed.
func TestBumpDirty(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{"go.mod": "module x\n", "apps/shop/shopv1/x.go": "package shopv1\n"} {
		if err := (file{name, []byte(text)}).write(); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("git", "init", "-q").CombinedOutput(); err != nil {
		t.Skipf("git init: %v %s", err, out)
	}
	if _, err := newBump("shop"); err == nil || !strings.Contains(err.Error(), "apps/shop has changes that are not committed") {
		t.Errorf("newBump: %v", err)
	}
	if _, err := newBump("other"); err == nil || !strings.Contains(err.Error(), "has no app other with a contract") {
		t.Errorf("newBump of an app that is not there: %v", err)
	}
}

// TestProgram: the commands that need the types of the project are its own, with their exit codes.
func TestProgram(t *testing.T) {
	t.Chdir(t.TempDir())
	if code, _, stderr := tool("contract", "check"); code != 1 || !strings.Contains(stderr, "there is no project here") {
		t.Errorf("contract check without a project: exit code %d\n%s", code, stderr)
	}
	const echo = "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\n\t\"" + toolkit + "/run\"\n)\n\nfunc main() { fmt.Println(os.Args[1:]); os.Exit(2); run.Main() }\n"
	for name, text := range map[string]string{
		"go.mod": "module example.com/x\n\nrequire " + toolkit + " v0.0.0\nreplace " + toolkit + " => ./toolkit\n", "toolkit/go.mod": "module " + toolkit + "\n",
		"toolkit/run/run.go": "package run\n\nfunc Main() {}\n", "shop/main.go": echo, "other/main.go": "package main\n\nfunc main() {}\n", "apps/x.go": "package apps\n",
	} {
		if err := (file{name, []byte(text)}).write(); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("GOFLAGS", "-mod=mod")
	t.Chdir("apps")
	if code, stdout, stderr := tool("contract", "freeze", "faq.v2", "--json"); code != 2 || stdout != "[contract freeze faq.v2 --json]\n" {
		t.Errorf("contract freeze: exit code %d, %q\n%s; want the program's", code, stdout, stderr)
	}
	if err := (file{"../second/main.go", []byte(echo)}).write(); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := tool("contract", "check"); code != 1 || !strings.Contains(stderr, "several programs that call run.Main; go to the folder of the one that is meant: second, shop") {
		t.Errorf("contract check with two programs: exit code %d\n%s", code, stderr)
	}
	t.Chdir("../second")
	if code, stdout, stderr := tool("contract", "check"); code != 2 || stdout != "[contract check]\n" {
		t.Errorf("contract check in the folder of a program: exit code %d, %q\n%s", code, stdout, stderr)
	}
}
