package pgtest_test

import (
	"errors"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/spinoff-go/spinoff/spinofftest/pgtest"
)

// Each test has a database of its own, on one server.
func TestStart(t *testing.T) {
	one, two := pgtest.Start(t), pgtest.Start(t)
	if one == two {
		t.Fatalf("two databases have the address %s", one)
	}
	for _, address := range []string{one, two} {
		conn, err := pgx.Connect(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(t.Context())
		if _, err := conn.Exec(t.Context(), "CREATE TABLE only_here (id INTEGER)"); err != nil {
			t.Errorf("CREATE TABLE in %s: %v", address, err)
		}
	}
}

// The server and its folder are gone when the program that started it is, even when that was killed.
func TestEndsWithTheProgram(t *testing.T) {
	if os.Getenv("PGTEST_CHILD") != "" {
		u, err := url.Parse(pgtest.Start(t))
		if err != nil {
			t.Fatal(err)
		}
		os.Stdout.WriteString("folder=" + u.Query().Get("host") + "\n")
		process, _ := os.FindProcess(os.Getpid())
		_ = process.Kill()
		select {}
	}
	if os.Getenv("SPINOFF_TEST_POSTGRES_URL") != "" {
		t.Skip("SPINOFF_TEST_POSTGRES_URL names a server that this test did not start")
	}
	pgtest.Start(t) // skips where there is none
	child := exec.Command(os.Args[0], "-test.run=^TestEndsWithTheProgram$")
	child.Env = append(os.Environ(), "PGTEST_CHILD=1")
	out, err := child.Output()
	if err == nil {
		t.Fatalf("the child was not killed: %s", out)
	}
	_, after, found := strings.Cut(string(out), "folder=")
	if !found {
		t.Fatalf("the child did not start a server: %s", out)
	}
	folder := strings.TrimSpace(after)
	for range 600 {
		if _, err := os.Stat(filepath.Join(folder, ".s.PGSQL.5432")); errors.Is(err, fs.ErrNotExist) {
			if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
				return
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("%s is still there", folder)
}
