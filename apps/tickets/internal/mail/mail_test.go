package mail_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/spinoff-go/spinoff/apps/tickets/internal/mail"
)

var received = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// parse fails the test where a message is refused.
func parse(t *testing.T, raw string) mail.Message {
	t.Helper()
	m, err := mail.Parse([]byte(raw), received)
	if err != nil {
		t.Fatalf("Parse(%.60q): %v", raw, err)
	}
	return m
}

func fixture(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// shared is the folder of real data beside the repository; without it the test is skipped.
func shared(t *testing.T, path string) string {
	t.Helper()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
		if root == filepath.Dir(root) {
			t.Fatal("no go.mod above this test")
		}
		root = filepath.Dir(root)
	}
	data := filepath.Join(root, "..", "shared", "data", filepath.FromSlash(path))
	if _, err := os.Stat(data); err != nil {
		t.Skipf("real data is not here: %v", err)
	}
	return data
}

// eachFile calls f with all files below dir.
func eachFile(t *testing.T, dir string, f func(name string, raw []byte)) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err == nil {
			f(filepath.Base(path), raw)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
