// Package usage knows who uses which endpoints of an app: it writes the uses down, says how far the counts are to be trusted, keeps the lock files of
// consumers, and from all that decides whether an endpoint may go. docs/contracts.md says what is promised.
package usage

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/spinoff-go/spinoff/data"
)

// How uses are written down.
const (
	every  = 5 * time.Second  // how often, while there are any
	beat   = 30 * time.Second // how often where there are none: so that a process that was killed can be told from one that is idle
	grace  = time.Minute      // a process that has not written for so long is dead; it wrote every 30 s, and what it counted afterwards is lost
	keep   = 400 * 24 * time.Hour
	atLast = 5 * time.Second // how long the last write at the end may take
)

// Count is how often a consumer has called an endpoint since the process started.
type Count struct {
	Endpoint, Consumer string
	Calls              int64
}

// Options are what a counter needs.
type Options struct {
	DB     *data.DB
	Counts func() []Count       // what was counted so far; asked every few seconds
	Expect func(name ...string) // told at the start which consumers there were before, so that they are counted apart
	Log    *slog.Logger
	Now    func() time.Time
}

// Counter writes down in the app's own database who calls its endpoints. It is a [spinoff.Resource]: opened after the
// database, before the first call, and closed after the last one. Several processes may do so at the same time.
type Counter struct {
	Options
	mu      sync.Mutex // held while writing
	process string     // names this run; a new one at each Open, and "" while it is closed
	written map[[2]string]int64
	since   time.Time // up to when the counts are written
	wrote   time.Time // when that was done

	stop    context.CancelFunc
	working sync.WaitGroup
}

// NewCounter returns a closed counter.
func NewCounter(o Options) *Counter { return &Counter{Options: o, written: map[[2]string]int64{}} }

// Open says in the database that this process counts from now on, and begins to write.
func (c *Counter) Open(ctx context.Context) error {
	now := c.Now()
	process := rand.Text()
	names, err := begin(ctx, c.DB, process, now)
	if err != nil {
		return fmt.Errorf("count uses: %w", err)
	}
	c.mu.Lock()
	c.process, c.since, c.wrote = process, now, now
	c.mu.Unlock()
	c.Expect(names...)
	working, stop := context.WithCancel(context.Background())
	c.stop = stop
	c.working.Go(func() { c.work(working) })
	return nil
}

// work writes until ctx is done: every few seconds, and at midnight, so that each use is counted on its day.
func (c *Counter) work(ctx context.Context) {
	var told time.Time
	for {
		now := c.Now().UTC()
		wait := time.NewTimer(min(every, now.Truncate(24*time.Hour).Add(24*time.Hour).Sub(now)))
		select {
		case <-ctx.Done():
			wait.Stop()
			return
		case <-wait.C:
		}
		err := c.Flush(ctx)
		if err != nil && ctx.Err() == nil && time.Since(told) > time.Minute {
			told = time.Now()
			c.Log.Error("uses cannot be written down; they are kept until they can", "error", err)
		}
	}
}

// Flush writes down what was counted since the last time. It does nothing where that is nothing and the last time was a moment ago, and while the
// counter is closed.
func (c *Counter) Flush(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.Now()
	fresh := c.fresh()
	if c.process == "" || len(fresh) == 0 && now.Sub(c.wrote) < beat {
		return nil
	}
	err := c.DB.Write(ctx, func(tx *data.Tx) error {
		if err := add(ctx, tx, fresh, c.since, now); err != nil {
			return err
		}
		return countedTo(ctx, tx, c.process, c.since, now)
	})
	if err == nil {
		c.done(fresh, now)
	}
	return err
}

// fresh returns what was counted and is not written.
func (c *Counter) fresh() []Count {
	var fresh []Count
	for _, n := range c.Counts() {
		if n.Calls -= c.written[[2]string{n.Endpoint, n.Consumer}]; n.Calls > 0 {
			fresh = append(fresh, n)
		}
	}
	return fresh
}

func (c *Counter) done(fresh []Count, now time.Time) {
	for _, n := range fresh {
		c.written[[2]string{n.Endpoint, n.Consumer}] += n.Calls
	}
	c.since, c.wrote = now, now
}

// Close writes down what is left, and that nothing is lost.
func (c *Counter) Close() error {
	if c.stop == nil {
		return nil
	}
	c.stop()
	c.working.Wait()
	c.stop = nil
	ctx, cancel := context.WithTimeout(context.Background(), atLast)
	defer cancel()
	c.mu.Lock()
	defer c.mu.Unlock()
	now, fresh := c.Now(), c.fresh()
	err := c.DB.Write(ctx, func(tx *data.Tx) error {
		return errors.Join(add(ctx, tx, fresh, c.since, now), end(ctx, tx, c.process))
	})
	if err != nil {
		return fmt.Errorf("count uses: %w", err)
	}
	c.done(fresh, now)
	c.process = ""
	return nil
}

// Check reports nothing: an app that cannot count its uses can do its work.
func (c *Counter) Check(context.Context) error { return nil }
