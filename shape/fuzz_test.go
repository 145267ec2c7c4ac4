package shape_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"
)

// FuzzDecode: no body makes the decoder panic; what it accepts is what encoding/json understands by the same text, and it
// comes back the same after it was written.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"name":"a"}`, `{"name":"a","pets":[{"name":"x"}],"friend":{"name":"b"},"scores":{"x":1}}`, `{"name":"a","name":"b"}`, `{`, `null`, `[]`,
		`{"name":"\ud83d\ude00","born":"2026-01-01T00:00:00Z","photo":"AAE=","height":1e300,"nick":"nn","age":1e2,"likes":[""]}`,
	} {
		f.Add(seed)
	}
	compiled := personType(f)
	f.Fuzz(func(t *testing.T, body string) {
		var got Person
		faults, err := compiled.Decode(strings.NewReader(body), &got, true)
		if err != nil || faults != nil || compiled.Admit(&got, true, true) != nil {
			return
		}
		text := compiled.AppendJSON(nil, &got)
		if !json.Valid(text) {
			t.Fatalf("AppendJSON(%+v) is not JSON: %s", got, text)
		}
		var again Person
		if faults, err := compiled.Decode(bytes.NewReader(text), &again, true); err != nil || faults != nil {
			t.Fatalf("what was written cannot be read: %s: %v %v", text, faults, err)
		}
		compiled.Admit(&again, true, true)
		if diff := cmp.Diff(got, again); diff != "" {
			t.Errorf("Decode(AppendJSON(x)) (-x +got):\n%s", diff)
		}
		if strings.ContainsAny(body, ".eE") {
			return // encoding/json refuses 1.0 and 1e2 for an integer
		}
		var theirs Person
		if err := json.Unmarshal([]byte(body), &theirs); err != nil {
			t.Fatalf("accepted what encoding/json refuses: %s: %v", body, err)
		}
		compiled.Admit(&theirs, false, true)
		if diff := cmp.Diff(theirs, got); diff != "" {
			t.Errorf("Decode(%s) (-encoding/json +got):\n%s", body, diff)
		}
	})
}

// FuzzDecodeValues: no query makes the decoder panic, and what it accepts comes back the same after it was written.
func FuzzDecodeValues(f *testing.F) {
	for _, seed := range []string{"q=a", "q=a&tags=x&tags=y&limit=1&exact=on&max=0&raw=AAE%3D&ratio=1e-7&since=2026-01-01T00:00:00Z", "q=a&q=b", "%", "q=%ff"} {
		f.Add(seed)
	}
	m := queryRequest(f)
	f.Fuzz(func(t *testing.T, query string) {
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		var got, again Query
		if m.DecodeValues(values, &got) != nil {
			return
		}
		got.ID, again.ID = 1, 1
		if m.Admit(&got, true, true) != nil {
			return
		}
		encoded := m.EncodeQuery(&got)
		if faults := m.DecodeValues(encoded, &again); faults != nil {
			t.Fatalf("EncodeQuery(%+v) = %q cannot be read: %v", got, encoded.Encode(), faults)
		}
		m.Admit(&again, true, true)
		if diff := cmp.Diff(got, again); diff != "" {
			t.Errorf("DecodeValues(EncodeQuery(x)) (-x +got):\n%s", diff)
		}
	})
}

// FuzzAdmit: a copy equals its original and shares no memory with it.
func FuzzAdmit(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed)
	}
	compiled := personType(f)
	f.Fuzz(func(t *testing.T, seed uint64) {
		original := randomPerson(rand.New(rand.NewPCG(seed, 1)), 4)
		before := string(compiled.AppendJSON(nil, &original))
		clone := original
		if faults := compiled.Admit(&clone, false, false); faults != nil {
			t.Fatalf("Admit(%+v): %v", original, faults)
		}
		if diff := cmp.Diff(original, clone, cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) }), emptyIsNil()); diff != "" {
			t.Errorf("the copy differs (-original +copy):\n%s", diff)
		}
		taken := map[uintptr]string{}
		memory(reflect.ValueOf(&original).Elem(), "original", func(p uintptr, path string) { taken[p] = path })
		memory(reflect.ValueOf(&clone).Elem(), "copy", func(p uintptr, path string) {
			if other := taken[p]; other != "" {
				t.Errorf("%s shares memory with %s", path, other)
			}
		})
		if after := string(compiled.AppendJSON(nil, &original)); after != before {
			t.Errorf("the original was changed from %s to %s", before, after)
		}
	})
}

// emptyIsNil makes lists and maps without entries equal.
func emptyIsNil() cmp.Option {
	return cmp.FilterValues(func(a, b any) bool {
		va, vb := reflect.ValueOf(a), reflect.ValueOf(b)
		if !va.IsValid() || !vb.IsValid() {
			return false
		}
		k := va.Kind()
		return va.Type() == vb.Type() && (k == reflect.Slice || k == reflect.Map) && va.Len() == 0 && vb.Len() == 0
	}, cmp.Ignore())
}

// memory calls visit for each piece of memory that v refers to and that can be written to.
func memory(v reflect.Value, path string, visit func(p uintptr, path string)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			visit(v.Pointer(), path)
			memory(v.Elem(), path+".*", visit)
		}
	case reflect.Slice:
		if v.Len() > 0 {
			visit(uintptr(unsafe.Pointer(unsafe.SliceData(unsafe.Slice((*byte)(v.UnsafePointer()), 1)))), path)
		}
		for i := range v.Len() {
			memory(v.Index(i), path+"[]", visit)
		}
	case reflect.Map:
		if v.Len() > 0 {
			visit(v.Pointer(), path)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			memory(v.Field(i), path+"."+v.Type().Field(i).Name, visit)
		}
	}
}

func randomPerson(r *rand.Rand, depth int) Person {
	text := func() string { return strings.Repeat("ü", r.IntN(4)) }
	p := Person{Name: text(), Age: r.IntN(100), Mood: text(), Height: r.Float64(), Rank: uint8(r.IntN(256)), Adult: r.IntN(2) == 0}
	if r.IntN(2) == 0 {
		p.Born = time.Unix(r.Int64N(1e9), r.Int64N(1e9)).In(time.FixedZone("", 3600))
	}
	for range r.IntN(3) {
		p.Likes = append(p.Likes, text())
		p.Photo = append(p.Photo, byte(r.IntN(256)))
		p.Pets = append(p.Pets, Pet{text(), r.IntN(5)})
	}
	switch r.IntN(3) {
	case 0:
		p.Scores, p.Notes = map[string]int64{}, map[string]string{}
	case 1:
		p.Scores, p.Notes = map[string]int64{text(): r.Int64()}, map[string]string{text(): text()}
	}
	if r.IntN(2) == 0 {
		nick := text()
		p.Nick = &nick
	}
	if depth > 0 && r.IntN(3) > 0 {
		friend := randomPerson(r, depth-1)
		p.Friend = &friend
	}
	return p
}
