package data

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// step brings the copy to where the source is, as its session sees it, in one transaction, and returns how many notes there were. verify compares all
// rows of both. finish ends the transaction, when nothing more will come.
func (f *Following) step(ctx context.Context, source session, verify bool, finish func(target session) error) (n int64, err error) {
	now, err := f.noted(ctx, source)
	if err != nil {
		return 0, err
	}
	changedRows := false
	for i, t := range f.tables {
		n += now[i] - t.seen
		changedRows = changedRows || now[i] > t.seen && !strings.HasPrefix(t.from.name, "spinoff_")
	}
	if n == 0 && !verify && finish == nil {
		return 0, nil
	}
	c := &copying{db: f.to, engine: f.target.engine, dialect: f.target.dialect, from: source, fromDialect: f.source.dialect}
	stale := f.stale || changedRows && f.to.refresh == nil
	err = c.unbound(ctx, func() error {
		if err := f.apply(ctx, c, now, changedRows); err != nil {
			return err
		}
		if verify {
			if err := f.compare(ctx, c); err != nil {
				return err
			}
		}
		if stale && (verify || finish != nil) {
			if err := c.rebuild(ctx); err != nil {
				return err
			}
			stale = false
		}
		if finish == nil {
			return nil
		}
		return finish(c.conn)
	})
	if err == nil {
		f.stale = stale
		for i := range f.tables {
			f.tables[i].seen = now[i]
		}
	}
	return n, err
}

// apply makes the changes up to the given notes, and lets the app refresh its derived tables where it can.
func (f *Following) apply(ctx context.Context, c *copying, now []int64, changedRows bool) error {
	applied := false
	apply := func() error {
		applied = true
		for i, t := range f.tables {
			if now[i] == t.seen {
				continue
			}
			if err := c.follow(ctx, t, notesOf(i)); err != nil {
				return fmt.Errorf("table %s: %w", t.from.name, err)
			}
		}
		return nil
	}
	if !changedRows || f.to.refresh == nil {
		return apply()
	}
	var changed []Row
	for i, t := range f.tables {
		if now[i] == t.seen || strings.HasPrefix(t.from.name, "spinoff_") {
			continue
		}
		rows, err := t.changed(ctx, c, notesOf(i))
		if err != nil {
			return err
		}
		changed = append(changed, rows...)
	}
	err := f.to.refresh(ctx, &Tx{db: f.to, dialect: c.dialect, session: c.conn}, changed, apply)
	if err == nil && !applied {
		err = errors.New("it did not call apply")
	}
	if err != nil {
		return fmt.Errorf("refresh %s: %w", strings.Join(f.to.derived, ", "), err)
	}
	return nil
}

// changed returns the rows of a table that are noted since the last step.
func (t followed) changed(ctx context.Context, c *copying, notes string) (changed []Row, err error) {
	keys, err := t.keys(notes, c.fromDialect).open(ctx, c.from, c.fromDialect)
	if err != nil {
		return nil, err
	}
	defer keys.close()
	for {
		key, err := keys.next()
		if key == nil || err != nil {
			return changed, err
		}
		if n := len(changed); n == 0 || !slices.EqualFunc(key, changed[n-1].Key, func(a, b any) bool { return fmt.Sprint(a) == fmt.Sprint(b) }) { // they come in order
			changed = append(changed, Row{t.from.name, key})
		}
	}
}

// keys are the notes since the last step.
func (t followed) keys(notes string, dialect Dialect) table {
	return table{name: notes, columns: t.from.key(), where: fmt.Sprintf("%s > %d", noteNumber[dialect], t.seen)}
}

// noted returns the number of the last note of each table.
func (f *Following) noted(ctx context.Context, source session) ([]int64, error) {
	var queries []string
	for i := range f.tables {
		queries = append(queries, fmt.Sprintf("SELECT %d AS i, coalesce(max(%s), 0) AS n FROM %s", i, noteNumber[f.source.dialect], notesOf(i)))
	}
	rows, err := source.QueryContext(ctx, strings.Join(queries, " UNION ALL "))
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says
	last := make([]int64, len(f.tables))
	for rows.Next() {
		var i int
		var n int64
		if err := rows.Scan(&i, &n); err != nil {
			return nil, err
		}
		last[i] = n
	}
	return last, rows.Err()
}

// compare compares all rows of the source and the copy.
func (f *Following) compare(ctx context.Context, c *copying) error {
	for _, t := range f.tables {
		want, err := t.from.sum(ctx, c.from, c.fromDialect)
		if err != nil {
			return err
		}
		got, err := t.to.sum(ctx, c.conn, c.dialect)
		if err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("the copy of table %s differs: %d rows with the checksum %s, and the original has %d with %s; does something write to one of them by other means than this app?",
				t.from.name, got.Rows, got.SHA256, want.Rows, want.SHA256)
		}
	}
	return nil
}

// follow puts the rows that are noted since the last step in the place of what the copy has under their keys, and compares them. All go before the
// first one comes: so no two rows are ever in each other's way, whatever has to be unique.
func (c *copying) follow(ctx context.Context, t followed, notes string) error {
	noted := t.keys(notes, c.fromDialect)
	names := list("", noted.columns)
	create := fmt.Sprintf("CREATE TEMP TABLE spinoff_keys AS SELECT %s FROM %s LIMIT 0", names, quote(t.to.name)) //nolint:gosec // quoted names
	if _, err := c.conn.ExecContext(ctx, create); err != nil {
		return err
	}
	keys, err := noted.open(ctx, c.from, c.fromDialect)
	if err != nil {
		return err
	}
	target := table{columns: t.to.key()}
	err = c.Insert(ctx, c.conn, "spinoff_keys", noted.columnNames(), func() ([]any, error) {
		row, err := keys.next()
		if row == nil || err != nil {
			return nil, err
		}
		return target.fit(row), nil
	})
	keys.close()
	if err != nil {
		return err
	}
	t.from.where = fmt.Sprintf("(%s) IN (SELECT %s FROM %s WHERE %s)", names, names, notes, noted.where)
	t.to.where = fmt.Sprintf("(%s) IN (SELECT %s FROM spinoff_keys)", names, names)
	if _, err := c.conn.ExecContext(ctx, "DELETE FROM "+quote(t.to.name)+" WHERE "+t.to.where); err != nil { //nolint:gosec // quoted names
		return err
	}
	if _, err := c.copy(ctx, t.from, t.to); err != nil {
		return err
	}
	_, err = c.conn.ExecContext(ctx, "DROP TABLE spinoff_keys")
	return err
}
