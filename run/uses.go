package run

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/call"
	"github.com/spinoff-go/spinoff/contract/usage"
	"github.com/spinoff-go/spinoff/data"
)

// endAll makes known what of each service is to go or gone, and which consumers there are. It comes when all apps are declared.
func (p *Process) endAll() error {
	for _, a := range p.apps {
		tombstones, err := usage.TombstonesIn(a.Name, a.Contracts)
		if err != nil {
			return fmt.Errorf("app %s: frozen contracts: %w", a.Name, err)
		}
		ends := call.Ends{Deprecated: a.Deprecated, Known: p.provides}
		for _, t := range tombstones {
			version, route, err := t.Of()
			if err != nil {
				return fmt.Errorf("app %s: %w", a.Name, err)
			}
			ends.Retired = append(ends.Retired, call.Retired{Version: version, Route: route, On: t.On, Successor: t.Successor})
		}
		if err := a.provider.SetEnds(ends); err != nil {
			return fmt.Errorf("app %s: %w", a.Name, err)
		}
		for _, consumer := range p.apps {
			if slices.ContainsFunc(consumer.Uses, func(s spinoff.Service) bool { return s.Name == a.Name }) {
				a.provider.Expect(consumer.Name)
			}
		}
		a.count(p.options)
	}
	return nil
}

// provides reports whether the project has a service or an endpoint called name.
func (p *Process) provides(name string) bool {
	for _, a := range p.apps {
		for _, op := range a.provider.Operations() {
			if op.FullName() == name || op.Service.String() == name {
				return true
			}
		}
	}
	return false
}

// count gives an app with endpoints and a database what writes its uses down.
func (a *placed) count(o Options) {
	db, ok := a.Data.(*data.DB)
	if !ok || len(a.Provides) == 0 {
		return
	}
	a.counter = usage.NewCounter(usage.Options{DB: db, Log: a.log, Now: o.Now, Expect: a.provider.Expect, Counts: func() []usage.Count {
		var counts []usage.Count
		for _, u := range a.provider.Uses() {
			counts = append(counts, usage.Count{Endpoint: u.FullName(), Consumer: u.Consumer, Calls: u.Calls})
		}
		return counts
	}})
}

// Uses returns who has called which endpoints of the apps here since the process started.
func (p *Process) Uses() []call.Use {
	var uses []call.Use
	for _, a := range p.apps {
		if a.here() {
			uses = append(uses, a.provider.Uses()...)
		}
	}
	return uses
}

// uncounted is why the uses of an app are not known here.
type uncounted string

func (u uncounted) Error() string { return string(u) }

func isUncounted(err error) bool {
	_, is := errors.AsType[uncounted](err)
	return is
}

// whyUncounted returns an [uncounted] where the uses of an app are not written down, or not here.
func (a *placed) whyUncounted() error {
	switch {
	case a.counter == nil:
		return uncounted("it has no database to keep counts in, so that nothing is known of its uses: set App.Data to what data.New returns")
	case !a.here():
		return uncounted(fmt.Sprintf("it runs at %s, so its counts are there: run this there, or without %s", a.where(), spinoff.Variable(a.Name)))
	}
	return nil
}
