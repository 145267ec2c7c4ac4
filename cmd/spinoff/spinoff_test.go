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
)

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
	if code, stdout, stderr := tool("new", "app", "billing", "--team", "Finance"); code != 0 || !strings.Contains(stdout, "project.go (the list of apps)") {
		t.Fatalf("new app: exit code %d\n%s%s", code, stdout, stderr)
	}
	if out, err := exec.Command("gofmt", "-l", ".").CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("gofmt would change %s (%v)", out, err)
	}
	goTool(t, "vet", "./...")
	if out := goTool(t, "test", "./..."); strings.Count(out, "ok  \t") != 2 {
		t.Errorf("the tests of two apps were to run:\n%s", out)
	}
	goTool(t, "build", "-o", "shop", ".")
	use(t)
}

// use starts the program and uses its pages and endpoints.
func use(t *testing.T) {
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
	base := strings.TrimSuffix(address, "/")
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
		{"/notes/", nil, "Nothing here yet"},
	} {
		method, body := http.MethodGet, ""
		if step.form != nil {
			method, body = http.MethodPost, step.form.Encode()
		}
		r, err := http.NewRequestWithContext(t.Context(), method, base+step.path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if step.form != nil {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || !strings.Contains(string(text), step.want) {
			t.Errorf("%s %s %q: got\n%s\nwant %q", method, step.path, body, text, step.want)
		}
	}
}

func TestRefuses(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("taken", 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("taken/main.go", []byte("package main\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"new", 1, "say what to make: project or app"},
		{"nwe", 2, `unknown command "nwe"`},
		{"new project", 2, "accepts 1 arg"},
		{"new project Shop --replace .", 1, "lower-case letters and digits"},
		{"new project 1shop --replace .", 1, "begins with a letter"},
		{"new project range --replace .", 1, "means something else in Go"},
		{"new project ../x --replace .", 1, "lower-case letters"},
		{"new project shop", 1, "--replace FOLDER"},
		{"new project taken --replace .", 1, "taken/main.go exists already; nothing was written"},
		{"new app billing", 1, "where its go.mod is"},
		{"version x", 2, "unknown command"},
	} {
		code, _, stderr := tool(strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(stderr, c.want) {
			t.Errorf("spinoff %s: exit code %d, %q; want %d, %q", c.args, code, stderr, c.code, c.want)
		}
	}
	if files, err := filepath.Glob("taken/*"); err != nil || len(files) != 1 {
		t.Errorf("a refused project wrote %v (%v)", files, err)
	}
}

func TestAddApp(t *testing.T) {
	for _, c := range []struct{ source, want string }{
		{"package main\n\nimport (\n\t\"github.com/spinoff-go/spinoff\"\n)\n\nvar p = []spinoff.New{}\n", "[]spinoff.New{shop.New}"},
		{"package main\n\nimport (\n\t\"github.com/spinoff-go/spinoff\"\n)\n\nvar p = []spinoff.New{a.New}\n", "[]spinoff.New{a.New, shop.New}"},
		{"package main\n\nimport (\n\t\"github.com/spinoff-go/spinoff\"\n)\n\nvar p = []spinoff.New{\n\ta.New,\n}\n", "[]spinoff.New{\n\ta.New,\n\tshop.New,\n}"},
	} {
		got, err := addApp([]byte(c.source), "example.com/x/apps/shop", "shop")
		flat := strings.NewReplacer("shop.New,\n}", "shop.New}").Replace(string(got))
		if err != nil || !strings.Contains(string(got), c.want) && !strings.Contains(flat, c.want) || !strings.Contains(string(got), `"example.com/x/apps/shop"`) {
			t.Errorf("addApp(%s): %v\n%s", c.source, err, got)
		}
	}
	if _, err := addApp([]byte("package main\n"), "x", "x"); err == nil || !strings.Contains(err.Error(), "no list of type []spinoff.New") {
		t.Errorf("addApp without a list: %v", err)
	}
}

// TestHelp: every command says what it does, with an example.
func TestHelp(t *testing.T) {
	for _, c := range command(io.Discard).Commands() {
		for _, sub := range append(c.Commands(), c) {
			if sub.Short == "" || sub.Long == "" || sub.Example == "" {
				t.Errorf("command %q has no help: short %q, long %q, example %q", sub.CommandPath(), sub.Short, sub.Long, sub.Example)
			}
		}
	}
}
