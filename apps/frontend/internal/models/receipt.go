package models

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spinoff-go/spinoff/data"
)

// receiptLife is how long is known that a form was sent. It is longer than any browser keeps a page that could be sent again.
const receiptLife = 30 * 24 * time.Hour

// ReceiptKey names what was sent: the same form with the same words. Other words in the same form are something else.
func ReceiptKey(parts ...string) string { return digest(strings.Join(parts, "\x00"))[:32] }

// Receipt returns the page that a form led to, or "" when it was not sent yet.
func (m *Models) Receipt(ctx context.Context, key string) (path string, err error) {
	err = m.db.Read(ctx, func(tx *data.Tx) error {
		path, err = data.One[string](ctx, tx, "SELECT path FROM receipt WHERE key = $1", key)
		return err
	})
	if errors.Is(err, data.ErrNotFound) {
		err = nil
	}
	return path, err
}

// Claim notes that a form is sent, and reports whether it is for the first time.
func (m *Models) Claim(ctx context.Context, key, path string) (first bool, err error) {
	err = m.db.Write(ctx, func(tx *data.Tx) error {
		now := m.millis()
		if err := exec(ctx, tx, "DELETE FROM receipt WHERE sent_at < $1", now-receiptLife.Milliseconds()); err != nil {
			return err
		}
		n, err := data.Exec(ctx, tx, "INSERT INTO receipt (key, path, sent_at) VALUES ($1, $2, $3) ON CONFLICT (key) DO NOTHING", key, path, now)
		first = n == 1
		return err
	})
	return first, err
}

// Release takes a claim back, where what was sent had no effect.
func (m *Models) Release(ctx context.Context, key string) error {
	return m.db.Write(ctx, func(tx *data.Tx) error { return exec(ctx, tx, "DELETE FROM receipt WHERE key = $1", key) })
}
