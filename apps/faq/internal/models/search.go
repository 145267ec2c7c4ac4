package models

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/search"
)

const (
	typing   = 30 * time.Second       // how long after a search a longer text of the same session counts as the same search
	logKept  = 90 * 24 * time.Hour    // how long the log keeps a search: what people type may be about them
	logLimit = 500 * time.Millisecond // how long an answer waits for its search to be logged, as while an import writes
)

// Search returns the published entries that match, best first, and logs the search. No text is an error. A search that cannot be
// logged is answered all the same, with a LogID of 0.
func (m *Models) Search(ctx context.Context, in faqv2.Query) (out faqv2.Results, err error) {
	if search.Terms(in.Q) == nil {
		return out, nil
	}
	err = m.Read(ctx, func(tx *data.Tx) error {
		out.Items, err = match(ctx, tx, in)
		return err
	})
	if err != nil {
		return out, err
	}
	if out.LogID, err = m.logSearch(ctx, in, len(out.Items)); err != nil {
		m.log.WarnContext(ctx, "a search was not logged", "err", err)
	}
	return out, nil
}

func match(ctx context.Context, tx *data.Tx, in faqv2.Query) ([]faqv2.Result, error) {
	type row struct {
		ID                   int64
		Slug, Title, Snippet string
		Score                float64
	}
	words := fullTextOf(tx)
	rows, err := data.Query[row](ctx, tx, `
		SELECT e.id, e.slug, `+words.title+` AS title, `+words.snippet+` AS snippet, -(`+words.rank+`) AS score
		FROM entry_fts JOIN entry e ON e.id = entry_fts.rowid
		WHERE `+words.match+` AND e.status = 'published' ORDER BY `+words.rank+` LIMIT $2`, words.query(in.Q, in.Prefix), cmp.Or(in.Limit, 10))
	var results []faqv2.Result
	for _, r := range rows {
		results = append(results, faqv2.Result{ID: r.ID, Slug: r.Slug, Title: pieces(r.Title), Snippet: pieces(r.Snippet), Score: r.Score})
	}
	return results, err
}

func pieces(marked string) []faqv2.Piece {
	var pieces []faqv2.Piece
	for _, p := range search.Pieces(marked) {
		pieces = append(pieces, faqv2.Piece(p))
	}
	return pieces
}

// logSearch notes a search and returns its number. Somebody who types makes many that are one: each takes the place of the one it grew from. So does one that is sent
// again because no answer has come: it has the same request id.
func (m *Models) logSearch(ctx context.Context, in faqv2.Query, found int) (id int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, logLimit)
	defer cancel()
	q, at, session := cut(oneLine(in.Q), 300), m.millis(), cmp.Or(in.Session, spinoff.OriginOf(ctx).RequestID)
	type row struct {
		ID int64
		Q  string
	}
	err = m.Write(ctx, func(tx *data.Tx) error {
		last, err := data.One[row](ctx, tx, "SELECT id, q FROM search WHERE session = $1 AND $1 <> '' AND at >= $2 ORDER BY id DESC LIMIT 1",
			session, at-typing.Milliseconds())
		if err == nil && strings.HasPrefix(strings.ToLower(q), strings.ToLower(last.Q)) {
			id = last.ID
			_, err = data.Exec(ctx, tx, "UPDATE search SET q = $2, norm = $3, n = $4, at = $5 WHERE id = $1", id, q, normal(q), found, at)
			return err
		}
		if err != nil && !errors.Is(err, data.ErrNotFound) {
			return err
		}
		if _, err := data.Exec(ctx, tx, "DELETE FROM search WHERE at < $1", at-logKept.Milliseconds()); err != nil {
			return err
		}
		id, err = data.One[int64](ctx, tx, "INSERT INTO search (q, norm, n, session, asked, at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
			q, normal(q), found, session, oneLine(in.From), at)
		return err
	})
	return id, err
}

// cut returns at most the first n characters of s.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}

// Click notes that an entry was opened, from the results of search logID or, where that is 0, from elsewhere. This, and not [Models.Get], counts a view.
func (m *Models) Click(ctx context.Context, logID, number int64) error {
	return m.Write(ctx, func(tx *data.Tx) error {
		changed, err := data.Exec(ctx, tx, "UPDATE entry SET views = views + 1 WHERE id = $1", number)
		if err == nil && changed == 0 {
			err = faqv2.ErrInvalid.At("#/entry", "unknown", "must be the number of an entry")
		}
		if err != nil {
			return err
		}
		_, err = data.Exec(ctx, tx, "UPDATE search SET clicked = $2 WHERE id = $1", logID, number)
		return err
	})
}

// Gap is something that people looked for and opened nothing.
type Gap struct {
	Query string
	Times int64
	Found int64 // the most entries that one of the searches found
	Last  time.Time
}

// Gaps returns what was looked for since then without an entry being opened, most often first, at most 100. Searches at the desk do not count.
func (m *Models) Gaps(ctx context.Context, since time.Time) (gaps []Gap, err error) {
	type row struct {
		Query              string
		Times, Found, Last int64
	}
	err = m.Read(ctx, func(tx *data.Tx) error {
		rows, err := data.Query[row](ctx, tx, `
			SELECT min(q) AS query, count(*) AS times, max(n) AS found, max(at) AS last FROM search
			WHERE at >= $1 AND asked <> 'desk' GROUP BY norm HAVING max(clicked) = 0
			ORDER BY count(*) DESC, max(at) DESC LIMIT 100`, data.Millis(since))
		for _, r := range rows {
			gaps = append(gaps, Gap{r.Query, r.Times, r.Found, data.Time(r.Last)})
		}
		return err
	})
	return gaps, err
}
