package models

import (
	"context"
	"fmt"

	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/data"
)

// New makes a draft that no ticket asked for and returns its number. Of in, ID and IfMatch are not used.
func (m *Models) New(ctx context.Context, in faqv2.Edit, author string) (number int64, err error) {
	t, err := newText("#/title", in.Title, in.Questions, in.Answer, in.Tags)
	if err != nil {
		return 0, err
	}
	err = m.Write(ctx, func(tx *data.Tx) error {
		if number, err = insert(ctx, tx, t, faqv2.Draft, author, m.millis()); err != nil {
			return fmt.Errorf("make an entry %q: %w", t.title, err)
		}
		if err := relate(ctx, tx, number, in.Related); err != nil {
			return err
		}
		return tellDrafted(ctx, tx, number, t, 0)
	})
	return number, err
}

// Update writes a new revision, which of a published entry is public at once. It fails with faqv2.ErrStale when the entry is not what in.IfMatch says.
func (m *Models) Update(ctx context.Context, in faqv2.Edit, author string) (entry faqv2.Entry, err error) {
	t, err := newText("#/title", in.Title, in.Questions, in.Answer, in.Tags)
	if err != nil {
		return entry, err
	}
	err = m.Write(ctx, func(tx *data.Tx) error {
		before, err := get(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		if err := unchanged(in.IfMatch, before); err != nil {
			return err
		}
		if err := relateOnly(ctx, tx, before.ID, in.Related); err != nil {
			return err
		}
		entry, err = m.change(ctx, tx, before, t, author, in.Note)
		return err
	})
	return entry, err
}

// Restore writes a new revision that says what revision n said. It fails with faqv2.ErrStale when the entry is not what ifMatch says.
func (m *Models) Restore(ctx context.Context, number, n int64, ifMatch, author string) (entry faqv2.Entry, err error) {
	err = m.Write(ctx, func(tx *data.Tx) error {
		before, err := load(ctx, tx, number)
		if err != nil {
			return err
		}
		if err := unchanged(ifMatch, before); err != nil {
			return err
		}
		old, err := revision(ctx, tx, number, n)
		if err != nil {
			return err
		}
		t := text{title: old.Title, questions: old.Questions, answer: old.Answer, tags: old.Tags}
		entry, err = m.change(ctx, tx, before, t, author, fmt.Sprintf("As in revision %d", n))
		return err
	})
	return entry, err
}

func (m *Models) change(ctx context.Context, tx *data.Tx, before faqv2.Entry, t text, author, note string) (faqv2.Entry, error) {
	if err := rename(ctx, tx, before.ID, before.Slug, before.Title, t.title); err != nil {
		return faqv2.Entry{}, err
	}
	if err := revise(ctx, tx, before.ID, t, author, note, m.millis()); err != nil {
		return faqv2.Entry{}, fmt.Errorf("write a revision of entry %d: %w", before.ID, err)
	}
	return load(ctx, tx, before.ID)
}
