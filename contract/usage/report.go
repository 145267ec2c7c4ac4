package usage

import (
	"context"
	"slices"
	"time"

	"github.com/spinoff-go/spinoff/data"
)

// Report is what is known of the uses of one app in the days since From.
type Report struct {
	From    time.Time `json:"from"`    // the first day, in UTC
	Began   time.Time `json:"began"`   // when counting began; zero where it never has
	Running int       `json:"running"` // how many processes count at the moment
	Uses    []Use     `json:"uses"`    // by endpoint and consumer
	Gaps    []Gap     `json:"gaps"`    // by when they began
}

// Use is what one consumer has done with one endpoint.
type Use struct {
	Endpoint string    `json:"endpoint"` // faq.v1.create
	Consumer string    `json:"consumer"`
	Calls    int64     `json:"calls"` // since the first day of the report; 0 for one that was there before
	Last     time.Time `json:"last"`  // when it was last seen, perhaps before that
	Days     []int64   `json:"days"`  // calls on each day of the report, today being the last
}

// Gap is a time in which the app may have answered calls that were not counted. In a time in which nothing ran, nobody can have
// called: that is no gap.
type Gap struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	Why  string    `json:"why"`
}

// Read returns what the open database of an app knows, of the last days, today being one of them.
func Read(ctx context.Context, db *data.DB, now time.Time, days int) (Report, error) {
	now = now.UTC()
	r := Report{From: now.Truncate(24*time.Hour).AddDate(0, 0, 1-days), Uses: []Use{}, Gaps: []Gap{}}
	err := db.Read(ctx, func(tx *data.Tx) error {
		if err := r.readUses(ctx, tx, days); err != nil {
			return err
		}
		return r.readCounting(ctx, tx, now)
	})
	return r, err
}

func (r *Report) readUses(ctx context.Context, tx *data.Tx, days int) error {
	type last struct {
		Endpoint, Consumer string
		LastAt             int64
	}
	all, err := data.Query[last](ctx, tx, "SELECT endpoint, consumer, max(last_at) AS last_at FROM spinoff_uses GROUP BY endpoint, consumer")
	if err != nil {
		return err
	}
	place := map[[2]string]int{}
	for i, l := range all {
		place[[2]string{l.Endpoint, l.Consumer}] = i
		r.Uses = append(r.Uses, Use{l.Endpoint, l.Consumer, 0, data.Time(l.LastAt), make([]int64, days)})
	}
	type daily struct {
		Day, Endpoint, Consumer string
		Calls                   int64
	}
	counts, err := data.Query[daily](ctx, tx, "SELECT day, endpoint, consumer, calls FROM spinoff_uses WHERE day >= $1", day(r.From))
	if err != nil {
		return err
	}
	for _, c := range counts {
		when, err := time.Parse(time.DateOnly, c.Day)
		if err != nil {
			return err
		}
		u := &r.Uses[place[[2]string{c.Endpoint, c.Consumer}]]
		u.Calls += c.Calls
		u.Days[min(int(when.Sub(r.From).Hours()/24), days-1)] += c.Calls // of a clock that is ahead: today
	}
	slices.SortFunc(r.Uses, func(a, b Use) int {
		return slices.Compare([]string{a.Endpoint, a.Consumer}, []string{b.Endpoint, b.Consumer})
	})
	return nil
}

func (r *Report) readCounting(ctx context.Context, tx *data.Tx, now time.Time) error {
	type process struct {
		Process                    string
		BeganAt, CountedTo, LostTo int64
	}
	all, err := data.Query[process](ctx, tx, "SELECT process, began_at, counted_to, lost_to FROM spinoff_counting ORDER BY counted_to")
	if err != nil {
		return err
	}
	for _, p := range all {
		from := data.Time(p.CountedTo)
		g := Gap{from, from.Add(grace), "a process was killed"}
		if p.LostTo > 0 {
			g.To, g.Why = data.Time(p.LostTo), "a backup was restored"
		}
		switch {
		case p.Process == began:
			r.Began = data.Time(p.BeganAt)
		case p.LostTo == 0 && g.To.After(now):
			r.Running++
		case !g.To.Before(r.From):
			r.Gaps = append(r.Gaps, g)
		}
	}
	return nil
}
