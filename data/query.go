package data

import (
	"context"
	"fmt"
	"math"
	"reflect"

	"github.com/spinoff-go/spinoff/internal/snake"
)

// Query returns the rows of a query. T is a struct with a field for every column, found by its name in snake_case or by its tag `db:"name"`,
// or a single value where there is one column. A column that may be NULL needs a pointer.
func Query[T any](ctx context.Context, tx *Tx, query string, args ...any) ([]T, error) {
	return rowsOf[T](ctx, tx, query, args, math.MaxInt)
}

// rowsOf returns at most the first limit rows.
func rowsOf[T any](ctx context.Context, tx *Tx, query string, args []any, limit int) ([]T, error) {
	args, err := arguments(args)
	if err != nil {
		return nil, err
	}
	rows, err := tx.session.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, told(tx.engine, err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	fields, err := tx.db.fields(reflect.TypeFor[T](), columns)
	if err != nil {
		return nil, err
	}
	var found []T
	targets := make([]any, len(columns))
	for len(found) < limit && rows.Next() {
		var row T
		if fields == nil {
			targets[0] = &row
		} else {
			v := reflect.ValueOf(&row).Elem()
			for i, field := range fields {
				targets[i] = v.Field(field).Addr().Interface()
			}
		}
		if err := rows.Scan(targets...); err != nil {
			return nil, err
		}
		found = append(found, row)
	}
	return found, told(tx.engine, rows.Err())
}

// One returns the first row of a query, or [ErrNotFound].
func One[T any](ctx context.Context, tx *Tx, query string, args ...any) (T, error) {
	found, err := rowsOf[T](ctx, tx, query, args, 1)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		var none T
		return none, err
	}
	return found[0], nil
}

// Exec runs a statement and returns how many rows it changed.
func Exec(ctx context.Context, tx *Tx, statement string, args ...any) (int64, error) {
	args, err := arguments(args)
	if err != nil {
		return 0, err
	}
	result, err := tx.exec(ctx, statement, args)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// fields returns the index of the field for each column, or nil where t is a single value.
func (db *DB) fields(t reflect.Type, columns []string) ([]int, error) {
	if t.Kind() != reflect.Struct {
		if len(columns) != 1 {
			return nil, fmt.Errorf("the query returns %d columns, and %s holds one", len(columns), t)
		}
		return nil, nil
	}
	byName := db.fieldNames(t)
	fields := make([]int, len(columns))
	for i, column := range columns {
		field, ok := byName[column]
		if !ok {
			return nil, fmt.Errorf("the query returns a column %q, and %s has no field for it", column, t)
		}
		fields[i] = field
	}
	return fields, nil
}

func (db *DB) fieldNames(t reflect.Type) map[string]int {
	if known, ok := db.columns.Load(t); ok {
		return known.(map[string]int)
	}
	byName := map[string]int{}
	for i := range t.NumField() {
		name := t.Field(i).Tag.Get("db")
		if name == "" {
			name = snake.Case(t.Field(i).Name)
		}
		byName[name] = i
	}
	db.columns.Store(t, byName)
	return byName
}
