package spinofftest

import (
	"net/url"
	"path/filepath"
	"testing"

	"github.com/spinoff-go/spinoff/spinofftest/pgtest"
)

// Databases runs test once for each engine that an app's database may have: SQLite, and PostgreSQL where it is installed; see [pgtest.Start]. address
// returns the address of the database of an app, which is empty at first and the same for the length of the test.
func Databases(t *testing.T, test func(t *testing.T, address func(app string) string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		folder := t.TempDir()
		test(t, func(app string) string { return "sqlite:" + filepath.Join(folder, app+".db") })
	})
	t.Run("postgres", func(t *testing.T) {
		database := pgtest.Start(t)
		test(t, func(app string) string { return inSchema(t, database, app) })
	})
}

// Postgres returns the address of an empty PostgreSQL database for an app; see [pgtest.Start].
func Postgres(t testing.TB, app string) string {
	t.Helper()
	return inSchema(t, pgtest.Start(t), app)
}

// inSchema returns the address of a schema in a PostgreSQL database.
func inSchema(t testing.TB, database, schema string) string {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	options := u.Query()
	options.Set("schema", schema)
	u.RawQuery = options.Encode()
	return u.String()
}
