package data

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

func TestDialectFS(t *testing.T) {
	for _, row := range []struct{ files, sqlite, postgres, wrong string }{
		{"", "", "", ""},
		{"0001_a.sql 0002_b.sql", "0001_a.sql 0002_b.sql", "0001_a.sql 0002_b.sql", ""},
		{"0001_a.sql 0001_a.postgres.sql 0002_b.sql", "0001_a.sql 0002_b.sql", "0001_a.postgres.sql 0002_b.sql", ""},
		{"0001_a.sql 0001_a.sqlite.sql", "0001_a.sqlite.sql", "0001_a.sql", ""},
		{"0001_a.postgres.sql 0001_a.sqlite.sql", "0001_a.sqlite.sql", "0001_a.postgres.sql", ""},
		{"0001_a.sql 0002_b.postgres.sql", "", "", "migration 0002_b.postgres.sql is for postgres only: write 0002_b.sqlite.sql, or 0002_b.sql"},
	} {
		folder := fstest.MapFS{}
		for name := range strings.FieldsSeq(row.files) {
			folder[name] = &fstest.MapFile{Data: []byte("-- +goose Up\n")}
		}
		for dialect, want := range map[Dialect]string{SQLite: row.sqlite, Postgres: row.postgres} {
			files, err := dialectFS(folder, dialect)
			if row.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), row.wrong) {
					t.Errorf("dialectFS(%s, %s): got %v, want %q", row.files, dialect, err, row.wrong)
				}
				continue
			}
			if err != nil {
				t.Errorf("dialectFS(%s, %s): %v", row.files, dialect, err)
				continue
			}
			found, err := fs.Glob(files, "*.sql")
			if got := strings.Join(found, " "); err != nil || got != want {
				t.Errorf("dialectFS(%s, %s): got %s, %v, want %s", row.files, dialect, got, err, want)
			}
		}
	}
}
