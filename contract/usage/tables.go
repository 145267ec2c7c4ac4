package usage

import (
	"context"
	"time"

	"github.com/spinoff-go/spinoff/data"
)

// began is the name under which the table of processes has when counting began.
const began = ""

// begin notes that a process counts from now on, and returns the consumers there were before.
func begin(ctx context.Context, db *data.DB, process string, now time.Time) (consumers []string, err error) {
	ms := data.Millis(now)
	err = db.Write(ctx, func(tx *data.Tx) error {
		for _, name := range []string{began, process} {
			_, err := data.Exec(ctx, tx, "INSERT INTO spinoff_counting (process, began_at, counted_to, lost_to) VALUES ($1, $2, $3, 0) ON CONFLICT DO NOTHING", name, ms, ms)
			if err != nil {
				return err
			}
		}
		if _, err := data.Exec(ctx, tx, "DELETE FROM spinoff_uses WHERE day < $1", day(now.Add(-keep))); err != nil {
			return err
		}
		_, err := data.Exec(ctx, tx, "DELETE FROM spinoff_counting WHERE process <> '' AND counted_to < $1 AND lost_to < $2", data.Millis(now.Add(-keep)), data.Millis(now.Add(-keep)))
		if err != nil {
			return err
		}
		consumers, err = data.Query[string](ctx, tx, "SELECT consumer FROM spinoff_uses GROUP BY consumer ORDER BY max(last_at) DESC LIMIT 100")
		return err
	})
	return consumers, err
}

// add adds counts to those of the day of since.
func add(ctx context.Context, tx *data.Tx, counts []Count, since, now time.Time) error {
	for _, c := range counts {
		_, err := data.Exec(ctx, tx, `INSERT INTO spinoff_uses (day, endpoint, consumer, calls, last_at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (day, endpoint, consumer) DO UPDATE SET calls = spinoff_uses.calls + excluded.calls, last_at = excluded.last_at`,
			day(since), c.Endpoint, c.Consumer, c.Calls, data.Millis(now))
		if err != nil {
			return err
		}
	}
	return nil
}

// countedTo notes that everything before now is written. A row that is not there any more, as after a restore, is made anew.
func countedTo(ctx context.Context, tx *data.Tx, process string, since, now time.Time) error {
	_, err := data.Exec(ctx, tx, `INSERT INTO spinoff_counting (process, began_at, counted_to, lost_to) VALUES ($1, $2, $3, 0)
		ON CONFLICT (process) DO UPDATE SET counted_to = excluded.counted_to`, process, data.Millis(since), data.Millis(now))
	return err
}

// end notes that a process stopped and that nothing of its counts is lost: there is nothing left to know of it.
func end(ctx context.Context, tx *data.Tx, process string) error {
	_, err := data.Exec(ctx, tx, "DELETE FROM spinoff_counting WHERE process = $1", process)
	return err
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
