package run

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"
)

// certificate is a certificate with its key, in two files that are read again when they change. It is safe for concurrent use.
type certificate struct {
	variable, file       string // SPINOFF_TLS_CERT and what it names
	keyVariable, keyFile string
	log                  *slog.Logger
	now                  func() time.Time

	mu     sync.Mutex
	looked time.Time      // when the files were last looked at
	seen   [2]fs.FileInfo // of the two files, as they were read
	pair   *tls.Certificate
	warned time.Time // when it was last logged that it has expired
}

// newCertificate reads the certificate that two variables name; it is nil where neither is set.
func (p *Process) newCertificate(variable, keyVariable string) (*certificate, error) {
	c := &certificate{
		variable: variable, file: p.options.Environ(variable), keyVariable: keyVariable, keyFile: p.options.Environ(keyVariable),
		log: p.options.Log, now: p.options.Now,
	}
	switch {
	case c.file == "" && c.keyFile == "":
		return nil, nil
	case c.file == "" || c.keyFile == "":
		return nil, fmt.Errorf("%s and %s belong together: one names the file with the certificate, the other the file with its key", variable, keyVariable)
	}
	if err := c.read(); err != nil {
		return nil, err
	}
	return c, nil
}

// get returns the certificate as the files have it now, or had it when they could last be read.
func (c *certificate) get() *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if now.Sub(c.looked) >= time.Second {
		if err := c.read(); err != nil {
			c.log.Error("the certificate that was read before goes on being used", "error", err)
		}
	}
	if problem := expiry(c.pair.Leaf, now); problem != "" && now.Sub(c.warned) >= time.Minute {
		c.warned = now
		c.log.Error("a certificate of this process is no good, and who meets it refuses it", "variable", c.variable, "file", c.file, "certificate", naming(c.pair.Leaf), "problem", problem)
	}
	return c.pair
}

// read reads the files where they have changed. What is wrong is said once for each change.
func (c *certificate) read() error {
	c.looked = c.now()
	var seen [2]fs.FileInfo
	changed := false
	for i, file := range []string{c.file, c.keyFile} {
		info, err := os.Stat(file)
		if err != nil {
			return fmt.Errorf("%s: %w", []string{c.variable, c.keyVariable}[i], err)
		}
		was := c.seen[i]
		changed = changed || was == nil || !os.SameFile(was, info) || !was.ModTime().Equal(info.ModTime()) || was.Size() != info.Size()
		seen[i] = info
	}
	if !changed {
		return nil
	}
	c.seen = seen
	pair, err := tls.LoadX509KeyPair(c.file, c.keyFile)
	if err != nil {
		return fmt.Errorf("%s=%s and %s=%s: %w", c.variable, c.file, c.keyVariable, c.keyFile, teachPair(err))
	}
	if c.pair != nil {
		c.log.Info("a certificate was read again", "file", c.file, "certificate", naming(pair.Leaf), "until", pair.Leaf.NotAfter.UTC().Format(time.DateOnly))
	}
	c.pair = &pair
	return nil
}

// teachPair says what would be right.
func teachPair(err error) error {
	if strings.Contains(err.Error(), "private key does not match") {
		return errors.New("the key does not belong to the certificate, which comes first in its file, before those that lead to its CA")
	}
	return err
}

// expiry says what is wrong with the time of a certificate, and "" where nothing is.
func expiry(c *x509.Certificate, now time.Time) string {
	switch {
	case now.After(c.NotAfter):
		return "it has expired on " + c.NotAfter.UTC().Format("2006-01-02 15:04 MST")
	case now.Before(c.NotBefore):
		return "it is good only from " + c.NotBefore.UTC().Format("2006-01-02 15:04 MST")
	}
	return ""
}

// naming says whom a certificate is for.
func naming(c *x509.Certificate) string {
	names := c.DNSNames
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		return c.Subject.CommonName
	}
	return strings.Join(names, ", ")
}
