package views

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/page"
)

// maxEntries is the most entries whose counts one page shows.
const maxEntries = 100

// gapsEvery is how often gaps are counted while somebody looks at them: it reads all searches of a month.
const gapsEvery = 10 * time.Second

// count counts the entries in each state, and what the open pages show of the entries with these numbers.
func (v *Views) count(ctx context.Context, entries []string) (map[string]page.Counts, error) {
	byStatus, err := v.models.Counts(ctx)
	if err != nil {
		return nil, fmt.Errorf("count entries: %w", err)
	}
	counts := map[string]page.Counts{"": countsOf(byStatus)}
	ids := make([]int64, 0, len(entries))
	for _, entry := range entries {
		id, err := strconv.ParseInt(entry, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("count entry %q: %w", entry, err)
		}
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		return counts, nil
	}
	figures, err := v.models.Figures(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("count views and votes: %w", err)
	}
	for _, f := range figures {
		id := strconv.FormatInt(f.ID, 10)
		counts[id] = page.Counts{"views " + id: f.Views, "asked " + id: f.Asked, "helpful " + id: f.Helpful, "unhelpful " + id: f.Unhelpful}
	}
	return counts, nil
}

// countsOf are the counts of the tabs.
func countsOf(byStatus map[faqv2.Status]int64) page.Counts {
	counts := page.Counts{"all": 0}
	for _, s := range []faqv2.Status{faqv2.Draft, faqv2.Review, faqv2.Published, faqv2.Archived} {
		counts[string(s)] = byStatus[s]
		counts["all"] += byStatus[s]
	}
	return counts
}

// countGaps counts what was looked for without an answer, and the tabs.
func (v *Views) countGaps(ctx context.Context, _ []string) (map[string]page.Counts, error) {
	counts, err := v.count(ctx, nil)
	if err != nil {
		return nil, err
	}
	gaps, err := v.models.Gaps(ctx, v.now().AddDate(0, 0, -gapDays))
	for _, g := range gaps {
		counts[""]["gap "+g.Query], counts[""]["found "+g.Query] = g.Times, g.Found
	}
	return counts, err
}

// liveURL is the address of the stream for a page that shows these entries.
func liveURL(entries ...faqv2.Summary) string {
	query := url.Values{}
	for _, e := range entries {
		query.Add("entry", strconv.FormatInt(e.ID, 10))
	}
	if len(query) == 0 {
		return "/faq/live"
	}
	return "/faq/live?" + query.Encode()
}

// entriesOf reads the numbers in such an address.
func entriesOf(r *http.Request) (entries []string) {
	for _, entry := range r.URL.Query()["entry"] {
		if id, err := strconv.ParseInt(entry, 10, 64); err == nil && len(entries) < maxEntries {
			entries = append(entries, strconv.FormatInt(id, 10))
		}
	}
	return entries
}
