// Package models keeps the entries of the knowledge base: what they say, every revision, who asked, and what people searched for.
// It speaks the words of the newest contract, faqv2, and its errors are those of the contract.
package models

import (
	"embed"
	"log/slog"
	"time"

	"github.com/spinoff-go/spinoff/data"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Models are the tables of the app. They are safe for concurrent use.
type Models struct {
	*data.DB
	now func() time.Time
	log *slog.Logger
}

// New returns models on the closed database at url; see [data.New].
func New(url func() string, now func() time.Time, log *slog.Logger) *Models {
	return &Models{DB: data.New(url, migrations).WithDerived([]string{"entry_fts"}, rebuild), now: now, log: log}
}

func (m *Models) millis() int64 { return data.Millis(m.now()) }
