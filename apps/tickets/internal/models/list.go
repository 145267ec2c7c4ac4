package models

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spinoff-go/spinoff/apps/tickets/ticketsv1"
	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/search"
)

// Filter selects tickets. The zero value selects all.
type Filter struct {
	Status    ticketsv1.Status
	NotSolved bool
	Assignee  string // e-mail address, or "none" for those that nobody has
	Tag       string
	Email     string // of the customer
	Q         string // searched in subject, people and messages
	After     Cursor
	Limit     int // Default: 50
}

// Cursor is a place in the list of tickets; the zero value is its start.
type Cursor struct {
	UpdatedAt Millis
	Number    int64
}

// String returns the cursor as it travels, "" for the start.
func (c Cursor) String() string {
	if c == (Cursor{}) {
		return ""
	}
	return fmt.Sprintf("%d-%d", c.UpdatedAt, c.Number)
}

// ParseCursor reads what [Cursor.String] wrote.
func ParseCursor(s string) (Cursor, error) {
	if s == "" {
		return Cursor{}, nil
	}
	at, number, _ := strings.Cut(s, "-")
	ms, err := strconv.ParseInt(at, 10, 64)
	if err == nil {
		var n int64
		if n, err = strconv.ParseInt(number, 10, 64); err == nil {
			return Cursor{Millis(ms), n}, nil
		}
	}
	return Cursor{}, fmt.Errorf("%q is no place in the list of tickets", Line(s, 50))
}

// List returns tickets, the one that changed last first, and the cursor of the next page, zero on the last one. Q finds tickets with
// all of its words, or where there are none with any of them; no text is an error.
func (m *Models) List(ctx context.Context, f Filter) (found []Ticket, next Cursor, err error) {
	if f.Limit <= 0 {
		f.Limit = 50
	}
	err = m.db.Read(ctx, func(tx *data.Tx) error {
		for _, all := range []bool{true, false} {
			where, args := f.where(tx.Dialect(), all)
			found, err = data.Query[Ticket](ctx, tx, selectTicket+where+fmt.Sprintf(" ORDER BY updated_at DESC, number DESC LIMIT %d", f.Limit+1), args...)
			if err != nil || len(found) > 0 || f.Q == "" {
				return err
			}
		}
		return nil
	})
	if len(found) > f.Limit {
		found = found[:f.Limit]
		last := found[f.Limit-1]
		next = Cursor{last.UpdatedAt, last.Number}
	}
	return found, next, err
}

func (f Filter) where(dialect data.Dialect, all bool) (string, []any) {
	var conditions []string
	var args []any
	add := func(condition string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(args)), 1)
		}
		conditions = append(conditions, condition)
	}
	if f.Status != "" {
		add("status = ?", f.Status)
	}
	if f.NotSolved {
		add("status <> 'solved'")
	}
	switch f.Assignee {
	case "":
	case "none":
		add("assignee = ''")
	default:
		add("assignee = ?", strings.ToLower(strings.TrimSpace(f.Assignee)))
	}
	if f.Tag != "" {
		add("EXISTS (SELECT 1 FROM tag WHERE tag.ticket = ticket.number AND tag.name = ?)", Tag(f.Tag))
	}
	if f.Email != "" {
		add("lower(email) = lower(?)", strings.TrimSpace(f.Email))
	}
	if f.Q != "" {
		condition, query := matching(dialect, f.Q, all)
		add("(number = ? OR number IN (SELECT ticket FROM message WHERE id IN (SELECT rowid FROM message_text WHERE "+condition+")))", numberIn(f.Q), query)
	}
	if f.After != (Cursor{}) {
		add("(updated_at, number) < (?, ?)", f.After.UpdatedAt, f.After.Number)
	}
	if conditions == nil {
		return "", nil
	}
	return "WHERE " + strings.Join(conditions, " AND "), args
}

// matching returns the condition for messages with the words of q, all of them or any, and its argument. Where there is no word, it matches nothing.
func matching(dialect data.Dialect, q string, all bool) (condition, query string) {
	if dialect == data.Postgres {
		operator := "'|'"
		if all {
			operator = "'&'"
		}
		return "words @@ (SELECT spinoff_query('simple', ?, " + operator + "))", search.Postgres(q)
	}
	operator := " OR "
	if all {
		operator = " AND "
	}
	terms := search.Terms(q)
	for i, term := range terms {
		terms[i] = `"` + term + `"`
	}
	if terms == nil {
		terms = []string{`""`}
	}
	return "message_text MATCH ?", strings.Join(terms, operator)
}

// numberIn reads "1001" and "#1001"; anything else is no number of a ticket.
func numberIn(q string) int64 {
	n, err := strconv.ParseInt(strings.TrimPrefix(strings.TrimSpace(q), "#"), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// Counts are numbers of tickets.
type Counts struct {
	Open, Waiting, Solved int64
	Unassigned            int64            // open, and nobody has them
	Of                    map[string]int64 // not solved, by the lower-case address of who has them
}

// Count counts the tickets.
func (m *Models) Count(ctx context.Context) (c Counts, err error) {
	type row struct {
		Status   ticketsv1.Status
		Assignee string
		N        int64
	}
	var rows []row
	err = m.db.Read(ctx, func(tx *data.Tx) error {
		rows, err = data.Query[row](ctx, tx, "SELECT status, assignee, count(*) AS n FROM ticket GROUP BY assignee, status")
		return err
	})
	c.Of = map[string]int64{}
	for _, r := range rows {
		switch r.Status {
		case ticketsv1.Open:
			c.Open += r.N
			if r.Assignee == "" {
				c.Unassigned += r.N
			}
		case ticketsv1.Waiting:
			c.Waiting += r.N
		case ticketsv1.Solved:
			c.Solved += r.N
		}
		if r.Assignee != "" && r.Status != ticketsv1.Solved {
			c.Of[r.Assignee] += r.N
		}
	}
	return c, err
}
