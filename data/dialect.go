package data

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// dialects are the engines that a migration may be written for.
var dialects = []Dialect{SQLite, Postgres}

// dialectFS returns the migrations of a folder for one engine. A file 0001_entries.sql serves every engine; one that is
// named 0001_entries.postgres.sql takes its place on that engine. Every engine has to have every version, so that
// a version means the same everywhere.
func dialectFS(folder fs.FS, dialect Dialect) (fs.FS, error) {
	all, err := fs.ReadDir(folder, ".")
	if errors.Is(err, fs.ErrNotExist) {
		return folder, nil // goose says so
	}
	if err != nil {
		return nil, err
	}
	has := func(name string) bool {
		return slices.ContainsFunc(all, func(e fs.DirEntry) bool { return e.Name() == name })
	}
	files := dialectFiles{FS: folder}
	for _, entry := range all {
		plain, only := splitDialect(entry.Name())
		for _, d := range dialects {
			if !has(plain) && !has(withDialect(plain, d)) {
				return nil, fmt.Errorf("migration %s is for %s only: write %s, or %s where one text serves every engine", entry.Name(), only, withDialect(plain, d), plain)
			}
		}
		if only == dialect || only == "" && !has(withDialect(plain, dialect)) {
			files.entries = append(files.entries, entry)
		}
	}
	return files, nil
}

// splitDialect returns the name of a file without the engine that it is for, and that engine.
func splitDialect(name string) (plain string, dialect Dialect) {
	for _, d := range dialects {
		if base, ok := strings.CutSuffix(name, "."+string(d)+".sql"); ok {
			return base + ".sql", d
		}
	}
	return name, ""
}

func withDialect(plain string, dialect Dialect) string {
	return strings.TrimSuffix(plain, ".sql") + "." + string(dialect) + ".sql"
}

// dialectFiles is a folder that lists only some of its files.
type dialectFiles struct {
	fs.FS
	entries []fs.DirEntry
}

// ReadDir lists the folder, by whatever name: it has none inside.
func (d dialectFiles) ReadDir(string) ([]fs.DirEntry, error) { return d.entries, nil }
