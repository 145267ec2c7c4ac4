package main

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// deployed is a process as the manifests for Kubernetes have it.
type deployed struct {
	args    []string
	environ []string
	addr    string // where the test runs it
}

var (
	argsLine = regexp.MustCompile(`(?m)^ +args: \[up, (.*), --addr`)
	envEntry = regexp.MustCompile(`(?m)^ +- name: ([A-Z_]+)\n +(?:value: "(.*)"|valueFrom: \{secretKeyRef: \{name: company, key: ([A-Z_]+)\}\})$`)
)

// TestDeployed runs the processes of "deploy kubernetes" with exactly the variables of the manifests, the values of "deploy secrets", and listening on all
// addresses, as in a cluster. Only the names of the services are those of this machine, and the databases and events are in files.
func TestDeployed(t *testing.T) {
	folder := t.TempDir()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	write := func(args ...string) {
		t.Helper()
		if out, err := exec.Command(path, append([]string{"deploy"}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("company deploy %v: %v\n%s", args, err, out)
		}
	}
	placement := filepath.Join(folder, "placement.yaml")
	text := "nats: true\nfront: {host: support.example.com}\nprocesses: {web: {apps: [frontend, faqcreator]}, tickets: {apps: [tickets]}, faq: {apps: [faq]}}"
	if err := os.WriteFile(placement, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	write("kubernetes", "--placement", placement, "--out", folder)
	write("secrets", "--placement", placement, "--out", filepath.Join(folder, "values.env"))
	all := readDeployed(t, folder, "web", "tickets", "faq")
	for name, d := range all {
		_, port, _ := net.SplitHostPort(d.addr)
		up(t, filepath.Join(folder, name), d.environ, d.addr, append(d.args, "--seed", "--addr", "0.0.0.0:"+port)...)
	}

	front := "http://" + all["web"].addr
	if status, body := getFrom(t, front+"/", "support.example.com"); status != http.StatusOK || strings.Contains(body, "is away") || !strings.Contains(body, "How do I charge my light?") {
		t.Errorf("the front, which calls faq and tickets: %d\n%s", status, body)
	}
	if status, _ := getAs(t, signedIn(t, front), front+"/tickets/"); status != http.StatusOK {
		t.Errorf("a page of tickets, through the front: %d, want 200", status)
	}
	for _, c := range []struct {
		url, host string
		want      int
	}{
		{"http://" + all["faq"].addr + "/v2/entries/1", "company-faq:8000", http.StatusUnauthorized}, // without a key
		{"http://" + all["faq"].addr + "/healthz", "localhost", http.StatusOK},                       // as the probes ask
		{"http://" + all["faq"].addr + "/readyz", "localhost", http.StatusOK},
		{"http://" + all["faq"].addr + "/", "elsewhere.example", http.StatusMisdirectedRequest},
	} {
		if status, body := getFrom(t, c.url, c.host); status != c.want {
			t.Errorf("GET %s for %s: %d, want %d\n%s", c.url, c.host, status, c.want, body)
		}
	}
}

// readDeployed reads the manifests and the values in folder.
func readDeployed(t *testing.T, folder string, names ...string) map[string]*deployed {
	t.Helper()
	values := map[string]string{}
	text, err := os.ReadFile(filepath.Join(folder, "values.env"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		values[name] = value
	}
	all, here := map[string]*deployed{}, []string{}
	for _, name := range names {
		all[name] = &deployed{addr: freeAddress(t)}
		here = append(here, "company-"+name+":8000", all[name].addr)
	}
	for name, d := range all {
		text, err := os.ReadFile(filepath.Join(folder, name+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		d.args = strings.Split(argsLine.FindStringSubmatch(string(text))[1], ", ")
		for _, m := range envEntry.FindAllStringSubmatch(string(text), -1) {
			value := m[2]
			if m[3] != "" {
				value = values[m[3]]
			}
			for name, secret := range values {
				value = strings.ReplaceAll(value, "$("+name+")", secret)
			}
			d.environ = append(d.environ, m[1]+"="+strings.NewReplacer(here...).Replace(value))
		}
	}
	return all
}

// getFrom asks for a page by the name of a host.
func getFrom(t *testing.T, url, host string) (int, string) {
	t.Helper()
	client := &http.Client{Transport: hostTransport(host)}
	return getAs(t, client, url)
}

// hostTransport sends requests for a host to wherever their URL says.
type hostTransport string

func (h hostTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Host = string(h)
	return http.DefaultTransport.RoundTrip(r)
}
