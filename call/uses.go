package call

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/spinoff-go/spinoff"
)

// maxConsumers bounds how many consumers of one app are counted apart: anybody may call over HTTP by any name.
const maxConsumers = 64

// What stands for a consumer in the counts where its name does not.
const (
	Unknown = "unknown" // it did not say who it is
	Others  = "others"  // there are as many consumers as are counted apart already
)

// consumers numbers the consumers of one app, or of one address. Looking one up takes no lock.
type consumers struct {
	names atomic.Pointer[[]string] // by number; what is stored is never changed
	mu    sync.Mutex               // held while one is added
}

func newConsumers() *consumers {
	c := new(consumers)
	c.names.Store(&[]string{Others, Unknown})
	return c
}

// number returns the number of the consumer called name. In process there are few, and their names are the same string every time.
func (c *consumers) number(name string) int {
	if name == "" {
		name = Unknown
	}
	names := *c.names.Load()
	for i, known := range names {
		if known == name {
			return i
		}
	}
	if len(names) == maxConsumers {
		return 0 // Others
	}
	return c.add(name)
}

func (c *consumers) add(name string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	names := *c.names.Load()
	if i := slices.Index(names, name); i >= 0 {
		return i
	}
	if len(names) == maxConsumers {
		return 0
	}
	names = append(slices.Clone(names), name)
	c.names.Store(&names)
	return len(names) - 1
}

// Use is how often one consumer has called one endpoint since the process started, whatever became of it.
type Use struct {
	spinoff.Operation
	Consumer string
	Calls    int64
}

// Uses returns who has called which endpoints, by version and in the order in which the consumers came. An answer in an older version counts
// for that one alone.
func (p *Provider) Uses() []Use {
	var uses []Use
	names := *p.consumers.names.Load()
	for _, e := range p.sorted {
		var calls [maxConsumers]int64
		e.counts.all(func(_ Placement, consumer int, s *stats) { calls[consumer] += s.histogram().Calls() })
		for i, name := range names {
			if calls[i] > 0 {
				uses = append(uses, Use{e.Operation, name, calls[i]})
			}
		}
	}
	return uses
}

// Expect makes sure that the consumers called names are counted apart, however many others come before them. What is beyond the bound is not.
func (p *Provider) Expect(names ...string) {
	for _, name := range names {
		p.consumers.number(name)
	}
}
