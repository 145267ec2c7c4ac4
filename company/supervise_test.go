//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

var restarts = flag.Int("restarts", 6, "how many restarts TestRestartUnderLoad makes")

// running is a process as "company status --json" shows it.
type running struct {
	PID     int    `json:"pid"`
	Parent  int    `json:"parent"`
	Role    string `json:"role"`
	Version string `json:"version"`
	State   string `json:"state"`
	Apps    []struct{ Name, State string }
}

// has reports whether an app runs in the process.
func (r running) has(app string) bool {
	return slices.ContainsFunc(r.Apps, func(a struct{ Name, State string }) bool { return a.Name == app && a.State == "here" })
}

// status returns the running processes of a data folder.
func status(t *testing.T, data string) []running {
	t.Helper()
	out, _ := commandIn(t, "", "status", "--json", "--data", data)
	var all []running
	if strings.HasPrefix(out, "[") {
		if err := json.Unmarshal([]byte(out), &all); err != nil {
			t.Fatalf("status --json: %v\n%s", err, out)
		}
	}
	return all
}

// process returns the number of the process in which an app runs.
func process(t *testing.T, data, app string) int {
	t.Helper()
	for _, r := range status(t, data) {
		if r.has(app) {
			return r.PID
		}
	}
	t.Fatalf("%s runs in no process", app)
	return 0
}

// commandIn runs the program in a folder and returns what it prints, and its exit code.
func commandIn(t *testing.T, folder string, args ...string) (out string, code int) {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), path, args...)
	c.Dir = folder
	text, err := c.CombinedOutput()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		return string(text), failed.ExitCode()
	}
	if err != nil {
		t.Fatalf("company %v: %v", args, err)
	}
	return string(text), 0
}

// eventually waits until is so.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for range 1200 {
		if is() {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}

// alive reports whether there is a process with a number.
func alive(pid int) bool { return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

// hammer sends requests at a fixed rate, whether or not earlier ones have been answered, on connections that are kept: what fails is counted.
type hammer struct {
	client   *http.Client
	requests []func() (*http.Request, error)
	sent     atomic.Int64
	wg       sync.WaitGroup

	mu     sync.Mutex
	failed []string
}

func newHammer(front string) *hammer {
	l := &hammer{client: &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	add := func(method, path, body string) {
		l.requests = append(l.requests, func() (*http.Request, error) {
			r, err := http.NewRequest(method, front+path, nil)
			if body != "" && err == nil {
				r, err = http.NewRequest(method, front+path, io.NopCloser(strings.NewReader(body))) // it cannot be sent again by the client
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			}
			return r, err
		})
	}
	add(http.MethodGet, "/faq/", "")
	add(http.MethodPost, "/faq/v1/create", "question=Does+it+last%3F&source=1")
	add(http.MethodPost, "/tickets/v1/create", "") // is told that something is missing
	add(http.MethodGet, "/", "")
	return l
}

func (l *hammer) run(ctx context.Context) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			l.wg.Wait()
			return
		case <-tick.C:
			n := l.sent.Add(1)
			l.wg.Go(func() { l.send(l.requests[int(n)%len(l.requests)]) })
		}
	}
}

func (l *hammer) send(request func() (*http.Request, error)) {
	r, err := request()
	var response *http.Response
	if err == nil {
		response, err = l.client.Do(r)
	}
	if err == nil {
		_, err = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		if response.StatusCode >= 500 {
			err = fmt.Errorf("%s %s: %s", r.Method, r.URL.Path, response.Status)
		}
	}
	if err != nil {
		l.mu.Lock()
		l.failed = append(l.failed, err.Error())
		l.mu.Unlock()
	}
}

// TestRestartUnderLoad: no request fails while processes are replaced, one by one and all of them, by a newer program on the disk too.
func TestRestartUnderLoad(t *testing.T) {
	old, err := program()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	path := filepath.Join(folder, "company")
	newer := filepath.Join(folder, "newer")
	build := exec.Command("go", "build", "-o", newer, "-ldflags", "-X github.com/spinoff-go/spinoff/run.release=v9.9.9", ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	if err := os.Link(old, path); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(folder, "data")
	c := upProgram(t, path, data, "--seed", "--split", "faq,tickets")
	l := newHammer(c.url)
	ctx, stop := context.WithCancel(t.Context())
	go l.run(ctx)
	defer l.wg.Wait()
	defer stop()
	for n := range *restarts {
		if n == *restarts/2 {
			if err := os.Rename(newer, path); err != nil {
				t.Fatal(err)
			}
		}
		args := [][]string{{"restart", "faq"}, {"restart"}, {"restart", "tickets"}}[n%3]
		if out, code := commandIn(t, "", append(args, "--data", data)...); code != 0 {
			t.Fatalf("company %v: exit code %d\n%s\n%s", args, code, out, c.out)
		}
	}
	stop()
	l.wg.Wait()
	if len(l.failed) > 0 {
		t.Errorf("%d of %d requests failed in %d restarts, such as %s", len(l.failed), l.sent.Load(), *restarts, l.failed[0])
	}
	t.Logf("%d requests, %d restarts", l.sent.Load(), *restarts)
	for _, r := range status(t, data) {
		if want := "v9.9.9"; r.State != "keeper" && r.Version != want {
			t.Errorf("process %d, %s: version %s, want %s", r.PID, r.Role, r.Version, want)
		}
	}

	// A successor that does not start leaves everything as it is.
	if err := os.WriteFile(path+".broken", []byte("#!/bin/sh\necho no such luck >&2\nexit 4\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".broken", path); err != nil {
		t.Fatal(err)
	}
	out, code := commandIn(t, "", "restart", "faq", "--data", data)
	if want := "the old process goes on: faq ended before it was ready: exit status 4: no such luck"; code != 1 || !strings.Contains(out, want) {
		t.Errorf("company restart faq: exit code %d, %s; want 1, %s", code, out, want)
	}
	if out, code = commandIn(t, "", "restart", "--data", data); code != 1 || !strings.Contains(out, "exit status 4") {
		t.Errorf("company restart: exit code %d, %s; want 1, exit status 4", code, out)
	}
	if status, _ := get(t, c.url+"/faq/"); status != http.StatusOK {
		t.Errorf("the FAQ after that: status %d", status)
	}
	c.interrupt(t)
}

// TestFamily goes over how the processes of "up --split" end, and what is left of them.
func TestFamily(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	t.Run("a child is killed", func(t *testing.T) {
		c := upSplit(t, data)
		was := process(t, data, "faq")
		if err := syscall.Kill(was, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the FAQ answers again", func() bool { code, _ := get(t, c.url+"/faq/"); return code == http.StatusOK })
		if now := process(t, data, "faq"); now == was {
			t.Errorf("the FAQ runs in process %d, which was killed", now)
		}
		c.interrupt(t)
	})
	t.Run("the parent is killed", func(t *testing.T) {
		c := upSplit(t, data)
		children := []int{process(t, data, "faq"), process(t, data, "tickets")}
		c.kill()
		eventually(t, "the children end", func() bool { return !slices.ContainsFunc(children, alive) })
		if out, code := commandIn(t, "", "status", "--data", data); code != 1 || !strings.Contains(out, "nothing runs here") {
			t.Errorf("company status: exit code %d, %s; want 1, nothing runs here", code, out)
		}
	})
	t.Run("its keeper is killed", func(t *testing.T) {
		c := upSplit(t, data)
		if out, code := commandIn(t, "", "restart", "--data", data); code != 0 {
			t.Fatalf("company restart: exit code %d, %s", code, out)
		}
		var heirs []int
		for _, r := range status(t, data) {
			if r.Parent != 0 {
				heirs = append(heirs, r.PID)
			}
		}
		if len(heirs) != 3 {
			t.Errorf("processes %v run for the keeper, want 3", heirs)
		}
		c.kill()
		eventually(t, "the heir and its children end", func() bool { return !slices.ContainsFunc(heirs, alive) })
	})
	t.Run("Ctrl-C", func(t *testing.T) {
		c := upSplit(t, data)
		stale, err := os.ReadDir(filepath.Join(data, "control"))
		if err != nil || len(stale) != 4 { // three processes and a lock
			t.Errorf("the folder of control sockets has %d entries, %v; want 4: those of killed processes are removed", len(stale), err)
		}
		children := []int{process(t, data, "faq"), process(t, data, "tickets")}
		c.interrupt(t)
		if slices.ContainsFunc(children, alive) {
			t.Errorf("of the children %v some are left", children)
		}
	})
	t.Run("SIGHUP", func(t *testing.T) {
		c := upSplit(t, data)
		if err := syscall.Kill(c.command.Process.Pid, syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		eventually(t, "there is a keeper", func() bool {
			return slices.ContainsFunc(status(t, data), func(r running) bool { return r.State == "keeper" })
		})
		c.interrupt(t)
	})
}

// TestCrashLoop: an app that cannot start is told clearly, who calls it gets an answer, and it comes back when it is mended.
func TestCrashLoop(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	c := upSplit(t, data)
	for _, suffix := range []string{"", "-wal", "-shm"} {
		os.Rename(filepath.Join(data, "faq.db"+suffix), filepath.Join(data, "kept.db"+suffix))
	}
	if err := os.Mkdir(filepath.Join(data, "faq.db"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(process(t, data, "faq"), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "/readyz says so", func() bool {
		code, body := get(t, c.url+"/readyz")
		return code == http.StatusServiceUnavailable && strings.Contains(body, `"faq":"unavailable"`)
	})
	if code, body := get(t, c.url+"/faq/"); code != http.StatusServiceUnavailable || !strings.Contains(body, "is away") {
		t.Errorf("the FAQ: status %d, want 503 and that it is away\n%s", code, body)
	}
	out, code := commandIn(t, "", "status", "--data", data)
	if code != 1 || !strings.Contains(out, "faq is failing: faq does not start: ") {
		t.Errorf("company status: exit code %d, %s; want 1, why the FAQ does not start", code, out)
	}
	if err := os.Remove(filepath.Join(data, "faq.db")); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		os.Rename(filepath.Join(data, "kept.db"+suffix), filepath.Join(data, "faq.db"+suffix))
	}
	if out, code := commandIn(t, "", "restart", "faq", "--data", data); code != 0 {
		t.Errorf("company restart faq, when it is mended: exit code %d, %s", code, out)
	}
	if code, _ := get(t, c.url+"/faq/"); code != http.StatusOK {
		t.Errorf("the FAQ, when it is mended: status %d", code)
	}
	c.interrupt(t)
	if want := "ended 5 times in "; !strings.Contains(c.out.String(), want) {
		t.Errorf("the log has no %q:\n%s", want, c.out)
	}
}

// TestDataFolders: projects in two data folders know nothing of each other, whatever their paths are.
func TestDataFolders(t *testing.T) {
	here := t.TempDir()
	long := strings.Repeat("a long way down/", 12) + "data"
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	one := upIn(t, here, path, long, "faq")
	two := upIn(t, here, path, "[x*] data", "faq")
	for data, c := range map[string]*child{long: one, "[x*] data": two} {
		out, code := commandIn(t, here, "status", "--data", data)
		if code != 0 || !strings.Contains(out, c.url) || strings.Count(out, "ready") != 1 {
			t.Errorf("company status --data %q: exit code %d, want 0 and %s alone\n%s", data, code, c.url, out)
		}
		if out, code := commandIn(t, here, "restart", "--data", data); code != 0 {
			t.Errorf("company restart --data %q: exit code %d\n%s", data, code, out)
		}
	}
	one.interrupt(t)
	two.interrupt(t)
}

func upSplit(t *testing.T, data string) *child {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	return upProgram(t, path, data, "--split", "faq,tickets")
}

func upProgram(t *testing.T, path, data string, args ...string) *child {
	t.Helper()
	return upIn(t, "", path, data, args...)
}

// upIn starts a program as a shell does, in a group of its own, and waits until it says that it is up.
func upIn(t *testing.T, folder, path, data string, args ...string) *child {
	t.Helper()
	c := &child{t: t, out: new(bytes.Buffer)}
	addr := freeAddress(t)
	c.url = "http://" + addr
	c.command = exec.Command(path, append([]string{"up", "--data", data, "--addr", addr}, args...)...)
	c.command.Dir, c.command.Stdout, c.command.Stderr = folder, c.out, c.out
	c.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := c.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.kill)
	eventually(t, "the project is up", func() bool {
		response, err := http.Get(c.url + "/readyz")
		if err != nil {
			return false
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
	return c
}

// interrupt is Ctrl-C, which reaches every process of the group, and waits until the process ends well.
func (c *child) interrupt(t *testing.T) {
	t.Helper()
	if err := syscall.Kill(-c.command.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := c.command.Wait(); err != nil {
		t.Errorf("company %v: %v after Ctrl-C, want exit code 0\n%s", c.command.Args[1:], err, c.out)
	}
}
