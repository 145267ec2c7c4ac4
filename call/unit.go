package call

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// once answers a call as one unit of the app's database: what the provider writes is committed together when the answer is there, in time and as
// the contract of the version that was asked has it, and otherwise none of it is. With the key of a call, the unit takes effect once, and its answer is kept.
//
// The unit begins at the newest version, whose request is the same in every version that a client comes from, or at the first step that merges: what is
// there belongs into it.
func (l *line) once(ctx context.Context, s *scope, t *trip) error {
	if err := l.raise(ctx, s, t, 0, l.merges); err != nil {
		return err
	}
	e := l.newest
	if l.merges < len(l.steps) {
		e = l.steps[l.merges].older
	}
	key, err := l.newest.unitKey(s, e, t.in[l.merges])
	if err != nil {
		return err
	}
	text, again, err := l.unit.Do(ctx, key, func(ctx context.Context) ([]byte, error) {
		err := l.effect(ctx, s, t)
		switch {
		case err != nil:
			return nil, err
		case s.left() < 0:
			return nil, context.DeadlineExceeded
		case key.ID == "":
			return nil, nil
		}
		return e.keep(t.out[l.merges])
	})
	if err == nil && again {
		s.replayed = true
		if err = e.recall(text, t.out[l.merges]); err == nil {
			err = l.lower(t, l.merges, 0)
		}
	}
	return err
}

// effect is what happens within the unit.
func (l *line) effect(ctx context.Context, s *scope, t *trip) error {
	var err error
	if l.merges < len(l.steps) {
		if err = l.unit.Hold(ctx); err == nil {
			err = l.raise(ctx, s, t, l.merges, len(l.steps))
		}
	}
	if err == nil {
		err = l.through(ctx, s, t, l.merges)
	}
	if err == nil && l.merges < len(l.steps) {
		err = l.steps[l.merges].older.admitReply(s, t.out[l.merges], false)
	}
	if err == nil && l.merges > 0 {
		if err = l.lower(t, l.merges, 0); err == nil {
			err = l.steps[0].older.admitReply(s, t.out[0], false)
		}
	}
	if err == nil {
		err = s.parent.Err()
	}
	return err
}

// keptAnswer is an answer as the app's database keeps it.
type keptAnswer struct {
	Status int             `json:"status"`
	Header http.Header     `json:"header,omitempty"`
	Body   json.RawMessage `json:"body"`
}

// keep writes an answer that has been admitted.
func (e *endpoint) keep(out any) ([]byte, error) {
	status, err := e.reply.Status(out)
	if err != nil {
		return nil, err
	}
	header := http.Header{}
	e.reply.EncodeHeader(header, out)
	return json.Marshal(keptAnswer{status, header, e.reply.AppendJSON(nil, out)})
}

// recall reads an answer that was kept, perhaps by the program before this one: it is read as leniently as an answer of another process.
func (e *endpoint) recall(text []byte, out any) error {
	var kept keptAnswer
	err := json.Unmarshal(text, &kept)
	if err != nil {
		return fmt.Errorf("read the kept answer of %s: %w", e.FullName(), err)
	}
	faults, err := e.reply.Decode(bytes.NewReader(kept.Body), out, false)
	if err == nil && faults != nil {
		err = e.invalid(faults)
	}
	if err != nil {
		return fmt.Errorf("read the kept answer of %s: %w", e.FullName(), err)
	}
	e.reply.SetStatus(out, kept.Status)
	e.reply.DecodeHeader(kept.Header, out)
	return nil
}
