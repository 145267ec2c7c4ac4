package models

import (
	"context"
	"time"

	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/data"
)

// Revision is what an entry said at one time.
type Revision struct {
	N         int64
	Title     string
	Questions []string
	Answer    string
	Tags      []string
	Author    string // e-mail address; "" for a program
	Note      string // why it was changed
	At        time.Time
}

// Revisions returns every revision of the entry, the newest first.
func (m *Models) Revisions(ctx context.Context, number int64) (revisions []Revision, err error) {
	err = m.Read(ctx, func(tx *data.Tx) error {
		revisions, err = readRevisions(ctx, tx, "SELECT n, title, questions, answer, tags, author, note, at FROM revision WHERE entry = $1 ORDER BY n DESC", number)
		return err
	})
	return revisions, err
}

// Revision returns one revision. It fails with faqv2.ErrNotFound.
func (m *Models) Revision(ctx context.Context, number, n int64) (r Revision, err error) {
	err = m.Read(ctx, func(tx *data.Tx) error {
		r, err = revision(ctx, tx, number, n)
		return err
	})
	return r, err
}

func revision(ctx context.Context, tx *data.Tx, number, n int64) (Revision, error) {
	found, err := readRevisions(ctx, tx, "SELECT n, title, questions, answer, tags, author, note, at FROM revision WHERE entry = $1 AND n = $2", number, n)
	if err == nil && len(found) == 0 {
		err = faqv2.ErrNotFound
	}
	if err != nil {
		return Revision{}, err
	}
	return found[0], nil
}

func readRevisions(ctx context.Context, tx *data.Tx, query string, args ...any) ([]Revision, error) {
	type row struct {
		N, At                                        int64
		Title, Questions, Answer, Tags, Author, Note string
	}
	rows, err := data.Query[row](ctx, tx, query, args...)
	var revisions []Revision
	for _, r := range rows {
		revisions = append(revisions, Revision{r.N, r.Title, lines(r.Questions), r.Answer, lines(r.Tags), r.Author, r.Note, data.Time(r.At)})
	}
	return revisions, err
}
