package shape_test

import (
	"encoding/json"
	"math"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/shape"
)

// Person is a type of every sort, for the tests.
type Person struct {
	Name   string            `json:"name" spinoff:"min=1,max=10"`
	Age    int               `json:"age,omitempty" spinoff:"min=0,max=150"`
	Born   time.Time         `json:"born,omitzero"`
	Likes  []string          `json:"likes,omitempty" spinoff:"max=3"`
	Scores map[string]int64  `json:"scores,omitempty"`
	Notes  map[string]string `json:"notes,omitempty"`
	Nick   *string           `json:"nick" spinoff:"min=2"`
	Mood   string            `json:"mood,omitempty" spinoff:"oneof=good|bad"`
	Code   string            `json:"code,omitempty" spinoff:"pattern=^[a-z]{2,3}$"`
	Photo  []byte            `json:"photo,omitempty" spinoff:"max=6"`
	Height float64           `json:"height,omitempty" spinoff:"min=0.5"`
	Rank   uint8             `json:"rank,omitempty"`
	Friend *Person           `json:"friend"`
	Pets   []Pet             `json:"pets,omitempty"`
	Adult  bool              `json:"adult,omitempty"`
}

// Pet is something in a list.
type Pet struct {
	Name string
	Legs int `json:"legs,omitempty"`
}

func personType(t testing.TB) *shape.Type {
	t.Helper()
	compiled, err := shape.Of(reflect.TypeFor[Person]())
	if err != nil {
		t.Fatalf("shape.Of(Person): %v", err)
	}
	return compiled
}

// check reads a request and checks its constraints.
func check(t testing.TB, body string) (Person, []spinoff.Field, error) {
	compiled := personType(t)
	var p Person
	faults, err := compiled.Decode(strings.NewReader(body), &p, true)
	if err == nil && faults == nil {
		faults = compiled.Admit(&p, true, true)
	}
	return p, faults, err
}

func TestDecodeRefuses(t *testing.T) {
	for _, c := range []struct {
		name, body      string
		pointer, detail string // of the first fault; both empty: the body cannot be read at all
	}{
		{"unknown field", `{"name":"a","nme":1}`, "#/nme", "is not a field of this request; there are name, age, born"},
		{"wrong case", `{"Name":"a"}`, "#/Name", "is not a field"},
		{"repeated field", `{"name":"a","name":"b"}`, "#/name", "is there twice"},
		{"missing field", `{}`, "#/name", "is required: text"},
		{"missing in a list", `{"name":"a","pets":[{}]}`, "#/pets/0/name", "is required: text"},
		{"number for text", `{"name":1}`, "#/name", "must be text, not a number"},
		{"text for number", `{"name":"a","age":"1"}`, "#/age", "must be a whole number, not text"},
		{"null", `{"name":null}`, "#/name", "must be text, not null; leave it out where there is none"},
		{"null for a pointer", `{"name":"a","nick":null}`, "#/nick", "must be text, not null; leave it out where there is none"},
		{"zero where the enum has none", `{"name":"a","mood":""}`, "#/mood", "must be one of good, bad; leave it out where there is none"},
		{"zero that is too small", `{"name":"a","height":0}`, "#/height", "must be at least 0.5; leave it out where there is none"},
		{"zero that does not match", `{"name":"a","code":""}`, "#/code", "must match ^[a-z]{2,3}$; leave it out where there is none"},
		{"a leap second at noon", `{"name":"a","born":"2016-12-31T12:00:60Z"}`, "#/born", "must be a time such as"},
		{"a time of one digit", `{"name":"a","born":"2016-12-31T9:00:00.00Z"}`, "#/born", "must be a time such as"},
		{"a zone that is none", `{"name":"a","born":"2016-12-31T09:00:00+24:00"}`, "#/born", "must be a time such as"},
		{"base64 in lines", `{"name":"a","photo":"AA\nA="}`, "#/photo", "must be text in base64"},
		{"a fraction in disguise", `{"name":"a","age":15e-1}`, "#/age", "must be a whole number"},
		{"too large for the type, in disguise", `{"name":"a","rank":2.56e2}`, "#/rank", "must be a whole number of 8 bits"},
		{"far too large", `{"name":"a","age":1e999999999999999999999}`, "#/age", "must be a whole number"},
		{"a fraction", `{"name":"a","age":1.5}`, "#/age", "must be a whole number"},
		{"too large for the type", `{"name":"a","rank":256}`, "#/rank", "must be a whole number of 8 bits"},
		{"too large for int64", `{"name":"a","scores":{"x":9223372036854775808}}`, "#/scores/x", "must be a whole number of 64 bits"},
		{"negative unsigned", `{"name":"a","rank":-1}`, "#/rank", "must be a whole number"},
		{"object for list", `{"name":"a","likes":{}}`, "#/likes", "must be a list, not an object"},
		{"list for object", `[]`, "#", "must be an object, not a list"},
		{"wrong element", `{"name":"a","likes":["x",2]}`, "#/likes/1", "must be text, not a number"},
		{"not a time", `{"name":"a","born":"yesterday"}`, "#/born", "must be a time such as"},
		{"not base64", `{"name":"a","photo":"%"}`, "#/photo", "must be text in base64"},
		{"deep inside", `{"name":"a","friend":{"name":"b","friend":{"name":"c","age":true}}}`, "#/friend/friend/age", "must be a whole number, not true or false"},
		{"too short", `{"name":""}`, "#/name", "must have 1 to 10 characters"},
		{"too long in characters", `{"name":"äöüäöüäöüäö"}`, "#/name", "must have 1 to 10 characters"},
		{"too small", `{"name":"a","height":0.25}`, "#/height", "must be at least 0.5"},
		{"too many", `{"name":"a","likes":["","","",""]}`, "#/likes", "must have at most 3 entries"},
		{"too many bytes", `{"name":"a","photo":"AAAAAAAAAA=="}`, "#/photo", "must have at most 6 bytes"},
		{"behind a pointer", `{"name":"a","nick":"x"}`, "#/nick", "must have at least 2 characters"},
		{"not one of", `{"name":"a","mood":"so so"}`, "#/mood", "must be one of good, bad"},
		{"no match", `{"name":"a","code":"ABC"}`, "#/code", "must match ^[a-z]{2,3}$"},
		{"constraints inside", `{"name":"a","friend":{"name":"b","age":151}}`, "#/friend/age", "must be 0 to 150"},
		{"trailing data", `{"name":"a"} {}`, "", ""},
		{"trailing comma", `{"name":"a",}`, "", ""},
		{"cut off", `{"name":"a"`, "", ""},
		{"nothing", ``, "", ""},
		{"bad UTF-8", "{\"name\":\"\xff\"}", "", ""},
		{"lone surrogate", `{"name":"\ud800"}`, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, faults, err := check(t, c.body)
			switch {
			case c.pointer == "":
				if err == nil {
					t.Errorf("Decode(%s): got no error, faults %v", c.body, faults)
				}
			case err != nil || len(faults) == 0:
				t.Errorf("Decode(%s): got faults %v, error %v; want %s %s", c.body, faults, err, c.pointer, c.detail)
			case faults[0].Pointer != c.pointer || !strings.Contains(faults[0].Detail, c.detail):
				t.Errorf("Decode(%s): got %s %q, want %s %q", c.body, faults[0].Pointer, faults[0].Detail, c.pointer, c.detail)
			}
		})
	}
}

func TestDecodeTellsAllFaultsAtOnce(t *testing.T) {
	_, faults, err := check(t, `{"age":"x","likes":[1,2],"colour":"red"}`)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range faults {
		got = append(got, f.Pointer+" "+f.Code)
	}
	want := []string{"#/age type", "#/likes/0 type", "#/likes/1 type", "#/colour unknown", "#/name required"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
}

func TestDecodeAccepts(t *testing.T) {
	nick := "nn"
	for _, c := range []struct {
		body string
		want Person
	}{
		{`{"name":"a"}`, Person{Name: "a"}},
		{`{"name":"a","age":1.0}`, Person{Name: "a", Age: 1}},
		{`{"name":"a","age":1e2}`, Person{Name: "a", Age: 100}},
		{`{"name":"ä\ud83d\ude00","nick":"nn","likes":[],"pets":[{"name":"x","legs":4}]}`, Person{Name: "ä😀", Nick: &nick, Pets: []Pet{{"x", 4}}}},
		{`{"name":"a","born":"2026-01-01T01:00:00+01:00"}`, Person{Name: "a", Born: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}},
		{` {"name":"a","age":0,"likes":[],"height":0.5e0} `, Person{Name: "a", Height: 0.5}},
		{`{"name":"a","age":0.15E3,"rank":2.50e2,"scores":{"least":-9223372036854775808,"most":9.223372036854775807e18,"nothing":-0.0}}`, Person{
			Name: "a", Age: 150, Rank: 250, Scores: map[string]int64{"least": math.MinInt64, "most": math.MaxInt64, "nothing": 0},
		}},
		{`{"name":"a","born":"2016-12-31t23:59:60.5z"}`, Person{Name: "a", Born: time.Date(2017, 1, 1, 0, 0, 0, 5e8, time.UTC)}},
	} {
		got, faults, err := check(t, c.body)
		if err != nil || faults != nil {
			t.Errorf("Decode(%s): faults %v, error %v", c.body, faults, err)
		} else if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("Decode(%s) (-want +got):\n%s", c.body, diff)
		}
	}
}

func TestLenientDecodeIgnoresWhatItDoesNotKnow(t *testing.T) {
	var p Person
	faults, err := personType(t).Decode(strings.NewReader(`{"name":null,"new":{"deep":[1]},"age":3}`), &p, false)
	if err != nil || faults != nil || p.Age != 3 {
		t.Errorf("Decode: got %+v, faults %v, error %v; want age 3", p, faults, err)
	}
}

func TestOfRefuses(t *testing.T) {
	for _, c := range []struct {
		value any
		want  string
	}{
		{struct{ F func() }{}, ".F is of kind func"},
		{struct{ F any }{}, ".F is of kind interface"},
		{struct{ F chan int }{}, ".F is of kind chan"},
		{struct{ F [3]int }{}, ".F is of kind array"},
		{struct{ F complex128 }{}, ".F is of kind complex128"},
		{struct{ f int }{}, ".f is not exported"},
		{struct{ Pet }{}, ".Pet is embedded"},
		{struct{ F map[int]string }{}, ".F has keys of type int"},
		{struct{ F **int }{}, ".F is a pointer to a pointer"},
		{struct{ F json.RawMessage }{}, "marshals itself"},
		{struct{ F url.URL }{}, "marshals itself"},
		{struct{ F time.Duration }{}, "has no one form in JSON"},
		{struct {
			F int `json:"f,string"`
		}{}, `has the JSON option "string"`},
		{struct {
			F int `json:"-"`
		}{}, `has the JSON name "-"`},
		{struct {
			F int `json:"g"`
			G int
		}{}, `.G has the JSON name "g", as another field has`},
		{struct {
			F int `spinoff:"mni=1"`
		}{}, "there is no such word"},
		{struct {
			F bool `spinoff:"min=1"`
		}{}, "min and max are for numbers"},
		{struct {
			F string `spinoff:"header=X"`
		}{}, "does not travel in the body"},
		{struct {
			F []struct{ G []struct{ H any } }
		}{}, ".F/*.G/*.H is of kind interface"},
	} {
		_, err := shape.Of(reflect.TypeOf(c.value))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Of(%T): got %v, want %q", c.value, err, c.want)
		}
	}
}

// Query is a request that travels in path and query.
type Query struct {
	ID     int64     `json:"id"`
	Q      string    `json:"q"`
	Limit  int64     `json:"limit,omitempty" spinoff:"max=100"`
	Tags   []string  `json:"tags,omitempty"`
	Scores []int64   `json:"scores,omitempty"`
	Since  time.Time `json:"since,omitzero"`
	Exact  bool      `json:"exact,omitempty"`
	Max    *int64    `json:"max"`
	Raw    []byte    `json:"raw,omitempty"`
	Ratio  float64   `json:"ratio,omitempty"`
	ETag   string    `json:"-" spinoff:"header=If-Match"`
}

func queryRequest(t testing.TB) *shape.Message {
	t.Helper()
	m, err := shape.Request(spinoff.Operation{Declaration: spinoff.Declaration{Route: "GET /x/{id}"}, In: reflect.TypeFor[Query]()})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestDecodeValuesRefuses(t *testing.T) {
	for _, c := range []struct{ query, pointer, code, detail string }{
		{"", "#/q", "required", "is required: text"},
		{"q=a&x=1", "#/x", "unknown", "there are id, q, limit"},
		{"q=a&id=1", "#/id", "unknown", ""}, // it travels in the path
		{"q=a&q=b", "#/q", "repeated", "is there 2 times"},
		{"q=a&limit=x", "#/limit", "type", "must be a whole number"},
		{"q=a&limit=0x10", "#/limit", "type", "must be a whole number"},
		{"q=a&limit=1_0", "#/limit", "type", "must be a whole number"},
		{"q=a&exact=maybe", "#/exact", "type", "must be true or false"},
		{"q=a&scores=1&scores=x", "#/scores/1", "type", "must be a whole number"},
		{"q=a&since=1", "#/since", "type", "must be a time"},
		{"q=a&ratio=NaN", "#/ratio", "type", "must be a number"},
		{"q=a&ratio=0x1p4", "#/ratio", "type", "must be a number"},
		{"q=a&ratio=1e400", "#/ratio", "type", "must be a number of 64 bits"},
	} {
		values, err := url.ParseQuery(c.query)
		if err != nil {
			t.Fatal(err)
		}
		var q Query
		faults := queryRequest(t).DecodeValues(values, &q)
		if len(faults) == 0 || faults[0].Pointer != c.pointer || faults[0].Code != c.code || !strings.Contains(faults[0].Detail, c.detail) {
			t.Errorf("DecodeValues(%q): got %v, want %s %s %s", c.query, faults, c.pointer, c.code, c.detail)
		}
	}
}

func TestValuesRoundTrip(t *testing.T) {
	limit := int64(0)
	for _, want := range []Query{
		{Q: ""},
		{Q: "a b&c=ü", Limit: 5, Tags: []string{"x", "", "y"}, Since: time.Date(2026, 1, 1, 0, 0, 0, 5, time.UTC), Exact: true, Max: &limit, Raw: []byte{0, 1, 0xff}, Ratio: 1e-7},
	} {
		m := queryRequest(t)
		var got Query
		if faults := m.DecodeValues(m.EncodeQuery(&want), &got); faults != nil {
			t.Errorf("DecodeValues(EncodeQuery(%+v)): %v", want, faults)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("DecodeValues(EncodeQuery(x)) (-want +got):\n%s", diff)
		}
	}
}

func TestRequestRefuses(t *testing.T) {
	for _, c := range []struct {
		route string
		in    reflect.Type
		want  string
	}{
		{"GET /x", reflect.TypeFor[string](), "is not a struct"},
		{"GET /x/{no}", reflect.TypeFor[Query](), `has no field "no"`},
		{"GET /x", reflect.TypeFor[Person](), "travels in the query"},
		{"POST /x/{pets}", reflect.TypeFor[Person](), "travels in the path"},
		{"POST /x", reflect.TypeFor[struct {
			S int `json:"-" spinoff:"status=200"`
		}](), "a request has none"},
	} {
		_, err := shape.Request(spinoff.Operation{Declaration: spinoff.Declaration{Route: c.route}, In: c.in})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Request(%s, %s): got %v, want %q", c.route, c.in, err, c.want)
		}
	}
}

// TestText puts a byte that is not UTF-8 at every place of texts of every length around that of a machine word.
func TestText(t *testing.T) {
	type message struct{ Text string }
	compiled, err := shape.Of(reflect.TypeFor[message]())
	if err != nil {
		t.Fatal(err)
	}
	for n := range 20 {
		good := strings.Repeat("a", n)
		if faults := compiled.Admit(&message{good}, true, true); faults != nil {
			t.Errorf("Admit(%q) = %v, want nothing", good, faults)
		}
		for i := range n {
			for _, wrong := range []string{"\xff", "\x80", "\xc3"} {
				text := good[:i] + wrong + good[i+1:]
				if faults := compiled.Admit(&message{text}, true, true); len(faults) != 1 {
					t.Errorf("Admit(%q) = %v, want one fault", text, faults)
				}
			}
			if faults := compiled.Admit(&message{good[:i] + "é" + good[i+1:]}, true, true); faults != nil {
				t.Errorf("Admit(%q) = %v, want nothing", good[:i]+"é"+good[i+1:], faults)
			}
		}
	}
}
