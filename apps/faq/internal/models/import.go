package models

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/data"
)

// Imported is a question from elsewhere.
type Imported struct {
	Origin    string // names it for ever: "stackexchange:beer:42"
	Title     string
	Questions []string // other ways to ask it
	Answer    string   // Markdown; without one it becomes a draft
	Tags      []string
	Related   []string // origins of others that belong beside it
	At        time.Time
}

// What became of an [Imported].
const (
	Added   = "entries added"
	Present = "already there"
	Drafted = "without answer"
)

// batch is how many questions are taken in by one transaction: few enough that others who write wait a moment only.
const batch = 200

// Import takes in questions. One whose origin is known changes nothing, so an import that broke off is simply started again. An error among the
// questions ends the import; what went before it stays. report may be nil; it is called after each batch.
func (m *Models) Import(ctx context.Context, questions iter.Seq2[Imported, error], report func(spinoff.Progress)) (spinoff.Progress, error) {
	progress := spinoff.Progress{Counts: map[string]int64{}}
	var next []Imported
	var pairs [][2]string
	flush := func() error {
		err := m.importBatch(ctx, next, &progress)
		next = next[:0]
		if err == nil && report != nil {
			report(spinoff.Progress{Counts: maps.Clone(progress.Counts)})
		}
		return err
	}
	for q, err := range questions {
		if err != nil {
			return progress, errors.Join(err, flush())
		}
		for _, other := range q.Related {
			pairs = append(pairs, [2]string{q.Origin, other})
		}
		if next = append(next, q); len(next) == batch {
			if err := flush(); err != nil {
				return progress, err
			}
		}
	}
	if err := flush(); err != nil {
		return progress, err
	}
	return progress, m.relateOrigins(ctx, pairs)
}

// importBatch takes in questions in one transaction and counts what became of them once it is done.
func (m *Models) importBatch(ctx context.Context, questions []Imported, progress *spinoff.Progress) error {
	counts, refused := map[string]int64{}, []string(nil)
	err := m.Write(ctx, func(tx *data.Tx) error {
		for _, q := range questions {
			t, err := newText("#/title", q.Title, q.Questions, q.Answer, q.Tags)
			if err != nil {
				refused = append(refused, q.Origin+": "+err.Error())
				continue
			}
			what, err := takeIn(ctx, tx, q, t)
			if err != nil {
				return fmt.Errorf("import %s: %w", q.Origin, err)
			}
			counts[what]++
		}
		return nil
	})
	if err != nil {
		return err
	}
	for what, n := range counts {
		progress.Counts[what] += n
	}
	progress.Refused = append(progress.Refused, refused[:min(len(refused), 100-len(progress.Refused))]...)
	return nil
}

func takeIn(ctx context.Context, tx *data.Tx, q Imported, t text) (string, error) {
	known, err := data.One[bool](ctx, tx, "SELECT EXISTS (SELECT 1 FROM entry WHERE origin = $1)", q.Origin)
	if known || err != nil {
		return Present, err
	}
	what, status := Added, faqv2.Published
	if t.answer == "" {
		what, status = Drafted, faqv2.Draft
	}
	number, err := insert(ctx, tx, t, status, "", data.Millis(q.At))
	if err != nil {
		return "", err
	}
	_, err = data.Exec(ctx, tx, "UPDATE entry SET origin = $2 WHERE id = $1", number, q.Origin)
	return what, err
}

// relateOrigins puts imported entries beside each other, by their origins. Pairs of which one is not here are left out.
func (m *Models) relateOrigins(ctx context.Context, pairs [][2]string) error {
	return m.Write(ctx, func(tx *data.Tx) error {
		for _, pair := range pairs {
			_, err := data.Exec(ctx, tx, `
				INSERT INTO related (a, b) SELECT x.id, y.id FROM entry x, entry y
				WHERE x.origin IN ($1, $2) AND y.origin IN ($1, $2) AND x.id < y.id ON CONFLICT DO NOTHING`, pair[0], pair[1])
			if err != nil {
				return err
			}
		}
		return nil
	})
}
