package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"spinoff": main}) }

// tool runs the tool in the folder that the test is in.
func tool(args ...string) (code int, stdout, stderr string) {
	var out, errors bytes.Buffer
	code = execute(args, &out, &errors)
	return code, out.String(), errors.String()
}

// goTool runs the go command in the folder that the test is in, with what is in the module cache.
func goTool(t *testing.T, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", args...)
	command.Env = append(os.Environ(), "GOFLAGS=-mod=mod")
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// TestNewProject makes a project and a second app in it, builds, vets and tests it, starts it, and uses it.
func TestNewProject(t *testing.T) {
	toolkit, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(toolkit, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if code, stdout, stderr := tool("new", "project", "shop", "--module", "example.com/shop", "--replace", toolkit); code != 0 || !strings.Contains(stdout, "go run . up") {
		t.Fatalf("new project: exit code %d\n%s%s", code, stdout, stderr)
	}
	t.Chdir("shop")
	if err := os.WriteFile("go.sum", sums, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"billing", "--team", `Finance, "the best"`}, {"stock", "--dir", "more/apps"}} {
		if code, stdout, stderr := tool(append([]string{"new", "app"}, args...)...); code != 0 || !strings.Contains(stdout, "Changed:\n  project.go\n") {
			t.Fatalf("new app %s: exit code %d\n%s%s", args, code, stdout, stderr)
		}
	}
	if out, err := exec.Command("gofmt", "-l", ".").CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("gofmt would change %s (%v)", out, err)
	}
	goTool(t, "vet", "./...")
	if out := goTool(t, "test", "./..."); strings.Count(out, "ok  \t") != 4 {
		t.Errorf("the law and the tests of three apps were to run:\n%s", out)
	}
	goTool(t, "build", "-o", "shop", ".")
	use(t)
	breakLaw(t)
	breakContract(t)
}

// breakContract releases a contract, changes it, and expects the project's own test to say so.
func breakContract(t *testing.T) {
	t.Helper()
	if err := os.Remove("apps/notes/short.go"); err != nil { // the law holds again
		t.Fatal(err)
	}
	if out, err := exec.Command("./shop", "contract", "freeze", "notes").CombinedOutput(); err != nil || string(out) != "notes.v1  apps/notes/notesv1/contract.json  written\n" {
		t.Fatalf("shop contract freeze notes: %v\n%s", err, out)
	}
	goTool(t, "test", ".")
	const source = "apps/notes/notesv1/notesv1.go"
	text, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(source, bytes.ReplaceAll(text, []byte("max=500"), []byte("max=400")), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "test", "-mod=mod", ".").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "notes.v1  apps/notes/notesv1/contract.json  changed") || !strings.Contains(string(out), "maxLength") {
		t.Errorf("with a released contract changed, go test: %v\n%s", err, out)
	}
}

// breakLaw makes one app reach another one past its contract, and expects the project's own test to say so.
func breakLaw(t *testing.T) {
	t.Helper()
	if err := os.WriteFile("apps/notes/short.go", []byte("package notes\n\nimport _ \"example.com/shop/apps/billing\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "test", "-mod=mod", ".").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "apps/notes/short.go imports example.com/shop/apps/billing: an app reaches another one only through a contract") {
		t.Errorf("with the law broken, go test: %v\n%s", err, out)
	}
}

// use starts the program and uses its pages and endpoints.
func use(t *testing.T) {
	t.Helper()
	base := startShop(t)
	for _, step := range []struct {
		path string
		form url.Values // nil: GET
		want string
	}{
		{"/billing/", nil, "Nothing here yet"},
		{"/billing/", url.Values{"text": {""}}, "Enter a text"},
		{"/billing/", url.Values{"text": {"<b>one</b>"}}, "&lt;b&gt;one&lt;/b&gt;"},
		{"/billing/v1/create", url.Values{"text": {"two"}}, `{"id":2}`},
		{"/billing/v1/entries/2", nil, `"text":"two"`},
		{"/billing/v1/entries/3", nil, "billing.not_found"},
		{"/billing/v1/create", url.Values{"text": {""}}, "must have 1 to 500 characters"},
		{"/stock/v1/create", url.Values{"text": {"three"}}, `{"id":1}`},
		{"/notes/", nil, "Nothing here yet"},
	} {
		form := ""
		if step.form != nil {
			form = step.form.Encode()
		}
		expect(t, base+step.path, form, step.want)
	}
}

// startShop starts the program of the project, and returns where it answers.
func startShop(t *testing.T) string {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	command := exec.CommandContext(ctx, "./shop", "up", "--addr", "127.0.0.1:0")
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		_ = command.Wait() // it was killed
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	_, address, found := strings.Cut(strings.TrimSpace(line), " at ")
	if err != nil || !found {
		t.Fatalf("shop up said %q, %v; want where it answers", line, err)
	}
	return strings.TrimSuffix(address, "/")
}

// expect posts a form, or gets a page where there is none, and looks for text in the answer.
func expect(t *testing.T, address, form, want string) {
	t.Helper()
	method := http.MethodGet
	if form != "" {
		method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	response.Body.Close()
	if err != nil || !strings.Contains(string(text), want) {
		t.Errorf("%s %s %q: got\n%s\nwant %q", method, address, form, text, want)
	}
}

// TestScripts runs the scripts in testdata/script: what a user could have typed.
func TestScripts(t *testing.T) { testscript.Run(t, testscript.Params{Dir: "testdata/script"}) }

// TestRequired: a project requires the version of the toolkit that made it, where others can get that.
func TestRequired(t *testing.T) {
	for _, c := range []struct{ version, replace, want, fails string }{
		{"v1.2.3", "", "v1.2.3", ""},
		{"v1.2.3", "/toolkit", "v1.2.3", ""},
		{"dev", "/toolkit", "v0.0.0", ""},
		{"v1.2.3+dirty", "/toolkit", "v0.0.0", ""},
		{"v1.2.3+dirty", "", "", "--replace FOLDER"},
		{"0123456789ab", "", "", "--replace FOLDER"},
	} {
		got, err := required(c.version, c.replace)
		if got != c.want || (err != nil) != (c.fails != "") || err != nil && !strings.Contains(err.Error(), c.fails) {
			t.Errorf("required(%q, %q) = %q, %v; want %q, %q", c.version, c.replace, got, err, c.want, c.fails)
		}
	}
}

func TestAddApp(t *testing.T) {
	const head = "package main\n\nimport (\n\t\"github.com/spinoff-go/spinoff\"\n)\n\nvar p = []spinoff.New{"
	for _, c := range []struct{ list, want string }{
		{"}", "shop.New}"},
		{"\n}", "\n\tshop.New}"},
		{"a.New}", "a.New, shop.New}"},
		{"a.New, }", "a.New, shop.New}"},
		{"\n\ta.New,\n}", "\n\ta.New,\n\tshop.New}"},
		{"\n\ta.New, // the first, and the best\n\t// more to come\n}", "\n\ta.New, // the first, and the best\n\t// more to come\n\tshop.New}"},
	} {
		got, err := addApp([]byte(head+c.list+"\n"), "example.com/x/apps/shop", "shop")
		if err != nil {
			t.Errorf("addApp(%q): %v", c.list, err)
			continue
		}
		if _, list, _ := strings.Cut(string(got), "[]spinoff.New{"); strings.ReplaceAll(list, "shop.New,\n}", "shop.New}") != c.want+"\n" {
			t.Errorf("addApp(%q): list %q, want %q", c.list, list, c.want)
		}
		if !strings.Contains(string(got), "\n\t\"example.com/x/apps/shop\"\n") {
			t.Errorf("addApp(%q) has not added the import:\n%s", c.list, got)
		}
	}
}

// TestHelp: every command says what it does, with an example of itself.
func TestHelp(t *testing.T) {
	var check func(c *cobra.Command)
	check = func(c *cobra.Command) {
		if c.Short == "" || c.Long == "" || !strings.Contains(c.Example, c.CommandPath()) {
			t.Errorf("command %q: short %q, long %q, example %q", c.CommandPath(), c.Short, c.Long, c.Example)
		}
		for _, sub := range c.Commands() {
			check(sub)
		}
	}
	check(command(io.Discard, io.Discard))
}
