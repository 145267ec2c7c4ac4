package spinoff

import (
	"context"
	"time"
)

// Database is the database of one app, as calls and events use it; package data has it. It is safe for concurrent use.
type Database interface {
	Resource
	// Do runs do as one unit: what do writes to the database with its context is committed together when do returns nil, and otherwise none of it is.
	// With a key that is not zero, the unit takes effect once: its answer is kept in the same transaction, and a second Do with that
	// key returns the kept answer, and true, without running do. It fails with [ErrKeyReused] when the hash is another one
	// and with [ErrInFlight] while the first is running.
	Do(ctx context.Context, key Key, do func(ctx context.Context) (answer []byte, err error)) (answer []byte, kept bool, err error)
	// Hold makes sure, within a unit, that nobody else writes from now on until its end: what is read with ctx from then on is what is there when the unit writes.
	Hold(ctx context.Context) error
}

// Key names a unit that is to take effect once.
type Key struct {
	Scope string // who made the key, and what for
	ID    string
	Hash  string    // of what was asked
	Until time.Time // when the answer may be forgotten. Default: never
}
