package page

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"runtime/debug"
	"slices"
	"sync"
	"time"
)

// Counts says how many there are, by the names that a page gives to the places: {{live "open" .Open}}.
type Counts map[string]int64

// Live keeps the counts of open pages up to date. One watcher, which runs only while somebody listens, counts again and again, and tells
// all listeners what has changed; so it sees what other processes write, too. An app holds it as a resource beside its database, after
// it, and has a view for its [Live.Stream]. It may be shared.
type Live struct {
	count   Count
	log     *slog.Logger
	options LiveOptions
	joined  chan struct{} // somebody new waits for the first counts

	mu        sync.Mutex
	closed    chan struct{} // closed when the app does not run here any more; nil before it does
	listeners map[*listener]struct{}
	leave     context.CancelFunc // ends the watcher
	watchers  sync.WaitGroup
}

// Count counts what open pages show. Under "" it returns what all of them see, and for each of the distinct names in of what those see
// who listen to that one: a person, an entry. What cannot be counted now is left out, and pages keep the count they show.
type Count func(ctx context.Context, of []string) (map[string]Counts, error)

// LiveOptions are the limits of a [Live]. The zero value works.
type LiveOptions struct {
	Every time.Duration // how often is counted; one count may take five times as long, but at least 5 s. Default: 1 s
	Limit int           // how many may listen at once; others get a 503. Default: 200
	Life  time.Duration // how long one stream lasts; the browser opens it again, and is asked again who it is. Default: 5 min
	Beat  time.Duration // how often a stream without news says that it is there. Default: 20 s
}

// NewLive returns a closed Live.
func NewLive(log *slog.Logger, count Count, options LiveOptions) *Live {
	options.Every = cmp.Or(options.Every, time.Second)
	options.Limit = cmp.Or(options.Limit, 200)
	options.Life = cmp.Or(options.Life, 5*time.Minute)
	options.Beat = cmp.Or(options.Beat, 20*time.Second)
	return &Live{count: count, log: log, options: options, joined: make(chan struct{}, 1), listeners: map[*listener]struct{}{}}
}

// Open lets listeners in.
func (l *Live) Open(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = make(chan struct{})
	return nil
}

// Close ends all streams, waits for the watcher, and lets nobody in until it is opened again.
func (l *Live) Close() error {
	l.mu.Lock()
	if l.closed != nil {
		close(l.closed)
		l.closed = nil
		clear(l.listeners)
		l.rest()
	}
	l.mu.Unlock()
	l.watchers.Wait()
	return nil
}

// Check finds nothing wrong: pages work without.
func (l *Live) Check(context.Context) error { return nil }

// listener is one open page.
type listener struct {
	of     []string
	news   chan Counts     // holds the newest only
	closed <-chan struct{} // of the Live
}

// join lets somebody listen; nil says that there is no place.
func (l *Live) join(of []string) *listener {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed == nil || len(l.listeners) >= l.options.Limit {
		return nil
	}
	one := &listener{of: of, news: make(chan Counts, 1), closed: l.closed}
	l.listeners[one] = struct{}{}
	if l.leave == nil {
		ctx, cancel := context.WithCancel(context.Background())
		l.leave = cancel
		l.watchers.Go(func() { l.watch(ctx) })
	}
	select {
	case l.joined <- struct{}{}:
	default: // somebody else has said so
	}
	return one
}

// part takes a listener away, and the watcher with the last one.
func (l *Live) part(one *listener) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.listeners, one)
	if len(l.listeners) == 0 {
		l.rest()
	}
}

// rest ends the watcher. The caller holds the lock.
func (l *Live) rest() {
	if l.leave != nil {
		l.leave()
		l.leave = nil
	}
}

// watch counts until ctx is done.
func (l *Live) watch(ctx context.Context) {
	tick := time.NewTicker(l.options.Every)
	defer tick.Stop()
	failing := false
	for {
		counts, err := l.look(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			l.tell(ctx, counts)
		case !failing: // said once, and again after it has worked
			l.log.ErrorContext(ctx, "open pages are not told what changes", "error", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-l.joined:
		case <-tick.C:
		}
	}
}

// look counts once, for everybody who listens now.
func (l *Live) look(ctx context.Context) (counts map[string]Counts, err error) {
	defer func() {
		if broken := recover(); broken != nil {
			err = fmt.Errorf("counting panicked: %v\n%s", broken, debug.Stack())
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, max(5*l.options.Every, 5*time.Second))
	defer cancel()
	return l.count(ctx, l.wanted())
}

// wanted returns what the listeners look at besides what all of them see.
func (l *Live) wanted() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	distinct := map[string]struct{}{}
	for one := range l.listeners {
		for _, name := range one.of {
			distinct[name] = struct{}{}
		}
	}
	return slices.Sorted(maps.Keys(distinct))
}

// tell gives everybody their counts, unless the watcher has been told to end.
func (l *Live) tell(ctx context.Context, counts map[string]Counts) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if ctx.Err() != nil {
		return
	}
	for one := range l.listeners {
		news := Counts{}
		maps.Copy(news, counts[""])
		for _, name := range one.of {
			maps.Copy(news, counts[name])
		}
		select { // what has not been sent yet is old
		case <-one.news:
		default:
		}
		one.news <- news
	}
}
