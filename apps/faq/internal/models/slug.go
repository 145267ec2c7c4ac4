package models

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spinoff-go/spinoff/data"
)

// freeSlug returns the slug of a title for the entry with this number (0 for one that is not there yet): with "-2" and so on when another
// entry has or had it.
func freeSlug(ctx context.Context, tx *data.Tx, title string, number int64) (string, error) {
	slug := Slug(title)
	for n := 2; ; n++ {
		taken, err := data.One[bool](ctx, tx, `
			SELECT EXISTS (SELECT 1 FROM entry WHERE slug = $1 AND id <> $2) OR EXISTS (SELECT 1 FROM redirect WHERE slug = $1 AND entry <> $2)`, slug, number)
		if err != nil || !taken {
			return slug, err
		}
		slug = Slug(title) + "-" + strconv.Itoa(n)
	}
}

// rename gives the entry the slug of its new title; the old one leads to it from now on.
func rename(ctx context.Context, tx *data.Tx, number int64, oldSlug, oldTitle, title string) error {
	if Slug(oldTitle) == Slug(title) {
		return nil
	}
	slug, err := freeSlug(ctx, tx, title, number)
	if err != nil {
		return err
	}
	for _, change := range []struct{ statement, slug string }{
		{"UPDATE entry SET slug = $2 WHERE id = $1", slug},
		{"DELETE FROM redirect WHERE entry = $1 AND slug = $2", slug}, // it may have had the name before
		{"INSERT INTO redirect (entry, slug) VALUES ($1, $2)", oldSlug},
	} {
		if _, err := data.Exec(ctx, tx, change.statement, number, change.slug); err != nil {
			return fmt.Errorf("rename entry %d to %s: %w", number, slug, err)
		}
	}
	return nil
}
