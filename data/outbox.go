package data

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/shape"
)

// What bounds an event, in bytes. Its subject travels in a header; its data as JSON fits into one message of the engine, which takes 1 MiB, also
// with a header and in older versions of its topic. One that was too large would hold up all that come after it.
const (
	maxSubject = 255
	maxEvent   = 512 << 10
)

// Publish implements [spinoff.Publisher]: the event is a row of the outbox from the commit on, and is on its way to its consumers then.
func (tx *Tx) Publish(ctx context.Context, kind spinoff.Kind, subject string, data any) error {
	if subject == "" || len(subject) > maxSubject || strings.ContainsFunc(subject, func(r rune) bool { return r < '!' || r > '~' }) {
		return fmt.Errorf("publish %s: subject %q: it names what the event is about, in 1 to %d printable ASCII characters without spaces, such as a number", kind, subject, maxSubject)
	}
	message, err := tx.db.message(kind.Data)
	if err != nil {
		return fmt.Errorf("publish %s: %w", kind, err)
	}
	if faults := message.Admit(data, true, false); faults != nil {
		invalid := *spinoff.ErrInvalid
		invalid.Fields = faults
		return fmt.Errorf("publish %s: the event breaks its contract: %w", kind, &invalid)
	}
	text := message.AppendJSON(nil, data)
	if len(text) > maxEvent {
		return fmt.Errorf("publish %s: the event has %d bytes, and %d is the most: publish where to find what is large", kind, len(text), maxEvent)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	if tx.turn != nil {
		tx.turn.batch.events = true
	}
	_, err = Exec(ctx, tx, "INSERT INTO spinoff_outbox (id, kind, subject, data, at, trace) VALUES ($1, $2, $3, $4, $5, $6)",
		id.String(), kind.String(), subject, string(text), time.Now().UnixMilli(), spinoff.OriginOf(ctx).Trace)
	return err
}

// message returns the compiled type of an event.
func (db *DB) message(t reflect.Type) (*shape.Message, error) {
	if known, ok := db.messages.Load(t); ok {
		return known.(*shape.Message), nil
	}
	m, err := shape.Event(t)
	if err == nil {
		db.messages.Store(t, m)
	}
	return m, err
}

// announce says that there may be events in the outbox.
func (db *DB) announce() {
	select {
	case db.published <- struct{}{}:
	default:
	}
}

// Published returns a channel that receives after a commit with events in this process.
func (db *DB) Published() <-chan struct{} { return db.published }
