package events

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/events/jetstream"
)

// The relay takes so many events at a time, looks by itself for those that another process of the app has written, and keeps what it has sent for
// longer than the engine needs to have it on the disk.
const (
	relayBatch = 500
	relayLook  = time.Second
	relayKeep  = 5 * time.Minute
	relaySweep = 30 * time.Second
	relayDrop  = 10_000 // rows at a time
)

// relay brings the outbox to the engine, in the order of the commits.
type relay struct {
	*Box
	engine *jetstream.Engine
	epoch  string  // of the engine, for which the outbox is looked through
	last   int64   // row up to which the epoch has acknowledged everything. Writers take turns, so no row comes to be below it later
	points []point // how far that was at times before, oldest first
	free   int64   // row up to which the engine needs the outbox no more
}

// point is how far the engine was at a time.
type point struct {
	at time.Time // of the monotonic clock: when the other one jumps, nothing is let go too early
	n  int64
}

// row is a row of the outbox.
type row struct {
	N                       int64
	ID, Kind, Subject, Data string
	At                      int64
	Trace                   string
}

// run sends until ctx is done. What cannot be sent stays in the outbox.
func (r *relay) run(ctx context.Context) {
	wait := time.NewTimer(0)
	defer wait.Stop()
	var complained time.Time
	for ctx.Err() == nil {
		changed := r.engine.Changed()
		n, err := r.pass(ctx)
		switch {
		case err == nil && n == relayBatch:
			continue
		case err != nil && ctx.Err() == nil && !errors.Is(err, jetstream.ErrDisconnected) && r.now().Sub(complained) > time.Minute:
			complained = r.now()
			r.log.Warn("events wait in the outbox", "error", err)
		}
		wait.Reset(relayLook)
		select {
		case <-ctx.Done():
		case <-changed:
		case <-r.db.Published():
		case <-wait.C:
		}
	}
}

// pass sends one batch and returns how many events that was.
func (r *relay) pass(ctx context.Context) (int, error) {
	publisher, err := r.engine.Publisher()
	if err != nil {
		return 0, err
	}
	if epoch := publisher.Epoch(); epoch != r.epoch { // what an earlier one has acknowledged may be lost: begin anew
		r.epoch, r.last, r.points, r.free = epoch, 0, nil, 0
	}
	if err := r.sweep(ctx); err != nil {
		return 0, err
	}
	rows, err := r.waiting(ctx)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	messages, ends := r.messages(ctx, rows)
	r.mark("before publish")
	acked, failed := publisher.Publish(ctx, r.app, messages)
	r.mark("after publish")
	sent := 0
	for sent < len(rows) && ends[sent] <= acked {
		sent++
	}
	if sent > 0 {
		if err := r.sent(ctx, rows[:sent]); err != nil {
			return sent, err
		}
		r.last = rows[sent-1].N
		r.mark("after noting what was sent")
	}
	return sent, failed
}

// waiting returns what the current epoch of the engine has not acknowledged: what is new, and at the beginning of an epoch whatever earlier ones have.
func (r *relay) waiting(ctx context.Context) (rows []row, err error) {
	err = r.db.Read(ctx, func(tx *data.Tx) error {
		rows, err = data.Query[row](ctx, tx, "SELECT n, id, kind, subject, data, at, trace FROM spinoff_outbox WHERE n > $1 AND epoch <> $2 ORDER BY n LIMIT $3",
			r.last, r.epoch, relayBatch)
		return err
	})
	return rows, err
}

// messages returns what the rows are on the wire: each event in its older versions first, so that a consumer which changes over to a newer one misses
// nothing. ends[i] is where the messages of row i end.
func (r *relay) messages(ctx context.Context, rows []row) (messages []jetstream.Message, ends []int) {
	for _, row := range rows {
		e := envelope{row.ID, "/" + r.app, row.Kind, row.Subject, data.Time(row.At), []byte(row.Data), row.Trace}
		if t := r.topics[row.Kind]; t != nil {
			for _, older := range t.older {
				converted, err := t.convert(older, e)
				if err != nil {
					r.log.ErrorContext(ctx, "an event could not be made into an older version; its consumers do not get it", "event", e.ID, "from", e.Kind, "to", older.Kind, "error", err)
					continue
				}
				messages = append(messages, converted.message())
			}
		}
		messages = append(messages, e.message())
		ends = append(ends, len(messages))
	}
	return messages, ends
}

// convert makes an older version of an event.
func (t *topic) convert(o older, e envelope) (_ envelope, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	newer := reflect.New(t.message.Go).Interface()
	if _, err := t.message.Decode(bytes.NewBuffer(e.Data), newer, false); err != nil {
		return e, err
	}
	converted := o.Convert(newer)
	if faults := o.message.Admit(converted, true, true); faults != nil {
		return e, fmt.Errorf("it breaks the contract: %s %s", faults[0].Pointer, faults[0].Detail)
	}
	e.Kind, e.Data = o.String(), o.message.AppendJSON(nil, converted)
	return e, nil
}

// sent notes that the engine has the rows. Between the first and the last there is no row that was not in the batch.
func (r *relay) sent(ctx context.Context, rows []row) error {
	return r.db.Write(ctx, func(tx *data.Tx) error {
		_, err := data.Exec(ctx, tx, "UPDATE spinoff_outbox SET epoch = $1, sent_at = $2 WHERE n >= $3 AND n <= $4 AND epoch <> $1",
			r.epoch, r.now().UnixMilli(), rows[0].N, rows[len(rows)-1].N)
		return err
	})
}

// sweep drops rows that the engine has had for long enough.
func (r *relay) sweep(ctx context.Context) error {
	now := time.Now()
	if len(r.points) == 0 || now.Sub(r.points[len(r.points)-1].at) >= relaySweep {
		r.points = append(r.points, point{now, r.last})
	}
	if now.Sub(r.points[0].at) >= relayKeep {
		r.free, r.points = max(r.free, r.points[0].n), r.points[1:]
	}
	if r.free == 0 {
		return nil
	}
	return r.db.Write(ctx, func(tx *data.Tx) error {
		n, err := data.Exec(ctx, tx, "DELETE FROM spinoff_outbox WHERE n IN (SELECT n FROM spinoff_outbox WHERE n <= $1 AND epoch = $2 ORDER BY n LIMIT $3)",
			min(r.free, r.last-1), r.epoch, relayDrop) // the newest row stays: without it SQLite would give its number again
		if n < relayDrop {
			r.free = 0
		}
		return err
	})
}
