package models

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/data"
)

// summary is a row of a list; summaryColumns selects it from entry e and revision r.
type summary struct {
	ID, Sources, Views, UpdatedAt int64
	Slug, Status, Title, Tags     string
}

const summaryColumns = `e.id, e.slug, e.status, r.title, r.tags, e.views, e.updated_at,
	(SELECT count(DISTINCT s.ticket) FROM source s WHERE s.entry = e.id) AS sources`

func summaries(rows []summary) []faqv2.Summary {
	var list []faqv2.Summary
	for _, r := range rows {
		list = append(list, faqv2.Summary{
			ID: r.ID, Slug: r.Slug, Status: faqv2.Status(r.Status), Title: r.Title, Tags: lines(r.Tags),
			Sources: r.Sources, Views: r.Views, UpdatedAt: data.Time(r.UpdatedAt),
		})
	}
	return list
}

// List returns one page of the entries that the filter selects. It fails with faqv2.ErrInvalid for an After that no page gave.
func (m *Models) List(ctx context.Context, f faqv2.Filter) (page faqv2.Entries, err error) {
	key, after, err := position(f.After)
	if err != nil {
		return page, err
	}
	limit := cmp.Or(f.Limit, 50)
	column := "updated_at"
	if f.Sort == "views" {
		column = "views"
	}
	query := fmt.Sprintf(`
		SELECT %[1]s FROM entry e JOIN revision r ON r.entry = e.id AND r.n = e.revision
		WHERE ($1 = '' OR e.status = $1)
			AND ($2 = '' OR e.id IN (SELECT entry FROM tag WHERE name = $2))
			AND (CAST($3 AS BIGINT) = 0 OR e.id IN (SELECT entry FROM source WHERE ticket = $3))
			AND (CAST($5 AS BIGINT) = 0 OR (e.%[2]s, e.id) < ($4, $5))
		ORDER BY e.%[2]s DESC, e.id DESC LIMIT $6`, summaryColumns, column)
	err = m.Read(ctx, func(tx *data.Tx) error {
		rows, err := data.Query[summary](ctx, tx, query, string(f.Status), strings.ToLower(f.Tag), f.Source, key, after, limit+1)
		if int64(len(rows)) > limit {
			rows = rows[:limit]
			page.Next = rows[limit-1].position(column)
		}
		page.Items = summaries(rows)
		return err
	})
	return page, err
}

// position names the row in a list that is sorted by column, for the page that begins after it.
func (s summary) position(column string) string {
	key := s.UpdatedAt
	if column == "views" {
		key = s.Views
	}
	return fmt.Sprintf("%d-%d", key, s.ID)
}

// position reads where a page ended: the key it was sorted by and the number of its last entry.
func position(after string) (key, number int64, err error) {
	if after == "" {
		return 0, 0, nil
	}
	first, second, _ := strings.Cut(after, "-")
	key, err1 := strconv.ParseInt(first, 10, 64)
	number, err2 := strconv.ParseInt(second, 10, 64)
	if err1 != nil || err2 != nil || number < 1 {
		return 0, 0, faqv2.ErrInvalid.At("#/after", "cursor", "must be the next of the page before, unchanged")
	}
	return key, number, nil
}

// Find returns the entries in any state that match what somebody at the desk looks for, best first: words, or the number of an entry.
func (m *Models) Find(ctx context.Context, q string) (found []faqv2.Summary, err error) {
	number, _ := strconv.ParseInt(strings.TrimPrefix(strings.TrimSpace(q), "#"), 10, 64)
	err = m.Read(ctx, func(tx *data.Tx) error {
		rows, err := data.Query[summary](ctx, tx, "SELECT "+summaryColumns+" FROM entry e JOIN revision r ON r.entry = e.id AND r.n = e.revision WHERE e.id = $1", number)
		if err != nil {
			return err
		}
		if words := fullTextOf(tx); words.query(q, false) != "" {
			more, err := data.Query[summary](ctx, tx, "SELECT "+summaryColumns+` FROM entry_fts
				JOIN entry e ON e.id = entry_fts.rowid JOIN revision r ON r.entry = e.id AND r.n = e.revision
				WHERE `+words.match+` AND e.id <> $2 ORDER BY `+words.rank+` LIMIT 50`, words.query(q, false), number)
			if err != nil {
				return err
			}
			rows = append(rows, more...)
		}
		found = summaries(rows)
		return nil
	})
	return found, err
}

// Counts returns how many entries there are in each state.
func (m *Models) Counts(ctx context.Context) (counts map[faqv2.Status]int64, err error) {
	type row struct {
		Status string
		N      int64
	}
	counts = map[faqv2.Status]int64{}
	err = m.Read(ctx, func(tx *data.Tx) error {
		rows, err := data.Query[row](ctx, tx, "SELECT status, count(*) AS n FROM entry GROUP BY status")
		for _, r := range rows {
			counts[faqv2.Status(r.Status)] = r.N
		}
		return err
	})
	return counts, err
}

// Figures are the counts of one entry.
type Figures struct{ ID, Views, Asked, Helpful, Unhelpful int64 }

// Figures returns the counts of the entries with these numbers; what is no entry is left out.
func (m *Models) Figures(ctx context.Context, ids []int64) (figures []Figures, err error) {
	list := make([]string, 0, len(ids))
	for _, id := range ids {
		list = append(list, strconv.FormatInt(id, 10))
	}
	err = m.Read(ctx, func(tx *data.Tx) error {
		figures, err = data.Query[Figures](ctx, tx, `
			SELECT e.id, e.views, (SELECT count(DISTINCT s.ticket) FROM source s WHERE s.entry = e.id) AS asked,
				(SELECT count(*) FROM vote v WHERE v.entry = e.id AND v.up = 1) AS helpful,
				(SELECT count(*) FROM vote v WHERE v.entry = e.id AND v.up = 0) AS unhelpful
			FROM entry e WHERE e.id IN (`+strings.Join(list, ", ")+")")
		return err
	})
	return figures, err
}
