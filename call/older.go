package call

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"sync"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/conversion"
)

// line is the way from an endpoint to the newest one, which answers it: by one step for each version between. The newest has a line without steps.
type line struct {
	steps  []*step
	newest *endpoint
	answer spinoff.Answer
	unit   spinoff.Database         // what the answer is a unit of; nil where it is none
	link   func(link string) string // makes a link one of the version that is asked
	merges int                      // the first step that merges; the number of steps where none does

	trips sync.Pool // of *trip
}

// step is the conversion between two versions.
type step struct {
	*conversion.Conversion
	older, newer *endpoint
	read         *line // of what is there; nil where nothing is merged
	readEndpoint *endpoint
}

// trip holds the requests and answers of one call, from the version that was asked to the newest. A provider never sees the memory of one,
// only copies of what is in it, so it is used again.
type trip struct {
	in, out []any           // pointers; those of the first version are the caller's
	own     []reflect.Value // what the others point to
}

// line makes the way of a handler. find returns the handler of an operation, or false.
func (p *Provider) line(h spinoff.Handler, find func(spinoff.Operation) (spinoff.Handler, bool)) (*line, error) {
	e := p.find(h.Service.Version, h.Route)
	if h.Convert == nil {
		l := &line{newest: e, answer: h.Answer}
		if p.data != nil && e.Method() != http.MethodGet {
			l.unit = p.data
		}
		return l, nil
	}
	newer, ok := find(h.Convert.Newer)
	switch {
	case !ok:
		return nil, fmt.Errorf("endpoint %s %q is older than %s %q, which the app does not answer", h.Service, h.Route, h.Convert.Newer.Service, h.Convert.Newer.Route)
	case newer.Service.Version <= h.Service.Version:
		return nil, fmt.Errorf("endpoint %s %q is said to be older than %s %q", h.Service, h.Route, newer.Service, newer.Route)
	}
	next, err := p.line(newer, find)
	if err != nil {
		return nil, err
	}
	s := &step{older: e, newer: p.find(newer.Service.Version, newer.Route)}
	if s.Conversion, err = conversion.Of(h); err == nil {
		err = s.Check()
	}
	if err != nil {
		return nil, err
	}
	l := &line{steps: append([]*step{s}, next.steps...), newest: next.newest, answer: next.answer, unit: next.unit, merges: next.merges + 1}
	l.link = func(link string) string { return p.versioned(h.Service.Version, link) }
	if s.Read != nil {
		l.merges = 0
		if err := p.reading(s, l.unit, find); err != nil {
			return nil, fmt.Errorf("endpoint %s merges: %w", h.FullName(), err)
		}
	}
	return l, nil
}

// reading finds what tells a step what is there.
func (p *Provider) reading(s *step, unit spinoff.Database, find func(spinoff.Operation) (spinoff.Handler, bool)) error {
	read, ok := find(s.Read.Operation)
	switch {
	case !ok:
		return fmt.Errorf("what is there is told by %s, which the app does not answer", s.Read.FullName())
	case read.Method() != http.MethodGet:
		return fmt.Errorf("what is there is told by %s %q; it is an endpoint with GET", read.FullName(), read.Route)
	case unit == nil:
		return errors.New("what is there is read in the unit that writes, so the endpoint writes (it is not GET) and the app has Data")
	}
	var err error
	s.readEndpoint = p.find(read.Service.Version, read.Route)
	s.read, err = p.line(read, find)
	return err
}

// call answers a call: up the steps, the newest endpoint, and down again.
func (l *line) call(ctx context.Context, in, out any) error {
	if len(l.steps) == 0 && l.unit == nil {
		return l.answer(ctx, in, out)
	}
	s := ctx.Value(scopeKey{}).(*scope)
	t := l.begin(in, out)
	var err error
	if l.unit == nil {
		if err = l.raise(ctx, s, t, 0, len(l.steps)); err == nil {
			err = l.through(ctx, s, t, 0)
		}
	} else {
		err = l.once(ctx, s, t)
	}
	l.end(t)
	if err == nil && len(l.steps) > 0 {
		l.steps[0].older.reply.EachLink(out, l.link)
	}
	return err
}

// begin returns a trip for the request in and the answer out.
func (l *line) begin(in, out any) *trip {
	t, _ := l.trips.Get().(*trip)
	if t == nil {
		t = &trip{in: make([]any, len(l.steps)+1), out: make([]any, len(l.steps)+1)}
		for i, s := range l.steps {
			newIn, newOut := reflect.New(s.newer.In), reflect.New(s.newer.Out)
			t.in[i+1], t.out[i+1] = newIn.Interface(), newOut.Interface()
			t.own = append(t.own, newIn.Elem(), newOut.Elem())
		}
	}
	t.in[0], t.out[0] = in, out
	return t
}

// end gives a trip back, empty. That of a panic is left to the garbage collector.
func (l *line) end(t *trip) {
	t.in[0], t.out[0] = nil, nil
	for _, v := range t.own {
		v.SetZero()
	}
	l.trips.Put(t)
}

// raise converts the request from one step to another, and checks it after each.
func (l *line) raise(ctx context.Context, s *scope, t *trip, from, to int) error {
	for i := from; i < to; i++ {
		if err := l.steps[i].raise(ctx, s, t.in[i], t.in[i+1]); err != nil {
			return l.told(err, i)
		}
	}
	return nil
}

// told returns an error of the step at an index, or of the newest endpoint, as the older endpoints before it have it.
func (l *line) told(err error, at int) error {
	for i := at - 1; i >= 0; i-- {
		err = l.steps[i].Error(err)
	}
	return err
}

// through asks the newest endpoint, and converts its answer down to the step at an index.
func (l *line) through(ctx context.Context, s *scope, t *trip, down int) error {
	n := len(l.steps)
	if err := l.answer(ctx, t.in[n], t.out[n]); err != nil {
		return l.told(err, n)
	}
	if l.unit != nil {
		if err := l.newest.admitReply(s, t.out[n], false); err != nil {
			return err
		}
	}
	return l.lower(t, n, down)
}

// lower converts the answer from one step down to another.
func (l *line) lower(t *trip, from, to int) error {
	for i := from; i > to; i-- {
		if err := l.steps[i-1].lower(t.in[i-1], t.out[i], t.out[i-1]); err != nil {
			return err
		}
	}
	return nil
}

// raise makes the newer request.
func (st *step) raise(ctx context.Context, s *scope, in, newIn any) error {
	var now any
	if st.read != nil {
		id := reflect.New(st.readEndpoint.In).Interface()
		st.Read.ID(in, id)
		if err := st.readEndpoint.admitRequest(s, id, true); err != nil {
			return spinoff.ErrInternal.Because(fmt.Errorf("the conversion from %s asks for what is there with a request that is refused: %w", st.Older, err))
		}
		now = reflect.New(st.readEndpoint.Out).Interface()
		if err := st.read.call(ctx, id, now); err != nil {
			return st.Error(err)
		}
		if err := st.readEndpoint.admitReply(s, now, false); err != nil {
			return err
		}
	}
	if err := st.Up(in, now, newIn); err != nil {
		return err
	}
	faults := st.newer.request.AdmitWith(&s.report, newIn, true, true)
	if faults == nil {
		return nil
	}
	if told, ok := st.Refused(faults); ok {
		return told
	}
	return spinoff.ErrInternal.Because(fmt.Errorf("the conversion from %s made a request that %s refuses: %w", st.Older, st.Newer, st.newer.invalid(faults)))
}

// lower makes the older answer.
func (st *step) lower(in, newOut, out any) error {
	if _, err := st.newer.reply.Status(newOut); err != nil { // which also sets it where it was left out
		return spinoff.ErrInternal.Because(err)
	}
	st.Down(in, newOut, out)
	return nil
}
