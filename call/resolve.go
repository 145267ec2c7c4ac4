package call

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"sync/atomic"
	"time"
)

// How often the host names of an app are looked up while it is called.
const (
	resolveEvery = 10 * time.Second
	resolveSoon  = time.Second // after a connection failed
	resolveTakes = 5 * time.Second
)

// Resolver looks up the addresses of a host, the best ones first, as [net.Resolver.LookupNetIP] does for the network "ip".
type Resolver func(ctx context.Context, host string) ([]netip.Addr, error)

// lookUp is the Resolver of the machine.
func lookUp(ctx context.Context, host string) ([]netip.Addr, error) {
	return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
}

// resolving is when names were looked up, on clock.
type resolving struct {
	needed bool // whether there is a name at all
	due    atomic.Int64
	last   atomic.Int64
	busy   atomic.Bool
}

// isName reports whether the host of an address is a name that may have several addresses. Those of localhost are the same machine.
func isName(base *url.URL) bool {
	_, err := netip.ParseAddr(base.Hostname())
	return err != nil && base.Hostname() != "localhost"
}

// refresh looks the names up again, in the background, where it is time. An app that nobody calls is not looked up.
func (p *pool) refresh() {
	if !p.resolving.needed || int64(clock()) < p.resolving.due.Load() || !p.resolving.busy.CompareAndSwap(false, true) {
		return
	}
	go func() {
		defer p.resolving.busy.Store(false)
		ctx, cancel := context.WithTimeout(context.Background(), resolveTakes)
		defer cancel()
		p.resolve(ctx)
		p.resolving.last.Store(int64(clock()))
		p.resolving.due.Store(int64(clock() + resolveEvery))
	}()
}

// hurry lets the next call look the names up: a connection failed, and the replica may have moved.
func (p *pool) hurry() {
	p.resolving.due.Store(p.resolving.last.Load() + int64(resolveSoon))
}

// resolve makes the replicas those that the names stand for now. A replica that is still there stays as it is; one that is new among others comes slowly
// to its share. Names that cannot be looked up keep the replicas they have.
func (p *pool) resolve(ctx context.Context) {
	old := *p.replicas.Load()
	var all []*replica
	for _, base := range p.bases {
		own := slices.DeleteFunc(slices.Clone(old), func(r *replica) bool { return r.from != base })
		if addresses := p.addresses(ctx, base); len(addresses) > 0 {
			own = p.renew(base, own, addresses)
		}
		all = append(all, own...)
	}
	p.replicas.Store(&all)
	for _, r := range old {
		if !slices.Contains(all, r) {
			r.transport.CloseIdleConnections()
		}
	}
}

// addresses looks up one name. Of its addresses those of the kind that comes first count: the others are most often the same machines once more.
func (p *pool) addresses(ctx context.Context, base *url.URL) []string {
	if !isName(base) {
		return nil
	}
	found, err := p.lookUp(ctx, base.Hostname())
	if err != nil {
		return nil
	}
	port := base.Port()
	if port == "" {
		port = map[string]string{"https": "443"}[base.Scheme]
	}
	if port == "" {
		port = "80"
	}
	var addresses []string
	for _, ip := range found {
		if ip.Unmap().Is4() == found[0].Unmap().Is4() {
			addresses = append(addresses, net.JoinHostPort(ip.Unmap().String(), port))
		}
	}
	slices.Sort(addresses)
	return slices.Compact(addresses)
}

// renew returns the replicas at addresses, those of own that are there already, and new ones.
func (p *pool) renew(base *url.URL, own []*replica, addresses []string) []*replica {
	known := slices.ContainsFunc(own, func(r *replica) bool { return r.address != "" })
	renewed := make([]*replica, 0, len(addresses))
	for _, address := range addresses {
		if i := slices.IndexFunc(own, func(r *replica) bool { return r.address == address }); i >= 0 {
			renewed = append(renewed, own[i])
			continue
		}
		r := newReplica(base, address, p.transport)
		if known {
			r.warm.Store(int64(clock()))
		}
		renewed = append(renewed, r)
	}
	return renewed
}
