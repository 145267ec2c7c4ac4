package events

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/events/jetstream"
)

// waits are how long an event waits after its first, second, … failure. After the last one it is dead: it waits for people.
var waits = []time.Duration{time.Second, 5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, time.Hour, 6 * time.Hour}

// backOff returns how long to wait after so many failures; 0 is for ever.
func backOff(tries int64) time.Duration {
	if tries > int64(len(waits)) {
		return 0
	}
	return waits[tries-1]
}

// How often a box looks for events to be tried again, and how many it tries at a time.
const (
	repeatLook   = 500 * time.Millisecond
	repeatAtOnce = 8
)

// Failed is an event that a consumer could not handle.
type Failed struct {
	Consumer string `json:"consumer"` // "faqcreator:tickets.ticket.solved"
	ID       string `json:"id"`
	Kind     string `json:"type"`
	Source   string `json:"source"`
	Subject  string `json:"subject"`
	Data     string `json:"data"` // JSON
	At       int64  `json:"at"`   // when it was published, in milliseconds since 1970
	Tries    int64  `json:"tries"`
	Error    string `json:"error"`
	Stack    string `json:"stack,omitempty"` // where it panicked; "" where it did not
	FailedAt int64  `json:"failed_at"`
	NextAt   int64  `json:"next_at"` // when it is tried again; 0: never, it is dead
}

// Dead reports whether the event waits for people.
func (f Failed) Dead() bool { return f.NextAt == 0 }

const selectFailed = "SELECT consumer, id, kind, source, subject, data, at, tries, error, stack, failed_at, next_at FROM spinoff_failed "

// ListFailed returns the events of an app that could not be handled, the oldest failure first, at most limit.
func ListFailed(ctx context.Context, db *data.DB, limit int) (failed []Failed, err error) {
	err = db.Read(ctx, func(tx *data.Tx) error {
		failed, err = data.Query[Failed](ctx, tx, selectFailed+"ORDER BY failed_at, id LIMIT $1", limit)
		return err
	})
	return failed, err
}

// CountFailed returns how many events of an app could not be handled: those that are tried again, and those that are dead.
func CountFailed(ctx context.Context, db *data.DB) (retrying, dead int64, err error) {
	type row struct{ Retrying, Dead int64 }
	err = db.Read(ctx, func(tx *data.Tx) error {
		r, err := data.One[row](ctx, tx, `SELECT count(CASE WHEN next_at > 0 THEN 1 END) AS retrying, count(CASE WHEN next_at = 0 THEN 1 END) AS dead FROM spinoff_failed`)
		retrying, dead = r.Retrying, r.Dead
		return err
	})
	return retrying, dead, err
}

// Replay asks for another try of a failed event, which the app's process makes within a second. data takes the place of
// the event's, where it is not "".
func Replay(ctx context.Context, db *data.DB, f Failed, replaced string, now time.Time) error {
	return db.Write(ctx, func(tx *data.Tx) error {
		if replaced == "" {
			replaced = f.Data
		}
		n, err := data.Exec(ctx, tx, "UPDATE spinoff_failed SET next_at = $3, data = $4 WHERE consumer = $1 AND id = $2", f.Consumer, f.ID, now.UnixMilli(), replaced)
		if err == nil && n == 0 {
			err = fmt.Errorf("event %s of %s has been handled meanwhile", f.ID, f.Consumer)
		}
		return err
	})
}

// Drop gives a failed event up.
func Drop(ctx context.Context, db *data.DB, f Failed) error {
	return db.Write(ctx, func(tx *data.Tx) error { return drop(ctx, tx, f) })
}

// errGone says that somebody else has dealt with a failed event.
var errGone = errors.New("the event has been dealt with")

func drop(ctx context.Context, tx *data.Tx, f Failed) error {
	n, err := data.Exec(ctx, tx, "DELETE FROM spinoff_failed WHERE consumer = $1 AND id = $2", f.Consumer, f.ID)
	if err == nil && n == 0 {
		err = errGone
	}
	return err
}

// repeat tries failed events again when their time has come.
func (b *Box) repeat(ctx context.Context) {
	tick := time.NewTicker(repeatLook)
	defer tick.Stop()
	for {
		if err := b.repeatDue(ctx); err != nil && ctx.Err() == nil {
			b.log.Error("look for events to be tried again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (b *Box) repeatDue(ctx context.Context) error {
	var due []Failed
	err := b.db.Read(ctx, func(tx *data.Tx) (err error) {
		due, err = data.Query[Failed](ctx, tx, selectFailed+"WHERE next_at > 0 AND next_at <= $1 ORDER BY next_at, id LIMIT 100", b.now().UnixMilli())
		return err
	})
	var trying sync.WaitGroup
	for group := range slices.Chunk(due, repeatAtOnce) {
		for _, f := range group {
			if i := slices.IndexFunc(b.consumers, func(c *consumer) bool { return c.name == f.Consumer }); i >= 0 { // else of a consumer that is no more
				trying.Go(func() { b.tryAgain(ctx, b.consumers[i], f) })
			}
		}
		trying.Wait()
	}
	return err
}

// errUnanswered is the failure of a try that did not end.
var errUnanswered = errors.New("the process ended while the event was handled")

// tryAgain handles a failed event: its effect and its end as a failed one are one transaction. The try is noted before, as if it had failed: an event that
// ends the process does so a number of times and no more.
func (b *Box) tryAgain(ctx context.Context, c *consumer, f Failed) {
	trying := b.failedAgain(f, errUnanswered)
	if !trying.Dead() {
		trying.NextAt = max(trying.NextAt, next(b.now(), jetstream.AckWait)) // when this try is over
	}
	if ours, err := b.replace(ctx, f, trying); err != nil || !ours {
		return // it is due again; or another process of the app was faster
	}
	handling, cancel := context.WithTimeout(ctx, handleTimeout)
	defer cancel()
	b.mark("before another try")
	_, _, err := b.db.Do(handling, spinoff.Key{}, func(ctx context.Context) ([]byte, error) {
		if err := b.call(ctx, c, envelope{f.ID, f.Source, f.Kind, f.Subject, data.Time(f.At), []byte(f.Data), ""}); err != nil {
			return nil, err
		}
		return nil, b.db.Write(ctx, func(tx *data.Tx) error { return drop(ctx, tx, f) })
	})
	after := f // closing, or the database is in trouble: as if it had not been tried
	switch {
	case err == nil, errors.Is(err, errGone):
		return
	case ctx.Err() == nil && !errors.Is(err, data.ErrTrouble):
		after = b.failedAgain(f, err)
		b.log.WarnContext(ctx, "an event could not be handled again", "consumer", c.name, "event", f.ID, "tries", after.Tries, "error", err, "dead", after.Dead())
	}
	if _, err := b.replace(context.WithoutCancel(ctx), trying, after); err != nil {
		b.log.ErrorContext(ctx, "the failure of an event was not noted; it counts as a try", "consumer", c.name, "event", f.ID, "error", err)
	}
}

// failedAgain returns what f is after one more failure.
func (b *Box) failedAgain(f Failed, cause error) Failed {
	now := b.now()
	f.Tries++
	f.Error, f.Stack, f.FailedAt, f.NextAt = text(cause), stack(cause), now.UnixMilli(), next(now, backOff(f.Tries))
	return f
}

// replace puts one state of a failed event in the place of another, and reports whether that was there.
func (b *Box) replace(ctx context.Context, before, after Failed) (done bool, err error) {
	err = b.db.Write(ctx, func(tx *data.Tx) error {
		n, err := data.Exec(ctx, tx, `
			UPDATE spinoff_failed SET tries = $4, error = $5, stack = $6, failed_at = $7, next_at = $8 WHERE consumer = $1 AND id = $2 AND tries = $3`,
			before.Consumer, before.ID, before.Tries, after.Tries, after.Error, after.Stack, after.FailedAt, after.NextAt)
		done = n > 0
		return err
	})
	return done, err
}
