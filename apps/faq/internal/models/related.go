package models

import (
	"context"
	"fmt"

	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/data"
)

// Pending returns the numbers of entries that are to stand beside this one and do not exist yet.
func (m *Models) Pending(ctx context.Context, number int64) (pending []int64, err error) {
	err = m.Read(ctx, func(tx *data.Tx) error {
		pending, err = awaited(ctx, tx, number)
		return err
	})
	return pending, err
}

func awaited(ctx context.Context, tx *data.Tx, number int64) ([]int64, error) {
	return data.Query[int64](ctx, tx, `
		SELECT other FROM (SELECT b AS other FROM related WHERE a = $1 UNION SELECT a FROM related WHERE b = $1) beside
		WHERE NOT EXISTS (SELECT 1 FROM entry WHERE id = other) ORDER BY other`, number)
}

// neighbours returns the entries beside this one. Being related goes both ways.
func neighbours(ctx context.Context, tx *data.Tx, number int64) ([]faqv2.Link, error) {
	return data.Query[faqv2.Link](ctx, tx, `
		SELECT e.id, e.slug, r.title, e.status
		FROM (SELECT b AS other FROM related WHERE a = $1 UNION SELECT a FROM related WHERE b = $1) beside
		JOIN entry e ON e.id = other JOIN revision r ON r.entry = e.id AND r.n = e.revision
		ORDER BY e.id`, number)
}

// relate puts others beside the entry, whether they exist or not. It fails with faqv2.ErrInvalid for the entry itself.
func relate(ctx context.Context, tx *data.Tx, number int64, others []int64) error {
	for i, other := range others {
		field := fmt.Sprintf("#/related/%d", i)
		switch {
		case other < 1:
			return faqv2.ErrInvalid.At(field, "min", "must be the number of an entry: 1 or more")
		case other == number:
			return faqv2.ErrInvalid.At(field, "self", fmt.Sprintf("must not be %d, the entry itself", number))
		}
		_, err := data.Exec(ctx, tx, "INSERT INTO related (a, b) VALUES ($1, $2) ON CONFLICT DO NOTHING", min(number, other), max(number, other))
		if err != nil {
			return err
		}
	}
	return nil
}

// relateOnly puts exactly these beside the entry.
func relateOnly(ctx context.Context, tx *data.Tx, number int64, others []int64) error {
	if _, err := data.Exec(ctx, tx, "DELETE FROM related WHERE a = $1 OR b = $1", number); err != nil {
		return err
	}
	return relate(ctx, tx, number, others)
}
