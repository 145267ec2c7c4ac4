package models

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/spinoff-go/spinoff/data"
)

// fresh is how long an answer is kept before a newer one takes its place: not every page that is read writes.
const fresh = time.Minute

// Keep stores the answer of another app as JSON, for when that app is away.
func (m *Models) Keep(ctx context.Context, key string, answer any) error {
	var at int64
	err := m.db.Read(ctx, func(tx *data.Tx) (err error) {
		at, err = data.One[int64](ctx, tx, "SELECT fetched_at FROM cache WHERE key = $1", key)
		return err
	})
	if err == nil && m.millis()-at < fresh.Milliseconds() {
		return nil
	}
	if err != nil && !errors.Is(err, data.ErrNotFound) {
		return err
	}
	body, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	return m.db.Write(ctx, func(tx *data.Tx) error {
		return exec(ctx, tx, `INSERT INTO cache (key, body, fetched_at) VALUES ($1, $2, $3)
			ON CONFLICT (key) DO UPDATE SET body = excluded.body, fetched_at = excluded.fetched_at`, key, string(body), m.millis())
	})
}

// Kept reads the last answer that was kept into answer and returns when it was given. It fails with [data.ErrNotFound].
func (m *Models) Kept(ctx context.Context, key string, answer any) (time.Time, error) {
	type row struct {
		Body      string
		FetchedAt int64
	}
	var found row
	err := m.db.Read(ctx, func(tx *data.Tx) (err error) {
		found, err = data.One[row](ctx, tx, "SELECT body, fetched_at FROM cache WHERE key = $1", key)
		return err
	})
	if err == nil {
		err = json.Unmarshal([]byte(found.Body), answer)
	}
	return data.Time(found.FetchedAt), err
}

// Forget deletes an answer that must not come back, such as an entry that was withdrawn.
func (m *Models) Forget(ctx context.Context, key string) error {
	return m.db.Write(ctx, func(tx *data.Tx) error { return exec(ctx, tx, "DELETE FROM cache WHERE key = $1", key) })
}
