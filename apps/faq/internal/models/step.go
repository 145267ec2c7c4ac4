package models

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/data"
)

// Step is a way from one state of an entry to the next.
type Step struct {
	Name string
	From []faqv2.Status
	To   faqv2.Status
}

// Steps returns the state machine: every step that there is.
func Steps() []Step {
	return []Step{
		{"submit", []faqv2.Status{faqv2.Draft}, faqv2.Review},
		{"reject", []faqv2.Status{faqv2.Review}, faqv2.Draft},
		{"publish", []faqv2.Status{faqv2.Draft, faqv2.Review}, faqv2.Published},
		{"archive", []faqv2.Status{faqv2.Published}, faqv2.Archived},
	}
}

// StepTaken is a step in the history of an entry.
type StepTaken struct {
	Name   string
	Author string // e-mail address; "" for a program
	Note   string
	At     time.Time
}

// Take takes an entry one step on. It fails with faqv2.ErrState when the step does not begin at the state it is in, and with faqv2.ErrStale when the
// entry is not what in.IfMatch says. There must be a step of that name.
func (m *Models) Take(ctx context.Context, name string, in faqv2.Step, author string) (entry faqv2.Entry, err error) {
	steps := Steps()
	step := steps[slices.IndexFunc(steps, func(s Step) bool { return s.Name == name })]
	err = m.Write(ctx, func(tx *data.Tx) error {
		before, err := get(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		if !slices.Contains(step.From, before.Status) {
			return faqv2.ErrState.With("entry %d is %s; %s is a step from %s", before.ID, before.Status, name, words(step.From))
		}
		if err := unchanged(in.IfMatch, before); err != nil {
			return err
		}
		if err := m.take(ctx, tx, before, step, cleanMarkdown(in.Note), author); err != nil {
			return err
		}
		entry, err = load(ctx, tx, before.ID)
		return err
	})
	return entry, err
}

func (m *Models) take(ctx context.Context, tx *data.Tx, before faqv2.Entry, step Step, note, author string) error {
	at := m.millis()
	published := data.Millis(before.PublishedAt)
	if step.To == faqv2.Published {
		published = at
	}
	_, err := data.Exec(ctx, tx, "UPDATE entry SET status = $2, published_at = $3, updated_at = $4, version = version + 1 WHERE id = $1",
		before.ID, string(step.To), published, at)
	if err != nil {
		return err
	}
	_, err = data.Exec(ctx, tx, "INSERT INTO step (entry, name, author, note, at) VALUES ($1, $2, $3, $4, $5)", before.ID, step.Name, author, note, at)
	if err != nil {
		return err
	}
	return tellStep(ctx, tx, before, step.To)
}

// Taken returns the steps that the entry took, the last one first.
func (m *Models) Taken(ctx context.Context, number int64) (taken []StepTaken, err error) {
	type row struct {
		Name, Author, Note string
		At                 int64
	}
	err = m.Read(ctx, func(tx *data.Tx) error {
		rows, err := data.Query[row](ctx, tx, "SELECT name, author, note, at FROM step WHERE entry = $1 ORDER BY id DESC", number)
		for _, r := range rows {
			taken = append(taken, StepTaken{r.Name, r.Author, r.Note, data.Time(r.At)})
		}
		return err
	})
	return taken, err
}

func words(statuses []faqv2.Status) string {
	var words []string
	for _, s := range statuses {
		words = append(words, string(s))
	}
	return strings.Join(words, " or ")
}
