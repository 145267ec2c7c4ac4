package call

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// Trouble returns err, of an exchange over HTTP, with what would be right where the certificates do not fit.
func Trouble(err error) error {
	const day = "2006-01-02 15:04 MST"
	if unverified, is := errors.AsType[*tls.CertificateVerificationError](err); is {
		invalid, isInvalid := errors.AsType[x509.CertificateInvalidError](err)
		wrongHost, isWrongHost := errors.AsType[x509.HostnameError](err)
		_, isUnknown := errors.AsType[x509.UnknownAuthorityError](err)
		leaf := unverified.UnverifiedCertificates[0]
		switch {
		case isInvalid && invalid.Reason == x509.Expired && time.Now().Before(invalid.Cert.NotBefore):
			return fmt.Errorf("its certificate for %s is good only from %s; are the clocks of the two machines apart?", names(invalid.Cert), invalid.Cert.NotBefore.UTC().Format(day))
		case isInvalid && invalid.Reason == x509.Expired:
			return fmt.Errorf("its certificate for %s has expired on %s; it needs a new one in SPINOFF_TLS_CERT", names(invalid.Cert), invalid.Cert.NotAfter.UTC().Format(day))
		case isWrongHost:
			return fmt.Errorf("its certificate is for %s and not for %s", names(leaf), wrongHost.Host)
		case isUnknown:
			return fmt.Errorf("its certificate for %s is signed by %q, whom this process does not trust; name the file with the certificate of that CA in SPINOFF_TLS_CA", names(leaf), leaf.Issuer.CommonName)
		}
		return err
	}
	_, isPlain := errors.AsType[tls.RecordHeaderError](err)
	switch text := err.Error(); { // net/http and crypto/tls have no types for the others
	case isPlain, strings.Contains(text, "server gave HTTP response to HTTPS client"):
		return errors.New("it does not speak TLS: its address begins with http://, or it needs SPINOFF_TLS_CERT")
	case strings.Contains(text, "remote error: tls: certificate required"):
		return errors.New("it wants a certificate of this process, which has none: SPINOFF_TLS_CLIENT_CERT and SPINOFF_TLS_CLIENT_KEY")
	case strings.Contains(text, "remote error: tls: ") && strings.Contains(text, "certificate"), strings.Contains(text, "remote error: tls: unknown"):
		return fmt.Errorf("it refuses the certificate of this process, that in SPINOFF_TLS_CLIENT_CERT: %w", err)
	}
	return err
}

// demand is whether a provider has asked for a certificate of this process. In TLS 1.3 the request is on its way when the provider looks at the certificate; where it then
// closes the connection, its alert, which says what is wrong, may be overtaken by the end of the connection, and HTTP/2 does not pass it on.
type demand struct {
	made  atomic.Bool
	shown atomic.Bool // whether there was one
}

// noted returns a copy of a configuration, or of none, that notes when a certificate is asked for.
func (d *demand) noted(config *tls.Config) *tls.Config {
	if config == nil {
		config = new(tls.Config)
	}
	config = config.Clone()
	own := config.GetClientCertificate
	if own == nil && config.Certificates != nil {
		return config // crypto/tls chooses
	}
	config.GetClientCertificate = func(asked *tls.CertificateRequestInfo) (cert *tls.Certificate, err error) {
		cert = new(tls.Certificate) // none
		if own != nil {
			cert, err = own(asked)
		}
		d.made.Store(true)
		d.shown.Store(err == nil && len(cert.Certificate) > 0)
		return cert, err
	}
	return config
}

// explain returns err with what it probably means where a new connection has ended just after a certificate was asked for.
func (d *demand) explain(err error, w *watch) error {
	ended := errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, io.EOF) ||
		err != nil && strings.Contains(err.Error(), "http2: client conn could not be established")
	switch {
	case !ended || w.reused || !d.made.Load():
		return err
	case d.shown.Load():
		return fmt.Errorf("it refuses the certificate of this process, that in SPINOFF_TLS_CLIENT_CERT, or has just gone away: %w", err)
	}
	return fmt.Errorf("it wants a certificate of this process, which has none: SPINOFF_TLS_CLIENT_CERT and SPINOFF_TLS_CLIENT_KEY: %w", err)
}

// names says whom a certificate is for.
func names(c *x509.Certificate) string {
	all := c.DNSNames
	for _, ip := range c.IPAddresses {
		all = append(all, ip.String())
	}
	if len(all) == 0 {
		return c.Subject.CommonName
	}
	return strings.Join(all, ", ")
}
