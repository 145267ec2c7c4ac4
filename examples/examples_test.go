// Package examples_test counts the lines of the smallest services, and runs them.
package examples_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestSmall: the smallest service has at most 12 lines of code in one file, and a second that calls the first adds at most 5.
func TestSmall(t *testing.T) {
	hello, greeter := linesOfCode(t, "hello/main.go"), linesOfCode(t, "greeter/main.go")
	t.Logf("hello has %d lines of code, greeter %d", hello, greeter)
	if hello > 12 {
		t.Errorf("the smallest service has %d lines of code, want at most 12", hello)
	}
	if greeter > hello+5 {
		t.Errorf("the second service adds %d lines of code, want at most 5", greeter-hello)
	}
}

// linesOfCode counts the lines of a file that are neither blank nor a comment.
func linesOfCode(t *testing.T, name string) (n int) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
			n++
		}
	}
	return n
}

func TestHello(t *testing.T) {
	base := start(t, "hello", nil, "up", "--addr", "127.0.0.1:0")
	get(t, base+"/hello/v1/greet/Ada", `{"text":"Hello, Ada"}`)
	get(t, base+"/hello/greet/Ada/", `{"text":"Hello, Ada"}`)
}

func TestGreeterInOneProcessAndInTwo(t *testing.T) {
	together := start(t, "greeter", nil, "up", "--addr", "127.0.0.1:0")
	get(t, together+"/welcome/v1/welcome/Ada", `{"text":"Hello, Ada. Welcome!"}`)

	apart := start(t, "greeter", nil, "up", "hello", "--addr", "127.0.0.1:0")
	get(t, apart+"/greet/Ada", `{"text":"Hello, Ada"}`)
	front := start(t, "greeter", []string{"HELLO_API=" + apart}, "up", "--addr", "127.0.0.1:0")
	get(t, front+"/welcome/v1/welcome/Ada", `{"text":"Hello, Ada. Welcome!"}`)
}

// start builds and starts an example, and returns where it answers.
func start(t *testing.T, name string, environ []string, args ...string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), name)
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./"+name).CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", name, err, out)
	}
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	command := exec.CommandContext(ctx, program, args...)
	command.Dir, command.Env = t.TempDir(), append(os.Environ(), environ...)
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
	line, err := bufio.NewReader(out).ReadString('\n') // "hello at http://127.0.0.1:41234/"
	_, address, found := strings.Cut(strings.TrimSpace(line), " at ")
	if err != nil || !found {
		t.Fatalf("%s %v said %q, %v; want where it answers", name, args, line, err)
	}
	return strings.TrimSuffix(address, "/")
}

func get(t *testing.T, url, want string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || strings.TrimSpace(string(body)) != want {
		t.Errorf("GET %s: got %s, %v; want %s", url, body, err, want)
	}
}
