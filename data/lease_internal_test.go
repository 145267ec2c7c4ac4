package data

import "context"

// Epoch returns the epoch that an open database has joined.
func (db *DB) Epoch() int64 { return db.open.writer.epoch }

// Join opens the database when admit, which is asked at the moment that the epoch is remembered, returns nil.
func (db *DB) Join(ctx context.Context, admit func(Lease) error) error { return db.join(ctx, admit) }
