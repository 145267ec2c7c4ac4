package search_test

import (
	"database/sql"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite"

	"github.com/spinoff-go/spinoff/search"
)

func TestQuery(t *testing.T) {
	for _, c := range []struct{ text, query, prefix string }{
		{"", "", ""},
		{" ?! \"\" * ", "", ""},
		{"How do I reset my light?", `"reset" OR "light"`, `"reset" OR "light"`},
		{"reset lig", `"reset" OR "lig"`, `"reset" OR "lig"*`},
		{"reset ", `"reset"`, `"reset"`},
		{"who are you", `"who" OR "are" OR "you"`, `"who" OR "are" OR "you"*`},
		{"Reset RESET reset", `"reset"`, `"reset"*`},
		{`NEAR( a AND "b" OR c* -d ^e {f} col:g`, `"near" OR "b" OR "c" OR "d" OR "e" OR "f" OR "col" OR "g"`, `"near" OR "b" OR "c" OR "d" OR "e" OR "f" OR "col" OR "g"*`},
		{"Straße 東京 naïve", `"straße" OR "東京" OR "naïve"`, `"straße" OR "東京" OR "naïve"*`},
		{"a\x00b\xffc", `"b" OR "c"`, `"b" OR "c"*`},
	} {
		if got := search.Query(c.text); got != c.query {
			t.Errorf("Query(%q) = %s, want %s", c.text, got, c.query)
		}
		if got := search.Prefix(c.text); got != c.prefix {
			t.Errorf("Prefix(%q) = %s, want %s", c.text, got, c.prefix)
		}
	}
	if n := len(search.Terms(strings.Repeat("word ", 3) + strings.Join(strings.Split(strings.Repeat("x", 200), ""), "y "))); n > 32 {
		t.Errorf("Terms of a long text: %d, want at most 32", n)
	}
}

func TestPostgres(t *testing.T) {
	for _, c := range []struct{ text, query, prefix string }{
		{"", "", ""},
		{" ?! \"\" * ", "", ""},
		{"How do I reset my light?", "reset light", "reset light"},
		{"reset lig", "reset lig", "reset lig*"},
		{"a:b & !c | (d) <-> 'e' \\f", "b c d e f", "b c d e f*"},
	} {
		if got := search.Postgres(c.text); got != c.query {
			t.Errorf("Postgres(%q) = %s, want %s", c.text, got, c.query)
		}
		if got := search.PostgresPrefix(c.text); got != c.prefix {
			t.Errorf("PostgresPrefix(%q) = %s, want %s", c.text, got, c.prefix)
		}
	}
}

func TestPieces(t *testing.T) {
	for _, c := range []struct {
		marked string
		want   []search.Piece
	}{
		{"", nil},
		{"plain", []search.Piece{{"plain", false}}},
		{"a \ue000b\ue001 c\ue000d\ue001", []search.Piece{{"a ", false}, {"b", true}, {" c", false}, {"d", true}}},
		{"\ue000open", []search.Piece{{"open", true}}},
		{"\ue001a\ue001\ue000\ue000b\ue001", []search.Piece{{"a", false}, {"b", true}}},
	} {
		if diff := cmp.Diff(c.want, search.Pieces(c.marked)); diff != "" {
			t.Errorf("Pieces(%q) (-want +got):\n%s", c.marked, diff)
		}
	}
}

// index returns an FTS5 table "entry" with one column.
func index(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("CREATE VIRTUAL TABLE entry USING fts5(text, tokenize='porter unicode61')"); err != nil {
		t.Fatal(err)
	}
	return db
}

// FuzzQuery: no text makes an expression that FTS5 refuses.
func FuzzQuery(f *testing.F) {
	for _, text := range []string{"how", `"`, "NEAR(", "a AND", "*", "😀", "a\x00b", "²½Ⅷ", "\u0301", "\ue000", "x^2 -y :z"} {
		f.Add(text)
	}
	db := index(f)
	f.Fuzz(func(t *testing.T, text string) {
		for _, query := range []string{search.Query(text), search.Prefix(text)} {
			if query == "" {
				continue
			}
			var n int
			if err := db.QueryRow("SELECT count(*) FROM entry WHERE entry MATCH $1", query).Scan(&n); err != nil {
				t.Errorf("query %q of text %q: %v", query, text, err)
			}
		}
	})
}

// TestRealQuestions puts half of the phrasings of each of 77 kinds of question into an entry and looks for the other half.
func TestRealQuestions(t *testing.T) {
	f, err := os.Open(filepath.Join("..", "..", "shared", "data", "faq", "banking77_train.csv"))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("the questions of banking77 are not here: they belong into ../shared/data/faq")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	known, asked := map[string][]string{}, map[string][]string{}
	for i, row := range rows[1:] {
		half := known
		if i%2 == 1 {
			half = asked
		}
		half[row[1]] = append(half[row[1]], row[0])
	}
	db := index(t)
	kinds := map[int64]string{}
	for kind, texts := range known {
		r, err := db.Exec("INSERT INTO entry VALUES ($1)", strings.Join(texts, "\n"))
		if err != nil {
			t.Fatal(err)
		}
		id, _ := r.LastInsertId()
		kinds[id] = kind
	}
	var total, first, three, none int
	for kind, texts := range asked {
		for i, text := range texts {
			if i%5 != 0 {
				continue
			}
			total++
			rank := rankOf(t, db, kinds, kind, text)
			switch {
			case rank == 0:
				none++
			case rank == 1:
				first++
				three++
			case rank <= 3:
				three++
			}
		}
	}
	share := func(n int) float64 { return 100 * float64(n) / float64(total) }
	t.Logf("%d questions: right entry first %.1f %%, in the first three %.1f %%, nothing found %d", total, share(first), share(three), none)
	if share(first) < 70 || share(three) < 85 {
		t.Errorf("right entry first %.1f %%, in the first three %.1f %%; want at least 70 and 85", share(first), share(three))
	}
}

// rankOf returns the place of the entry of kind among those found, or 0 where nothing was found.
func rankOf(t *testing.T, db *sql.DB, kinds map[int64]string, kind, text string) int {
	t.Helper()
	rows, err := db.Query("SELECT rowid FROM entry WHERE entry MATCH $1 ORDER BY rank", search.Query(text))
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	defer rows.Close()
	rank, found := 0, 0
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		found++
		if kinds[id] == kind {
			rank = found
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if found > 0 && rank == 0 {
		rank = 1000
	}
	return rank
}

func ExampleQuery() {
	fmt.Println(search.Query(`Where can I change the "billing address"?`))
	// Output: "change" OR "billing" OR "address"
}
