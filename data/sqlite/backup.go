package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// Backup writes the database, as it is at this moment, into a new file. Others go on reading and writing meanwhile.
func Backup(ctx context.Context, path, to string) (err error) {
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?mode=rw&_pragma="+url.QueryEscape("busy_timeout(10000)"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := create(to); err != nil { // an empty one, which only its owner can read
		return err
	}
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", to); err != nil {
		return fmt.Errorf("back up %s: %w", path, err)
	}
	return Sync(to)
}

// Remove removes a database, if there is one, with its log, which must not be taken for that of another one. The folder is made where it is missing.
func Remove(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	var failed []error
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		failed = append(failed, os.RemoveAll(path+suffix))
	}
	return errors.Join(failed...)
}

// OpenFile opens a file for reading that nobody writes, such as a backup. Nothing is written beside it.
func OpenFile(path string) (*sql.DB, error) {
	return sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?mode=ro&immutable=1")
}

// Examine looks for damage in a file that [OpenFile] has opened.
func Examine(ctx context.Context, db *sql.DB) error {
	for _, look := range []string{"PRAGMA integrity_check(3)", "SELECT 'a row of ' || \"table\" || ' refers to none of ' || parent FROM pragma_foreign_key_check LIMIT 3"} {
		if err := examine(ctx, db, look); err != nil {
			return err
		}
	}
	return nil
}

func examine(ctx context.Context, db *sql.DB, look string) error {
	rows, err := db.QueryContext(ctx, look)
	if err != nil {
		return fmt.Errorf("it is no intact SQLite file: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says
	var said []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return err
		}
		if line != "ok" {
			said = append(said, line)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("it is no intact SQLite file: %w", err)
	}
	if said != nil {
		return fmt.Errorf("it is damaged: %s", strings.Join(said, "; "))
	}
	return nil
}

// Sync returns when a file and its name are on the disk.
func Sync(path string) error {
	for _, name := range []string{path, filepath.Dir(path)} {
		f, err := os.Open(filepath.Clean(name))
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	return nil
}
