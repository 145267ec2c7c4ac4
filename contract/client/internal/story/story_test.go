// Package story tells one story to a real service in every language that clients are made in.
package story_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/faq"
	"github.com/spinoff-go/spinoff/contract/client"
	"github.com/spinoff-go/spinoff/spinofftest"
)

// story is what the story prints in every language.
const story = `created 201 true 0:00:00
got How do I reset it? draft
repeated 201
listed 5 in 3
stale faq.stale 412 true
updated 2 true
invalid #/question #/source
missing there is no such FAQ entry
killed 201 1
unavailable 503 false
waited 201
later 503
timeout timeout
refused #/id
deprecated 1 true true
secret false
`

// flaky stands between a client and the service: it kills the connection after the service has answered, answers with 503 the next time, with 409 and a
// time to wait, with 503 and a time that is too long, does not answer at all, and says that the search is deprecated.
type flaky struct {
	proxy *httputil.ReverseProxy
	mu    sync.Mutex
	tries map[string]int       // by Idempotency-Key
	first map[string]time.Time // when the first try was answered
}

func (f *flaky) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user, secret, _ := r.BasicAuth()
	if user != "desk" || secret != "se/cret" || r.Header.Get("Spinoff-Timeout-Ms") == "" {
		http.Error(w, "no name, no secret, or no time", http.StatusUnauthorized)
		return
	}
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	switch {
	case strings.HasSuffix(r.URL.Path, "/slow"):
		<-r.Context().Done()
		return
	case strings.HasSuffix(r.URL.Path, "/search"):
		w.Header().Set("Deprecation", "@1793491200")
		w.Header().Set("Sunset", "Sat, 01 May 2027 00:00:00 GMT")
	case bytes.Contains(body, []byte("waits")):
		if try, since := f.try(r); try == 1 {
			problem(w, http.StatusConflict, "in_flight", "1")
			return
		} else if since < time.Second {
			problem(w, http.StatusTooEarly, "too_early", "")
			return
		}
	case bytes.Contains(body, []byte("later")):
		if try, _ := f.try(r); try == 1 { // a second try would succeed
			problem(w, http.StatusServiceUnavailable, "unavailable", "3600")
			return
		}
	case bytes.Contains(body, []byte("killed")):
		switch try, _ := f.try(r); try {
		case 1:
			f.proxy.ServeHTTP(httptest.NewRecorder(), r) // it takes effect
			panic(http.ErrAbortHandler)
		case 2:
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
	}
	f.proxy.ServeHTTP(w, r)
}

// try returns how often a call was sent, and the time since the first try.
func (f *flaky) try(r *http.Request) (int, time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := r.Header.Get("Idempotency-Key")
	if f.tries[key]++; f.tries[key] == 1 {
		f.first[key] = time.Now()
	}
	return f.tries[key], time.Since(f.first[key])
}

// problem answers with a problem, and how many seconds to wait.
func problem(w http.ResponseWriter, status int, code, after string) {
	w.Header().Set("Content-Type", "application/problem+json")
	if after != "" {
		w.Header().Set("Retry-After", after)
	}
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"type":"urn:problem-type:%s","title":"told by the test","status":%d}`, code, status)
}

// serve runs the FAQ behind flaky and returns what FAQ_API is.
func serve(t *testing.T) string {
	t.Helper()
	site := spinofftest.Together(t, spinoff.Project{Name: "story", Apps: []spinoff.New{faq.New}})
	behind, err := url.Parse(site.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(behind)
		r.Out.Header.Del("Authorization")
	}}
	server := httptest.NewServer(&flaky{proxy: proxy, tries: map[string]int{}, first: map[string]time.Time{}})
	t.Cleanup(server.Close)
	return strings.Replace(server.URL, "http://", "http://desk:se%2Fcret@", 1) + "/faq"
}

// run runs a command in a folder, and returns what it prints.
func run(t *testing.T, dir, api, name string, args ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), name, args...)
	c.Dir = dir
	c.Env = append(os.Environ(), "FAQ_API="+api, "ODD_API="+api, "GOFLAGS=-mod=mod", "GOWORK=off", "PYTHONDONTWRITEBYTECODE=1")
	var out, errors bytes.Buffer
	c.Stdout, c.Stderr = &out, &errors
	if err := c.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out.String(), errors.String())
	}
	return out.String()
}

// need skips a test without a program.
func need(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("this test needs %s, which is not here", program)
	}
}

// put writes the clients of the documents in a language, and a file of testdata, into a new folder.
func put(t *testing.T, language, storyFile, as string) string {
	t.Helper()
	dir := t.TempDir()
	for name, document := range map[string]string{"faqv2": "../../../../apps/faq/faqv2/contract.json", "nastyv1": "../../testdata/nasty.json"} {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		file, err := client.Generate(document, text, language)
		if err != nil {
			t.Fatal(err)
		}
		where := file.Name
		if language == "go" {
			where = filepath.Join(name, where)
		}
		write(t, filepath.Join(dir, where), file.Text)
	}
	copyOf(t, storyFile, filepath.Join(dir, as))
	return dir
}

// copyOf writes a file of testdata to another place.
func copyOf(t *testing.T, name, to string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	write(t, to, text)
}

func write(t *testing.T, name string, text []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

func told(t *testing.T, got string) {
	t.Helper()
	if diff := cmp.Diff(story, got); diff != "" {
		t.Errorf("the story (-want +got):\n%s", diff)
	}
}

func TestStoryGo(t *testing.T) {
	dir := put(t, "go", "main.go.txt", "main.go")
	write(t, filepath.Join(dir, "go.mod"), []byte("module story\n\ngo 1.24\n"))
	run(t, dir, "", "go", "vet", "./...")
	told(t, run(t, dir, serve(t), "go", "run", "."))
}

func TestStoryPython(t *testing.T) {
	need(t, "python3")
	dir := put(t, "python", "story.py", "story.py")
	run(t, dir, "", "python3", "-W", "error", "-m", "compileall", "-q", ".")
	run(t, dir, "", "python3", "-W", "error", "-c", "import nastyv1")
	told(t, run(t, dir, serve(t), "python3", "story.py"))
}

// TestStoryPythonSession: with session=, everything is as it is without.
func TestStoryPythonSession(t *testing.T) {
	needRequests(t)
	dir := put(t, "python", "story.py", "story.py")
	told(t, run(t, dir, serve(t), "python3", "story.py", "session"))
}

// needRequests skips a test without the package requests of Python.
func needRequests(t *testing.T) {
	t.Helper()
	need(t, "python3")
	if err := exec.CommandContext(t.Context(), "python3", "-c", "import requests").Run(); err != nil {
		t.Skip("this test needs the package requests of Python (pip install requests), which is not here")
	}
}

func TestStoryTypeScript(t *testing.T) {
	dir := put(t, "typescript", "story.ts", "story.ts")
	compile(t, dir)
	told(t, run(t, dir, serve(t), "node", "story.js"))
}

// compile makes JavaScript of the TypeScript in a folder, checked as strictly as there is. It skips a test without Node or the compiler.
func compile(t *testing.T, dir string) {
	t.Helper()
	need(t, "node")
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Skip(err)
	}
	compiler := filepath.Join(cache, "spinoff", "typescript", "node_modules", "typescript", "bin", "tsc")
	if _, err := os.Stat(compiler); err != nil {
		t.Skip("this test needs the TypeScript compiler; scripts/install-typescript installs it")
	}
	write(t, filepath.Join(dir, "package.json"), []byte(`{"type": "module"}`))
	write(t, filepath.Join(dir, "tsconfig.json"), []byte(`{"compilerOptions": {"strict": true, "noUncheckedIndexedAccess": true, "exactOptionalPropertyTypes": true,
		"noImplicitOverride": true, "noUnusedLocals": true, "target": "es2022", "module": "es2022", "moduleResolution": "bundler", "lib": ["es2022", "dom", "dom.iterable"], "types": []}}`))
	run(t, dir, "", "node", compiler, "-p", ".")
}

func TestStoryCurl(t *testing.T) {
	need(t, "curl")
	dir := put(t, "curl", "story.sh", "story.sh")
	run(t, dir, "", "sh", "-n", "faqv2.sh")
	run(t, dir, "", "sh", "-n", "nastyv1.sh")
	told(t, run(t, dir, serve(t), "sh", "story.sh"))
}

// fetch returns what a server answers to a GET.
func fetch(t *testing.T, url string) []byte {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s, %v", url, response.Status, err)
	}
	return text
}
