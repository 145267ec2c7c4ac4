package models

import (
	"context"

	"github.com/spinoff-go/spinoff/data"
)

// Skipped is a ticket that was solved and gave no draft.
type Skipped struct {
	Ticket int64
	Reason string
	At     int64 // Unix milliseconds
}

// Skip notes why a ticket gave no draft when it was solved last. A draft that is made of it later takes the note away.
func (m *Models) Skip(ctx context.Context, ticket int64, reason string) error {
	return m.db.Write(ctx, func(tx *data.Tx) error {
		_, err := data.Exec(ctx, tx, `INSERT INTO skipped (ticket, reason, at) VALUES ($1, $2, $3)
			ON CONFLICT (ticket) DO UPDATE SET reason = excluded.reason, at = excluded.at`, ticket, reason, data.Millis(m.now()))
		return err
	})
}

// LatestSkipped returns up to 100 tickets that gave no draft, the newest first.
func (m *Models) LatestSkipped(ctx context.Context) (skipped []Skipped, err error) {
	err = m.db.Read(ctx, func(tx *data.Tx) error {
		skipped, err = data.Query[Skipped](ctx, tx, "SELECT ticket, reason, at FROM skipped ORDER BY at DESC, ticket DESC LIMIT 100")
		return err
	})
	return skipped, err
}
