package models

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/data"
)

// text is what an entry says: what a revision keeps.
type text struct {
	title     string
	questions []string // other ways to ask the same
	answer    string   // Markdown
	tags      []string
}

// newText returns a text without what does not belong into one: control characters, empty and repeated items. It fails with
// faqv2.ErrInvalid, saying at field, when nothing of the title can be read.
func newText(field, title string, questions []string, answer string, tags []string) (text, error) {
	t := text{title: oneLine(title), answer: cleanMarkdown(answer)}
	if utf8.RuneCountInString(t.title) < 2 || !strings.ContainsFunc(t.title, unicode.IsGraphic) {
		return t, faqv2.ErrInvalid.At(field, "min", "must have at least 2 characters that can be read")
	}
	seen := map[string]bool{normal(t.title): true}
	for _, question := range questions {
		question = oneLine(question)
		if norm := normal(question); question != "" && !seen[norm] {
			seen[norm] = true
			t.questions = append(t.questions, question)
		}
	}
	for _, tag := range tags {
		if tag = strings.ToLower(oneLine(tag)); tag != "" && !slices.Contains(t.tags, tag) {
			t.tags = append(t.tags, tag)
		}
	}
	return t, nil
}

func cleanMarkdown(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Trim(strings.Map(func(c rune) rune {
		if unicode.IsControl(c) && c != '\n' && c != '\t' {
			return -1
		}
		return c
	}, s), "\n")
}

// insert makes an entry with its first revision and returns its number.
func insert(ctx context.Context, tx *data.Tx, t text, status faqv2.Status, author string, at int64) (int64, error) {
	slug, err := freeSlug(ctx, tx, t.title, 0)
	if err != nil {
		return 0, err
	}
	published := int64(0)
	if status == faqv2.Published {
		published = at
	}
	number, err := data.One[int64](ctx, tx, `
		INSERT INTO entry (slug, status, revision, created_at, updated_at, published_at) VALUES ($1, $2, 0, $3, $3, $4) RETURNING id`,
		slug, string(status), at, published)
	if err != nil {
		return 0, err
	}
	return number, revise(ctx, tx, number, t, author, "", at)
}

// revise gives the entry a new revision and makes it findable by its words.
func revise(ctx context.Context, tx *data.Tx, number int64, t text, author, note string, at int64) error {
	n, err := data.One[int64](ctx, tx, "UPDATE entry SET revision = revision + 1, version = version + 1, updated_at = $2 WHERE id = $1 RETURNING revision", number, at)
	if err != nil {
		return err
	}
	_, err = data.Exec(ctx, tx, "INSERT INTO revision (entry, n, title, questions, answer, tags, author, note, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		number, n, t.title, strings.Join(t.questions, "\n"), t.answer, strings.Join(t.tags, "\n"), author, oneLine(note), at)
	if err != nil {
		return err
	}
	return index(ctx, tx, number, t)
}

// index replaces what the entry is found by.
func index(ctx context.Context, tx *data.Tx, number int64, t text) error {
	for _, statement := range []string{"DELETE FROM question WHERE entry = $1", "DELETE FROM tag WHERE entry = $1", "DELETE FROM entry_fts WHERE rowid = $1"} {
		if _, err := data.Exec(ctx, tx, statement, number); err != nil {
			return err
		}
	}
	for n, question := range append([]string{t.title}, t.questions...) {
		if _, err := data.Exec(ctx, tx, "INSERT INTO question (entry, n, text, norm) VALUES ($1, $2, $3, $4)", number, n, question, normal(question)); err != nil {
			return err
		}
	}
	for _, tag := range t.tags {
		if _, err := data.Exec(ctx, tx, "INSERT INTO tag (name, entry) VALUES ($1, $2)", tag, number); err != nil {
			return err
		}
	}
	return addWords(ctx, tx, number, t.title, strings.Join(t.questions, "\n"), t.answer)
}

// addWords adds what an entry is found by in a search.
func addWords(ctx context.Context, tx *data.Tx, number int64, title, questions, answer string) error {
	_, err := data.Exec(ctx, tx, "INSERT INTO entry_fts (rowid, title, questions, body) VALUES ($1, $2, $3, $4)", number, title, questions, plain(answer))
	return err
}

// rebuild fills the full-text table from the others, for a database that was copied from another engine.
func rebuild(ctx context.Context, tx *data.Tx) error {
	if _, err := data.Exec(ctx, tx, "DELETE FROM entry_fts"); err != nil {
		return err
	}
	type row struct {
		ID                       int64
		Title, Questions, Answer string
	}
	for last := int64(0); ; {
		rows, err := data.Query[row](ctx, tx, `SELECT e.id, r.title, r.questions, r.answer FROM entry e JOIN revision r ON r.entry = e.id AND r.n = e.revision
			WHERE e.id > $1 ORDER BY e.id LIMIT 500`, last)
		if len(rows) == 0 || err != nil {
			return err
		}
		for _, r := range rows {
			if err := addWords(ctx, tx, r.ID, r.Title, r.Questions, r.Answer); err != nil {
				return err
			}
		}
		last = rows[len(rows)-1].ID
	}
}
