package events

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/spinoff-go/spinoff/events/jetstream"
)

// Retained is an event that the engine keeps, with the attributes of CloudEvents.
type Retained struct {
	Stream   string          `json:"stream"`   // the service that has published it
	Position uint64          `json:"position"` // in the stream, from 1
	ID       string          `json:"id"`
	Source   string          `json:"source"`
	Type     string          `json:"type"` // "tickets.v1.ticket.solved"
	Subject  string          `json:"subject"`
	Time     time.Time       `json:"time"`
	Data     json.RawMessage `json:"data"`
}

// Wanted says which events [List] returns.
type Wanted struct {
	Stream  string
	Type    string // Default: all
	Subject string // Default: all
	ID      string // Default: all. An event is found once for each version of its topic
	Limit   int    // Default: all
}

// page is how many messages are looked at between two questions whether that was enough.
const page = 256

// List returns retained events, the newest first. A stream that nobody has published to has none. A message that is no event is left out.
func List(ctx context.Context, engine *jetstream.Engine, w Wanted) ([]Retained, error) {
	query := jetstream.Query{Stream: w.Stream, Newest: true, Limit: page}
	if w.Type != "" {
		query.Subject = subjectOf(w.Type)
	}
	var found []Retained
	for {
		messages, err := engine.List(ctx, query)
		if errors.Is(err, jetstream.ErrNotFound) {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		for _, m := range messages {
			e, err := open(m)
			if err != nil || w.Subject != "" && e.Subject != w.Subject || w.ID != "" && e.ID != w.ID {
				continue
			}
			found = append(found, Retained{w.Stream, m.Sequence, e.ID, e.Source, e.Kind, e.Subject, e.Time, e.Data})
			if len(found) == w.Limit {
				return found, nil
			}
		}
		if len(messages) < page || messages[page-1].Sequence == 1 {
			return found, nil
		}
		query.From = messages[page-1].Sequence - 1
	}
}
