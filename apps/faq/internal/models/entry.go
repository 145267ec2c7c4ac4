package models

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"regexp"
	"strconv"
	"strings"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/data"
)

// Get returns the entry with this number or slug; a slug that it had before it was renamed finds it too.
func (m *Models) Get(ctx context.Context, id string) (entry faqv2.Entry, err error) {
	err = m.Read(ctx, func(tx *data.Tx) error {
		entry, err = get(ctx, tx, id)
		return err
	})
	return entry, err
}

func get(ctx context.Context, tx *data.Tx, id string) (faqv2.Entry, error) {
	number, err := find(ctx, tx, id)
	if err != nil {
		return faqv2.Entry{}, err
	}
	return load(ctx, tx, number)
}

// find returns the number of the entry that id names.
func find(ctx context.Context, tx *data.Tx, id string) (int64, error) {
	number, err := strconv.ParseInt(id, 10, 64)
	if err == nil {
		_, err = data.One[int64](ctx, tx, "SELECT id FROM entry WHERE id = $1", number)
	} else {
		number, err = data.One[int64](ctx, tx, "SELECT id FROM entry WHERE slug = $1 UNION ALL SELECT entry FROM redirect WHERE slug = $1", id)
	}
	if errors.Is(err, data.ErrNotFound) {
		err = faqv2.ErrNotFound
	}
	return number, err
}

func load(ctx context.Context, tx *data.Tx, number int64) (faqv2.Entry, error) {
	type row struct {
		ID, Views, Helpful, Unhelpful, Revision, Version, PublishedAt, UpdatedAt int64
		Slug, Status, Title, Questions, Answer, Tags, Author                     string
	}
	r, err := data.One[row](ctx, tx, `
		SELECT e.id, e.slug, e.status, r.title, r.questions, r.answer, r.tags, r.author, e.views, e.revision, e.version, e.published_at, e.updated_at,
			(SELECT count(*) FROM vote v WHERE v.entry = e.id AND v.up) AS helpful,
			(SELECT count(*) FROM vote v WHERE v.entry = e.id AND NOT v.up) AS unhelpful
		FROM entry e JOIN revision r ON r.entry = e.id AND r.n = e.revision
		WHERE e.id = $1`, number)
	if err != nil {
		return faqv2.Entry{}, fmt.Errorf("load entry %d: %w", number, err)
	}
	entry := faqv2.Entry{
		ID: r.ID, Slug: r.Slug, Status: faqv2.Status(r.Status), Title: r.Title, Questions: lines(r.Questions), Answer: r.Answer, Tags: lines(r.Tags),
		Views: r.Views, Helpful: r.Helpful, Unhelpful: r.Unhelpful, Revision: r.Revision, Author: r.Author,
		PublishedAt: data.Time(r.PublishedAt), UpdatedAt: data.Time(r.UpdatedAt),
	}
	if entry.Sources, err = data.Query[int64](ctx, tx, "SELECT DISTINCT ticket FROM source WHERE entry = $1 ORDER BY ticket", number); err != nil {
		return faqv2.Entry{}, err
	}
	entry.Related, err = neighbours(ctx, tx, number)
	entry.ETag = etag(r.Version, entry)
	return entry, err
}

// etag returns the entity tag of an entry: the version of what people wrote and decided and, after a dash, a sum of what changes beside that:
// views, votes, who asked, and what its neighbours are called.
func etag(version int64, e faqv2.Entry) string {
	beside := fnv.New32a()
	fmt.Fprint(beside, e.Views, e.Helpful, e.Unhelpful, e.Sources, e.Related)
	return fmt.Sprintf(`"%d-%08x"`, version, beside.Sum32())
}

// unchanged fails with faqv2.ErrStale where an If-Match header names no version that the entry has. A reader's vote makes no editor's work stale:
// what is after the dash does not count.
func unchanged(ifMatch string, entry faqv2.Entry) error {
	if ifMatch == "" || spinoff.MatchETag(besides.ReplaceAllString(ifMatch, `"`), besides.ReplaceAllString(entry.ETag, `"`)) {
		return nil
	}
	return faqv2.ErrStale.With("entry %d is at revision %d, and %s", entry.ID, entry.Revision, entry.Status)
}

var besides = regexp.MustCompile(`-[0-9a-f]{8}"`)

// lines splits what is stored one item a line.
func lines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}
