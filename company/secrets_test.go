package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spinoff-go/spinoff/keys"
)

// told is everything that processes have said, by what they were asked.
type told struct {
	mu   sync.Mutex
	said map[string]string
}

func (s *told) add(what, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.said[what] = text
}

// confidence is something that nobody may read anywhere.
type confidence struct{ name, text string }

// without fails the test where a secret was said, in any form in which it could be written.
func (s *told) without(t *testing.T, secrets []confidence) {
	t.Helper()
	for what, text := range s.said {
		for _, secret := range secrets {
			for _, form := range []string{secret.text, url.QueryEscape(secret.text), base64.StdEncoding.EncodeToString([]byte(secret.text))} {
				if i := strings.Index(text, form); i >= 0 {
					t.Errorf("%s tells %s:\n…%s…", what, secret.name, text[max(0, i-200):min(len(text), i+len(form)+50)])
					break
				}
			}
		}
	}
}

// command runs the company's program and keeps what it says. One that goes on, as "up" does, is ended after a while.
func (s *told) command(t *testing.T, environ []string, args ...string) {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Error(err)
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	c := exec.CommandContext(ctx, path, args...)
	c.Env = append(os.Environ(), environ...)
	out, _ := c.CombinedOutput() // most of these commands fail, as they should
	s.add(strings.Join(args, " ")+" with "+strings.Join(environ, " "), string(out))
}

// TestNoSecretIsTold starts real processes with secrets wherever there can be some, goes wrong in many ways, and looks for the secrets in all that is said.
func TestNoSecretIsTold(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts some eighty processes")
	}
	supportKey, supportSecret, err := keys.New("support", "")
	if err != nil {
		t.Fatal(err)
	}
	frontKey, frontSecret, err := keys.New("front", "")
	if err != nil {
		t.Fatal(err)
	}
	const inURL, inDatabase, inNATS, inName, inMetrics = "s3cret-in-the-url", "s3cret-of-the-database", "s3cret-of-nats", "s3cret-password", "s3cret-of-metrics"
	seed := make([]byte, 32)
	rand.Read(seed)
	identity := base64.StdEncoding.EncodeToString(seed)
	secrets := []confidence{
		{"the secret of support", supportSecret},
		{"the secret of the front", frontSecret},
		{"a secret in a URL", inURL},
		{"the password of a database", inDatabase},
		{"the password of NATS", inNATS},
		{"the key of the metrics", inMetrics},
		{"the identity key", identity},
		{"the password of a person", inName},
	}
	said := &told{said: map[string]string{}}

	// Settings that are wrong, or lead nowhere.
	nowhere := freeAddress(t)
	var wait sync.WaitGroup
	slots := make(chan struct{}, 6)
	for _, environ := range [][]string{
		{"FAQ_API=http://support:" + inURL + "@" + nowhere},
		{"FAQ_API=https://support:" + inURL + "@" + nowhere},
		{"FAQ_API=support:" + inURL + "@" + nowhere},
		{"FAQ_API=http://support:" + inURL + "@" + nowhere + ":x"},
		{"FAQ_API=http://support:" + inURL + " @" + nowhere},
		{"FAQ_API=http://support:%zz" + inURL + "@" + nowhere},
		{"FAQ_API=http://" + inURL + "@" + nowhere},
		{"FAQ_API=http://support:" + inURL + "@" + nowhere + "?x=y"},
		{"FAQ_API=http://support:" + inURL + "@\x01" + nowhere},
		{"FAQ_API=ftp://support:" + inURL + "@" + nowhere},
		{"FAQ_API=http://support:" + inURL + "@" + nowhere + ",http://support:" + inURL + "@"},
		{"FAQ_DATABASE_URL=postgres://faq:" + inDatabase + "@" + nowhere + "/faq"},
		{"FAQ_DATABASE_URL=postgres://faq:" + inDatabase + "@" + nowhere + ":x/faq"},
		{"FAQ_DATABASE_URL=postgres://faq:" + inDatabase + "@" + nowhere + "/faq?sslmode=nonsense"},
		{"FAQ_DATABASE_URL=postgres://faq:%zz" + inDatabase + "@" + nowhere + "/faq"},
		{"FAQ_DATABASE_URL=mysql://faq:" + inDatabase + "@" + nowhere + "/faq"},
		{"FAQ_DATABASE_URL=host=127.0.0.1 password=" + inDatabase},
		{"DATABASE_URL=postgres://all:" + inDatabase + "@" + nowhere + "/all?schema=x"},
		{"NATS_URL=nats://user:" + inNATS + "@" + nowhere},
		{"NATS_URL=nats://user:" + inNATS + "@" + nowhere + ":x"},
		{"NATS_URL=user:" + inNATS + "@%zz"},
		{"FAQ_KEYS=support:" + inURL},
		{"FAQ_KEYS=" + inURL},
		{"FAQ_KEYS=" + inURL + ":" + supportKey.Hash, "FAQ_KEYS_FILE=" + t.TempDir()},
		{"SPINOFF_IDENTITY_KEY=" + identity + "x"},
		{"SPINOFF_IDENTITY_KEY=" + identity + "," + inURL},
	} {
		commands := [][]string{{"up", "--addr", "127.0.0.1:0"}, {"doctor", "--addr", "127.0.0.1:0"}, {"call", "faq.v1.search", "q=x"}}
		switch variable, _, _ := strings.Cut(environ[0], "="); variable {
		case "FAQ_KEYS":
			commands = append(commands, []string{"keys", "list"})
		case "FAQ_DATABASE_URL":
			commands = append(commands, []string{"routes"})
		}
		for _, args := range commands {
			folder := t.TempDir()
			wait.Go(func() {
				slots <- struct{}{}
				said.command(t, environ, append(args, "-v", "--data", folder)...)
				<-slots
			})
		}
	}
	wait.Wait()

	// A certificate that does not fit, with a key in PEM.
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	pemFile := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(pemFile, text, 0o600); err != nil {
		t.Fatal(err)
	}
	secrets = append(secrets, confidence{"a TLS key", strings.Split(string(text), "\n")[1]})
	for _, environ := range [][]string{{"SPINOFF_TLS_CERT=" + pemFile, "SPINOFF_TLS_KEY=" + pemFile}, {"SPINOFF_TLS_CA=" + pemFile}} {
		said.command(t, environ, "doctor", "--data", t.TempDir())
	}

	// Two processes that work, called with good keys and bad ones, and asked for all that they show.
	data := t.TempDir()
	common := []string{"SPINOFF_METRICS_KEY=" + inMetrics, "SPINOFF_IDENTITY_KEY=" + identity, "FAQ_KEYS=" + supportKey.String() + "," + frontKey.String()}
	faq := up(t, data, common, freeAddress(t), "faq", "--seed", "-v")
	front := up(t, data, append(common, "FAQ_API=http://front:"+frontSecret+"@"+strings.TrimPrefix(faq.url, "http://"), "TICKETS_KEYS="+supportKey.String()), freeAddress(t), "--seed", "-v")
	visit := func(address string) {
		for _, accept := range []string{"text/html", "application/json"} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Accept", accept)
			r.Header.Set("Spinoff-Person", inURL)
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				continue // the process is stopped; what it says is looked at below
			}
			said.add(fmt.Sprint("GET ", r.URL.Path, " as ", accept, " by ", len(r.URL.User.String())), readAll(t, response))
		}
	}
	pages := []string{"/", "/readyz", "/healthz", "/metrics", "/faq/", "/faq/openapi.json", "/faq/v2/openapi.json", "/faq/v1/docs", "/faq/v9/x", "/faq/v1/search?q=x", "/faq/v2/entries/0", "/tickets/", "/tickets/v1/x", "/nothing"}
	for _, user := range []string{"", "support:" + supportSecret + "@", "support:" + frontSecret + "@", "support:" + inURL + "@", supportSecret + ":@"} {
		for _, c := range []*child{faq, front} {
			for _, page := range pages {
				visit("http://" + user + strings.TrimPrefix(c.url, "http://") + page)
			}
		}
	}
	response, err := http.PostForm(front.url+"/signin", url.Values{"email": {"anna@example.com"}, "password": {inName}})
	if err != nil {
		t.Fatal(err)
	}
	said.add("POST /signin", readAll(t, response))
	for _, address := range []string{"http://front:" + frontSecret + "@" + strings.TrimPrefix(faq.url, "http://"), "http://front:" + inURL + "@" + strings.TrimPrefix(faq.url, "http://")} {
		for _, args := range [][]string{{"call", "faq.v2.get", "id=0"}, {"call", "faq.v1.search", "q=x"}, {"doctor"}, {"routes"}} {
			said.command(t, []string{"FAQ_API=" + address}, append(args, "-v", "--data", data)...)
		}
	}
	faq.kill()
	for _, page := range pages {
		visit(front.url + page)
	}
	front.kill()
	said.add("the log of the FAQ", faq.out.String())
	said.add("the log of the front", front.out.String())
	if !strings.Contains(faq.out.String(), "call refused") || !strings.Contains(front.out.String(), "does not answer") {
		t.Errorf("nothing has gone wrong, so that nothing can be said:\n%s\n%s", faq.out, front.out)
	}
	said.without(t, secrets)
}

// readAll returns an answer with its headers.
func readAll(t *testing.T, response *http.Response) string {
	t.Helper()
	defer response.Body.Close()
	var b strings.Builder
	if err := response.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
