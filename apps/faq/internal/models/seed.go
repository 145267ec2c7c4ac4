package models

import (
	"context"
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/data"
)

//go:embed seed.md
var seedText string

// example is an entry of seed.md: a heading, lines of "key: value", and after an empty line the answer.
type example struct {
	text
	status           faqv2.Status
	author, note     string
	views            int64
	related, sources []int64
}

// Seed fills an empty knowledge base with that of an invented company that sells bicycle lights. It does nothing when there is an entry.
func (m *Models) Seed(ctx context.Context) error {
	return m.Write(ctx, func(tx *data.Tx) error {
		used, err := data.One[bool](ctx, tx, "SELECT EXISTS (SELECT 1 FROM entry)")
		if used || err != nil {
			return err
		}
		for i, part := range strings.Split(strings.TrimPrefix("\n"+seedText, "\n# "), "\n# ") {
			e, err := parseExample(part)
			if err != nil {
				return fmt.Errorf("seed.md: %w", err)
			}
			if err := m.seed(ctx, tx, e, m.now().AddDate(0, 0, i-40)); err != nil {
				return fmt.Errorf("seed %q: %w", e.title, err)
			}
		}
		return m.seedReaders(ctx, tx)
	})
}

func parseExample(part string) (example, error) {
	head, answer, _ := strings.Cut(part, "\n\n")
	rows := strings.Split(strings.TrimSpace(head), "\n")
	e := example{status: faqv2.Published}
	e.title, e.answer = rows[0], strings.TrimSpace(answer)
	for _, row := range rows[1:] {
		key, value, _ := strings.Cut(row, ": ")
		var err error
		switch key {
		case "also":
			e.questions = append(e.questions, value)
		case "tags":
			e.tags = strings.Split(value, ", ")
		case "status":
			e.status = faqv2.Status(value)
		case "author":
			e.author = value
		case "note":
			e.note = value
		case "views":
			e.views, err = strconv.ParseInt(value, 10, 64)
		case "related":
			e.related, err = numbers(value)
		case "sources":
			e.sources, err = numbers(value)
		default:
			err = fmt.Errorf("there is no key %q", key)
		}
		if err != nil {
			return e, fmt.Errorf("%s: %w", rows[0], err)
		}
	}
	return e, nil
}

func numbers(list string) ([]int64, error) {
	var found []int64
	for word := range strings.SplitSeq(list, ", ") {
		n, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			return nil, err
		}
		found = append(found, n)
	}
	return found, nil
}

// seed makes one entry. One with a note was written without its last paragraph at first, so that there is a revision to compare.
func (m *Models) seed(ctx context.Context, tx *data.Tx, e example, at time.Time) error {
	first := e.text
	if e.note != "" {
		first.answer = first.answer[:strings.LastIndex(first.answer, "\n\n")]
	}
	number, err := insert(ctx, tx, first, e.status, e.author, data.Millis(at))
	if err != nil {
		return err
	}
	if e.note != "" {
		if err := revise(ctx, tx, number, e.text, "marta@lumen.example", e.note, data.Millis(at.AddDate(0, 0, 9))); err != nil {
			return err
		}
	}
	if _, err := data.Exec(ctx, tx, "UPDATE entry SET views = $2 WHERE id = $1", number, e.views); err != nil {
		return err
	}
	for i, ticket := range e.sources {
		_, err := data.Exec(ctx, tx, "INSERT INTO source (ticket, norm, entry, question, at) VALUES ($1, $2, $3, $4, $5)",
			ticket, normal(e.title), number, e.title, data.Millis(at.AddDate(0, 0, -i)))
		if err != nil {
			return err
		}
	}
	return relate(ctx, tx, number, e.related)
}

// seedReaders adds what readers have left behind: votes, and searches that found no answer.
func (m *Models) seedReaders(ctx context.Context, tx *data.Tx) error {
	at := data.Millis(m.now().Add(-26 * time.Hour))
	for i, v := range []faqv2.NewVote{
		{ID: "1", Up: true},
		{ID: "1", Up: true, Comment: "It was the cable!"},
		{ID: "1", Reason: "unclear", Comment: "Where is the flap on the Glow?"},
		{ID: "3", Up: true},
		{ID: "3", Reason: "outdated", Comment: "The button is called Connect in the new app."},
		{ID: "6", Up: true},
		{ID: "6", Up: true},
		{ID: "8", Up: true},
		{ID: "10", Reason: "other", Comment: "And if the whole bicycle is gone?"},
		{ID: "15", Up: true},
	} {
		_, err := data.Exec(ctx, tx, `INSERT INTO vote (entry, revision, anon, up, reason, comment, at)
			SELECT id, revision, $2, $3, $4, $5, $6 FROM entry WHERE id = $1`, v.ID, fmt.Sprint("reader", i), v.Up, v.Reason, v.Comment, at-int64(i)*7_200_000)
		if err != nil {
			return err
		}
	}
	found := map[string]int{"helmet light": 8, "waterproof": 1}
	for i, q := range []string{"packing station", "gift card", "packing station", "helmet light", "packing station", "gift card", "student discount", "waterproof"} {
		_, err := data.Exec(ctx, tx, "INSERT INTO search (q, norm, n, session, asked, at) VALUES ($1, $2, $3, '', 'help', $4)",
			q, normal(q), found[q], at-int64(i)*10_800_000)
		if err != nil {
			return err
		}
	}
	return nil
}
