package run_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spinoff-go/spinoff/run"
)

// authority is a CA for a test.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string // its certificate
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(48 * time.Hour),
	}
	a := &authority{key: newECKey(t), file: filepath.Join(t.TempDir(), "ca.pem")}
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	writePEM(t, a.file, "CERTIFICATE", der)
	return a
}

func newECKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// writePEM replaces a file as those who renew certificates do.
func writePEM(t *testing.T, file, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(file+".new", pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		t.Fatal(err)
	}
}

// issue writes a certificate for name, good until then, and its key, into folder.
func (a *authority) issue(t *testing.T, folder, name string, until time.Time) (cert, key string) {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "certificate of " + name}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		NotBefore:   time.Now().Add(-24 * time.Hour), NotAfter: until,
	}
	if ip := net.ParseIP(name); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{name}
	}
	private := newECKey(t)
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, private.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	writePEM(t, key, "PRIVATE KEY", encoded)
	writePEM(t, cert, "CERTIFICATE", der)
	return cert, key
}

// record is a log that may be read while it is written.
type record struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *record) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(b)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

// serveOn serves a part of the bank on loopback until the test ends, and returns its address and its log.
func serveOn(t *testing.T, options run.Options) (addr string, log *record) {
	t.Helper()
	log = &record{}
	options.Log = slog.New(slog.NewTextHandler(log, nil))
	if options.Data == "" {
		options.Data = t.TempDir()
	}
	process, err := run.New(bank, options)
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	l, err := run.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
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
	return l.Addr().String(), log
}

// TestTLS lets a page call an app in another process, over TLS that is right and over TLS that is wrong in each way there is. What the page says
// is what a page does with any app that does not answer; the call's error and the log say which certificate it is, and what would be right.
func TestTLS(t *testing.T) {
	ours, theirs := newAuthority(t, "our CA"), newAuthority(t, "their CA")
	later, past := time.Now().Add(24*time.Hour), time.Now().Add(-time.Hour)
	cert, key := ours.issue(t, t.TempDir(), "127.0.0.1", later)
	for _, c := range []struct {
		name  string
		vault []string // the environment of the vault
		desk  []string // that of the desk, besides VAULT_API
		plain bool     // whether the desk calls http://
		want  string   // on the page
		away  bool     // whether its pages are away
	}{
		{"right", nil, []string{"SPINOFF_TLS_CA", ours.file}, false, "Consumer:desk", false},
		{"not trusted", nil, nil, false, `its certificate for 127.0.0.1 is signed by "our CA", whom this process does not trust`, true},
		{"another CA", nil, []string{"SPINOFF_TLS_CA", theirs.file}, false, `signed by "our CA", whom this process does not trust; name the file`, true},
		{"expired", pair(ours.issue(t, t.TempDir(), "127.0.0.1", past)), []string{"SPINOFF_TLS_CA", ours.file}, false, "its certificate for 127.0.0.1 has expired on " + past.UTC().Format(time.DateOnly), true},
		{"another host", pair(ours.issue(t, t.TempDir(), "vault.example", later)), []string{"SPINOFF_TLS_CA", ours.file}, false, "its certificate is for vault.example and not for 127.0.0.1", true},
		{"TLS to one who speaks none", []string{"SPINOFF_TLS_CERT", "", "SPINOFF_TLS_KEY", ""}, []string{"SPINOFF_TLS_CA", ours.file}, false, "it does not speak TLS", true},
		{"no TLS to one who speaks it", nil, nil, true, "status 400", false},

		{"a client certificate", []string{"SPINOFF_TLS_CLIENT_CA", ours.file}, append(pairOfClient(ours.issue(t, t.TempDir(), "shop.example", later)), "SPINOFF_TLS_CA", ours.file), false, "Consumer:desk", false},
		{"no client certificate", []string{"SPINOFF_TLS_CLIENT_CA", ours.file}, []string{"SPINOFF_TLS_CA", ours.file}, false, "it wants a certificate of this process, which has none: SPINOFF_TLS_CLIENT_CERT", true},
		{"a client certificate of another CA", []string{"SPINOFF_TLS_CLIENT_CA", ours.file}, append(pairOfClient(theirs.issue(t, t.TempDir(), "shop.example", later)), "SPINOFF_TLS_CA", ours.file), false, "SPINOFF_TLS_CLIENT_CERT", true},
		{"an expired client certificate", []string{"SPINOFF_TLS_CLIENT_CA", ours.file}, append(pairOfClient(ours.issue(t, t.TempDir(), "shop.example", past)), "SPINOFF_TLS_CA", ours.file), false, "it refuses the certificate of this process, that in SPINOFF_TLS_CLIENT_CERT", true},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			data := t.TempDir()
			addr, vaultLog := serveOn(t, run.Options{Data: data, Only: []string{"vault"}, Environ: environ(append([]string{"SPINOFF_TLS_CERT", cert, "SPINOFF_TLS_KEY", key}, c.vault...)...)})
			scheme := "https://"
			if c.plain {
				scheme = "http://"
			}
			front, log := serveOn(t, run.Options{Data: data, Environ: environ(append([]string{"VAULT_API", scheme + addr}, c.desk...)...)})
			if status, body, _ := ask(t, http.MethodGet, "http://"+front+"/desk/", nil); status != 200 || !strings.Contains(body, c.want) {
				t.Errorf("the desk: %d %s; want %q", status, body, c.want)
			}
			status, body, _ := ask(t, http.MethodGet, "http://"+front+"/vault/", map[string]string{"Accept": "text/html"})
			if c.away && (status != 503 || !strings.Contains(body, "vault is away") || !strings.Contains(log.String(), strings.ReplaceAll(c.want, `"`, `\"`))) {
				t.Errorf("the page of the vault: %d %s\nand the log of the front:\n%s\nwant that it is away, and %q", status, body, log, c.want)
			}
			if c.name == "expired" && !strings.Contains(vaultLog.String(), `certificate=127.0.0.1 problem="it has expired on `+past.UTC().Format(time.DateOnly)) {
				t.Errorf("the log of the vault:\n%s\nwant that its certificate has expired", vaultLog)
			}
			if c.name == "an expired client certificate" && !strings.Contains(log.String(), "certificate=shop.example problem=") {
				t.Errorf("the log of the front:\n%s\nwant that its certificate has expired", log)
			}
		})
	}
}

func pair(cert, key string) []string {
	return []string{"SPINOFF_TLS_CERT", cert, "SPINOFF_TLS_KEY", key}
}

func pairOfClient(cert, key string) []string {
	return []string{"SPINOFF_TLS_CLIENT_CERT", cert, "SPINOFF_TLS_CLIENT_KEY", key}
}

// TestCertificateNamesTheConsumer: where no key is sent, it is who the certificate is for; a key counts more, and where the app has keys, one that is wrong is refused.
func TestCertificateNamesTheConsumer(t *testing.T) {
	ca := newAuthority(t, "our CA")
	later := time.Now().Add(24 * time.Hour)
	cert, key1 := ca.issue(t, t.TempDir(), "127.0.0.1", later)
	support, secret := key(t, "support")
	addr, _ := serveOn(t, run.Options{Only: []string{"vault"}, Environ: environ("SPINOFF_TLS_CERT", cert, "SPINOFF_TLS_KEY", key1, "SPINOFF_TLS_CLIENT_CA", ca.file, "VAULT_KEYS", support)})
	shown, err := tls.LoadX509KeyPair(ca.issue(t, t.TempDir(), "shop.example", later))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{shown}, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true}}
	defer client.CloseIdleConnections()
	for _, c := range []struct {
		header map[string]string
		status int
		want   string
	}{
		{nil, 200, `"consumer":"shop.example"`},
		{withUser("support", secret), 200, `"consumer":"support"`},
		{withUser("support", "x"), 401, "need the name and the secret"},
		{map[string]string{"Spinoff-Consumer": "support"}, 200, `"consumer":"shop.example"`},
		{map[string]string{"Spinoff-Relayed": "call"}, 401, "need the name and the secret"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+addr+"/v1/who", nil)
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range c.header {
			r.Header.Set(name, value)
		}
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != c.status || !strings.Contains(string(body), c.want) || response.ProtoMajor != 2 {
			t.Errorf("with %v: %s, %d %s, %v; want %d with %s by HTTP/2", c.header, response.Proto, response.StatusCode, body, err, c.status, c.want)
		}
	}
}

// TestCertificatesAreReadAgain: the files of an expired certificate are replaced, and the process goes on with the new one; then by one that cannot be read.
func TestCertificatesAreReadAgain(t *testing.T) {
	ca, folder := newAuthority(t, "our CA"), t.TempDir()
	cert, key := ca.issue(t, folder, "127.0.0.1", time.Now().Add(-time.Hour))
	addr, log := serveOn(t, run.Options{Only: []string{"vault"}, Environ: environ("SPINOFF_TLS_CERT", cert, "SPINOFF_TLS_KEY", key)})
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	connect := func() error {
		dialer := tls.Dialer{Config: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
		c, err := dialer.DialContext(t.Context(), "tcp", addr)
		if err == nil {
			err = c.Close()
		}
		return err
	}
	if err := connect(); err == nil || !strings.Contains(err.Error(), "expired") {
		t.Fatalf("with an expired certificate: %v", err)
	}
	ca.issue(t, folder, "127.0.0.1", time.Now().Add(time.Hour))
	var err error
	for range 100 {
		if err = connect(); err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if err != nil {
		t.Fatalf("with a new certificate in the files: %v", err)
	}
	writePEM(t, key, "PRIVATE KEY", []byte("s3cret"))
	time.Sleep(1100 * time.Millisecond)
	for range 3 {
		if err := connect(); err != nil {
			t.Errorf("with files that cannot be read: %v", err)
		}
	}
	if n := strings.Count(log.String(), "the certificate that was read before goes on being used"); n != 1 || strings.Contains(log.String(), "s3cret") {
		t.Errorf("that they cannot be read is told %d times, want once and without what is in them:\n%s", n, log)
	}
}

func TestTLSThatIsWrong(t *testing.T) {
	ca := newAuthority(t, "our CA")
	cert, key1 := ca.issue(t, t.TempDir(), "127.0.0.1", time.Now().Add(time.Hour))
	_, other := ca.issue(t, t.TempDir(), "127.0.0.1", time.Now().Add(time.Hour))
	for _, c := range []struct {
		environ []string
		want    string
	}{
		{[]string{"SPINOFF_TLS_CERT", cert}, "SPINOFF_TLS_CERT and SPINOFF_TLS_KEY belong together"},
		{[]string{"SPINOFF_TLS_CLIENT_KEY", key1}, "SPINOFF_TLS_CLIENT_CERT and SPINOFF_TLS_CLIENT_KEY belong together"},
		{pair(cert, other), "the key does not belong to the certificate"},
		{pair(cert, "nowhere"), "SPINOFF_TLS_KEY: stat nowhere: no such file"},
		{pair(key1, key1), "SPINOFF_TLS_CERT="},
		{[]string{"SPINOFF_TLS_CA", key1}, "has no certificate; it is the PEM file of a CA"},
		{[]string{"SPINOFF_TLS_CA", "nowhere"}, "SPINOFF_TLS_CA: open nowhere"},
		{[]string{"SPINOFF_TLS_CLIENT_CA", ca.file}, "there is no TLS without SPINOFF_TLS_CERT"},
	} {
		if _, err := run.New(bank, run.Options{Data: t.TempDir(), Environ: environ(c.environ...)}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("New with %q: %v, want %q", c.environ, err, c.want)
		}
	}
}

// TestDoctorLooksAtCertificates: what has expired is an error, what is about to is a warning.
func TestDoctorLooksAtCertificates(t *testing.T) {
	ca := newAuthority(t, "our CA")
	day := 24 * time.Hour
	for _, c := range []struct {
		left  time.Duration
		level string
		want  string
	}{
		{-time.Hour, "error", "for 127.0.0.1: it has expired on "}, {10*day + time.Hour, "warning", "in 10 days; the new one is taken without a restart"}, {60 * day, "ok", "for 127.0.0.1: good until "},
	} {
		cert, key := ca.issue(t, t.TempDir(), "127.0.0.1", time.Now().Add(c.left))
		t.Setenv("SPINOFF_TLS_CERT", cert)
		t.Setenv("SPINOFF_TLS_KEY", key)
		var out strings.Builder
		run.Execute(t.Context(), bank, []string{"bank", "doctor", "--data", t.TempDir(), "--addr", "127.0.0.1:0"}, &out, io.Discard)
		if want := regexp.MustCompile("(?m)^" + c.level + " +SPINOFF_TLS_CERT +.*" + c.want); !want.MatchString(out.String()) {
			t.Errorf("doctor with a certificate for %s: got\n%s\nwant %s", c.left, out.String(), want)
		}
	}
}
