package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/events"
	"github.com/spinoff-go/spinoff/events/jetstream"
)

// trace finds an event and what became of it, in the engine and in the databases here.
func (p *program) trace(ctx context.Context, process *Process, engine *jetstream.Engine, id string) (s shown, err error) {
	found, err := process.retained(ctx, engine, events.Wanted{ID: id})
	if err != nil {
		return s, err
	}
	if len(found) == 0 {
		return s, fmt.Errorf("event %s is not retained: its id may be mistyped, it is older than EVENTS_MAX_AGE, or still waits in an outbox; see events list and events dead --all", id)
	}
	s.Retained, s.Outbox = found[0], "it is no longer there: the engine has it safely"
	for _, e := range found {
		s.Versions = append(s.Versions, e.Type)
		if e.Position > s.Position {
			s.Retained = e // older versions are published first
		}
	}
	var databases []stored
	for _, a := range process.apps {
		if db, ok := a.Data.(*data.DB); ok && a.here() && a.box != nil {
			databases = append(databases, stored{a, db})
		}
	}
	open, closeAll, err := openThere(ctx, databases)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, closeAll()) }()
	for _, a := range process.apps {
		i := slices.IndexFunc(open, func(o stored) bool { return o.placed == a })
		if i < 0 && a.Name == s.Stream {
			s.Outbox = "not here"
		}
		if i >= 0 && a.Name == s.Stream {
			if err := s.traceOutbox(ctx, open[i].db); err != nil {
				return s, err
			}
		}
		if a.box == nil {
			continue
		}
		for _, reads := range a.box.Reads() {
			if !slices.Contains(s.Versions, reads.Type) {
				continue
			}
			h := handled{Consumer: reads.Consumer, State: "elsewhere", Detail: a.where()}
			if i >= 0 {
				if h, err = traceConsumer(ctx, open[i].db, reads.Consumer, id); err != nil {
					return s, err
				}
			}
			s.Handling = append(s.Handling, h)
		}
	}
	return s, nil
}

func (s *shown) traceOutbox(ctx context.Context, db *data.DB) error {
	rows, err := events.FindSent(ctx, db, s.ID)
	for _, row := range rows {
		s.Outbox = fmt.Sprintf("row %d, waiting to be sent", row.N)
		if row.SentAt > 0 {
			s.Outbox = fmt.Sprintf("row %d, sent %s", row.N, data.Time(row.SentAt).Local().Format(time.DateTime))
		}
	}
	return err
}

func traceConsumer(ctx context.Context, db *data.DB, consumer, id string) (handled, error) {
	failed, err := events.ListFailed(ctx, db, everything)
	if err != nil {
		return handled{}, err
	}
	for _, f := range failed {
		if f.Consumer == consumer && f.ID == id {
			return handled{consumer, state(f), fmt.Sprintf("%s; %d tries, next %s", f.Error, f.Tries, nextTry(f))}, nil
		}
	}
	noted, err := events.Noted(ctx, db, consumer, id)
	if noted {
		return handled{Consumer: consumer, State: "handled"}, err
	}
	return handled{Consumer: consumer, State: "not yet"}, err
}

// everything is a limit for who wants no limit.
const everything = 1 << 40

func state(f events.Failed) string {
	if f.Dead() {
		return "dead"
	}
	return "failed"
}

func nextTry(f events.Failed) string {
	if f.Dead() {
		return "never: replay or drop it"
	}
	return cmp.Or(data.Time(f.NextAt).Local().Format(time.DateTime), "now")
}
