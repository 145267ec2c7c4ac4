package jetstream

import (
	"cmp"
	"context"
	"errors"
	"time"

	nj "github.com/nats-io/nats.go/jetstream"
)

// A stream that is filled to more than high percent is brought down to low, if its consumers are that far.
const high, low = 80, 60

// housekeep tidies up from time to time, and replaces an embedded server that can no longer write. In a project that shares an embedded server,
// the process that runs it does so; with an external one every process does, which comes to the same.
func (e *Engine) housekeep(ctx context.Context) {
	health, tidy := time.NewTicker(5*time.Second), time.NewTicker(time.Minute)
	defer health.Stop()
	defer tidy.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-health.C:
			e.replaceBroken()
		case <-tidy.C:
			if e.Epoch() == "" || e.shared != nil && e.shared.local() == nil {
				continue
			}
			if err := e.Tidy(ctx); err != nil && ctx.Err() == nil {
				e.options.Log.Warn("tidy up the streams of events", "error", err)
			}
		}
	}
}

// replaceBroken starts the embedded server anew when it can no longer write, as after its disk was full: the server itself never tries again.
func (e *Engine) replaceBroken() {
	if e.shared == nil {
		return
	}
	here := e.shared.local()
	if here == nil {
		return
	}
	err := here.health()
	if err == nil {
		return
	}
	e.options.Log.Error("the event engine cannot store any more: it is started anew", "error", err, "folder", e.options.Folder)
	if err := e.shared.restart(here); err != nil {
		e.options.Log.Error("end the event engine", "error", err)
	}
}

// Tidy removes events that every consumer of their stream has acknowledged: those older than [Options.MaxAge], and the oldest of a stream that is
// more than 80 % full. A stream that stays so full is told to the log, once an hour, with the consumer that holds it up. The engine does this every minute.
func (e *Engine) Tidy(ctx context.Context) error {
	streams, err := e.Streams(ctx)
	if err != nil {
		return err
	}
	for _, s := range streams {
		err = errors.Join(err, e.tidy(ctx, s))
	}
	return err
}

func (e *Engine) tidy(ctx context.Context, s Stream) error {
	cutoff := e.options.Now().Add(-e.options.MaxAge)
	if s.Messages == 0 || s.Oldest.After(cutoff) && !s.fuller(high) {
		return nil
	}
	stream, err := e.stream(ctx, s.Name)
	if err != nil {
		return err
	}
	done, slowest, err := acknowledged(ctx, stream, s)
	if err != nil {
		return err
	}
	if end, err := olderThan(ctx, stream, s, cutoff); err != nil {
		return err
	} else if s, err = e.purge(ctx, stream, s, min(end, done+1)); err != nil {
		return err
	}
	for s.fuller(high) && s.First <= done {
		// Messages differ in size, so this is an estimate, and repeated until it is enough.
		tooMuch := float64(s.Bytes-s.MaxBytes/100*low) / float64(s.Bytes)
		if s, err = e.purge(ctx, stream, s, min(s.First+uint64(tooMuch*float64(s.Last-s.First))+1, done+1)); err != nil {
			return err
		}
	}
	if s.fuller(high) {
		e.warnFull(s, slowest)
	}
	return nil
}

// fuller reports whether more than a percentage of the stream is in use.
func (s Stream) fuller(percent int64) bool { return s.Bytes > s.MaxBytes/100*percent }

// purge removes what is before a sequence and returns what the stream is then.
func (e *Engine) purge(ctx context.Context, stream nj.Stream, s Stream, before uint64) (Stream, error) {
	if before <= s.First {
		return s, nil
	}
	if err := stream.Purge(ctx, nj.WithPurgeSequence(before)); err != nil {
		return s, err
	}
	info, err := stream.Info(ctx)
	if err != nil {
		return s, err
	}
	e.options.Log.Debug("old events removed", "stream", s.Name, "before", before)
	s.Messages, s.Bytes, s.First, s.Last = info.State.Msgs, int64(info.State.Bytes), max(info.State.FirstSeq, before), info.State.LastSeq
	return s, nil
}

// acknowledged returns the sequence up to which every consumer has what it wants, and the consumer that is furthest behind.
func acknowledged(ctx context.Context, stream nj.Stream, s Stream) (done uint64, slowest ConsumerState, err error) {
	done = s.Last
	for _, c := range s.Consumers {
		next, err := get(ctx, stream, c.Done+1, nj.WithGetMsgSubject(cmp.Or(c.Subject, ">")))
		switch {
		case errors.Is(err, ErrNotFound): // nothing is left for it
		case err != nil:
			return 0, slowest, err
		case next.Sequence <= done:
			done, slowest = next.Sequence-1, c
		}
	}
	return done, slowest, nil
}

// olderThan returns the sequence of the first message that is not older than a time, by halving.
func olderThan(ctx context.Context, stream nj.Stream, s Stream, cutoff time.Time) (uint64, error) {
	from, to := s.First, s.Last+1
	for from < to {
		middle := from + (to-from)/2
		m, err := get(ctx, stream, middle, nj.WithGetMsgSubject(">"))
		switch {
		case errors.Is(err, ErrNotFound), err == nil && !m.Time.Before(cutoff):
			to = middle
		case err != nil:
			return 0, err
		default:
			from = m.Sequence + 1
		}
	}
	return from, nil
}

func (e *Engine) warnFull(s Stream, slowest ConsumerState) {
	now := e.options.Now()
	e.mu.Lock()
	last, warned := e.warned[s.Name]
	again := !warned || now.Sub(last) >= time.Hour
	if again {
		e.warned[s.Name] = now
	}
	e.mu.Unlock()
	if again {
		e.options.Log.Warn("a stream of events is nearly full: when it is, its app keeps new events to itself until the slowest consumer has caught up, or MaxBytes is raised",
			"stream", s.Name, "percent", s.Bytes*100/s.MaxBytes, "bytes", s.Bytes, "maxBytes", s.MaxBytes, "slowest", slowest.Name, "behind", slowest.Lag())
	}
}
