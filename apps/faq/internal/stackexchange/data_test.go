package stackexchange_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"golang.org/x/net/html"
)

// data returns the path of real data kept beside the repository, and skips the test where there is none.
func data(t *testing.T, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	for err == nil {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			break
		}
		if filepath.Dir(dir) == dir {
			t.Fatal("no go.mod above the test's folder")
		}
		dir = filepath.Dir(dir)
	}
	path := filepath.Join(dir, "..", "shared", "data", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("needs real data: %v", err)
	}
	return path
}

// countMarks adds up how often each element is in HTML, and in what its Markdown is rendered to.
func countMarks(marks map[string][2]int, source, markdown string) {
	var b bytes.Buffer
	if err := goldmark.Convert([]byte(markdown), &b); err != nil {
		return
	}
	for i, page := range []string{source, b.String()} {
		doc, err := html.Parse(strings.NewReader(page))
		if err != nil {
			return
		}
		for n := range doc.Descendants() {
			if n.Type == html.ElementNode {
				sum := marks[n.Data]
				sum[i]++
				marks[n.Data] = sum
			}
		}
	}
}
