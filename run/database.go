package run

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
)

// database returns the address of an app's database: what FAQ_DATABASE_URL says, or a schema with the app's name where DATABASE_URL says, or a file in
// the data folder.
func (p *Process) database(app string) string {
	if own := p.options.Environ(databaseVariable(app)); own != "" {
		return inSchema(own, app, false)
	}
	if shared := p.options.Environ("DATABASE_URL"); shared != "" {
		return inSchema(shared, app, true)
	}
	return "sqlite:" + filepath.Join(p.options.Data, app+".db")
}

// databaseVariable is the name of the variable that says where an app's database is: "FAQ_DATABASE_URL".
func databaseVariable(app string) string { return strings.ToUpper(app) + "_DATABASE_URL" }

// inSchema adds the schema to the address of a PostgreSQL database. One that the address names stays, unless the address is for all apps.
func inSchema(address, schema string, shared bool) string {
	u, err := url.Parse(address)
	if err != nil || !strings.HasPrefix(u.Scheme, "postgres") {
		return address // opening it says what is wrong
	}
	options := u.Query()
	if shared || options.Get("schema") == "" {
		options.Set("schema", schema)
	}
	u.RawQuery = options.Encode()
	return u.String()
}

// checkDatabases refuses a file as the database of all apps. No error has the address, which may have a password.
func (p *Process) checkDatabases() error {
	shared := p.options.Environ("DATABASE_URL")
	if scheme, _, _ := strings.Cut(shared, ":"); shared == "" || scheme == "postgres" || scheme == "postgresql" {
		return nil
	}
	return fmt.Errorf("DATABASE_URL is for all apps, and has to be a PostgreSQL database, as in postgres://user:password@host:5432/name; the file of one app is named by a variable such as %s=sqlite:data/faq.db",
		databaseVariable("faq"))
}

// engineOf says in words where an app's database is, without its password; "" where it has none here.
func (p *Process) engineOf(a *placed) string {
	if a.Data == nil || !a.here() {
		return ""
	}
	address := p.database(a.Name)
	if file, ok := strings.CutPrefix(address, "sqlite:"); ok {
		return "SQLite " + file
	}
	u, err := url.Parse(address)
	if err != nil || !strings.HasPrefix(u.Scheme, "postgres") { // opening it says what is wrong
		return "PostgreSQL"
	}
	host := u.Host
	if host == "" {
		host = u.Query().Get("host")
	}
	return fmt.Sprintf("PostgreSQL %s%s, schema %s", host, u.Path, u.Query().Get("schema"))
}
