package run

import (
	"fmt"
	"slices"
	"time"
)

// soon is how long before the end of a certificate the doctor says so: time enough for somebody to renew it.
const soon = 14 * 24 * time.Hour

// examineSecurity looks at the certificates, and at who may call by the contracts and has no key.
func (p *Process) examineSecurity() []finding {
	var found []finding
	for _, c := range []*certificate{p.tls.own, p.tls.client} {
		if c != nil {
			found = append(found, c.examine())
		}
	}
	for _, a := range p.apps {
		if !a.here() || !a.keys.Asks() {
			continue
		}
		known := map[string]bool{}
		for _, k := range a.keys.Keys() {
			known[k.Consumer] = true
		}
		for _, op := range a.provider.Operations() {
			for _, name := range op.Consumers {
				if !known[name] && !slices.Contains(p.names(), name) {
					found = append(found, finding{"warning", a.Name, fmt.Sprintf("%s may be called by %s, who has no key: keys add %s %s", op.FullName(), name, a.Name, name)})
				}
			}
		}
	}
	return found
}

// examine says whether a certificate is good, and for how long.
func (c *certificate) examine() finding {
	leaf, now := c.pair.Leaf, c.now()
	about := fmt.Sprintf("%s for %s", c.file, naming(leaf))
	switch left := leaf.NotAfter.Sub(now); {
	case expiry(leaf, now) != "":
		return finding{"error", c.variable, about + ": " + expiry(leaf, now)}
	case left < soon:
		return finding{"warning", c.variable, fmt.Sprintf("%s: it expires on %s, in %d days; the new one is taken without a restart", about, leaf.NotAfter.UTC().Format(time.DateOnly), int(left.Hours()/24))}
	default:
		return finding{"ok", c.variable, fmt.Sprintf("%s: good until %s", about, leaf.NotAfter.UTC().Format(time.DateOnly))}
	}
}
