// Package run makes a program of a project: it decides which apps run in this process, opens what they hold,
// serves their pages and endpoints, and carries calls to the apps that run elsewhere.
package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/call"
	"github.com/spinoff-go/spinoff/contract/usage"
	"github.com/spinoff-go/spinoff/events"
	"github.com/spinoff-go/spinoff/events/jetstream"
	"github.com/spinoff-go/spinoff/keys"
	"github.com/spinoff-go/spinoff/telemetry"
)

// Process is one process of a project. Its exported methods are safe for concurrent use after [New].
type Process struct {
	project   spinoff.Project
	options   Options
	apps      []*placed // all apps of the project, in its order
	targets   call.Targets
	identity  *call.Identity
	transport *http.Transport
	remotes   call.RemoteOptions               // how apps elsewhere are called
	engine    atomic.Pointer[jetstream.Engine] // nil while no app here has needed it
	engineMu  sync.Mutex                       // held while it is opened
	open      []spinoff.Resource               // what the process itself holds, in the order in which it was opened
	handler   http.Handler
	tls       transportSecurity
	exposed   atomic.Bool       // whether other machines can reach it
	tracer    *telemetry.Tracer // nil where nothing is recorded
	logs      slog.Handler      // which knows nothing of apps and requests
	pages     pageMetrics

	control     *control
	family      *family
	from        *inherited
	address     string           // where this process answers, such as http://127.0.0.1:8000; "" until it listens
	inner       *net.TCPListener // where those that it has started reach it; nil where that is its address
	started     time.Time
	pid         int
	standby     standby
	handOver    handOver
	whenServing func() // called once, when all is open
}

// placed is an app and where it answers.
type placed struct {
	spinoff.App
	log      *slog.Logger
	provider *call.Provider // compiled in every process, so that the map is known everywhere
	box      *events.Box    // nil where the app has no events
	counter  *usage.Counter // nil where its uses are not written down
	keys     *keys.Ring     // of those who may call; nil where it has no endpoints
	target   *call.Target

	contracts []described // the versions of its service, oldest first

	place atomic.Pointer[place]
	moving
}

// resources returns what the app holds, in the order in which it is opened.
func (a *placed) resources() []spinoff.Resource {
	var all []spinoff.Resource
	if a.Data != nil {
		all = append(all, a.Data)
	}
	if a.counter != nil {
		all = append(all, a.counter)
	}
	return append(all, a.Holds...)
}

// New declares all apps of the project and decides which of them run in this process. It opens nothing and writes nothing.
// Errors name the app, the endpoint or the variable that is wrong.
func New(project spinoff.Project, options Options) (*Process, error) {
	p := &Process{project: project, options: options.withDefaults(), targets: call.Targets{}}
	p.transport, p.identity, p.pages = call.NewTransport(), new(call.Identity), newPageMetrics()
	p.logs = p.options.Log.Handler()
	p.options.Log = slog.New(located{Handler: p.logs})
	if err := errors.Join(p.addTLS(), p.readTelemetry()); err != nil {
		return nil, err
	}
	p.family, p.handOver.begun, p.whenServing = &family{stdout: io.Discard, stderr: io.Discard}, make(chan struct{}), func() {}
	p.started, p.pid, p.control, p.from = p.options.Now(), os.Getpid(), newControl(p), &inherited{role: roleProject}
	for _, declare := range project.Apps {
		if err := p.declare(declare); err != nil {
			return nil, err
		}
	}
	if err := p.endAll(); err != nil {
		return nil, err
	}
	if err := p.place(); err != nil {
		return nil, err
	}
	if err := p.checkDatabases(); err != nil {
		return nil, err
	}
	p.share()
	var err error
	p.handler, err = p.routes()
	return p, err
}

// declare makes one app known.
func (p *Process) declare(declare spinoff.New) error {
	a := new(placed)
	a.place.Store(new(place))
	a.log = slog.New(located{Handler: p.logs, app: &a.Name})
	calls := new(call.Calls)
	app, err := declare(spinoff.Env{
		Calls:    calls,
		Database: func() string { return p.database(a.Name) },
		Setting:  p.options.Environ,
		Log:      a.log,
		Now:      p.options.Now,
	})
	a.App = app
	if err != nil {
		return fmt.Errorf("app %s: %w", app.Name, err)
	}
	if err := p.check(&a.App); err != nil {
		return err
	}
	a.target = p.targets.Of(app.Name)
	*calls = *call.NewCalls(app.Name, app.Uses, p.targets)
	if err := errors.Join(p.provide(a), p.addBox(a)); err != nil {
		return err
	}
	if err := errors.Join(a.describe(), p.addKeys(a)); err != nil {
		return err
	}
	p.apps = append(p.apps, a)
	return nil
}

// provide prepares the endpoints of an app. http.ServeMux panics on routes that clash, and says how they do.
func (p *Process) provide(a *placed) (err error) {
	defer func() {
		if clash := recover(); clash != nil {
			err = fmt.Errorf("app %s: its endpoints: %v", a.Name, clash)
		}
	}()
	if a.provider, err = call.NewProvider(a.Name, a.Provides, a.Data, p.identity, a.log); err == nil {
		a.provider.SetTracer(p.recorder())
	}
	return err
}

// check fills in what an app leaves out, and refuses what would clash.
func (p *Process) check(a *spinoff.App) error {
	if !validName(a.Name) {
		return fmt.Errorf("app %q: a name is lower-case letters and digits and begins with a letter, such as faq", a.Name)
	}
	if a.Title == "" {
		a.Title = a.Name
	}
	if a.Path == "" {
		a.Path = "/" + a.Name + "/"
	}
	if !strings.HasPrefix(a.Path, "/") || !strings.HasSuffix(a.Path, "/") || strings.ContainsAny(a.Path, "{} ") {
		return fmt.Errorf("app %s: path %q: it begins and ends with a slash, such as /%s/", a.Name, a.Path, a.Name)
	}
	for _, other := range p.apps {
		switch {
		case other.Name == a.Name:
			return fmt.Errorf("two apps are called %s", a.Name)
		case other.Path == a.Path:
			return fmt.Errorf("apps %s and %s both live under %s", other.Name, a.Name, a.Path)
		case other.SignIn != nil && a.SignIn != nil:
			return fmt.Errorf("apps %s and %s both sign people in; one app of a project does", other.Name, a.Name)
		}
	}
	return nil
}

func validName(name string) bool {
	for i, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}

// place decides where each app answers, and refuses to start when a service that is needed here answers nowhere.
func (p *Process) place() error {
	for _, name := range slices.Concat(p.options.Only, p.options.Without) {
		if p.find(name) == nil {
			return fmt.Errorf("there is no app %q; there are %s", name, strings.Join(p.names(), ", "))
		}
	}
	var err error
	if p.remotes, err = p.remoteOptions(); err != nil {
		return err
	}
	for _, a := range p.apps {
		value := p.options.Environ(spinoff.Variable(a.Name))
		asked := slices.Contains(p.options.Only, a.Name)
		if asked || len(p.options.Only) == 0 && value == "" && !slices.Contains(p.options.Without, a.Name) {
			if asked {
				a.holder = p.options.Environ(variableHolder)
			}
			p.settle(a, place{here: true})
			continue
		}
		if value == "" {
			continue
		}
		base, err := call.ParseBases(value)
		if err != nil {
			return fmt.Errorf("%s: %w", spinoff.Variable(a.Name), err)
		}
		p.settle(a, place{base: base})
	}
	return errors.Join(p.checkUses(), p.checkConsumes())
}

// checkUses makes sure that every service used here can be called.
func (p *Process) checkUses() error {
	var missing []error
	for _, a := range p.apps {
		for _, s := range a.Uses {
			provider := p.find(s.Name)
			if provider == nil {
				missing = append(missing, fmt.Errorf("app %s uses service %s, and the project has no app %s", a.Name, s, s.Name))
				continue
			}
			if !slices.Contains(provider.provider.Versions(), s.Version) {
				missing = append(missing, fmt.Errorf("app %s uses service %s, and app %s does not provide that version", a.Name, s, s.Name))
			}
			if a.here() && !p.options.Calling && !provider.here() && provider.base() == nil {
				missing = append(missing, fmt.Errorf("app %s uses service %s, which nobody provides: run app %s here too, or set %s to where it answers, such as %s=http://127.0.0.1:8001",
					a.Name, s, s.Name, spinoff.Variable(s.Name), spinoff.Variable(s.Name)))
			}
		}
	}
	return errors.Join(missing...)
}

func (p *Process) find(name string) *placed {
	for _, a := range p.apps {
		if a.Name == name {
			return a
		}
	}
	return nil
}

func (p *Process) names() []string {
	var names []string
	for _, a := range p.apps {
		names = append(names, a.Name)
	}
	return names
}

// Open opens what the apps of this process hold. When one cannot be opened, those that were are closed again.
func (p *Process) Open(ctx context.Context) error {
	if err := errors.Join(p.openTelemetry(ctx), p.openIdentity(ctx)); err != nil {
		return err
	}
	for _, a := range p.apps {
		if !a.here() {
			continue
		}
		if err := a.open(ctx); err != nil {
			return errors.Join(err, p.Close())
		}
	}
	return nil
}

// Close closes what is open, in reverse order. It is to be called when no request is being answered any more.
func (p *Process) Close() error {
	var failed []error
	for _, a := range slices.Backward(p.apps) {
		failed = append(failed, a.close(0))
	}
	for _, r := range slices.Backward(p.open) {
		failed = append(failed, r.Close())
	}
	p.open = nil
	for _, target := range p.targets {
		if target.Remote != nil {
			target.Remote.Close()
		}
	}
	if p.tracer != nil {
		failed = append(failed, p.tracer.Close())
	}
	return errors.Join(failed...)
}

// Seed fills the empty databases of the apps that run here with their examples.
func (p *Process) Seed(ctx context.Context) error {
	for _, a := range p.apps {
		if a.here() && a.Seed != nil {
			if err := a.Seed(ctx); err != nil {
				return fmt.Errorf("seed app %s: %w", a.Name, err)
			}
		}
	}
	return nil
}

// SetUp returns the path of a page that makes the first account, or "" where there is one, or where nobody signs in here.
func (p *Process) SetUp(ctx context.Context) (string, error) {
	if a := p.signIn(); a != nil && a.here() && a.SignIn.SetUp != nil {
		return a.SignIn.SetUp(ctx)
	}
	return "", nil
}

// Calls returns a caller that may call every service of the project, in the name of consumer.
func (p *Process) Calls(consumer string) spinoff.Caller {
	return call.NewAllCalls(consumer, p.targets)
}

// ServeHTTP answers requests to the project.
func (p *Process) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if p.standby.waiting() {
		p.standby.ServeHTTP(w, r)
		return
	}
	p.handler.ServeHTTP(w, r)
}

// Here returns the names of the apps that run in this process.
func (p *Process) Here() []string {
	var names []string
	for _, a := range p.apps {
		if a.here() {
			names = append(names, a.Name)
		}
	}
	return names
}
