// Package pgtest gives tests a real PostgreSQL server.
package pgtest

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Start returns the address of an empty database, which is dropped when the test ends. Its server is the one at SPINOFF_TEST_POSTGRES_URL, by a role
// that may create databases, or else one that this program starts, for all of its tests, and that ends with the program, however that
// ends. It can be reached only from this machine and by this user, and does not survive a power loss.
//
// Where PostgreSQL is not installed the test is skipped; with SPINOFF_TEST_POSTGRES=1 it fails.
func Start(t testing.TB) string {
	t.Helper()
	server := os.Getenv("SPINOFF_TEST_POSTGRES_URL") //nolint:forbidigo // a setting of the tests, not of the project
	if server == "" {
		c, err := started()
		switch {
		case err != nil && os.Getenv("SPINOFF_TEST_POSTGRES") == "" && missing(err): //nolint:forbidigo // as above
			t.Skipf("%v; scripts/install-postgres installs it", err)
		case err != nil:
			t.Fatalf("start PostgreSQL: %v", err)
		}
		server = c.url()
	}
	name := "test_" + strings.ToLower(rand.Text())
	execute(t, server, "CREATE DATABASE "+name+" ENCODING 'UTF8' TEMPLATE template0")
	t.Cleanup(func() { execute(t, server, "DROP DATABASE "+name+" WITH (FORCE)") })
	return inDatabase(t, server, name)
}

// started starts the server of this program, once.
var started = sync.OnceValues(startCluster)

func execute(t testing.TB, server, statement string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context()) // also while the test is being cleaned up
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx) //nolint:errcheck // nothing is left to be said
	if _, err := conn.Exec(ctx, statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// inDatabase returns the address of another database of a server.
func inDatabase(t testing.TB, server, name string) string {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal("SPINOFF_TEST_POSTGRES_URL is no URL; want postgres://user:password@host:5432/name")
	}
	u.Path = "/" + name
	return u.String()
}
