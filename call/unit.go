package call

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/spinoff-go/spinoff"
)

// answerIn returns an answer as an app with this database gives it; db is nil where there is none.
func (e *endpoint) answerIn(db spinoff.Database, answer spinoff.Answer) spinoff.Answer {
	if db == nil || e.Method() == http.MethodGet {
		return answer
	}
	return e.unit(db, answer)
}

// unit makes an answer one unit of the app's database: what the provider writes is committed together when its answer is there, in time and as
// the contract has it, and otherwise none of it is. With the key of a call, the unit takes effect once, and its answer is kept.
func (e *endpoint) unit(db spinoff.Database, answer spinoff.Answer) spinoff.Answer {
	return func(ctx context.Context, in, out any) error {
		s := ctx.Value(scopeKey{}).(*scope)
		key, err := e.unitKey(s, in)
		if err != nil {
			return err
		}
		text, again, err := db.Do(ctx, key, func(ctx context.Context) ([]byte, error) {
			err := answer(ctx, in, out)
			if err == nil {
				err = e.admitReply(s, out, false)
			}
			if err == nil {
				err = s.parent.Err()
			}
			switch {
			case err != nil:
				return nil, err
			case s.left() < 0:
				return nil, context.DeadlineExceeded
			case key.ID == "":
				return nil, nil
			}
			return e.keep(out)
		})
		if err == nil && again {
			s.replayed = true
			err = e.recall(text, out)
		}
		return err
	}
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
