package run

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
)

// transportSecurity is how the connections of a process are protected. The zero value: those to it are not, and those to others as they ask for.
type transportSecurity struct {
	own     *certificate   // shown to who connects; nil: they connect in the clear
	clients *x509.CertPool // signs the certificates that clients must show; nil: they need none
	client  *certificate   // shown to providers that ask for one; nil: none
	trusted *x509.CertPool // signs the certificates of providers; nil: whom the machine trusts
}

// addTLS reads the files that the environment names.
func (p *Process) addTLS() (err error) {
	s := &p.tls
	if s.own, err = p.newCertificate("SPINOFF_TLS_CERT", "SPINOFF_TLS_KEY"); err != nil {
		return err
	}
	if s.client, err = p.newCertificate("SPINOFF_TLS_CLIENT_CERT", "SPINOFF_TLS_CLIENT_KEY"); err != nil {
		return err
	}
	if s.clients, err = p.authorities("SPINOFF_TLS_CLIENT_CA"); err != nil {
		return err
	}
	if s.trusted, err = p.authorities("SPINOFF_TLS_CA"); err != nil {
		return err
	}
	if s.clients != nil && s.own == nil {
		return fmt.Errorf("SPINOFF_TLS_CLIENT_CA asks for certificates of clients, and there is no TLS without SPINOFF_TLS_CERT and SPINOFF_TLS_KEY")
	}
	p.transport.TLSClientConfig = s.toProviders()
	return nil
}

// authorities reads the certificates of CAs from the file that a variable names; nil where it is not set.
func (p *Process) authorities(variable string) (*x509.CertPool, error) {
	file := p.options.Environ(variable)
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", variable, err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s: %s has no certificate; it is the PEM file of a CA, and begins with -----BEGIN CERTIFICATE-----", variable, file)
	}
	return pool, nil
}

// serves reports whether who connects to this process does so by TLS.
func (s *transportSecurity) serves() bool { return s.own != nil }

// asks reports whether who connects must show a certificate.
func (s *transportSecurity) asks() bool { return s.clients != nil }

// scheme returns how addresses of this process begin.
func (s *transportSecurity) scheme() string {
	if s.serves() {
		return "https://"
	}
	return "http://"
}

// secure lets those who connect to l speak TLS, where the process has a certificate.
func (s *transportSecurity) secure(l net.Listener) net.Listener {
	if !s.serves() {
		return l
	}
	s.own.get() // says at start, and not to the first who connects, that it has expired
	config := &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return s.own.get(), nil },
	}
	if s.asks() {
		config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, s.clients
	}
	return tls.NewListener(l, config)
}

// toProviders is how this process connects to others.
func (s *transportSecurity) toProviders() *tls.Config {
	config := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: s.trusted}
	if s.client != nil {
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return s.client.get(), nil }
	}
	return config
}
