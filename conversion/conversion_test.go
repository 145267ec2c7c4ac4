package conversion_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/conversion"
)

type (
	ask1 struct {
		ID    string            `json:"id"`
		Text  string            `json:"text" spinoff:"min=1,max=50"`
		Words []string          `json:"words,omitempty"`
		Lang  string            `json:"lang,omitempty" spinoff:"oneof=en|de"`
		Code  string            `json:"code,omitempty" spinoff:"pattern=^[A-Z]{2}-[0-9]+$"`
		Lines []line1           `json:"lines,omitempty"`
		Table map[string]string `json:"table,omitempty"`
		At    *string           `json:"at,omitempty"`
		Match string            `json:"-" spinoff:"header=If-Match"`
	}
	line1 struct {
		Price int64 `json:"price" spinoff:"min=1"`
	}
	ask2 struct {
		ID    string            `json:"id"`
		Text  string            `json:"text" spinoff:"min=1,max=50"`
		Words []string          `json:"words,omitempty"`
		Lang  string            `json:"lang,omitempty" spinoff:"oneof=en|de|fr"`
		Code  string            `json:"code,omitempty" spinoff:"pattern=^[A-Z]{2}-[0-9]+$"`
		Lines []line2           `json:"lines,omitempty"`
		Table map[string]string `json:"table,omitempty"`
		At    *string           `json:"at,omitempty"`
		Match string            `json:"-" spinoff:"header=If-Match"`
		Tone  string            `json:"tone"` // required since version 2
	}
	line2 struct {
		Price int64 `json:"price" spinoff:"min=1"`
		Count int64 `json:"count" spinoff:"min=1"`
	}
	reply1 struct {
		ID     string `json:"id"`
		State  string `json:"state,omitempty" spinoff:"oneof=open|done"`
		Inner  *in1   `json:"inner"`
		Status int    `json:"-" spinoff:"status=200|201"`
	}
	in1    struct{ Small int8 }
	reply2 struct {
		ID     string `json:"id"`
		State  string `json:"state,omitempty" spinoff:"oneof=open|done|lost"`
		Inner  *in2   `json:"inner"`
		Status int    `json:"-" spinoff:"status=200|201|202"`
	}
	in2  struct{ Small int64 }
	old1 struct {
		ID    string `json:"id"`
		State string `json:"state" spinoff:"oneof=open|done"`
	}
	new2 struct {
		ID    string `json:"id"`
		State string `json:"state" spinoff:"open=open|done"`
	}
	all2 struct {
		ID string `json:"id"`
	}
	now2 struct {
		Tone  string     `json:"tone"`
		Lines []nowLine2 `json:"lines"`
	}
	nowLine2 struct {
		Price int64 `json:"price"`
		Count int64 `json:"count"`
	}
)

var (
	v1, v2  = spinoff.Service{Name: "shop", Version: 1}, spinoff.Service{Name: "shop", Version: 2}
	gone    = &spinoff.Error{Code: "shop.gone", Status: http.StatusGone, Title: "it is gone"}
	ask1st  = spinoff.Endpoint[ask1, reply1]{Service: v1, Route: "PUT /ask/{id}"}
	ask2nd  = spinoff.Endpoint[ask2, reply2]{Service: v2, Route: "PUT /ask/{id}"}
	fails   = spinoff.Endpoint[ask2, reply2]{Service: v2, Route: "PUT /ask/{id}", Errors: []*spinoff.Error{gone}}
	now2nd  = spinoff.Endpoint[all2, now2]{Service: v2, Route: "GET /ask/{id}"}
	sold1   = spinoff.Topic[old1]{Service: v1, Name: "sold"}
	sold2   = spinoff.Topic[new2]{Service: v2, Name: "sold"}
	unwell  = "shop.v1.update is answered by shop.v2.update: "
	errLang = spinoff.ErrInvalid.At("#/lang", "lang", "is not spoken here")
)

func up(in ask1) ask2 {
	out := ask2{ID: in.ID, Text: in.Text, Words: in.Words, Lang: in.Lang, Code: in.Code, Table: in.Table, At: in.At, Match: in.Match, Tone: "plain"}
	for _, l := range in.Lines {
		out.Lines = append(out.Lines, line2{l.Price, 1})
	}
	return out
}

func down(out reply2) reply1 {
	r := reply1{ID: out.ID, State: out.State, Status: out.Status}
	if out.State == "lost" {
		r.State = "done"
	}
	if r.Status == http.StatusAccepted {
		r.Status = http.StatusOK
	}
	if out.Inner != nil {
		r.Inner = &in1{int8(min(max(out.Inner.Small, -128), 127))}
	}
	return r
}

// changed returns up with a mistake.
func changed(change func(out *ask2)) func(ask1) ask2 {
	return func(in ask1) ask2 {
		out := up(in)
		change(&out)
		return out
	}
}

func changedDown(change func(newer reply2, out *reply1)) func(reply2) reply1 {
	return func(newer reply2) reply1 {
		out := down(newer)
		change(newer, &out)
		return out
	}
}

// TestCheck makes each mistake that is found when a program starts.
func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name string
		h    spinoff.Handler
		want string // part of the error; "" for none
	}{
		{"none", spinoff.Older(ask1st, ask2nd, up, down), ""},
		{"an error that only the newer one has", spinoff.Older(ask1st, fails, up, down), unwell + `the newer one fails with "shop.gone", which the older one does not declare; say by MapError`},
		{"mapped to internal", spinoff.Older(ask1st, fails, up, down).MapError(gone, spinoff.ErrInternal), ""},
		{"mapped to what is not declared", spinoff.Older(ask1st, fails, up, down).MapError(gone, gone), `MapError makes "shop.gone" of "shop.gone", which the older one does not declare; it declares none`},
		{"an error that there is not", spinoff.Older(ask1st, ask2nd, up, down).MapError(gone, spinoff.ErrInternal), `MapError names "shop.gone", which the newer one does not fail with`},
		{"a required field, without a constraint", spinoff.Older(ask1st, ask2nd, changed(func(out *ask2) { out.Tone = "" }), down), "version 2 requires #/tone in a request, and up leaves it empty whatever it gets"},
		{"a required field inside, with one", spinoff.Older(ask1st, ask2nd, changed(func(out *ask2) {
			for i := range out.Lines {
				out.Lines[i].Count = 0
			}
		}), down), `version 2 does not allow that: #/lines/0/count must be at least 1; let up make what it allows or, where it allows less on purpose, say .AllowsLess("lines/*/count")`},
		{"allowed less on purpose", spinoff.Older(ask1st, ask2nd, changed(func(out *ask2) { out.Text = strings.Repeat("x", 51) }), down).AllowsLess("text"), ""},
		{"allowed less where there is nothing", spinoff.Older(ask1st, ask2nd, up, down).AllowsLess("txt"), `AllowsLess names "txt"`},
		{"one word of an enum of a request", spinoff.Older(ask1st, ask2nd, changed(func(out *ask2) {
			if out.Lang == "de" {
				out.Lang = "deutsch"
			}
		}), down), "#/lang must be one of en, de, fr"},
		{"up refuses a word", spinoff.Older(ask1st, ask2nd, func(in ask1) (ask2, error) {
			if in.Lang == "de" {
				return ask2{}, errLang
			}
			return up(in), nil
		}, down), ""},
		{"up fails", spinoff.Older(ask1st, ask2nd, func(ask1) (ask2, error) { return ask2{}, http.ErrNoCookie }, down), "up http: named cookie not present, given the request"},
		{"up panics without an option", spinoff.Older(ask1st, ask2nd, func(in ask1) ask2 { _ = *in.At; return up(in) }, down), "up panics (runtime error: invalid memory address"},
		{"a new word of an enum of an answer", spinoff.Older(ask1st, ask2nd, up, changedDown(func(newer reply2, out *reply1) { out.State = newer.State })), "#/state must be one of open, done; let down make what it allows"},
		{"a new status", spinoff.Older(ask1st, ask2nd, up, changedDown(func(newer reply2, out *reply1) { out.Status = newer.Status })), "is 202, which the contract does not list"},
		{"a field of another name that is not there", spinoff.Older(ask1st, ask2nd, up, down).MapField("lines/*/sum", "lines/*/price"), `MapField names "lines/*/sum", which the newer one does not have`},
		{"a field of an older name that is not there", spinoff.Older(ask1st, ask2nd, up, down).MapField("lines/*/count", "lines/price"), `MapField names "lines/price", which the older one does not have`},
		{"a merge that asks wrongly", spinoff.Older(ask1st, ask2nd, spinoff.Merging(now2nd, func(ask1) all2 { return all2{} }, func(in ask1, _ now2) ask2 { return up(in) }), down), "up asks for what is there by {}, which shop.v2.get refuses: #/id"},
	} {
		compiled, err := conversion.Of(c.h)
		if err == nil {
			err = compiled.Check()
		}
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: Check: got %v\nwant %s", c.name, err, c.want)
		}
	}
	topic, err := conversion.OfTopic(spinoff.AnnounceOlder(sold1, sold2, func(e new2) old1 { return old1(e) }))
	if err == nil {
		err = topic.Check()
	}
	const want = `shop.v1.sold is answered by shop.v2.sold: the event {"id":"ab","state":"another word"`
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("Check of a topic: got %v, want %s", err, want)
	}
}

// TestRoundTrip breaks the law of conversions in each way that it can be broken.
func TestRoundTrip(t *testing.T) {
	merging := func(now2nd func(in ask1, now now2) ask2) spinoff.Handler {
		read := spinoff.Endpoint[all2, now2]{Service: v2, Route: "GET /ask/{id}"}
		return spinoff.Older(ask1st, ask2nd, spinoff.Merging(read, func(in ask1) all2 { return all2{in.ID} }, now2nd), down)
	}
	for _, c := range []struct {
		name string
		h    spinoff.Handler
		want []string // where it is broken
	}{
		{"nowhere", spinoff.Older(ask1st, ask2nd, up, down), nil},
		{"a text", spinoff.Older(ask1st, ask2nd, changed(func(out *ask2) { out.Text = strings.ToUpper(out.Text) }), down), []string{"request text"}},
		{"a list", spinoff.Older(ask1st, ask2nd, changed(func(out *ask2) { out.Words = nil }), down), []string{"request words"}},
		{"inside of a list", spinoff.Older(ask1st, ask2nd, changed(func(out *ask2) {
			for i := range out.Lines {
				out.Lines[i].Price = 1
			}
		}), down), []string{"request lines/*/price"}},
		{"a map", spinoff.Older(ask1st, ask2nd, changed(func(out *ask2) { out.Table = map[string]string{"x": "y"} }), down), []string{"request table"}},
		{
			"a pointer, a pattern, a header, a path", spinoff.Older(ask1st, ask2nd, changed(func(out *ask2) { out.At, out.Code, out.Match, out.ID = nil, "", "", "x" }), down),
			[]string{"request If-Match", "request at", "request code", "request id"},
		},
		{"a word that both know", spinoff.Older(ask1st, ask2nd, up, changedDown(func(_ reply2, out *reply1) { out.State = "done" })), []string{"answer state"}},
		{"the status", spinoff.Older(ask1st, ask2nd, up, changedDown(func(_ reply2, out *reply1) { out.Status = 200 })), []string{"answer -"}},
		{"behind a pointer", spinoff.Older(ask1st, ask2nd, up, changedDown(func(_ reply2, out *reply1) { out.Inner = nil })), []string{"answer inner/small"}},
		{"only with a value that no sample has", spinoff.Older(ask1st, ask2nd, changed(func(out *ask2) {
			if strings.Contains(out.Text, "ü") {
				out.Text = "ascii"
			}
		}), down), []string{"request text"}},
		{"a merge", merging(func(in ask1, now now2) ask2 { out := up(in); out.Tone = now.Tone + "x"; return out }), []string{"request tone"}},
		{"a merge that keeps all", merging(func(in ask1, now now2) ask2 {
			out := up(in)
			out.Tone = now.Tone
			for _, l := range now.Lines {
				if in.Lines == nil && l.Price > 0 && l.Count > 0 {
					out.Lines = append(out.Lines, line2(l))
				}
			}
			return out
		}), nil},
	} {
		compiled, err := conversion.Of(c.h)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range compiled.RoundTrip(rand.New(rand.NewPCG(1, 2)), 200) {
			if f.Broken {
				got = append(got, strings.TrimPrefix(f.Where, "shop.v1.update "))
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: RoundTrip (-want +got):\n%s", c.name, diff)
		}
	}
}

// TestError states how an error of the newer version is told in the older one.
func TestError(t *testing.T) {
	h := spinoff.Older(ask1st, fails, up, down).MapError(gone, spinoff.ErrUnavailable).MapField("lines/*/count", "lines/*/price").MapField("tone", "text")
	compiled, err := conversion.Of(h)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ pointer, want string }{
		{"#/lines/3/count", "#/lines/3/price x"},
		{"#/lines/3/price", "#/lines/3/price x"},
		{"#/lines/3", "#/lines/3 x"},
		{"#/tone", "#/text x"},
		{"#/tones", "# tones x"},
		{"#", "# x"},
	} {
		told := spinoff.AsError(compiled.Error(spinoff.ErrInvalid.At(c.pointer, "c", "x"))).Fields[0]
		if got := told.Pointer + " " + told.Detail; got != c.want {
			t.Errorf("Error at %s: got %q, want %q", c.pointer, got, c.want)
		}
	}
	if got := spinoff.AsError(compiled.Error(fmt.Errorf("deep: %w", gone.With("since May")))); got.Code != "unavailable" || got.Detail != "since May" {
		t.Errorf("Error(gone): got %v, want unavailable: since May", got)
	}
	other := &spinoff.Error{Code: "invalid", Service: "tickets", Fields: []spinoff.Field{{Pointer: "#/tone"}}}
	if got := compiled.Error(other); spinoff.AsError(got) != other {
		t.Errorf("Error of another service: got %+v, want it as it is", got)
	}
}
