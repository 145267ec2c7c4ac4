package story_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/spinoff-go/spinoff"
)

// oddV1 is a service whose names and shapes are awkward in one language or another. It answers with what it was asked.
var oddV1 = spinoff.Service{Name: "odd", Version: 1}

// errClient has the name of what every client calls itself.
var errClient = &spinoff.Error{Code: "odd.client", Status: http.StatusConflict, Title: "it's \"odd\""}

type (
	class string

	// awkward is what is sent.
	awkward struct {
		From     string `json:"from"` // travels in the path
		IfMatch  string `json:"-" spinoff:"header=If-Match"`
		IfMatch2 string `json:"if_match,omitempty"`

		Class    class               `json:"class" spinoff:"oneof=lambda|None|1-2|b|B"`
		Import   int64               `json:"import"`
		Least    int64               `json:"least"`
		Most     uint64              `json:"most"`
		Float    float64             `json:"float"`
		Bytes    []byte              `json:"bytes"`
		Datetime time.Time           `json:"datetime"`
		Time     *time.Time          `json:"time"`
		Self     *bool               `json:"self"`
		Str      *string             `json:"str"`
		List     []*string           `json:"list"`
		Dict     map[string]*int64   `json:"dict"`
		Deep     map[string][]*moved `json:"deep"`
		Pass     pay                 `json:"pass"`
		Ways     []pay               `json:"ways"`
		Typing   *moved              `json:"typing"`
		Body     string              `json:"ein-Name"`
		Zwei     string              `json:"ein_name"`
	}

	// echo is what comes back.
	echo struct {
		HTTPStatus int    `json:"-" spinoff:"status=201|202"`
		ETag       string `json:"-" spinoff:"header=ETag"`
		Left       int64  `json:"-" spinoff:"header=X-Left"`
		Tag        string `json:"etag,omitempty"`
		Status     int64  `json:"http_status"`

		From     string             `json:"from"`
		Class    class              `json:"class,omitempty" spinoff:"oneof=lambda|None|1-2|b|B"`
		Import   int64              `json:"import"`
		Least    int64              `json:"least"`
		Most     uint64             `json:"most"`
		Float    float64            `json:"float"`
		Bytes    []byte             `json:"bytes"`
		Datetime time.Time          `json:"datetime"`
		Time     *time.Time         `json:"time"`
		Self     *bool              `json:"self"`
		Str      *string            `json:"str"`
		List     []*string          `json:"list"`
		Dict     map[string]*int64  `json:"dict"`
		Deep     map[string][]*Line `json:"deep"`
		Pass     Paid               `json:"pass,omitzero"`
		Ways     []Paid             `json:"ways"`
		Typing   *Line              `json:"typing"`
		Body     string             `json:"ein-Name"`
		Zwei     string             `json:"ein_name"`
	}

	// moved is sent, and refers to itself.
	moved struct {
		Def   string  `json:"def"`
		Inner []moved `json:"inner,omitempty"`
	}
	// Line is what comes back of it.
	Line struct {
		Def   string `json:"def"`
		Inner []Line `json:"inner,omitempty"`
	}

	// pay is one of several.
	pay struct {
		_ struct{} `spinoff:"one"`

		Card  *moved  `json:"card"`
		Cash  *bool   `json:"cash"`
		Raise *string `json:"raise"`
	}
	// Paid is what comes back of it.
	Paid struct {
		_ struct{} `spinoff:"one"`

		Card  *Line   `json:"card"`
		Cash  *bool   `json:"cash"`
		Raise *string `json:"raise"`
	}

	// asked travels in the query.
	asked struct {
		Q     []string  `json:"q,omitempty"`
		At    time.Time `json:"at,omitzero"`
		Yes   bool      `json:"yes"`
		Most  *uint64   `json:"most"`
		Class class     `json:"class,omitempty" spinoff:"oneof=lambda|None|1-2|b|B"`
	}
	// answered is what comes back of it.
	answered struct {
		Q     []string  `json:"q"`
		At    time.Time `json:"at"`
		Yes   bool      `json:"yes"`
		Most  *uint64   `json:"most"`
		Class class     `json:"class,omitempty" spinoff:"oneof=lambda|None|1-2|b|B"`
	}
)

// newOdd is the app that answers.
func newOdd(spinoff.Env) (spinoff.App, error) {
	send := spinoff.Endpoint[awkward, echo]{Service: oddV1, Route: "PUT /class/{from}", Name: "import", Errors: []*spinoff.Error{errClient}}
	ask := spinoff.Endpoint[asked, answered]{Service: oddV1, Route: "GET /constructor"}
	drop := spinoff.Endpoint[struct{}, struct{}]{Service: oddV1, Route: "DELETE /none"}
	once := spinoff.Endpoint[struct{}, struct{}]{Service: oddV1, Route: "POST /once"}
	var tries atomic.Int64
	return spinoff.App{Name: "odd", Provides: []spinoff.Handler{
		once.Serve(func(context.Context, struct{}) (struct{}, error) {
			if tries.Add(1) == 1 { // a second try would succeed, but nothing says that it may be made
				return struct{}{}, spinoff.ErrUnavailable
			}
			return struct{}{}, nil
		}),
		send.Serve(func(_ context.Context, in awkward) (echo, error) { return in.echo() }),
		ask.Serve(func(_ context.Context, in asked) (answered, error) {
			return answered(in), nil
		}),
		drop.Serve(func(context.Context, struct{}) (struct{}, error) { return struct{}{}, nil }),
	}}, nil
}

func (in awkward) echo() (echo, error) {
	switch in.From {
	case "full":
		return echo{}, errClient.With("from %q", in.From)
	case "beyond":
		in.Import = 1<<53 + 1
	}
	deep := map[string][]*Line{}
	for name, list := range in.Deep {
		deep[name] = []*Line{}
		for _, m := range list {
			deep[name] = append(deep[name], m.line())
		}
	}
	var ways []Paid
	for _, w := range in.Ways {
		ways = append(ways, w.paid())
	}
	return echo{
		HTTPStatus: http.StatusAccepted, ETag: in.IfMatch, Left: in.Least, Tag: in.IfMatch2, Status: 7,
		From: in.From, Class: in.Class, Import: in.Import, Least: in.Least, Most: in.Most, Float: in.Float, Bytes: in.Bytes, Datetime: in.Datetime, Time: in.Time,
		Self: in.Self, Str: in.Str, List: in.List, Dict: in.Dict, Deep: deep, Pass: in.Pass.paid(), Ways: ways, Typing: in.Typing.line(), Body: in.Body, Zwei: in.Zwei,
	}, nil
}

func (m *moved) line() *Line {
	if m == nil {
		return nil
	}
	l := &Line{Def: m.Def}
	for i := range m.Inner {
		l.Inner = append(l.Inner, *m.Inner[i].line())
	}
	return l
}

func (p pay) paid() Paid { return Paid{Card: p.Card.line(), Cash: p.Cash, Raise: p.Raise} }
