package models

import (
	"context"
	"time"

	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/data"
)

// Vote counts one person's opinion of the current revision; a second one of the same person replaces the first.
func (m *Models) Vote(ctx context.Context, in faqv2.NewVote) error {
	return m.Write(ctx, func(tx *data.Tx) error {
		number, err := find(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		_, err = data.Exec(ctx, tx, `
			INSERT INTO vote (entry, revision, anon, up, reason, comment, at)
			SELECT id, revision, $2, $3, $4, $5, $6 FROM entry WHERE id = $1
			ON CONFLICT (entry, revision, anon) DO UPDATE SET up = excluded.up, reason = excluded.reason, comment = excluded.comment, at = excluded.at`,
			number, in.Anon, in.Up, in.Reason, cleanMarkdown(in.Comment), m.millis())
		return err
	})
}

// Remark is a vote that says why.
type Remark struct {
	Revision int64
	Up       bool
	Reason   string // wrong, unclear, outdated, other or ""
	Comment  string
	At       time.Time
}

// Remarks returns the votes for the entry that came with a reason or a comment, the newest first, at most 50.
func (m *Models) Remarks(ctx context.Context, number int64) (remarks []Remark, err error) {
	type row struct {
		Revision, At    int64
		Up              bool
		Reason, Comment string
	}
	err = m.Read(ctx, func(tx *data.Tx) error {
		rows, err := data.Query[row](ctx, tx, `
			SELECT revision, up, reason, comment, at FROM vote WHERE entry = $1 AND (reason <> '' OR comment <> '') ORDER BY at DESC LIMIT 50`, number)
		for _, r := range rows {
			remarks = append(remarks, Remark{r.Revision, r.Up, r.Reason, r.Comment, data.Time(r.At)})
		}
		return err
	})
	return remarks, err
}
