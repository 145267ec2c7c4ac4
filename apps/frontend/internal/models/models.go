// Package models keeps who may sign in, and what the pages need when other apps are away. An exported method is one transaction.
package models

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"strings"
	"time"

	"github.com/spinoff-go/spinoff/data"
)

// Migrations is the schema, for [data.New].
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Models is the data of the app. It is safe for concurrent use.
type Models struct {
	db      *data.DB
	now     func() time.Time
	hashing chan struct{} // holds a place for each password that is being hashed, which takes 19 MiB
}

// New returns the models in db.
func New(db *data.DB, now func() time.Time) *Models {
	return &Models{db: db, now: now, hashing: make(chan struct{}, 4)}
}

func (m *Models) millis() int64 { return data.Millis(m.now()) }

// digest is how a secret of 130 random bits is stored. It needs no salt and no slow hash: nobody can guess it.
func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

func normal(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

func exec(ctx context.Context, tx *data.Tx, statement string, args ...any) error {
	_, err := data.Exec(ctx, tx, statement, args...)
	return err
}
