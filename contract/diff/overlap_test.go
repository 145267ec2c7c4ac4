package diff_test

import (
	"fmt"
	"testing"
)

// TestNaturalAlternatives: a oneOf of open objects accepts no value that fits two of them, to the letter. Nobody means such values, so that they
// do not make a change of one alternative break those it does not concern.
func TestNaturalAlternatives(t *testing.T) {
	object := func(required, properties string) string {
		return fmt.Sprintf("{type: object, required: [%s], properties: {%s}}", required, properties)
	}
	cat, dog := object("name", "name: {type: string}, meow: {type: boolean}"), object("name", "name: {type: string}, bark: {type: boolean}")
	fox := object("name", "name: {type: string}, den: {type: string}")
	card, iban, cash := object("card", "card: {type: string}"), object("iban", "iban: {type: string, maxLength: 9}"), object("cash", "cash: {type: string}")
	of := func(all ...string) string {
		text := "{oneOf: ["
		for i, one := range all {
			if i > 0 {
				text += ", "
			}
			text += one
		}
		return text + "]}"
	}
	for _, c := range []struct {
		what, old, changed string
		sent, read         string
	}{
		{"one more", of(cat, dog), of(cat, dog, fox), "sound", "breaking"},
		{"one less", of(cat, dog, fox), of(cat, dog), "breaking", "sound"},
		{"one more, told apart by what they require", of(card, iban), of(card, iban, cash), "sound", "breaking"},
		{"one less, told apart by what they require", of(card, iban, cash), of(card, iban), "breaking", "sound"},
		{"a new optional property", of(cat, dog), of(cat, object("name", "name: {type: string}, bark: {type: boolean}, age: {type: integer}")), "sound", "sound"},
		{"a required one", of(cat, dog), of(cat, object("name, bark", "name: {type: string}, bark: {type: boolean}")), "breaking", "sound"},
		{"a tighter limit", of(card, iban), of(card, object("iban", "iban: {type: string, maxLength: 8}")), "breaking", "sound"},
		{"a property of another type", of(cat, dog), of(cat, object("name", "name: {type: string}, bark: {type: string}")), "breaking", "breaking"},
		{"one that accepts all of another one", of("{type: object}", iban), of("{type: object}", object("iban", "iban: {type: string, maxLength: 8}")), "breaking", "breaking"},
		{"numbers that fit both", of("{type: integer}", "{type: number, minimum: 5}"), of("{type: integer}", "{type: number, minimum: 4}"), "breaking", "breaking"},
	} {
		for _, way := range []struct {
			request bool
			want    string
		}{{true, c.sent}, {false, c.read}} {
			r := compare(t, wholeDocument(c.old, way.request), wholeDocument(c.changed, way.request))
			if got := verdict(r); got != way.want {
				t.Errorf("%s, sent %t: %s, want %s (%s)", c.what, way.request, got, way.want, rules(r))
			}
		}
	}
}
