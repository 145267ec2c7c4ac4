package data

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"math"
	"slices"
	"strings"
)

// Table is what a table holds.
type Table struct {
	Name string `json:"name"`
	Rows int64  `json:"rows"`
	// SHA256 is that of the rows in the order of their key, with their columns in the order of their names: the same on every engine.
	SHA256 string `json:"sha256"`
}

// table is a table as its database describes it.
type table struct {
	name    string
	columns []column // by name
	where   string   // which rows; "" is all
}

type column struct {
	Name   string
	Type   string // in lower case
	Key    int64  // its place in the primary key, from 1; 0 for none
	Counts bool   // whether the database numbers the rows by it, and does not use a number twice
}

// Tables that say which migrations have been applied are made by them, on each engine; full-text tables of SQLite and what belongs to
// them are not among its plain tables.
var describe = map[Dialect]string{
	SQLite: `
		SELECT t.name, c.name, lower(c.type), c.pk, c.pk = 1 AND m.sql LIKE '%AUTOINCREMENT%'
		FROM pragma_table_list t JOIN sqlite_master m ON m.type = 'table' AND m.name = t.name, pragma_table_xinfo(t.name) c
		WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND c.hidden = 0 ORDER BY t.name, c.name`,
	Postgres: `
		SELECT r.relname, a.attname, format_type(a.atttypid, NULL),
			coalesce(array_position(CAST(string_to_array(CAST(i.indkey AS TEXT), ' ') AS INTEGER[]), CAST(a.attnum AS INTEGER)), 0), a.attidentity <> ''
		FROM pg_class r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
			LEFT JOIN pg_index i ON i.indrelid = r.oid AND i.indisprimary
		WHERE r.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND r.relkind = 'r'
		ORDER BY r.relname COLLATE "C", a.attname COLLATE "C"`,
}

var notCopied = []string{"goose_db_version", "spinoff_db_version", "spinoff_lease"}

// tables returns the tables of a database, by name, without derived ones.
func tables(ctx context.Context, s session, dialect Dialect, derived []string) (all []table, err error) {
	rows, err := s.QueryContext(ctx, describe[dialect])
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says
	for rows.Next() {
		var name string
		var c column
		if err := rows.Scan(&name, &c.Name, &c.Type, &c.Key, &c.Counts); err != nil {
			return nil, err
		}
		if slices.Contains(notCopied, name) || strings.HasPrefix(name, captured) || slices.Contains(derived, name) {
			continue
		}
		if len(all) == 0 || all[len(all)-1].name != name {
			all = append(all, table{name: name})
		}
		last := &all[len(all)-1]
		last.columns = append(last.columns, c)
	}
	return all, rows.Err()
}

func (t table) columnNames() []string {
	var names []string
	for _, c := range t.columns {
		names = append(names, c.Name)
	}
	return names
}

// query selects all rows in the order of the key, or of all columns where there is none. Text is compared by its bytes on every engine.
func (t table) query(dialect Dialect) string {
	var names, order []string
	for _, c := range t.columns {
		names = append(names, quote(c.Name))
	}
	key := t.key()
	if len(key) == 0 {
		key = t.columns
	}
	for _, c := range key {
		by := quote(c.Name)
		switch {
		case dialect == SQLite && c.Type == "text":
			by += " COLLATE BINARY"
		case dialect == Postgres && c.Type == "text":
			by += ` COLLATE "C"`
		}
		if c.Key == 0 { // a key is never NULL, and an index could not be used
			by += " NULLS FIRST"
		}
		order = append(order, by)
	}
	query := "SELECT " + strings.Join(names, ", ") + " FROM " + quote(t.name)
	if t.where != "" {
		query += " WHERE " + t.where
	}
	return query + " ORDER BY " + strings.Join(order, ", ")
}

// key returns the columns of the primary key.
func (t table) key() []column {
	key := slices.DeleteFunc(slices.Clone(t.columns), func(c column) bool { return c.Key == 0 })
	slices.SortFunc(key, func(a, b column) int { return int(a.Key - b.Key) })
	return key
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// cursor walks over the rows of a table and sums them up.
type cursor struct {
	table
	rows *sql.Rows
	n    int64
	hash hash.Hash
}

func (t table) open(ctx context.Context, s session, dialect Dialect) (*cursor, error) {
	rows, err := s.QueryContext(ctx, t.query(dialect)) //nolint:rowserrcheck // next looks at it
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", t.name, err)
	}
	c := &cursor{table: t, rows: rows, hash: sha256.New()}
	for _, column := range t.columns {
		fmt.Fprintf(c.hash, "%q\n", column.Name)
	}
	return c, nil
}

// next returns the next row as int64, float64, string, []byte and nil; nil after the last one.
func (c *cursor) next() ([]any, error) {
	if !c.rows.Next() {
		return nil, c.rows.Err()
	}
	row, targets := make([]any, len(c.columns)), make([]any, len(c.columns))
	for i := range row {
		targets[i] = &row[i]
	}
	if err := c.rows.Scan(targets...); err != nil {
		return nil, fmt.Errorf("table %s: %w", c.name, err)
	}
	c.n++
	for i, v := range row {
		switch v := v.(type) {
		case bool:
			row[i] = int64(0)
			if v {
				row[i] = int64(1)
			}
		case []byte:
			if v == nil { // the empty one, which would be written as NULL
				row[i] = []byte{}
			}
		}
		if err := c.add(row[i]); err != nil {
			return nil, fmt.Errorf("table %s, row %d, column %s: %w", c.name, c.n, c.columns[i].Name, err)
		}
	}
	return row, nil
}

// add adds a value to the sum: a letter for its type, its length where that varies, and its bytes.
func (c *cursor) add(v any) error {
	var b []byte
	switch v := v.(type) {
	case nil:
		b = []byte{'n'}
	case int64:
		b = binary.BigEndian.AppendUint64([]byte{'i'}, uint64(v))
	case float64:
		b = binary.BigEndian.AppendUint64([]byte{'f'}, math.Float64bits(v))
	case string:
		b = append(binary.BigEndian.AppendUint64([]byte{'t'}, uint64(len(v))), v...)
	case []byte:
		b = append(binary.BigEndian.AppendUint64([]byte{'b'}, uint64(len(v))), v...)
	default:
		return fmt.Errorf("a value of type %T; data stores int64, float64, string, []byte and bool", v)
	}
	_, err := c.hash.Write(b)
	return err
}

// close ends the walk and returns the sum of what was walked over.
func (c *cursor) close() Table {
	c.rows.Close() //nolint:errcheck // next has said
	return Table{c.name, c.n, hex.EncodeToString(c.hash.Sum(nil))}
}

// sum returns what a table holds.
func (t table) sum(ctx context.Context, s session, dialect Dialect) (Table, error) {
	c, err := t.open(ctx, s, dialect)
	if err != nil {
		return Table{}, err
	}
	for {
		row, err := c.next()
		if row == nil {
			return c.close(), err
		}
	}
}

// last returns the last number that a table has given to a row, and by which column; "" where it does not number its rows.
func (t table) last(ctx context.Context, s session, dialect Dialect) (by string, last int64, err error) {
	i := slices.IndexFunc(t.columns, func(c column) bool { return c.Counts })
	if i < 0 {
		return "", 0, nil
	}
	by = t.columns[i].Name
	query, args := "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = $1), 0)", []any{t.name}
	if dialect == Postgres {
		var sequence string
		if err := one(ctx, s, &sequence, "SELECT pg_get_serial_sequence(CAST($1 AS TEXT), CAST($2 AS TEXT))", quote(t.name), by); err != nil {
			return by, 0, err
		}
		query, args = "SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM "+sequence, nil
	}
	err = one(ctx, s, &last, query, args...)
	return by, last, err
}

// goOn lets a table number its rows from after last.
func (t table) goOn(ctx context.Context, s session, dialect Dialect, last int64) error {
	by, now, err := t.last(ctx, s, dialect)
	if by == "" || last <= now || err != nil {
		return err
	}
	if dialect == Postgres {
		var set int64
		return one(ctx, s, &set, "SELECT setval(pg_get_serial_sequence(CAST($1 AS TEXT), CAST($2 AS TEXT)), CAST($3 AS BIGINT))", quote(t.name), by, last)
	}
	if _, err := s.ExecContext(ctx, "DELETE FROM sqlite_sequence WHERE name = $1", t.name); err != nil {
		return err
	}
	_, err = s.ExecContext(ctx, "INSERT INTO sqlite_sequence (name, seq) VALUES ($1, $2)", t.name, last)
	return err
}

// one reads a single value.
func one(ctx context.Context, s session, to any, query string, args ...any) error {
	rows, err := s.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says
	if rows.Next() {
		err = rows.Scan(to)
	}
	if err == nil {
		err = rows.Err()
	}
	return err
}
