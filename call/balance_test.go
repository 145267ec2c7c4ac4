package call

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/spinoff-go/spinoff"
)

// These tests look at decisions over time, on a clock that jumps; those of remote_test.go and replicas_test.go make real calls.

// poolOf returns a pool of n replicas, and them.
func poolOf(t *testing.T, n int) (*pool, []*replica) {
	t.Helper()
	var bases Bases
	for i := range n {
		bases = append(bases, &url.URL{Scheme: "http", Host: fmt.Sprintf("127.0.0.1:%d", 9000+i)})
	}
	p := newPool(bases, NewTransport(), nil)
	return p, *p.replicas.Load()
}

// share returns which part of n picks each replica gets.
func share(p *pool, all []*replica) []float64 {
	const n = 20000
	got := make([]float64, len(all))
	for range n {
		got[slices.Index(all, p.pick(nil))] += 1.0 / n
	}
	return got
}

func isAbout(got, want float64) bool { return got > want-0.03 && got < want+0.03 }

func TestPickSpreadsAndAvoidsTheSlow(t *testing.T) {
	p, all := poolOf(t, 4)
	for i, part := range share(p, all) {
		if !isAbout(part, 0.25) {
			t.Errorf("replica %d of four that have nothing to do gets %.2f of the calls, want 0.25", i, part)
		}
	}
	all[0].outstanding.Store(5)
	if got := share(p, all); got[0] > 0 {
		t.Errorf("the one of four that has most to do gets %.2f of the calls, want none", got[0])
	}
	all[0].outstanding.Store(0)
	all[0].note(busy)
	if got := share(p, all); got[0] > 0 {
		t.Errorf("the one of four that has refused a call gets %.2f of the next ones, want none", got[0])
	}
	all[0].resting.Store(0)
	all[0].note(failed)
	if got := share(p, all); got[0] > 0 {
		t.Errorf("the one of four that has failed gets %.2f of the calls though it has nothing outstanding, want none while the others have little to do", got[0])
	}
}

func TestEjection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(epoch) + time.Hour) // a clock that jumps begins long ago
		p, all := poolOf(t, 3)
		send := func(r *replica, v verdict) { p.begin(r); p.end(r, v) }
		for range ejectAfter - 1 {
			send(all[0], failed)
		}
		send(all[0], fine)
		send(all[0], failed)
		if all[0].isEjected(clock()) {
			t.Error("a replica that answers between failures is left out")
		}
		for range ejectAfter - 1 {
			send(all[0], failed)
		}
		if !all[0].isEjected(clock()) || share(p, all)[0] > 0 {
			t.Errorf("a replica that failed %d times in a row is still asked", ejectAfter)
		}
		send(all[1], away)
		if all[1].isEjected(clock()) {
			t.Error("two of three replicas are left out, want at most half")
		}
		if got := p.pick([]*replica{all[1], all[2]}); got != all[0] {
			t.Error("where all others were tried, one that is left out is not asked")
		}
		send(all[1], fine)

		for _, want := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
			if got := all[0].state().Ejected; got != want*time.Second {
				t.Errorf("left out for %s, want %ds", got, want)
			}
			time.Sleep(want*time.Second + 1)
			send(all[0], away)
		}
		time.Sleep(ejectAtMost + ejectForgets + time.Minute)
		send(all[0], fine)
		send(all[0], away)
		if got := all[0].state().Ejected; got != ejectFor {
			t.Errorf("after a good while the replica is left out for %s, want %s again", got, ejectFor)
		}

		alone, one := poolOf(t, 1)
		for range 3 * ejectAfter {
			alone.begin(one[0])
			alone.end(one[0], away)
		}
		if alone.pick(nil) != one[0] || alone.ejections.Load() != 0 {
			t.Error("a replica that is alone is left out")
		}
	})
}

func TestSlowStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(epoch) + time.Hour) // a clock that jumps begins long ago
		p, all := poolOf(t, 2)
		p.begin(all[0])
		p.end(all[0], away)
		time.Sleep(ejectFor)
		all[0].note(fine)
		for _, c := range []struct {
			after time.Duration
			want  float64 // of the calls; half of the weight, as there are two replicas
		}{{0, 0.05}, {slowStart / 2, 0.25}, {slowStart / 2, 0.5}} {
			time.Sleep(c.after)
			if got := share(p, all)[0]; !isAbout(got, c.want) {
				t.Errorf("%s later the replica that is back gets %.2f of the calls, want %.2f", c.after, got, c.want)
			}
		}
	})
}

func TestBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(epoch) + time.Hour) // a clock that jumps begins long ago
		_, all := poolOf(t, 1)
		e := &endpoint{Operation: spinoff.Operation{Declaration: spinoff.Declaration{Service: spinoff.Service{Name: "faq", Version: 1}, Route: "GET /x"}}}
		b := all[0].breaker(e)
		send := func(v verdict) bool {
			passed, err := b.Allow()
			if err == nil {
				passed(v.forBreaker())
			}
			return err == nil
		}
		is := func(want gobreaker.State, when string) {
			t.Helper()
			if got := b.State(); got != want {
				t.Errorf("%s the circuit is %s, want %s", when, got, want)
			}
		}
		for range 10 * openAfter {
			send(busy)
			send(away)
			send(unknown)
		}
		is(gobreaker.StateClosed, "after refusals, absences and callers who gave up")
		for range openAfter {
			send(failed)
		}
		is(gobreaker.StateOpen, "after failures in a row")
		if send(fine) {
			t.Error("an open circuit lets a call pass")
		}
		if another := all[0].breaker(&endpoint{}).State(); another != gobreaker.StateClosed {
			t.Errorf("that of another endpoint is %s, want closed", another)
		}
		time.Sleep(openFor + 1)
		is(gobreaker.StateHalfOpen, "a while later")
		passed, err := b.Allow()
		if err != nil || send(fine) {
			t.Errorf("half open, the first call: %v, and the second passes: want one that finds out", err)
		}
		passed(unknown.forBreaker())
		if !send(failed) {
			t.Error("after a probe whose caller gave up no other may find out: the circuit is open for ever")
		}
		is(gobreaker.StateOpen, "after a probe that failed")
		time.Sleep(openFor + 1)
		send(fine)
		is(gobreaker.StateClosed, "after a probe that was answered")
		for range openLeast/2 + 1 {
			send(fine)
			send(late)
		}
		is(gobreaker.StateOpen, "where every second call fails")
	})
}

func TestBudgetOverTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(epoch) + time.Hour) // a clock that jumps begins long ago
		b := newBudget(retryPart, retrySaved, retryQuiet)
		spend := func(asked int) (spent int) {
			for range asked {
				if b.spend() {
					spent++
				}
			}
			return spent
		}
		for _, c := range []struct {
			name  string
			calls int
			after time.Duration
			want  int
		}{
			{"at the beginning", 0, 0, retryQuiet},
			{"at once again", 0, 0, 0},
			{"after two quiet seconds", 0, 2 * time.Second, 2},
			{"after a quiet hour", 0, time.Hour, retryQuiet},
			{"after 100 calls", 100, 0, 10},
			{"after very many calls", 100000, 0, retrySaved},
		} {
			for range c.calls {
				b.earn()
			}
			time.Sleep(c.after)
			if got := spend(1000); got != c.want {
				t.Errorf("%s %d calls may be repeated, want %d", c.name, got, c.want)
			}
		}
	})
}

func TestPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(epoch) + time.Hour) // a clock that jumps begins long ago
		_, all := poolOf(t, 1)
		refused := fmt.Errorf("wrapped: %w", &net.OpError{Op: "dial", Err: errors.New("connection refused")})
		all[0].note(away)
		if !all[0].mayReturn(refused) || all[0].mayReturn(errors.New("another")) {
			t.Error("a provider that has just gone away is not waited for, or another error is")
		}
		time.Sleep(restartPatience)
		all[0].note(away)
		if all[0].mayReturn(refused) {
			t.Errorf("a provider that is away since %s is waited for", restartPatience)
		}
	})
}

func TestQuantile(t *testing.T) {
	var q quantile
	for i := range 5000 {
		if _, known := q.value(); known != (i >= quantileLeast) {
			t.Fatalf("known after %d durations: %v", i, known)
		}
		q.add(time.Duration(rand.IntN(100)) * time.Millisecond)
	}
	sum := time.Duration(0)
	for range 1000 {
		q.add(time.Duration(rand.IntN(100)) * time.Millisecond)
		v, _ := q.value()
		sum += v / 1000
	}
	if sum < 85*time.Millisecond || sum > 110*time.Millisecond {
		t.Errorf("of durations up to 100 ms, 95 of 100 are below %s on average, want about 95 ms", sum)
	}
}

func TestResolve(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(epoch) + time.Hour) // a clock that jumps begins long ago
		answer, asked, failing := []string{"10.0.0.2", "10.0.0.1", "fd00::1"}, 0, false
		p := newPool(Bases{{Scheme: "http", Host: "faq.example:8001"}, {Scheme: "https", Host: "127.0.0.9"}}, NewTransport(), func(_ context.Context, host string) ([]netip.Addr, error) {
			asked++
			if host != "faq.example" {
				t.Errorf("%s is looked up", host)
			}
			if failing {
				return nil, errors.New("no such host")
			}
			var found []netip.Addr
			for _, a := range answer {
				found = append(found, netip.MustParseAddr(a))
			}
			return found, nil
		})
		call := func(v verdict) { // a call, and what it begins in the background
			r := p.pick(nil)
			p.begin(r)
			p.end(r, v)
			synctest.Wait()
		}
		check := func(lookUps int, want ...string) {
			t.Helper()
			var got []string
			for _, r := range *p.replicas.Load() {
				got = append(got, r.address)
			}
			if want = append(want, ""); !slices.Equal(got, want) || asked != lookUps {
				t.Errorf("after %d look-ups the addresses are %q, want %q after %d", asked, got, want, lookUps)
			}
		}
		check(0, "")
		call(fine)
		check(1, "10.0.0.1:8001", "10.0.0.2:8001")
		kept := (*p.replicas.Load())[0]
		answer = []string{"10.0.0.3", "10.0.0.1"}
		call(fine)
		check(1, "10.0.0.1:8001", "10.0.0.2:8001")
		time.Sleep(resolveEvery)
		call(fine)
		check(2, "10.0.0.1:8001", "10.0.0.3:8001")
		now := *p.replicas.Load()
		if now[0] != kept || now[0].weight(clock()) != 1 || now[1].weight(clock()) > 0.2 {
			t.Error("a replica that is still there is another one, or one that is new has its full share at once")
		}
		answer = []string{"10.0.0.4"}
		call(away)
		time.Sleep(resolveSoon)
		call(fine)
		check(3, "10.0.0.4:8001")
		failing = true
		time.Sleep(resolveEvery)
		call(fine)
		check(4, "10.0.0.4:8001")
	})
}
