package run

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/events"
	"github.com/spinoff-go/spinoff/events/jetstream"
)

// addBox gives an app that publishes or consumes a box.
func (p *Process) addBox(a *placed) (err error) {
	if len(a.Publishes) == 0 && len(a.Consumes) == 0 {
		return nil
	}
	db, ok := a.Data.(*data.DB)
	if !ok {
		return fmt.Errorf("app %s publishes or consumes events and has no database for them: set App.Data to what data.New returns", a.Name)
	}
	a.box, err = events.New(events.Options{App: a.App, DB: db, Engine: func() *jetstream.Engine { return p.engine.Load() }, Log: a.log, Now: p.options.Now, Tracer: p.recorder()})
	return err
}

// checkConsumes makes sure that everything consumed is published by an app of the project.
func (p *Process) checkConsumes() error {
	var missing []error
	for _, a := range p.apps {
		for _, c := range a.Consumes {
			publisher := p.find(c.Service.Name)
			announces := func(n spinoff.Announcement) bool { return n.Kind == c.Kind }
			switch {
			case publisher == nil:
				missing = append(missing, fmt.Errorf("app %s consumes %s, and the project has no app %s", a.Name, c.Kind, c.Service.Name))
			case !slices.ContainsFunc(publisher.Publishes, announces):
				missing = append(missing, fmt.Errorf("app %s consumes %s, which app %s does not publish", a.Name, c.Kind, c.Service.Name))
			}
		}
	}
	return errors.Join(missing...)
}

// openBoxes opens the boxes of the apps that run here. It comes after everything else: a handler may call any app.
func (p *Process) openBoxes(ctx context.Context) error {
	for _, a := range p.apps {
		if !a.here() {
			continue
		}
		if err := p.openBox(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// closeBoxes is the reverse of openBoxes, and closes the engine.
func (p *Process) closeBoxes() error {
	p.standby.change.Lock() // a move has ended
	defer p.standby.change.Unlock()
	var failed []error
	for _, a := range p.apps {
		if a.here() {
			failed = append(failed, a.closeBox())
		}
	}
	if engine := p.engine.Swap(nil); engine != nil {
		failed = append(failed, engine.Close())
	}
	return errors.Join(failed...)
}

// needEngine opens the engine unless it is open.
func (p *Process) needEngine(ctx context.Context) error {
	p.engineMu.Lock()
	defer p.engineMu.Unlock()
	if p.engine.Load() != nil {
		return nil
	}
	engine, err := p.openEngine(ctx)
	if err == nil {
		p.engine.Store(engine)
	}
	return err
}

// openEngine opens what events travel on, as the environment says. docs/events.md lists the variables.
func (p *Process) openEngine(ctx context.Context) (*jetstream.Engine, error) {
	o, err := p.engineOptions()
	if err != nil {
		return nil, err
	}
	return jetstream.Open(ctx, o)
}

func (p *Process) engineOptions() (o jetstream.Options, err error) {
	get := p.options.Environ
	o = jetstream.Options{
		Folder: filepath.Join(p.options.Data, "events"),
		URL:    get("NATS_URL"), Creds: get("NATS_CREDS"), CA: get("NATS_CA"), Cert: get("NATS_CERT"), Key: get("NATS_KEY"),
		Log: p.options.Log, Now: p.options.Now,
	}
	if text := get("EVENTS_MAX_BYTES"); text != "" {
		if o.MaxBytes, err = strconv.ParseInt(text, 10, 64); err != nil || o.MaxBytes < 1<<20 {
			return o, fmt.Errorf("EVENTS_MAX_BYTES is %q; it is how many bytes one stream may hold, at least 1048576", text)
		}
	}
	if text := get("EVENTS_MAX_AGE"); text != "" {
		if o.MaxAge, err = time.ParseDuration(text); err != nil || o.MaxAge < time.Minute {
			return o, fmt.Errorf("EVENTS_MAX_AGE is %q; it is how long events are kept that everybody has, such as 720h, at least 1m", text)
		}
	}
	if text := get("EVENTS_REPLICAS"); text != "" {
		if o.Replicas, err = strconv.Atoi(text); err != nil || o.Replicas < 1 || o.Replicas > 5 {
			return o, fmt.Errorf("EVENTS_REPLICAS is %q; it is how many servers of a cluster hold each stream, 1 to 5", text)
		}
	}
	return o, nil
}
