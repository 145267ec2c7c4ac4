package models

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/data"
)

// Ask files a question with the ticket it came from. It becomes a draft, unless
//
//   - the same ticket has asked it before: then only related entries are added, and those only while it is not published,
//   - a published entry asks it, in the same or nearly the same words: then the ticket is counted there, or
//   - a draft or an entry in review asks it in the same words: then the ticket is counted there and its related entries are added.
func (m *Models) Ask(ctx context.Context, in faqv2.NewQuestion, author string) (out faqv2.Question, err error) {
	t, err := newText("#/question", in.Question, nil, in.Answer, in.Tags)
	if err != nil {
		return out, err
	}
	err = m.Write(ctx, func(tx *data.Tx) error {
		number, status, err := m.place(ctx, tx, t, in, author)
		if err != nil {
			return err
		}
		out, err = filed(ctx, tx, number)
		out.Question, out.Source, out.HTTPStatus = t.title, in.Source, status
		return err
	})
	return out, err
}

// place finds or makes the entry of a question and returns its number with 200 or 201.
func (m *Models) place(ctx context.Context, tx *data.Tx, t text, in faqv2.NewQuestion, author string) (number int64, status int, err error) {
	norm := normal(t.title)
	type known struct {
		Entry  int64
		Status string
	}
	before, err := data.One[known](ctx, tx, "SELECT s.entry, e.status FROM source s JOIN entry e ON e.id = s.entry WHERE s.ticket = $1 AND s.norm = $2 ORDER BY s.entry", in.Source, norm)
	switch {
	case err == nil && (before.Status == string(faqv2.Draft) || before.Status == string(faqv2.Review)):
		return before.Entry, 200, relate(ctx, tx, before.Entry, in.Related)
	case err == nil:
		return before.Entry, 200, nil
	case !errors.Is(err, data.ErrNotFound):
		return 0, 0, err
	}
	status, related := 200, []int64(nil)
	if number, err = published(ctx, tx, norm); err != nil {
		return 0, 0, err
	}
	if number == 0 {
		related = in.Related
		if number, err = asking(ctx, tx, norm, faqv2.Draft, faqv2.Review); err != nil {
			return 0, 0, err
		}
	}
	if number == 0 {
		status = 201
		if number, err = insert(ctx, tx, t, faqv2.Draft, author, m.millis()); err != nil {
			return 0, 0, fmt.Errorf("make a draft of %q: %w", t.title, err)
		}
	}
	_, err = data.Exec(ctx, tx, "INSERT INTO source (ticket, norm, entry, question, at) VALUES ($1, $2, $3, $4, $5)", in.Source, norm, number, t.title, m.millis())
	if err != nil {
		return 0, 0, err
	}
	if err := relate(ctx, tx, number, related); err != nil || status == 200 {
		return number, status, err
	}
	return number, status, tellDrafted(ctx, tx, number, t, in.Source)
}

// published returns the published entry that asks a question in the same words or nearly the same, or 0.
func published(ctx context.Context, tx *data.Tx, norm string) (int64, error) {
	number, err := asking(ctx, tx, norm, faqv2.Published, faqv2.Published)
	if number != 0 || err != nil {
		return number, err
	}
	words := fullTextOf(tx)
	query := words.query(norm, false)
	if query == "" {
		return 0, nil
	}
	type wording struct {
		Entry int64
		Norm  string
	}
	candidates, err := data.Query[wording](ctx, tx, `
		SELECT q.entry, q.norm FROM question q JOIN (
			SELECT e.id AS entry FROM entry_fts JOIN entry e ON e.id = entry_fts.rowid
			WHERE `+words.match+` AND e.status = 'published' ORDER BY `+words.rank+` LIMIT 20
		) f ON f.entry = q.entry`, query)
	best := nearly
	for _, c := range candidates {
		if s := similarity(norm, c.Norm); s >= best && (s > best || number == 0) {
			number, best = c.Entry, s
		}
	}
	return number, err
}

// asking returns an entry with one of two statuses that asks a question in the same words, or 0.
func asking(ctx context.Context, tx *data.Tx, norm string, one, other faqv2.Status) (int64, error) {
	number, err := data.One[int64](ctx, tx, `
		SELECT q.entry FROM question q JOIN entry e ON e.id = q.entry
		WHERE q.norm = $1 AND e.status IN ($2, $3) ORDER BY q.n, q.entry LIMIT 1`, norm, string(one), string(other))
	if errors.Is(err, data.ErrNotFound) {
		return 0, nil
	}
	return number, err
}

// filed returns what became of a question that is with this entry.
func filed(ctx context.Context, tx *data.Tx, number int64) (faqv2.Question, error) {
	entry, err := load(ctx, tx, number)
	if err != nil {
		return faqv2.Question{}, err
	}
	created, err := data.One[int64](ctx, tx, "SELECT created_at FROM entry WHERE id = $1", number)
	if err != nil {
		return faqv2.Question{}, err
	}
	out := faqv2.Question{ID: number, Status: entry.Status, CreatedAt: data.Time(created), ETag: entry.ETag}
	if entry.Status == faqv2.Published {
		out.DuplicateOf = number
	}
	for _, link := range entry.Related {
		out.Related = append(out.Related, link.ID)
	}
	out.RelatedPending, err = awaited(ctx, tx, number)
	return out, err
}

// Asked is one time that somebody asked what an entry answers.
type Asked struct {
	Ticket   int64
	Question string // in the words of the ticket
	At       time.Time
}

// Sources returns who asked, the last one first.
func (m *Models) Sources(ctx context.Context, number int64) (asked []Asked, err error) {
	type row struct {
		Ticket, At int64
		Question   string
	}
	err = m.Read(ctx, func(tx *data.Tx) error {
		rows, err := data.Query[row](ctx, tx, "SELECT ticket, question, at FROM source WHERE entry = $1 ORDER BY at DESC, ticket DESC", number)
		for _, r := range rows {
			asked = append(asked, Asked{r.Ticket, r.Question, data.Time(r.At)})
		}
		return err
	})
	return asked, err
}
