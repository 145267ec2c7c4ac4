package jetstream

import (
	"context"
	"errors"
	"fmt"

	nj "github.com/nats-io/nats.go/jetstream"
)

// Query says which retained messages [Engine.List] returns.
type Query struct {
	Stream  string
	Subject string // of NATS, with the wildcards * and >. Default: all
	From    uint64 // sequence with which to begin. Default: the oldest or, newest first, the newest
	Newest  bool   // newest first. Default: oldest first
	Limit   int    // Default: 100
}

// ErrNotFound says that the engine has no such message or stream, or no longer.
var ErrNotFound = errors.New("not found in the event engine")

// Get returns a retained message. Errors: [ErrNotFound].
func (e *Engine) Get(ctx context.Context, stream string, sequence uint64) (Message, error) {
	s, err := e.stream(ctx, stream)
	if err != nil {
		return Message{}, err
	}
	return get(ctx, s, sequence)
}

// List returns retained messages. A stream that nobody has published to is an error, [ErrNotFound].
func (e *Engine) List(ctx context.Context, q Query) ([]Message, error) {
	setDefault(&q.Limit, 100)
	setDefault(&q.Subject, ">")
	s, err := e.stream(ctx, q.Stream)
	if err != nil {
		return nil, err
	}
	first, last := s.CachedInfo().State.FirstSeq, s.CachedInfo().State.LastSeq
	if q.Newest {
		if q.From > 0 {
			last = min(last, q.From)
		}
		return newest(ctx, s, q, first, last)
	}
	return oldest(ctx, s, q.Subject, max(first, q.From), last, q.Limit)
}

func (e *Engine) stream(ctx context.Context, name string) (nj.Stream, error) {
	s, err := e.js.Stream(ctx, name)
	if errors.Is(err, nj.ErrStreamNotFound) {
		return nil, fmt.Errorf("stream %s: %w", name, ErrNotFound)
	}
	return s, err
}

// oldest walks forward from one message of the subject to the next.
func oldest(ctx context.Context, s nj.Stream, subject string, from, to uint64, limit int) ([]Message, error) {
	var found []Message
	for len(found) < limit && from <= to {
		m, err := get(ctx, s, from, nj.WithGetMsgSubject(subject))
		if errors.Is(err, ErrNotFound) || err == nil && m.Sequence > to {
			break
		}
		if err != nil {
			return nil, err
		}
		found = append(found, m)
		from = m.Sequence + 1
	}
	return found, nil
}

// newest walks forward through pieces of the stream, the last piece first: the server finds the next message of a subject, not the one before.
func newest(ctx context.Context, s nj.Stream, q Query, first, last uint64) ([]Message, error) {
	var found []Message
	size := uint64(q.Limit)
	for first <= last && last > 0 && len(found) < q.Limit {
		from := first
		if last-first >= size {
			from = last - size + 1
		}
		piece, err := oldest(ctx, s, q.Subject, from, last, int(last-from)+1)
		if err != nil {
			return nil, err
		}
		for i := len(piece) - 1; i >= 0 && len(found) < q.Limit; i-- {
			found = append(found, piece[i])
		}
		if len(piece) == 0 {
			size *= 2 // rare messages: longer steps
		}
		last = from - 1
	}
	return found, nil
}

func get(ctx context.Context, s nj.Stream, sequence uint64, options ...nj.GetMsgOpt) (Message, error) {
	raw, err := s.GetMsg(ctx, sequence, options...)
	if errors.Is(err, nj.ErrMsgNotFound) {
		return Message{}, fmt.Errorf("message %d of stream %s: %w", sequence, s.CachedInfo().Config.Name, ErrNotFound)
	}
	if err != nil {
		return Message{}, fmt.Errorf("message %d of stream %s: %w", sequence, s.CachedInfo().Config.Name, err)
	}
	m := message(raw.Subject, raw.Header, raw.Data)
	m.Sequence, m.Time = raw.Sequence, raw.Time.UTC()
	return m, nil
}
