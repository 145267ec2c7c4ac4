package run_test

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/run"
)

// TestThreads: a project runs with twice as many threads as processors, so that an app that waits for the disk, or computes, holds up no other; who sets GOMAXPROCS has decided.
func TestThreads(t *testing.T) {
	const child = "SPINOFF_TEST_THREADS"
	if os.Getenv(child) != "" {
		os.Args = []string{"project", "--help"}
		run.Apps(func(spinoff.Env) (spinoff.App, error) {
			fmt.Printf("threads: %d\n", runtime.GOMAXPROCS(0))
			return spinoff.App{Name: "app"}, nil
		})
	}
	for _, c := range []struct{ set, want string }{
		{"", fmt.Sprint(2 * runtime.GOMAXPROCS(0))},
		{"1", "1"},
		{"3", "3"},
	} {
		command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestThreads$")
		command.Env = append(os.Environ(), child+"=1", "GOMAXPROCS="+c.set)
		out, err := command.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "threads: "+c.want+"\n") {
			t.Errorf("a project with GOMAXPROCS=%q says %s, %v; want %s threads", c.set, out, err, c.want)
		}
	}
}
