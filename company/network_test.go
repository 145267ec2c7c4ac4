//go:build linux

package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spinoff-go/spinoff/internal/lan"
	"github.com/spinoff-go/spinoff/keys"
)

// apart is the company on two machines: the FAQ on one, everything else, with the visitors, on the other.
type apart struct {
	network    *lan.Network
	front, faq *lan.Host
	other      *lan.Host // where a test wants a second FAQ
	data       string
	hash       string // of the front's key
	secret     string
	out        output // of the front
}

// output is what a process says, to be read while it goes on.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(text []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(text)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func onTwoMachines(t *testing.T) *apart {
	network, hosts := lan.New(t, "front", "faq", "other")
	key, secret, err := keys.New("front", "")
	if err != nil {
		t.Fatal(err)
	}
	return &apart{network: network, front: hosts["front"], faq: hosts["faq"], other: hosts["other"], data: t.TempDir(), hash: key.String(), secret: secret}
}

// faqURL is the value of FAQ_API.
func (a *apart) faqURL(scheme string, at *lan.Host) string {
	return fmt.Sprintf("%s://front:%s@%s:8001", scheme, a.secret, at.Addr)
}

// startFAQ starts the FAQ on its machine, and waits until it answers there.
func (a *apart) startFAQ(t *testing.T, environ ...string) {
	t.Helper()
	address := fmt.Sprintf("%s:8001", a.faq.Addr)
	a.start(t, a.faq, io.Discard, append(environ, "FAQ_KEYS="+a.hash, "SPINOFF_HOSTS="+a.faq.Addr.String()), "--addr", address, "--seed", "faq")
	await(t, "the FAQ", func() bool {
		conn, err := a.faq.Dial(t.Context(), "tcp", address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
}

// startFront starts the rest, and waits until its pages are there.
func (a *apart) startFront(t *testing.T, faqAPI string, environ ...string) {
	t.Helper()
	a.start(t, a.front, &a.out, append(environ, "FAQ_API="+faqAPI), "--addr", "127.0.0.1:8000", "--seed")
	await(t, "the front", func() bool {
		status, _, err := a.get(t, a.visitor(), "/healthz")
		return err == nil && status == http.StatusOK
	})
}

func (a *apart) start(t *testing.T, host *lan.Host, out io.Writer, environ []string, args ...string) {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	command := host.Command(context.WithoutCancel(t.Context()), path, append([]string{"up", "--data", a.data}, args...)...)
	command.Env = append(os.Environ(), environ...)
	command.Stdout, command.Stderr = out, out
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
}

func await(t *testing.T, what string, there func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !there(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s does not come", what)
		}
	}
}

// visitor is a browser on the machine of the front.
func (a *apart) visitor() *http.Client {
	jar, _ := cookiejar.New(nil)
	client := a.front.Client()
	client.Jar, client.Timeout = jar, time.Minute
	return client
}

// get returns a page of the site.
func (a *apart) get(t *testing.T, client *http.Client, path string) (status int, body string, err error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:8000"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	response, err := client.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

// staff signs in.
func (a *apart) staff(t *testing.T) *http.Client {
	t.Helper()
	client := a.visitor()
	response, err := client.PostForm("http://127.0.0.1:8000/signin", url.Values{"email": {"anna@example.com"}, "password": {"lumen-demo-lights"}})
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return client
}

const (
	searchPage = "/help/search?q=charge"
	faqPage    = "/faq/"
)

// works expects that the site shows everything.
func (a *apart) works(t *testing.T, when string, staff *http.Client) {
	t.Helper()
	if status, body, err := a.get(t, a.visitor(), searchPage); err != nil || status != http.StatusOK || !strings.Contains(body, "/help/") || strings.Contains(body, "away") {
		t.Errorf("%s, a visitor's search: %d %v, want what was found\n%s", when, status, err, body)
	}
	if status, body, err := a.get(t, staff, faqPage); err != nil || status != http.StatusOK {
		t.Errorf("%s, the page of the FAQ: %d %v, want 200\n%s", when, status, err, body)
	}
}

// isAway expects that the site does without the FAQ, and says so.
func (a *apart) isAway(t *testing.T, when string, staff *http.Client) {
	t.Helper()
	for _, path := range []string{"/", searchPage, "/contact"} {
		if status, body, err := a.get(t, a.visitor(), path); err != nil || status != http.StatusOK || path == searchPage && !strings.Contains(body, "away") {
			t.Errorf("%s, %s: %d %v, want a page that does without the FAQ\n%s", when, path, status, err, body)
		}
	}
	if status, body, err := a.get(t, staff, "/tickets/1001"); err != nil || status != http.StatusOK || !strings.Contains(body, "The FAQ is away; no suggestions.") {
		t.Errorf("%s, a ticket: %d %v, want it without suggestions\n%s", when, status, err, body)
	}
	if status, body, err := a.get(t, staff, faqPage); err != nil || status != http.StatusServiceUnavailable || !strings.Contains(body, "Knowledge base is away") {
		t.Errorf("%s, the page of the FAQ: %d %v, want 503 in the design of the site\n%s", when, status, err, body)
	}
}

// recovers expects that everything is there again some time after the network is, without anybody's help.
func (a *apart) recovers(t *testing.T, staff *http.Client) {
	t.Helper()
	await(t, "the FAQ", func() bool {
		status, body, err := a.get(t, a.visitor(), searchPage)
		return err == nil && status == http.StatusOK && !strings.Contains(body, "away")
	})
	await(t, "the page of the FAQ", func() bool {
		status, _, err := a.get(t, staff, faqPage)
		return err == nil && status == http.StatusOK
	})
}

// TestBrokenNetwork says what people see when the network between two machines of the company is not as it should be.
func TestBrokenNetwork(t *testing.T) {
	a := onTwoMachines(t)
	a.startFAQ(t)
	a.startFront(t, a.faqURL("http", a.faq))
	staff := a.staff(t)
	a.works(t, "on a good network", staff)

	both := func(link lan.Link) { a.network.SetBoth(a.front, a.faq, link) }
	both(lan.Link{Latency: 50 * time.Millisecond})
	for range 3 {
		a.works(t, "with 50 ms of latency each way", staff)
	}
	both(lan.Link{Loss: 0.02})
	for range 5 { // what is lost is sent again; at worst a page does without what did not come in time
		for _, path := range []string{"/", searchPage} {
			if status, body, err := a.get(t, a.visitor(), path); err != nil || status != http.StatusOK {
				t.Errorf("with 2 %% of loss, %s: %d %v, want 200\n%s", path, status, err, body)
			}
		}
	}
	both(lan.Link{})
	a.recovers(t, staff)

	for _, c := range []struct {
		name      string
		to, front lan.Link
	}{
		{"parted", lan.Link{Cut: true}, lan.Link{Cut: true}},
		{"half-open: requests arrive, answers do not", lan.Link{}, lan.Link{Cut: true}},
		{"half-open: nothing arrives at the FAQ", lan.Link{Cut: true}, lan.Link{}},
	} {
		a.network.Set(a.front, a.faq, c.to)
		a.network.Set(a.faq, a.front, c.front)
		a.isAway(t, c.name, staff)
		both(lan.Link{})
		a.recovers(t, staff)
		a.works(t, "after it was "+c.name, staff)
	}
}

// TestSlowReader reads an answer of the FAQ over a bad line, a few bytes at a time: others do not wait for it.
func TestSlowReader(t *testing.T) {
	a := onTwoMachines(t)
	a.startFAQ(t)
	a.startFront(t, a.faqURL("http", a.faq))
	staff := a.staff(t)
	for range 50 {
		conn, err := a.front.Dial(t.Context(), "tcp", fmt.Sprintf("%s:8001", a.faq.Addr))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.(*net.TCPConn).SetReadBuffer(1 << 10)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("http://%s:8001/v2/entries", a.faq.Addr), nil)
		if err != nil {
			t.Fatal(err)
		}
		request.SetBasicAuth("front", a.secret)
		if err := request.Write(conn); err != nil {
			t.Fatal(err)
		}
		go func() {
			for b := make([]byte, 1); ; time.Sleep(time.Second) {
				if _, err := conn.Read(b); err != nil {
					return
				}
			}
		}()
	}
	for range 5 {
		a.works(t, "beside slow readers", staff)
	}
}

// TestGarbage points the variable at a machine that answers with something else: people see what they see when the FAQ is away.
func TestGarbage(t *testing.T) {
	a := onTwoMachines(t)
	answerGarbage(t, a.faq)
	a.startFront(t, a.faqURL("http", a.faq))
	a.isAway(t, "with garbage for answers", a.staff(t))
	if strings.Contains(a.out.String(), a.secret) {
		t.Errorf("the front logs its secret:\n%s", a.out.String())
	}
}

// answerGarbage answers on a machine, where the FAQ would, as no service does.
func answerGarbage(t *testing.T, at *lan.Host) {
	t.Helper()
	l, err := at.Listen(8001)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			io.WriteString(conn, "SSH-2.0-OpenSSH_9.2\r\n\x00\x01\x02\xff\xfe")
			conn.Close()
		}
	}()
}

// TestOneOfTwo breaks one of two replicas of the FAQ: people notice nothing.
func TestOneOfTwo(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, a *apart){
		"garbage": func(t *testing.T, a *apart) { answerGarbage(t, a.other) },
		"nobody":  func(*testing.T, *apart) {},
	} {
		t.Run(name, func(t *testing.T) {
			a := onTwoMachines(t)
			spoil(t, a)
			a.startFAQ(t)
			a.startFront(t, a.faqURL("http", a.faq)+","+a.faqURL("http", a.other))
			staff := a.staff(t)
			for range 10 {
				a.works(t, "with one of two", staff)
			}
		})
	}
}

// TestExpiredCertificate lets the FAQ show a certificate that has expired: nobody talks to it, the site does without, and the log says why.
func TestExpiredCertificate(t *testing.T) {
	a := onTwoMachines(t)
	cert, key := certificate(t, a.faq.Addr.String(), time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour))
	a.startFAQ(t, "SPINOFF_TLS_CERT="+cert, "SPINOFF_TLS_KEY="+key)
	a.startFront(t, a.faqURL("https", a.faq), "SPINOFF_TLS_CA="+cert)
	a.isAway(t, "with an expired certificate", a.staff(t))
	if log := a.out.String(); !strings.Contains(log, "expired") || strings.Contains(log, a.secret) {
		t.Errorf("the front does not log that the certificate has expired, or logs its secret:\n%s", log)
	}
}

// TestGoodCertificate is the other side of TestExpiredCertificate.
func TestGoodCertificate(t *testing.T) {
	a := onTwoMachines(t)
	cert, key := certificate(t, a.faq.Addr.String(), time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	a.startFAQ(t, "SPINOFF_TLS_CERT="+cert, "SPINOFF_TLS_KEY="+key)
	a.startFront(t, a.faqURL("https", a.faq), "SPINOFF_TLS_CA="+cert)
	a.works(t, "by TLS", a.staff(t))
}

// certificate makes a certificate for an address, signed by itself.
func certificate(t *testing.T, address string, from, until time.Time) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "faq"}, IPAddresses: []net.IP{net.ParseIP(address)},
		NotBefore: from, NotAfter: until, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, bytes []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return write("cert.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", secret)
}
