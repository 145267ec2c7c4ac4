package jetstream_test

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
	"log/slog"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff/events/jetstream"
)

// binary builds a real nats-server, once.
var binary = sync.OnceValues(func() (string, error) {
	name := binaryName()
	if out, err := exec.Command("go", "build", "-o", name, "github.com/nats-io/nats-server/v2").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build nats-server: %w\n%s", err, out)
	}
	return name, nil
})

// binaryName is where it is until this program ends.
func binaryName() string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("nats-server-%d", os.Getpid()))
}

// natsServer starts a nats-server with the flags and returns its host and port. It listens again there after stop and start.
func natsServer(t *testing.T, flags ...string) (address string, stop, start func()) {
	t.Helper()
	name, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(address)
	var cmd *exec.Cmd
	start = func() {
		cmd = exec.Command(name, append([]string{"-a", "127.0.0.1", "-p", port}, flags...)...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "nats-server listens", func() bool {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				return false
			}
			conn.Close()
			return true
		})
	}
	stop = func() { cmd.Process.Kill(); cmd.Wait() }
	start()
	t.Cleanup(func() { stop() })
	return address, stop, start
}

func TestExternalServer(t *testing.T) {
	address, stop, again := natsServer(t, "-js", "-sd", t.TempDir(), "--user", "spinoff", "--pass", "s3cret")
	e := open(t, jetstream.Options{URL: "nats://spinoff:s3cret@" + address})
	var got inbox
	consume(t, e, jetstream.Consumer{Name: "faqcreator"}, got.ack)
	publish(t, e, messages(1, 10)...)
	epoch := e.Epoch()

	stop()
	if n, err := publishSome(t, e, messages(11, 12)); n != 0 || err == nil {
		t.Errorf("Publish without a server: got %d, %v, want an error", n, err)
	}
	again()
	publishAll(t, e, messages(11, 20))
	got.wait(t, 20)
	if e.Epoch() == epoch {
		t.Errorf("Epoch of another server process: got %s again", epoch)
	}
	if diff := cmp.Diff(idsOf(messages(1, 20)), ids(t, e)); diff != "" {
		t.Errorf("in the stream: -want +got\n%s", diff)
	}
}

// A server that is away when the project starts is waited for, and everything works as soon as it is there.
func TestExternalServerComesLater(t *testing.T) {
	address, stop, again := natsServer(t, "-js", "-sd", t.TempDir())
	stop()
	e := open(t, jetstream.Options{URL: "nats://" + address})
	if err := e.Check(t.Context()); err == nil || e.Epoch() != "" {
		t.Errorf("without a server: Check says %v, Epoch %q", err, e.Epoch())
	}
	var got inbox
	consume(t, e, jetstream.Consumer{Name: "faqcreator"}, got.ack)
	again()
	publishAll(t, e, messages(1, 10))
	got.wait(t, 10)
}

func TestExternalServerRefused(t *testing.T) {
	password, _, _ := natsServer(t, "-js", "-sd", t.TempDir(), "--user", "spinoff", "--pass", "s3cret")
	without, _, _ := natsServer(t)
	for _, c := range []struct{ url, want string }{
		{"nats://spinoff:wr0ng@" + password, "Authorization Violation"},
		{"nats://" + password, "Authorization Violation"},
		{"nats://" + without, "start nats-server with -js"},
		{"tls://spinoff:s3cret@" + password, "secure connection not available"},
		{"spinoff:s3cret@" + password, "want nats://user:password@host:4222"},
		{"nats://spinoff:s3cret%@" + password, "want nats://user:password@host:4222"},
	} {
		var log bytes.Buffer
		e, err := jetstream.Open(t.Context(), jetstream.Options{URL: c.url, Log: slog.New(slog.NewTextHandler(&log, nil))})
		if err == nil {
			e.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Open(%s): got %v, want %q", c.url, err, c.want)
		}
		if text := fmt.Sprint(err, log.String()); strings.Contains(text, "s3cret") || strings.Contains(text, "wr0ng") {
			t.Errorf("Open(%s) tells the password: %s", c.url, text)
		}
	}
}

func TestExternalServerByTLS(t *testing.T) {
	cert, key := certificate(t)
	address, _, _ := natsServer(t, "-js", "-sd", t.TempDir(), "--tls", "--tlsverify", "--tlscert", cert, "--tlskey", key, "--tlscacert", cert)
	e := open(t, jetstream.Options{URL: "tls://" + address, CA: cert, Cert: cert, Key: key})
	publish(t, e, messages(1, 10)...)
	for _, o := range []jetstream.Options{
		{URL: "tls://" + address},                                   // an authority that nobody knows
		{URL: "tls://" + address, CA: cert},                         // no certificate of the client
		{URL: "tls://" + address, CA: filepath.Join("no", "where")}, // no such file
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		if e, err := jetstream.Open(ctx, o); err == nil {
			t.Errorf("Open(%+v): got no error", o)
			e.Close()
		}
		cancel()
	}
}

// certificate makes one for this machine that vouches for itself.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "spinoff"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	certDER, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	write := func(kind string, der []byte) string {
		name := filepath.Join(t.TempDir(), "pem")
		if err := os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	return write("CERTIFICATE", certDER), write("PRIVATE KEY", keyDER)
}
