package run

import (
	"errors"
	"fmt"
	"net"
	"strings"
)

// listen opens addr. It refuses one that other machines can reach where apps have no keys.
func (p *Process) listen(addr string) (net.Listener, error) {
	if host, _, err := net.SplitHostPort(addr); err == nil && !isLoopback(host) {
		if err := p.checkExposed(addr); err != nil {
			return nil, err
		}
	}
	return Listen(addr)
}

// expose remembers whether other machines can reach the process at addr, and refuses that where apps have no keys.
func (p *Process) expose(addr net.Addr) error {
	tcp, isTCP := addr.(*net.TCPAddr)
	if !isTCP || tcp.IP.IsLoopback() {
		return nil
	}
	if err := p.checkExposed(addr.String()); err != nil {
		return err
	}
	p.exposed.Store(true)
	if !p.tls.serves() {
		p.options.Log.Warn("other machines can reach this process, and keys and cookies travel in the clear: set SPINOFF_TLS_CERT and SPINOFF_TLS_KEY, or put a proxy in front that speaks TLS", "addr", addr.String())
	}
	return nil
}

// checkExposed makes sure that every endpoint here asks who calls, before others than this machine can. A client certificate says so too.
func (p *Process) checkExposed(addr string) error {
	var open []string
	for _, a := range p.apps {
		if a.here() && a.keys != nil && !a.keys.Asks() {
			open = append(open, a.Name)
		}
	}
	if open == nil || p.tls.asks() {
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "address %q can be reached from other machines, and whoever reaches it could call %s, by any name. Make a key for each consumer:", addr, strings.Join(open, ", "))
	for _, name := range open {
		fmt.Fprintf(&b, "\n  keys add %s NAME", name)
	}
	b.WriteString("\nor listen on 127.0.0.1, and let a proxy on this machine pass on what others may see")
	return errors.New(b.String())
}
