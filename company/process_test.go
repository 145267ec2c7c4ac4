package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// program builds the company's program once for all tests.
var program = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "company-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "company")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := program(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// child is a real process of the company.
type child struct {
	t       *testing.T
	command *exec.Cmd
	url     string
	out     *bytes.Buffer
}

// up starts "company up" with args, in a data folder and an environment, and waits until it answers.
func up(t *testing.T, data string, environ []string, addr string, args ...string) *child {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{t: t, url: "http://" + addr, out: new(bytes.Buffer)}
	c.command = exec.Command(path, append([]string{"up", "--data", data, "--addr", addr}, args...)...)
	c.command.Env = append(os.Environ(), environ...)
	c.command.Stdout, c.command.Stderr = c.out, c.out
	if err := c.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.kill)
	for range 400 {
		if response, err := http.Get(c.url + "/readyz"); err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return c
			}
		}
		time.Sleep(25 * time.Millisecond)
	}
	c.kill()
	t.Fatalf("company up %v does not get ready:\n%s", args, c.out)
	return nil
}

// kill ends the process as kill -9 does.
func (c *child) kill() {
	if c.command.ProcessState == nil {
		_ = c.command.Process.Kill()
		_ = c.command.Wait()
	}
}

// freeAddress returns an address on loopback that nothing listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// signedIn returns a client that has signed in with the example's account.
func signedIn(t *testing.T, front string) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	response, err := client.PostForm(front+"/signin", url.Values{"email": {"anna@example.com"}, "password": {"lumen-demo-lights"}})
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.Request.URL.Path != "/desk" {
		t.Fatalf("signing in leads to %s with status %d, want /desk", response.Request.URL, response.StatusCode)
	}
	return client
}

// get returns the status and the body of a page that anybody may see.
func get(t *testing.T, url string) (int, string) {
	t.Helper()
	return getAs(t, http.DefaultClient, url)
}

// getAs is get for somebody who has signed in.
func getAs(t *testing.T, client *http.Client, url string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// TestFromOutside: the commands of the tour work verbatim, in one process and with the FAQ apart.
func TestFromOutside(t *testing.T) {
	data := t.TempDir()
	apart := up(t, data, nil, freeAddress(t), "faq")
	front := up(t, data, []string{"FAQ_API=" + apart.url}, freeAddress(t))
	together := up(t, t.TempDir(), nil, freeAddress(t))
	commands := []struct{ command, want string }{
		{`curl -s $FAQ_API/create/ -d "question=my question" -d source=123`, `"question":"my question","source":123,"status":"draft"`},
		{`curl -s $FAQ_API/v1/create -d "question=my question" -d source=123`, `"question":"my question"`},
		{`curl -s $FAQ_API/v2/create -d "question=my question" -d source=123 -d related=456 -d related=789`, `"related_pending":[456,789]`},
		{`curl -s $FAQ_API/create/ -H 'Content-Type: application/json' -d '{"question": "in JSON", "source": 123}'`, `"question":"in JSON"`},
		{`curl -s $FAQ_API/v1/create -H 'Content-Type: application/json' -d '{"question": "in JSON", "source": 123}'`, `"question":"in JSON"`},
		{`curl -s $FAQ_API/v2/create -H 'Content-Type: application/json' -d '{"question": "in JSON", "source": 123, "related": [456]}'`, `"question":"in JSON"`},
		{`curl -s -o /dev/null -w '%{http_code}' $FAQ_API/create/ -d "question=no redirect" -d source=1`, `20`},
		{`curl -s $FAQ_API/v9/create -d "question=my question" -d source=123`, `service faq has no version 9; it has v1, v2`},
		{`curl -s $FAQ_API/v1/create -d "question=my question"`, `"pointer":"#/source","code":"required"`},
	}
	const curlTwice = `curl -s $FAQ_API/v1/create -H 'Idempotency-Key: "8e03978e-40d5"' -d "question=with a key" -d source=77 >/dev/null; ` +
		`curl -si $FAQ_API/v2/create -H 'Idempotency-Key: 8e03978e-40d5' -H 'Content-Type: application/json' -d '{"question": "with a key", "source": %d}'`
	commands = append(commands, []struct{ command, want string }{
		{fmt.Sprintf(curlTwice, 77), "Idempotency-Replayed: true"},
		{fmt.Sprintf(curlTwice, 77), "201 Created"}, // as the first time, although there is the draft by now
		{fmt.Sprintf(curlTwice, 78), `"type":"urn:problem-type:key_reused"`},
		{`curl -s $FAQ_API/create -H 'Idempotency-Key: one two' -d "question=x y" -d source=1`, `Idempotency-Key: it is one text in quotation marks`},
		{`curl -s -o /dev/null -w '%{http_code}' $FAQ_API/v2/entries/1 -H "If-None-Match: $(curl -si $FAQ_API/v2/entries/1 | tr -d '\r' | sed -n 's/^Etag: //p')"`, "304"},
	}...)
	if exec.Command("python3", "-c", "import requests").Run() == nil {
		commands = append(commands, struct{ command, want string }{
			`python3 -c "
import os, requests, uuid
key = {'Idempotency-Key': str(uuid.uuid4())}
for kind in 'data', 'json':
    r = requests.post(os.environ['FAQ_API'] + '/v1/create', headers=key, **{kind: {'question': 'a key from python', 'source': 123}})
    print(r.status_code, r.json()['question'], r.headers.get('Idempotency-Replayed'))"`,
			"a key from python true",
		})
		for _, version := range []string{"/create/", "/v1/create", "/v2/create"} {
			for _, kind := range []string{"data", "json"} {
				commands = append(commands, struct{ command, want string }{
					fmt.Sprintf(`python3 -c "import os, requests; r = requests.post(os.environ['FAQ_API'] + '%s', %s={'question': 'from python', 'source': 123}); r.raise_for_status(); print(r.text)"`, version, kind),
					`"question":"from python","source":123`,
				})
			}
		}
	} else {
		t.Log("Python's requests is not installed: its half is not tried")
	}
	for name, base := range map[string]string{"together": together.url + "/faq", "apart": apart.url, "apart, through the front": front.url + "/faq"} {
		t.Run(name, func(t *testing.T) {
			for _, c := range commands {
				command := exec.Command("sh", "-c", c.command)
				command.Env = append(os.Environ(), "FAQ_API="+base)
				out, err := command.CombinedOutput()
				if err != nil || !strings.Contains(string(out), c.want) {
					t.Errorf("%s\ngot %s %v, want %s", c.command, out, err, c.want)
				}
			}
		})
	}
}

// TestCallWithAKey calls by the shell: with a key, a second time is no second ticket.
func TestCallWithAKey(t *testing.T) {
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	call := func(key string) string {
		t.Helper()
		out, err := exec.Command(path, "call", "tickets.v1.create", "--data", data, "--idempotency-key", key, "subject=It blinks", "body=Red.", "email=ada@example.com").CombinedOutput()
		if err != nil {
			t.Fatalf("company call: %v\n%s", err, out)
		}
		return string(out)
	}
	first := call("one")
	if again := call("one"); again != first || !strings.Contains(first, `"number": `) {
		t.Errorf("the same key twice: %s, then %s; want the same ticket", first, again)
	}
	out, err := exec.Command(path, "call", "tickets.v1.create", "--data", data, "--idempotency-key", "drei Wörter", "subject=x", "body=y", "email=a@b").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "Idempotency-Key: it is one text in quotation marks") {
		t.Errorf("a key that no header can carry: got %s, %v", out, err)
	}
	if other := call("two"); other == first {
		t.Errorf("another key: %s again, want another ticket", other)
	}
}

// TestKillTheFAQ kills the process of the FAQ with SIGKILL: the desk and the help centre go on with a fallback, and recover by themselves.
func TestKillTheFAQ(t *testing.T) {
	data, addr := t.TempDir(), freeAddress(t)
	faq := up(t, data, nil, addr, "faq", "--seed")
	front := up(t, data, []string{"FAQ_API=" + faq.url}, freeAddress(t), "--seed")

	status, home := get(t, front.url+"/")
	if status != http.StatusOK || strings.Contains(home, "is away") {
		t.Fatalf("the home page with the FAQ: %d\n%s", status, home)
	}
	if status, found := get(t, front.url+"/help/search?q=charge"); status != http.StatusOK || !strings.Contains(found, "/help/") {
		t.Fatalf("the search with the FAQ: %d\n%s", status, found)
	}

	faq.kill()
	for _, path := range []string{"/", "/help/search?q=charge", "/contact", "/signin"} {
		if status, shown := get(t, front.url+path); status != http.StatusOK {
			t.Errorf("%s without the FAQ: status %d\n%s", path, status, shown)
		}
	}
	if _, shown := get(t, front.url+"/help/search?q=charge"); !strings.Contains(shown, "away") {
		t.Errorf("the search does not say that the FAQ is away:\n%s", shown)
	}
	desk := signedIn(t, front.url)
	for path, want := range map[string]string{"/desk": "away", "/tickets/": "Tickets", "/tickets/1001": "The FAQ is away; no suggestions."} {
		if status, shown := getAs(t, desk, front.url+path); status != http.StatusOK || !strings.Contains(shown, want) {
			t.Errorf("%s without the FAQ: status %d, want 200 with %q\n%s", path, status, want, shown)
		}
	}
	if status, shown := getAs(t, desk, front.url+"/faq/"); status != http.StatusServiceUnavailable || !strings.Contains(shown, "Knowledge base is away") {
		t.Errorf("a page of the FAQ without the FAQ: status %d, want 503\n%s", status, shown)
	}

	up(t, data, nil, addr, "faq")
	deadline := time.Now().Add(15 * time.Second)
	for {
		status, found := get(t, front.url+"/help/search?q=charge")
		if status == http.StatusOK && !strings.Contains(found, "away") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the search does not recover: %d\n%s", status, found)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// TestStartUpError: a service that nobody provides is an error at start, which says which, who needs it, and which variable to set.
func TestStartUpError(t *testing.T) {
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, path, "up", "--without", "faq", "--data", t.TempDir(), "--addr", freeAddress(t))
	out, err := command.CombinedOutput()
	lines := bufio.NewScanner(bytes.NewReader(out))
	if err == nil || !lines.Scan() || command.ProcessState.ExitCode() != 1 {
		t.Fatalf("company up --without faq: %v\n%s", err, out)
	}
	for _, want := range []string{"app tickets uses service faq.v2, which nobody provides", "FAQ_API=http://"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("company up --without faq says\n%s\nwant %q", out, want)
		}
	}
}
