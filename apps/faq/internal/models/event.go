package models

import (
	"context"
	"strconv"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/data"
)

// publish puts an event about an entry into the transaction.
func publish[T any](ctx context.Context, tx *data.Tx, topic spinoff.Topic[T], number int64, event T) error {
	return topic.Publish(ctx, tx, strconv.FormatInt(number, 10), event)
}

// tellDrafted tells that there is a new draft; source is the ticket that asked it, or 0.
func tellDrafted(ctx context.Context, tx *data.Tx, number int64, t text, source int64) error {
	return publish(ctx, tx, faqv2.EntryDrafted, number, faqv2.DraftedEntry{ID: number, Title: t.title, Source: source})
}

// tellStep tells that an entry has gone to a status, where that concerns readers.
func tellStep(ctx context.Context, tx *data.Tx, e faqv2.Entry, to faqv2.Status) error {
	switch to {
	case faqv2.Published:
		return publish(ctx, tx, faqv2.EntryPublished, e.ID, faqv2.PublishedEntry{ID: e.ID, Title: e.Title, URL: "/help/" + e.Slug, Slug: e.Slug, Sources: e.Sources})
	case faqv2.Archived:
		return publish(ctx, tx, faqv2.EntryArchived, e.ID, faqv2.ArchivedEntry{ID: e.ID, Slug: e.Slug, Title: e.Title})
	}
	return nil
}
