package spinoff

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"time"
)

// App is a web application that does one thing.
type App struct {
	Name  string // lower-case letters and digits
	Title string // for people, as in the navigation. Default: Name
	Team  string // who owns it
	Path  string // where its pages and endpoints live, with a slash at both ends. Default: "/" + Name + "/"

	Provides   []Handler                       // the endpoints it answers: of the service with the app's name, in any number of versions
	Contracts  fs.FS                           // its frozen contracts, such as "faqv2/contract.json", by go:embed; nil while none is released
	Deprecated map[Service]Deprecation         // whole versions of the service that are to go
	Uses       []Service                       // the services it calls; a call to another one is refused
	Publishes  []Announcement                  // the topics it publishes: of the service with the app's name
	Consumes   []Consumer                      // the topics it acts on, of any service
	Views      []View                          // its pages
	Nav        []Link                          // its entries in the navigation
	Data       Database                        // its database; nil when it has none
	Holds      []Resource                      // what else it holds while it runs here; opened after Data, closed before it
	Imports    *Import                         // how it takes in files; nil when it does not
	Seed       func(ctx context.Context) error // fills an empty database with an example; nil when it has none
	SignIn     *SignIn                         // set by the one app of a project that signs people in
}

// New declares an app. It must do nothing but build the value: it is called in every process of the project, also
// where the app does not run, because every process knows the whole map. What has to be opened is
// opened by one of the app's resources.
type New func(Env) (App, error)

// Env is what a process gives to each app.
type Env struct {
	Calls    Caller                   // calls the services that the app uses
	Database func() string            // URL of the app's own database, such as "sqlite:data/faq.db"; to be asked for when it is opened
	Setting  func(name string) string // a variable of the environment, such as FAQ_LANGUAGE; "" where it is not set
	Log      *slog.Logger             // carries the app's name
	Now      func() time.Time         // the clock
}

// View is one page, or one thing that a page does: a route under the app's name, and what answers it.
type View struct {
	Route   string       // method and path without the app's name: "GET /{number}"
	Handler http.Handler // finds the signed-in person by [OriginOf] of the request's context
	Public  bool         // whether everybody may see it. Default: only people who have signed in
}

// Link is an entry of the navigation.
type Link struct {
	Title  string
	URL    string // absolute path: "/tickets/"
	Public bool   // whether it is for visitors. Default: for people who have signed in
}

// Resource is something that an app holds while it runs in this process: a database, a listener, a worker.
// Resources are opened in order before the first request and closed in reverse order after the last one; an app that moves away and
// comes back opens them again.
type Resource interface {
	Open(ctx context.Context) error
	Close() error
	Check(ctx context.Context) error // whether it can do its work now, for /readyz
}

// Import is how an app takes in files from elsewhere, by the command "import".
type Import struct {
	Accepts string // one line for the help: "mbox files, Maildir folders and .eml messages"
	Example string // arguments for the help: "archive.mbox"
	// Run takes in the file or folder at path. The same content a second time must change nothing.
	// report may be called at any time with the progress so far.
	Run func(ctx context.Context, path string, report func(Progress)) (Progress, error)
}

// Progress is how far an import has come.
type Progress struct {
	Read, Total int64            // bytes; Total is 0 where it is not known
	Counts      map[string]int64 // what happened, by name: "tickets created", "already there"
	Refused     []string         // what was not taken in and why, the first hundred
}

// SignIn is how people sign in.
type SignIn struct {
	URL string // page that signs a person in; gets the page to return to as ?next=
	Out string // URL that signs the person out, by POST
	// Cookie is the name of the cookie that proves who is signed in. It never leaves the process where SignIn runs.
	Cookie string
	// Person returns who sent the request, or the zero Person.
	Person func(r *http.Request) (Person, error)
	// SetUp returns the path of a page that lets its first visitor make the first account, or "" where there is an account.
	SetUp func(ctx context.Context) (string, error)
}
