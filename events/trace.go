package events

import (
	"bytes"
	"context"
	"fmt"
	"reflect"

	"github.com/spinoff-go/spinoff/data"
)

// Sent is an event in the outbox of the app that publishes it. It stays there for some minutes after the engine has acknowledged it.
type Sent struct {
	N      int64  `json:"n"` // in the order of the outbox
	Epoch  string `json:"epoch"`
	SentAt int64  `json:"sent_at"` // when the engine has acknowledged it, in milliseconds since 1970; 0: it waits
}

// Reading is who in an app consumes which topic.
type Reading struct {
	Consumer string `json:"consumer"` // as in [Failed]
	Type     string `json:"type"`     // of the events: "tickets.v1.ticket.solved"
	Stream   string `json:"stream"`
	Position string `json:"position"` // the engine's name for how far it has come
}

// Reads returns what the app consumes.
func (b *Box) Reads() []Reading {
	var reads []Reading
	for _, c := range b.consumers {
		reads = append(reads, Reading{c.name, c.String(), c.Service.Name, c.durable(b.app)})
	}
	return reads
}

// Fits returns what is wrong with data, JSON, for a consumer of the app.
func (b *Box) Fits(consumer string, data []byte) error {
	for _, c := range b.consumers {
		if c.name != consumer {
			continue
		}
		faults, err := c.message.Decode(bytes.NewBuffer(bytes.Clone(data)), reflect.New(c.message.Go).Interface(), false)
		if err == nil && faults != nil {
			err = fmt.Errorf("%s %s", faults[0].Pointer, faults[0].Detail)
		}
		return err
	}
	return fmt.Errorf("the app has no consumer %s any more; drop the event", consumer)
}

// FindSent returns the rows of the outbox with an event: one or, when it is no longer there or another app has published it, none.
func FindSent(ctx context.Context, db *data.DB, id string) (sent []Sent, err error) {
	err = db.Read(ctx, func(tx *data.Tx) error {
		sent, err = data.Query[Sent](ctx, tx, "SELECT n, epoch, sent_at FROM spinoff_outbox WHERE id = $1", id)
		return err
	})
	return sent, err
}

// Waiting returns how many events of the outbox have not been sent, and when the oldest of them was published, in milliseconds since 1970.
func Waiting(ctx context.Context, db *data.DB) (n, oldest int64, err error) {
	type row struct{ N, Oldest int64 }
	err = db.Read(ctx, func(tx *data.Tx) error {
		r, err := data.One[row](ctx, tx, "SELECT count(*) AS n, coalesce(min(at), 0) AS oldest FROM spinoff_outbox WHERE sent_at = 0")
		n, oldest = r.N, r.Oldest
		return err
	})
	return n, oldest, err
}

// Noted reports whether a consumer has dealt with an event: it has taken effect, or has been put aside as a failed one.
func Noted(ctx context.Context, db *data.DB, consumer, id string) (noted bool, err error) {
	err = db.Read(ctx, func(tx *data.Tx) error {
		n, err := data.One[int64](ctx, tx, "SELECT count(*) FROM spinoff_done WHERE scope = $1 AND id = $2", scope(consumer), id)
		noted = n > 0
		return err
	})
	return noted, err
}

// scope is that of the notes of a consumer.
func scope(consumer string) string { return "event:" + consumer }
