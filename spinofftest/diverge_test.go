package spinofftest_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/spinofftest"
)

// A request and an answer have types of their own, which are the same here but for this word.
type (
	sent     struct{}
	returned struct{}
)

// Value has a field of every kind that a contract may have.
type Value = value[sent]

type value[Way any] struct {
	Text    string             `json:"text"`
	Words   []string           `json:"words"`
	Maybe   []string           `json:"maybe,omitempty"`
	Numbers []int64            `json:"numbers"`
	Int     int64              `json:"int"`
	Small   int8               `json:"small"`
	Uint    uint64             `json:"uint"`
	Float   float64            `json:"float"`
	Single  float32            `json:"single"`
	Yes     bool               `json:"yes"`
	Bytes   []byte             `json:"bytes"`
	At      time.Time          `json:"at"`
	Table   map[string]string  `json:"table"`
	Shares  map[string]float64 `json:"shares,omitempty"`
	Pointer *string            `json:"pointer"`
	Empty   *string            `json:"empty,omitempty"`
	Inner   inner[Way]         `json:"inner"`
	List    []inner[Way]       `json:"list"`
	Tree    *tree[Way]         `json:"tree"`
}

// Inner is a struct in a struct.
type Inner = inner[sent]

type inner[Way any] struct {
	Name string   `json:"name"`
	Tags []string `json:"tags"`
}

// Tree refers to itself.
type Tree = tree[sent]

type tree[Way any] struct {
	Name string      `json:"name"`
	Kids []tree[Way] `json:"kids,omitempty"`
}

// Answer is a Value that comes back.
type Answer struct {
	Value value[returned] `json:"value"`
}

// answered returns v as an answer has it, and back the other way round: it is the same memory, so that a test sees what is shared.
func answered(v Value) Answer { return Answer{*(*value[returned])(unsafe.Pointer(&v))} }

func (a *Answer) back() *Value { return (*Value)(unsafe.Pointer(&a.Value)) }

// Order tells the provider how to behave.
type Order struct {
	Do     string `json:"do" spinoff:"min=1,max=20"`
	Detail string `json:"detail,omitempty"`
	Millis int64  `json:"millis,omitempty" spinoff:"max=60000"`
}

// Done is the answer to an Order.
type Done struct {
	Text   string `json:"text"`
	ETag   string `json:"-" spinoff:"header=ETag"`
	Status int    `json:"-" spinoff:"status=200|201|202"`
}

var (
	errTeapot = &spinoff.Error{Code: "echo.teapot", Status: http.StatusTeapot, Title: "it is a teapot"}
	errSecret = &spinoff.Error{Code: "echo.secret", Status: http.StatusConflict, Title: "nobody declares this"}

	echo  = spinoff.Service{Name: "echo", Version: 1}
	Echo  = spinoff.Endpoint[Value, Answer]{Service: echo, Route: "POST /echo", MaxBody: 16 << 20}
	Obey  = spinoff.Endpoint[Order, Done]{Service: echo, Route: "POST /obey", Errors: []*spinoff.Error{errTeapot}}
	Short = spinoff.Endpoint[Order, Done]{Service: echo, Route: "POST /short", Timeout: 50 * time.Millisecond}
	// relay is a second app, which calls the first.
	Relay = spinoff.Endpoint[Order, Done]{Service: spinoff.Service{Name: "relay", Version: 1}, Route: "POST /relay"}
)

// project is echo and relay. kept is what echo keeps of the requests it got, to see whether they are its own.
func project(kept *[]Value) spinoff.Project {
	return spinoff.Project{Name: "divergence", Apps: []spinoff.New{
		Relay.AppUsing(func(ctx context.Context, calls spinoff.Caller, in Order) (Done, error) {
			done, err := Obey.Call(ctx, calls, in)
			if err != nil {
				return Done{}, fmt.Errorf("relay: %w", err)
			}
			return done, nil
		}, echo),
		func(spinoff.Env) (spinoff.App, error) {
			return spinoff.App{Name: "echo", Provides: []spinoff.Handler{
				Echo.Serve(func(_ context.Context, in Value) (Answer, error) {
					*kept = append(*kept, in)
					return answered(in), nil
				}),
				Obey.Serve(obey),
				Short.Serve(obey),
			}}, nil
		},
	}}
}

type valueKey struct{}

func obey(ctx context.Context, in Order) (Done, error) {
	switch in.Do {
	case "teapot":
		return Done{}, errTeapot.With("short and stout, %s", in.Detail)
	case "wrapped":
		return Done{}, fmt.Errorf("in the kitchen: %w", errTeapot.With("stout"))
	case "undeclared":
		return Done{}, errSecret
	case "plain":
		return Done{}, errors.New("password is hunter2")
	case "panic":
		panic("out of tea")
	case "invalid":
		return Done{}, spinoff.ErrInvalid.At("#/detail", "taste", "must taste of tea")
	case "wait":
		<-ctx.Done()
		return Done{}, ctx.Err()
	case "oversleep":
		time.Sleep(time.Duration(in.Millis) * time.Millisecond)
		return Done{Text: "late"}, nil
	case "value":
		return Done{Text: fmt.Sprint(ctx.Value(valueKey{}))}, nil
	case "origin":
		o := spinoff.OriginOf(ctx)
		return Done{Text: fmt.Sprintf("%s %s", o.RequestID, o.Consumer)}, nil
	case "deadline":
		deadline, ok := ctx.Deadline()
		return Done{Text: fmt.Sprint(ok, time.Until(deadline) > 0, time.Until(deadline) < 300*time.Millisecond)}, nil
	case "status":
		return Done{Text: in.Detail, Status: 202, ETag: `"7"`}, nil
	case "badstatus":
		return Done{Status: 418}, nil
	case "nan", "latin1":
		return Done{Text: "caf\xe9"}, nil
	}
	return Done{Text: in.Do + in.Detail, ETag: in.Detail}, nil
}

// outcome is all that a caller can see of a call.
type outcome struct {
	Done   Done
	Err    string
	Code   string
	Status int
	Fields []spinoff.Field
	Is     []bool // errors.Is, for each of a few targets
	Cause  bool   // whether something of the provider's inside came through
}

func outcomeOf(done Done, err error) outcome {
	o := outcome{Done: done}
	if err == nil {
		return o
	}
	e := spinoff.AsError(err)
	if e == nil {
		return outcome{Err: "not a *spinoff.Error: " + err.Error()}
	}
	o.Err, o.Code, o.Status, o.Fields = err.Error(), e.Code, e.Status, e.Fields
	for _, target := range []error{errTeapot, errSecret, spinoff.ErrInvalid, spinoff.ErrInternal, context.DeadlineExceeded, context.Canceled} {
		o.Is = append(o.Is, errors.Is(err, target))
	}
	o.Cause = errors.Unwrap(e) != nil || strings.Contains(err.Error(), "hunter2")
	return o
}

// TestOutcomesAreEqual states case by case that a caller sees the same in process and over HTTP.
func TestOutcomesAreEqual(t *testing.T) {
	cases := []struct {
		name string
		call func(ctx context.Context, calls spinoff.Caller) (Done, error)
		want outcome
	}{
		{"an answer", do(Obey, Order{Do: "hello", Detail: "1"}), outcome{Done: Done{Text: "hello1", ETag: "1", Status: 200}}},
		{"status and header", do(Obey, Order{Do: "status", Detail: "ü"}), outcome{Done: Done{Text: "ü", ETag: `"7"`, Status: 202}}},
		{"a status that is not declared", do(Obey, Order{Do: "badstatus"}), failed("internal", 500, "the provider failed", 3)},
		{"a declared error", do(Obey, Order{Do: "teapot", Detail: "x"}), failed("echo.teapot", 418, "it is a teapot: short and stout, x", 0)},
		{"a wrapped declared error", do(Obey, Order{Do: "wrapped"}), failed("echo.teapot", 418, "it is a teapot: stout", 0)},
		{"an undeclared error", do(Obey, Order{Do: "undeclared"}), failed("internal", 500, "the provider failed", 3)},
		{"a plain error", do(Obey, Order{Do: "plain"}), failed("internal", 500, "the provider failed", 3)},
		{"a panic", do(Obey, Order{Do: "panic"}), failed("internal", 500, "the provider failed", 3)},
		{"text that is not UTF-8", do(Obey, Order{Do: "latin1"}), failed("internal", 500, "the provider failed", 3)},
		{"the provider's own check", do(Obey, Order{Do: "invalid"}), invalid("#/detail", "taste", "must taste of tea")},
		{"too short", do(Obey, Order{}), invalid("#/do", "min", "must have 1 to 20 characters")},
		{"too long", do(Obey, Order{Do: strings.Repeat("ü", 21)}), invalid("#/do", "max", "must have 1 to 20 characters")},
		{"just long enough", do(Obey, Order{Do: strings.Repeat("ü", 20)}), outcome{Done: Done{Text: strings.Repeat("ü", 20), Status: 200}}},
		{"too large", do(Obey, Order{Do: "x", Millis: 60001}), invalid("#/millis", "max", "must be at most 60000")},
		{"not UTF-8", do(Obey, Order{Do: "\xff"}), invalid("#/do", "utf8", "must be text in UTF-8")},
		{"the endpoint's time-out", do(Short, Order{Do: "wait"}), failed("timeout", 504, "the call took too long", 4)},
		{"a provider that oversleeps", do(Short, Order{Do: "oversleep", Millis: 80}), failed("timeout", 504, "the call took too long", 4)},
		{"the caller's deadline", within(30*time.Millisecond, Obey, Order{Do: "wait"}), failed("timeout", 504, "the call took too long", 4)},
		{"a deadline that is over", within(-time.Second, Obey, Order{Do: "hello"}), failed("timeout", 504, "the call took too long", 4)},
		{"the deadline arrives", within(250*time.Millisecond, Obey, Order{Do: "deadline"}), outcome{Done: Done{Text: "true true true", Status: 200}}},
		{"cancelled before", cancelled(0, Obey, Order{Do: "hello"}), failed("canceled", 499, "the caller gave up", 5)},
		{"cancelled meanwhile", cancelled(20*time.Millisecond, Obey, Order{Do: "wait"}), failed("canceled", 499, "the caller gave up", 5)},
		{"values of the context stay", withValue(Obey, Order{Do: "value"}), outcome{Done: Done{Text: "<nil>", Status: 200}}},
		{"the origin travels", withOrigin(Obey, Order{Do: "origin"}), outcome{Done: Done{Text: "req-1 test", Status: 200}}},
		{"the origin travels on", withOrigin(Relay, Order{Do: "origin"}), outcome{Done: Done{Text: "req-1 relay", Status: 200}}},
		{"an error of a service behind", do(Relay, Order{Do: "teapot"}), failed("internal", 500, "the provider failed", 3)},
		{"a request that the service behind refuses", do(Relay, Order{Do: "invalid"}), failed("internal", 500, "the provider failed", 3)},
	}
	var kept []Value
	spinofftest.Run(t, project(&kept), "echo", func(t *testing.T, site *spinofftest.Site) {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				got := outcomeOf(c.call(t.Context(), site.Calls))
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("the caller sees another outcome (-want +got):\n%s", diff)
				}
			})
		}
	})
}

func do(e spinoff.Endpoint[Order, Done], in Order) func(context.Context, spinoff.Caller) (Done, error) {
	return func(ctx context.Context, calls spinoff.Caller) (Done, error) { return e.Call(ctx, calls, in) }
}

func within(d time.Duration, e spinoff.Endpoint[Order, Done], in Order) func(context.Context, spinoff.Caller) (Done, error) {
	return func(ctx context.Context, calls spinoff.Caller) (Done, error) {
		ctx, cancel := context.WithTimeout(ctx, d)
		defer cancel()
		return e.Call(ctx, calls, in)
	}
}

func cancelled(after time.Duration, e spinoff.Endpoint[Order, Done], in Order) func(context.Context, spinoff.Caller) (Done, error) {
	return func(ctx context.Context, calls spinoff.Caller) (Done, error) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		if after == 0 {
			cancel()
		}
		time.AfterFunc(after, cancel)
		return e.Call(ctx, calls, in)
	}
}

func withValue(e spinoff.Endpoint[Order, Done], in Order) func(context.Context, spinoff.Caller) (Done, error) {
	return func(ctx context.Context, calls spinoff.Caller) (Done, error) {
		return e.Call(context.WithValue(ctx, valueKey{}, "leaked"), calls, in)
	}
}

func withOrigin(e spinoff.Endpoint[Order, Done], in Order) func(context.Context, spinoff.Caller) (Done, error) {
	return func(ctx context.Context, calls spinoff.Caller) (Done, error) {
		return e.Call(spinoff.WithOrigin(ctx, spinoff.Origin{RequestID: "req-1", Consumer: "somebody"}), calls, in)
	}
}

// failed is the outcome of an error; is is the index of the only target that errors.Is finds in it, see outcomeOf.
func failed(code string, status int, text string, is int) outcome {
	o := outcome{Code: code, Status: status, Err: text, Is: make([]bool, 6)}
	o.Is[is] = true
	return o
}

func invalid(pointer, code, detail string) outcome {
	o := failed("invalid", 422, "the request is not valid: "+pointer+" "+detail, 2)
	o.Fields = []spinoff.Field{{Pointer: pointer, Code: code, Detail: detail}}
	return o
}

// TestValuesAreEqual states that each value arrives the same in process and over HTTP, on the way there and back.
func TestValuesAreEqual(t *testing.T) {
	text, none := "x", ""
	berlin := time.FixedZone("CET", 3600)
	cases := []struct {
		name     string
		in, want Value // want is what the provider gets and the caller gets back
	}{
		{"zero", Value{}, Value{}},
		{"nil and empty are the same", Value{Words: []string{}, Table: map[string]string{}, Bytes: []byte{}, Maybe: []string{}}, Value{}},
		{"empty text behind a pointer", Value{Pointer: &none, Empty: &none}, Value{Pointer: &none, Empty: &none}},
		{"every field", Value{
			Text: "t", Words: []string{"a", ""}, Maybe: []string{"b"}, Numbers: []int64{1, 2}, Int: 1, Small: -1, Uint: 1, Float: 0.1, Single: 0.1, Yes: true, Bytes: []byte{0, 255},
			At: time.Date(2026, 1, 31, 9, 0, 0, 123456789, time.UTC), Table: map[string]string{"k": "v", "": ""}, Shares: map[string]float64{"a": 0.5}, Pointer: &text, Empty: &text,
			Inner: Inner{"i", []string{"t"}}, List: []Inner{{}, {"l", nil}}, Tree: &Tree{"root", []Tree{{"leaf", nil}, {"branch", []Tree{{}}}}},
		}, Value{
			Text: "t", Words: []string{"a", ""}, Maybe: []string{"b"}, Numbers: []int64{1, 2}, Int: 1, Small: -1, Uint: 1, Float: 0.1, Single: 0.1, Yes: true, Bytes: []byte{0, 255},
			At: time.Date(2026, 1, 31, 9, 0, 0, 123456789, time.UTC), Table: map[string]string{"k": "v", "": ""}, Shares: map[string]float64{"a": 0.5}, Pointer: &text, Empty: &text,
			Inner: Inner{"i", []string{"t"}}, List: []Inner{{}, {"l", nil}}, Tree: &Tree{"root", []Tree{{"leaf", nil}, {"branch", []Tree{{}}}}},
		}},
		{
			"edges of integers",
			Value{Int: math.MaxInt64, Small: math.MinInt8, Uint: math.MaxUint64, Numbers: []int64{math.MinInt64, 1<<53 + 1}},
			Value{Int: math.MaxInt64, Small: math.MinInt8, Uint: math.MaxUint64, Numbers: []int64{math.MinInt64, 1<<53 + 1}},
		},
		{"edges of floats", Value{Float: math.MaxFloat64, Single: math.SmallestNonzeroFloat32}, Value{Float: math.MaxFloat64, Single: math.SmallestNonzeroFloat32}},
		{"smallest float", Value{Float: math.SmallestNonzeroFloat64}, Value{Float: math.SmallestNonzeroFloat64}},
		{"negative zero", Value{Float: math.Copysign(0, -1)}, Value{Float: math.Copysign(0, -1)}},
		{"times are in UTC", Value{At: time.Date(2026, 3, 29, 2, 30, 0, 1, berlin)}, Value{At: time.Date(2026, 3, 29, 1, 30, 0, 1, time.UTC)}},
		{"unicode", Value{Text: "日本語 👩‍👩‍👧 \u202e\u0000\u2028 </script>", Table: map[string]string{"ключ/~": "\t\"\\"}}, Value{Text: "日本語 👩‍👩‍👧 \u202e\u0000\u2028 </script>", Table: map[string]string{"ключ/~": "\t\"\\"}}},
		{"large", Value{Text: strings.Repeat("0123456789", 400_000)}, Value{Text: strings.Repeat("0123456789", 400_000)}},
	}
	var kept []Value
	spinofftest.Run(t, project(&kept), "echo", func(t *testing.T, site *spinofftest.Site) {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				answer, err := Echo.Call(t.Context(), site.Calls, c.in)
				if err != nil {
					t.Fatalf("Echo.Call: %v", err)
				}
				same := cmp.Comparer(func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) })
				if diff := cmp.Diff(c.want, kept[len(kept)-1], same); diff != "" {
					t.Errorf("the provider got another value (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(c.want, *answer.back(), same); diff != "" {
					t.Errorf("the caller got another value back (-want +got):\n%s", diff)
				}
			})
		}
	})
}

// TestRefusedValuesAreEqual states that what JSON cannot carry is refused in process too, with the same words.
func TestRefusedValuesAreEqual(t *testing.T) {
	deep := &Tree{}
	for range 120 {
		deep = &Tree{Kids: []Tree{*deep}}
	}
	cases := []struct {
		name    string
		in      Value
		pointer string
		code    string
	}{
		{"not a number", Value{Float: math.NaN()}, "#/float", "number"},
		{"infinite", Value{Single: float32(math.Inf(1))}, "#/single", "number"},
		{"infinite in a map", Value{Shares: map[string]float64{"a/b": math.Inf(-1)}}, "#/shares/a~1b", "number"},
		{"not UTF-8 in a list", Value{List: []Inner{{}, {Tags: []string{"a", "\xff"}}}}, "#/list/1/tags/1", "utf8"},
		{"a year that RFC 3339 cannot write", Value{At: time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)}, "#/at", "time"},
		{"nested too deep", Value{Tree: deep}, "", "depth"},
	}
	var kept []Value
	spinofftest.Run(t, project(&kept), "echo", func(t *testing.T, site *spinofftest.Site) {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				_, err := Echo.Call(t.Context(), site.Calls, c.in)
				e := spinoff.AsError(err)
				if !errors.Is(err, spinoff.ErrInvalid) || len(e.Fields) == 0 || e.Fields[0].Code != c.code || c.pointer != "" && e.Fields[0].Pointer != c.pointer {
					t.Errorf("Echo.Call: got %v, want %s %s", err, c.pointer, c.code)
				}
			})
		}
	})
}

// TestNothingIsShared writes to everything that caller and provider hold and finds that the other does not see it.
func TestNothingIsShared(t *testing.T) {
	var kept []Value
	spinofftest.Run(t, project(&kept), "echo", func(t *testing.T, site *spinofftest.Site) {
		text := "mine"
		in := Value{
			Words: []string{"mine"}, Numbers: []int64{1}, Bytes: []byte("mine"), Table: map[string]string{"k": "mine"}, Shares: map[string]float64{"k": 1},
			Pointer: &text, Inner: Inner{Tags: []string{"mine"}}, List: []Inner{{Tags: []string{"mine"}}}, Tree: &Tree{Kids: []Tree{{Name: "mine"}}},
		}
		answer, err := Echo.Call(t.Context(), site.Calls, in)
		if err != nil {
			t.Fatalf("Echo.Call: %v", err)
		}
		got := &kept[len(kept)-1]
		scribble(got)
		scribble(answer.back())
		for name, s := range map[string]string{
			"words": in.Words[0], "bytes": string(in.Bytes), "table": in.Table["k"], "pointer": *in.Pointer,
			"inner": in.Inner.Tags[0], "list": in.List[0].Tags[0], "tree": in.Tree.Kids[0].Name,
		} {
			if s != "mine" {
				t.Errorf("the provider or the answer shares the caller's %s: it is %q now", name, s)
			}
		}
		if in.Numbers[0] != 1 || in.Shares["k"] != 1 {
			t.Errorf("the provider or the answer shares the caller's numbers: %v %v", in.Numbers, in.Shares)
		}
	})
}

func scribble(v *Value) {
	v.Words[0], v.Numbers[0], v.Bytes[0], v.Table["k"], v.Shares["k"] = "theirs", 9, 'X', "theirs", 9
	*v.Pointer, v.Inner.Tags[0], v.List[0].Tags[0], v.Tree.Kids[0].Name = "theirs", "theirs", "theirs", "theirs"
}
