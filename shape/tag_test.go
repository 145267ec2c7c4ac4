package shape_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/shape"
)

func TestTagsRefused(t *testing.T) {
	type twice struct {
		_ struct{} `spinoff:"one"`
		A *string
		B string
	}
	type tagged struct {
		_ struct{} `spinoff:"one"`
		A *string  `spinoff:"min=1"`
	}
	type empty struct {
		_ struct{} `spinoff:"one"`
	}
	type blank struct {
		_ int
	}
	for _, c := range []struct {
		value any
		want  string
	}{
		{struct {
			F string `spinoff:"one"`
		}{}, "one belongs to the blank field of a struct"},
		{twice{}, ".B is in a struct of which exactly one field is set"},
		{tagged{}, ".A is in a struct of which exactly one field is set"},
		{empty{}, "is a one-of without a field"},
		{blank{}, "._ is blank"},
		{struct {
			F int `spinoff:"open=a|b"`
		}{}, "oneof and open are for text"},
		{struct {
			F string `spinoff:"oneof=a|b|a"`
		}{}, `"a" is there twice`},
		{struct {
			F string `spinoff:"oneof=a,open=b"`
		}{}, "not both"},
		{struct {
			F []float64 `spinoff:"unique"`
		}{}, "unique has no value, and is for lists of texts and whole numbers"},
		{struct {
			F float64 `spinoff:"multipleof=2"`
		}{}, "multipleof is for whole numbers"},
		{struct {
			F int `spinoff:"multipleof=0"`
		}{}, `"0" is not a whole number from 1 on`},
		{struct {
			F int `spinoff:"min=1.5"`
		}{}, `"1.5" is not a whole number of up to 53 bits`},
		{struct {
			F int64 `spinoff:"max=9007199254740993"`
		}{}, "is not a whole number of up to 53 bits"},
		{struct {
			F string `spinoff:"min=-1"`
		}{}, "it cannot be negative here"},
		{struct {
			F float64 `spinoff:"max=NaN"`
		}{}, "it is not a finite number"},
		{struct {
			F int `spinoff:"min=3,max=2"`
		}{}, "min is more than max"},
		{struct {
			F []byte `spinoff:"max=1024"`
		}{}, "max may be 1026, not 1024"},
		{struct {
			F []byte `spinoff:"min=2"`
		}{}, "min may be 1, not 2"},
		{struct {
			F string `spinoff:"format=date"`
		}{}, "there is no such format; there are email, uri, uuid"},
		{struct {
			F string `spinoff:"format=uuid,pattern=a"`
		}{}, "a field has one pattern or one format"},
		{struct {
			F int `spinoff:"pattern=a"`
		}{}, "pattern and format are for text"},
	} {
		_, err := shape.Of(reflect.TypeOf(c.value))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Of(%T): got %v, want %q", c.value, err, c.want)
		}
	}
}

// TestPatterns: what would not mean the same in the program of a consumer is refused.
func TestPatterns(t *testing.T) {
	for pattern, want := range map[string]string{
		`^[^@\s]+@[^@\s]+$`: "", `^(?:a|b){2,3}\/\.$`: "", `[\w\-.]`: "", `a{2}`: "", `\bä\S`: "", `[^\]\[]`: "",
		`(?i)a`: "there is (?: only", `(?=a)`: "there is (?: only", `(?P<n>a)`: "there is (?: only", `\Aa`: `\A does not mean the same everywhere`, `\pL`: `\p does not mean`,
		`[[:alpha:]]`: `[ within a class is written \[`, `[]a]`: "a class has something in it", `a{,3}`: `a brace that is not a repetition`, `a}`: `} outside of a class is written \}`,
		`a\`: "it ends with a backslash", `(a`: "missing closing )", `[a`: "missing closing ]", `[\S]`: `\S does not mean`,
	} {
		field := reflect.StructField{Name: "F", Type: reflect.TypeFor[string](), Tag: reflect.StructTag(`spinoff:"pattern=` + strings.ReplaceAll(pattern, `\`, `\\`) + `"`)}
		_, err := shape.Of(reflect.StructOf([]reflect.StructField{field}))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("pattern %s: got %v, want %q", pattern, err, want)
		}
	}
}

// Way is one of two ways.
type Way struct {
	_ struct{} `spinoff:"one"`

	Foot *struct {
		Minutes int `spinoff:"max=100"`
	}
	Bike *string
}

// Trip has every constraint that [Person] has not.
type Trip struct {
	Way    Way
	Back   Way      `json:"back,omitzero"`
	Stops  []string `json:"stops,omitempty" spinoff:"unique"`
	Seats  uint8    `json:"seats,omitempty" spinoff:"multipleof=4"`
	Mail   string   `json:"mail,omitempty" spinoff:"format=email"`
	Mood   string   `json:"mood,omitempty" spinoff:"open=good|bad"`
	Return struct {
		Tags []string `json:"tags" spinoff:"min=1"`
	} `json:"return,omitzero"`
}

func TestConstraints(t *testing.T) {
	compiled, err := shape.Of(reflect.TypeFor[Trip]())
	if err != nil {
		t.Fatal(err)
	}
	const way = `"way":{"bike":"red"}`
	for _, c := range []struct{ body, pointer, detail string }{
		{`{` + way + `,"back":{"foot":{"minutes":2}},"stops":["a","b"],"seats":8,"mail":"a@b","mood":"so so","return":{"tags":["x"]}}`, "", ""},
		{`{"way":{}}`, "#/way", "must have exactly one of foot, bike"},
		{`{"way":{"bike":"red","foot":{"minutes":1}}}`, "#/way", "must have exactly one of foot, bike"},
		{`{"way":{"bike":null}}`, "#/way/bike", "must be text, not null"},
		{`{"way":{"foot":{"minutes":101}}}`, "#/way/foot/minutes", "must be at most 100"},
		{`{` + way + `,"back":{}}`, "#/back", "must have exactly one of foot, bike; leave it out where there is none"},
		{`{` + way + `,"stops":["a","b","a"]}`, "#/stops", "must have no entry twice"},
		{`{` + way + `,"seats":6}`, "#/seats", "must be a multiple of 4"},
		{`{` + way + `,"mail":"a@b@c"}`, "#/mail", "must be of the format email"},
		{`{` + way + `,"mail":"a@b\u00a0"}`, "#/mail", "must be of the format email"},
		{`{` + way + `,"return":{"tags":[]}}`, "#/return/tags", "must have at least 1 entry; leave it out where there is none"},
	} {
		var trip Trip
		faults, err := compiled.Decode(strings.NewReader(c.body), &trip, true)
		if err == nil && faults == nil {
			faults = compiled.Admit(&trip, true, true)
		}
		switch {
		case err != nil || (len(faults) == 0) != (c.pointer == ""):
			t.Errorf("%s: got faults %v, error %v; want %s %s", c.body, faults, err, c.pointer, c.detail)
		case c.pointer != "" && (faults[0].Pointer != c.pointer || !strings.Contains(faults[0].Detail, c.detail)):
			t.Errorf("%s: got %v, want %s %s", c.body, faults, c.pointer, c.detail)
		}
	}
}

// TestAnswerRefuses: an answer may always be zero.
func TestAnswerRefuses(t *testing.T) {
	type deep struct {
		Entries []struct {
			Mood string `spinoff:"oneof=good|bad"`
		}
	}
	for _, c := range []struct {
		out  any
		want string // "": it is fine
	}{
		{struct {
			Mood  string   `json:"mood,omitempty" spinoff:"oneof=good|bad"`
			Nick  *string  `spinoff:"min=2"`
			Names []string `spinoff:"max=3"`
			Open  string   `spinoff:"open=a|b"`
			Way   *Way
			Ways  []Way
			Later Way `json:"later,omitzero"`
		}{}, ""},
		{struct{ Way Way }{}, ".Way: its zero value must have exactly one of foot, bike"},
		{struct {
			Age int `spinoff:"min=1"`
		}{}, ".Age: its zero value must be at least 1"},
		{deep{}, ".Mood: its zero value must be one of good, bad"},
	} {
		_, err := shape.Answer(spinoff.Operation{Out: reflect.TypeOf(c.out)})
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("Answer(%T): got %v, want %q", c.out, err, c.want)
		}
		if _, err := shape.Event(reflect.TypeOf(c.out)); err != nil {
			t.Errorf("Event(%T): %v; an event is never zero by accident", c.out, err)
		}
	}
}
