package data_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/search"
	"github.com/spinoff-go/spinoff/spinofftest"
)

// What is a word, and what finds it, on PostgreSQL: as in SQLite.
func TestSearchOnPostgres(t *testing.T) {
	db := open(t, spinofftest.Postgres(t, "faq"), first)
	for _, row := range []struct {
		text, query string
		english     bool // finds it with the stems of English words
		simple      bool
	}{
		{"Two lights", "light", true, false},
		{"Two lights", "lights", true, true},
		{"Write to anna@example.com or call", "example", true, true},
		{"an up-to-date path/to/file.txt", "date file", true, true},
		{"snake_case", "case", true, true},
		{"Café Größe", "cafe große", true, true},
		{"Cafe", "Café", true, true},
		{"it’s “quoted”", "quoted", true, true},
		{"日本語 text", "日本語", true, true},
		{"charging", "charges", true, false},
		{"", "anything", false, false},
	} {
		err := db.Read(t.Context(), func(tx *data.Tx) error {
			for config, want := range map[string]bool{"english": row.english, "simple": row.simple} {
				got, err := data.One[bool](t.Context(), tx, "SELECT coalesce(spinoff_words(CAST($1 AS regconfig), $2) @@ spinoff_query(CAST($1 AS regconfig), $3, '&'), false)",
					config, row.text, search.Postgres(row.query))
				if err != nil {
					return err
				}
				if got != want {
					t.Errorf("%s: %q finds %q: %v, want %v", config, row.query, row.text, got, want)
				}
			}
			found, err := data.One[bool](t.Context(), tx, "SELECT spinoff_words('english', $1) @@ spinoff_query('english', $2, '|')", "a charging light", search.PostgresPrefix("xyz lig"))
			if !found {
				t.Error("the beginning of a word finds nothing")
			}
			return err
		})
		if err != nil {
			t.Fatalf("%q: %v", row.query, err)
		}
	}
}

// No text and no terms make an error.
func FuzzSearchOnPostgres(f *testing.F) {
	texts := []string{"", "'", `\'`, "a & b", "!a", "a:*", "*", ":*", "a <-> b", "(", "' | '", "\u0301", "\ue000x", strings.Repeat("long", 1000), "1e5 -3.5 3g ²½"}
	if file, err := os.ReadFile("../../shared/data/naughty-strings.json"); err == nil {
		var naughty []string
		if err := json.Unmarshal(file, &naughty); err != nil {
			f.Fatal(err)
		}
		texts = append(texts, naughty...)
	}
	for _, text := range texts {
		f.Add(text)
	}
	db := data.New(func() string { return spinofftest.Postgres(f, "faq") }, first)
	if err := db.Open(f.Context()); err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { db.Close() })
	f.Fuzz(func(t *testing.T, text string) {
		err := db.Read(t.Context(), func(tx *data.Tx) error {
			for _, terms := range []string{text, search.Postgres(text), search.PostgresPrefix(text)} {
				for _, operator := range []string{"&", "|"} {
					if _, err := data.One[*bool](t.Context(), tx, "SELECT spinoff_words('english', $1) @@ spinoff_query('english', $2, $3)", text, terms, operator); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
	})
}
