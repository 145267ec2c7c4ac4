package run_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/call"
	"github.com/spinoff-go/spinoff/keys"
	"github.com/spinoff-go/spinoff/run"
)

// The vault says who calls and who is signed in.
type known struct {
	Consumer string `json:"consumer"`
	Person   string `json:"person"`
}

var whoAmI = spinoff.Endpoint[struct{}, known]{Service: spinoff.Service{Name: "vault", Version: 1}, Route: "GET /who"}

func vault(spinoff.Env) (spinoff.App, error) {
	return spinoff.App{
		Name: "vault",
		Provides: []spinoff.Handler{whoAmI.Serve(func(ctx context.Context, _ struct{}) (known, error) {
			o := spinoff.OriginOf(ctx)
			return known{o.Consumer, o.Person.Name}, nil
		})},
		Views: []spinoff.View{{Route: "GET /{$}", Public: true, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, "the vault, for %q", spinoff.OriginOf(r.Context()).Person.Name)
		})}},
	}, nil
}

// desk has a page that calls the vault.
func desk(env spinoff.Env) (spinoff.App, error) {
	return spinoff.App{
		Name: "desk", Uses: []spinoff.Service{whoAmI.Service},
		Views: []spinoff.View{{Route: "GET /{$}", Public: true, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			out, err := whoAmI.Call(r.Context(), env.Calls, struct{}{})
			fmt.Fprintf(w, "desk: %+v %v", out, err)
		})}},
	}, nil
}

var bank = spinoff.Project{Name: "Bank", Apps: []spinoff.New{door, desk, vault}}

// key makes a key for a test.
func key(t *testing.T, consumer string) (entry, secret string) {
	t.Helper()
	k, secret, err := keys.New(consumer, "")
	if err != nil {
		t.Fatal(err)
	}
	return k.String(), secret
}

func environ(pairs ...string) func(string) string {
	values := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		values[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return values[name] }
}

// TestCallsThroughTheFront sends calls of an app that runs elsewhere to the process in front of it, in every distribution of keys.
func TestCallsThroughTheFront(t *testing.T) {
	support, supportSecret := key(t, "support")
	front, frontSecret := key(t, "front")
	const wants = "calls of vault need the name and the secret of a consumer"
	for _, c := range []struct {
		name             string
		ofFront, ofVault string            // keys
		user             string            // in VAULT_API of the front
		header           map[string]string // of the caller
		status           int
		want             string
	}{
		{"no keys", "", "", "", nil, 200, `{"consumer":"","person":""}`},
		{"no keys, a name", "", "", "", map[string]string{"Spinoff-Consumer": "support"}, 200, `{"consumer":"support"`},
		{"no keys, a user", "", "", "", withUser("support", "x"), 200, `{"consumer":"support"`},
		{"no keys, a forged statement", "", "", "", map[string]string{"Spinoff-Statement": "e30.e30", "Spinoff-Consumer": "support"}, 200, `{"consumer":"support"`},

		{"keys at the front", support, "", "", withUser("support", supportSecret), 200, `{"consumer":"support"`},
		{"keys at the front, none sent", support, "", "", map[string]string{"Spinoff-Consumer": "support"}, 401, wants},
		{"keys at the front, a wrong one", support, "", "", withUser("support", frontSecret), 401, wants},

		{"keys at both", support, support, "", withUser("support", supportSecret), 200, `{"consumer":"support"`},
		{"keys at both, and the front has one", support, front, "front:" + frontSecret + "@", withUser("support", supportSecret), 200, `{"consumer":"support"`},
		{"keys at both, that of the front is wrong", support, front, "front:" + supportSecret + "@", withUser("support", supportSecret), 401, wants},
		{"keys at both, the caller has that of the front", support, front, "front:" + frontSecret + "@", withUser("front", frontSecret), 401, wants},

		{"keys at the vault", "", support, "", withUser("support", supportSecret), 200, `{"consumer":"support"`},
		{"keys at the vault, none sent", "", support, "", map[string]string{"Spinoff-Consumer": "support"}, 401, wants},
		{"keys at the vault, and the front has one, which is not lent", "", support + "," + front, "front:" + frontSecret + "@", nil, 401, wants},
		{"keys at the vault, the caller's counts and not the front's", "", support + "," + front, "front:" + frontSecret + "@", withUser("support", supportSecret), 200, `{"consumer":"support"`},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			data := t.TempDir()
			back := start(t, bank, run.Options{Data: data, Only: []string{"vault"}, Environ: environ("VAULT_KEYS", c.ofVault)})
			address := "http://" + c.user + strings.TrimPrefix(back.URL, "http://")
			server := start(t, bank, run.Options{Data: data, Environ: environ("VAULT_API", address, "VAULT_KEYS", c.ofFront)})

			status, body, header := ask(t, http.MethodGet, server.URL+"/vault/v1/who", c.header)
			if status != c.status || !strings.Contains(body, c.want) {
				t.Errorf("the call: %d %s; want %d with %s", status, body, c.status, c.want)
			}
			if challenge := header.Get("WWW-Authenticate"); (challenge == `Basic realm="vault", charset="UTF-8"`) != (status == 401) {
				t.Errorf("the call: WWW-Authenticate %q with status %d", challenge, status)
			}
			// Pages are for everybody, and nobody is asked for a password; who is signed in is known to both.
			anna := map[string]string{"Cookie": "sesame=Anna", "Spinoff-Person": "e30.e30", "Accept": "text/html"}
			status, body, header = ask(t, http.MethodGet, server.URL+"/vault/", anna)
			if status != 200 || body != `the vault, for "Anna"` || header.Get("WWW-Authenticate") != "" {
				t.Errorf("the page: %d %s, WWW-Authenticate %q; want it for Anna, and no question", status, body, header.Get("WWW-Authenticate"))
			}
			// An app of the front calls by the key of its address, or as a process of the project.
			want := "Consumer:desk"
			if c.user != "" && c.ofVault != "" {
				want = "Consumer:front"
			}
			if strings.HasSuffix(c.name, "that of the front is wrong") {
				want = wants
			}
			if _, body, _ = ask(t, http.MethodGet, server.URL+"/desk/", nil); !strings.Contains(body, want) {
				t.Errorf("the app at the front: %s; want %s", body, want)
			}
		})
	}
}

// TestStolenStatements sends good statements of the project from outside, as somebody could who has read them on their way. The front drops them; the app
// itself believes them, until their minute is over (docs/security.md says what helps).
func TestStolenStatements(t *testing.T) {
	data := t.TempDir()
	back := start(t, bank, run.Options{Data: data, Only: []string{"vault"}})
	server := start(t, bank, run.Options{Data: data, Environ: environ("VAULT_API", back.URL)})
	identity, err := call.LoadIdentity(filepath.Join(data, "identity.key"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	stolen := map[string]string{"Spinoff-Person": identity.Sign(spinoff.Person{Email: "eve@example.com", Name: "Eve"}, "vault"), "Spinoff-Statement": identity.SignConsumer("desk", "vault")}
	for _, c := range []struct{ address, want string }{
		{server.URL + "/vault/v1/who", `{"consumer":"desk","person":""}`}, // who calls is proven by a statement, wherever it comes in
		{server.URL + "/vault/", `the vault, for ""`},
		{back.URL + "/v1/who", `{"consumer":"desk","person":"Eve"}`},
		{back.URL + "/", `the vault, for "Eve"`},
	} {
		if status, body, _ := ask(t, http.MethodGet, c.address, stolen); status != 200 || strings.TrimSpace(body) != c.want {
			t.Errorf("GET %s: %d %s, want %s", c.address, status, body, c.want)
		}
	}
	stolen["Spinoff-Person"] = identity.Sign(spinoff.Person{Email: "eve@example.com"}, "desk")
	if status, body, _ := ask(t, http.MethodGet, back.URL+"/v1/who", stolen); status != 401 || !strings.Contains(body, "it was made for") {
		t.Errorf("a statement for the desk, sent to the vault: %d %s, want 401", status, body)
	}
}

// TestExposed listens where other machines could come: only with keys, and with a front that passes on no call that nobody has asked.
func TestExposed(t *testing.T) {
	support, secret := key(t, "support")
	process, err := run.New(bank, run.Options{Data: t.TempDir(), Environ: environ(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	l := everywhere(t)
	if err := process.Serve(t.Context(), l); err == nil || !strings.Contains(err.Error(), "could call vault, by any name") || !strings.Contains(err.Error(), "keys add vault NAME") {
		t.Errorf("Serve without keys: %v", err)
	}

	whole := serveEverywhere(t, run.Options{Data: t.TempDir(), Environ: environ("VAULT_KEYS", support)})
	if status, body, _ := ask(t, http.MethodGet, whole+"/vault/v1/who", nil); status != 401 {
		t.Errorf("a call without a key: %d %s", status, body)
	}
	if status, body, _ := ask(t, http.MethodGet, whole+"/vault/v1/who", withUser("support", secret)); status != 200 {
		t.Errorf("a call with a key: %d %s", status, body)
	}

	// The vault listens on loopback, and believes every name; the front, which others reach, has no keys of it.
	back := start(t, bank, run.Options{Data: t.TempDir(), Only: []string{"vault"}})
	front := serveEverywhere(t, run.Options{Data: t.TempDir(), Environ: environ("VAULT_API", back.URL)})
	for _, header := range []map[string]string{nil, {"Spinoff-Consumer": "support"}, withUser("support", secret), {"Spinoff-Relayed": "call"}} {
		for _, path := range []string{"/vault/v1/who", "/vault/who", "/vault/v1/who/", "/vault/v9/new"} {
			if status, body, _ := ask(t, http.MethodGet, front+path, header); status != 401 {
				t.Errorf("GET %s through a front without keys, with %v: %d %s; want 401", path, header, status, body)
			}
		}
	}
	if status, body, _ := ask(t, http.MethodGet, front+"/vault/", nil); status != 200 {
		t.Errorf("a page through that front: %d %s", status, body)
	}
}

func withUser(name, secret string) map[string]string {
	r := &http.Request{Header: http.Header{}}
	r.SetBasicAuth(name, secret)
	return map[string]string{"Authorization": r.Header.Get("Authorization")}
}

// everywhere listens on all addresses of this machine.
func everywhere(t *testing.T) net.Listener {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// serveEverywhere serves the bank on all addresses until the test ends, and returns where it answers.
func serveEverywhere(t *testing.T, options run.Options) string {
	t.Helper()
	options.Log = slog.New(slog.DiscardHandler)
	process, err := run.New(bank, options)
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	l := everywhere(t)
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- process.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
		if err := process.Close(); err != nil {
			t.Error(err)
		}
	})
	return fmt.Sprintf("http://127.0.0.1:%d", l.Addr().(*net.TCPAddr).Port)
}
