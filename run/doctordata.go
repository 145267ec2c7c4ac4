package run

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/events"
	"github.com/spinoff-go/spinoff/events/jetstream"
)

// examineStored says whether the database of an app is as the program needs it, without changing it.
func (p *Process) examineStored(ctx context.Context, a *placed, db *data.DB) (found []finding) {
	add := func(level, format string, args ...any) {
		found = append(found, finding{level, a.Name, fmt.Sprintf(format, args...)})
	}
	status, err := db.Status(ctx)
	if err == nil {
		err = status.Reach(0)
	}
	switch {
	case err != nil:
		add("error", "%v", err)
		return found
	case !status.Exists && status.Engine == data.SQLite:
		add("ok", "runs here; its database is made at the first start")
		return found
	case !status.Exists:
		add("ok", "runs here, on %s, which is made at the first start", p.engineOf(a))
		return found
	case len(status.Next(0)) > 0:
		add("warning", "its database lacks %s, the next start brings it up to date; or \"migrate\" does", status.Next(0)[0].File)
		return found
	}
	if err = db.Open(ctx); err == nil {
		more, failed := p.examineBox(ctx, a, db)
		found = more
		err = errors.Join(failed, db.Check(ctx), db.Close())
	}
	for _, r := range a.Holds {
		if err == nil {
			err = r.Open(ctx)
		}
		if err == nil {
			err = errors.Join(r.Check(ctx), r.Close())
		}
	}
	if err != nil {
		add("error", "%v", err)
	} else {
		add("ok", "runs here, on %s", p.engineOf(a))
	}
	return found
}

// outboxPatience is how long an event may wait in the outbox before somebody should know.
const outboxPatience = time.Minute

// examineBox says which events of an app wait: to be sent, or for people.
func (p *Process) examineBox(ctx context.Context, a *placed, db *data.DB) (found []finding, err error) {
	if a.box == nil {
		return nil, nil
	}
	n, oldest, err := events.Waiting(ctx, db)
	if err != nil {
		return nil, err
	}
	if since := data.Time(oldest); n > 0 && p.options.Now().Sub(since) > outboxPatience {
		found = append(found, finding{"warning", a.Name, fmt.Sprintf("%s in the outbox since %s: they are sent while the project runs, and the engine can be reached and is not full",
			count(int(n), "event waits", "events wait"), since.Local().Format(time.DateTime))})
	}
	failed, err := events.ListFailed(ctx, db, everything)
	dead, trying := 0, 0
	for _, f := range failed {
		if f.Dead() {
			dead++
		} else {
			trying++
		}
	}
	if trying > 0 {
		found = append(found, finding{"warning", a.Name, count(trying, "event", "events") + " could not be handled and will be tried again; see \"events dead --all\""})
	}
	if dead > 0 {
		found = append(found, finding{"warning", a.Name, count(dead, "event", "events") + " could not be handled and waits for people: \"events dead\", then \"events replay\" or \"events drop\""})
	}
	return found, err
}

// examineEngine says whether events can travel as the environment has it.
func (p *Process) examineEngine(ctx context.Context) (found []finding) {
	add := func(level, format string, args ...any) {
		found = append(found, finding{level, "events", fmt.Sprintf(format, args...)})
	}
	here := false
	for _, a := range p.apps {
		here = here || a.here() && a.box != nil
	}
	address := p.options.Environ("NATS_URL")
	for _, name := range []string{"NATS_CREDS", "NATS_CA", "NATS_CERT", "NATS_KEY"} {
		if address == "" && p.options.Environ(name) != "" {
			add("warning", "%s is set, and NATS_URL is not: it has no effect", name)
		}
	}
	if !here {
		return found
	}
	for _, a := range p.apps {
		if address == "" && a.box != nil && !a.here() && slices.ContainsFunc(a.base(), func(base *url.URL) bool { return !isLoopback(base.Hostname()) }) {
			add("error", "%s=%s is on another machine, and its events cannot get there without a server that both reach: set NATS_URL in all processes", spinoff.Variable(a.Name), a.base().Redacted())
		}
	}
	folder := filepath.Join(p.options.Data, "events")
	if _, err := os.Stat(folder); address == "" && errors.Is(err, os.ErrNotExist) {
		if _, err := p.engineOptions(); err != nil {
			add("error", "%v", err)
			return found
		}
		add("ok", "travel inside the machine; %s is made at the first start", folder)
		return found
	}
	return append(found, p.examineStreams(ctx, address)...)
}

// examineStreams asks the engine.
func (p *Process) examineStreams(ctx context.Context, address string) (found []finding) {
	add := func(level, format string, args ...any) {
		found = append(found, finding{level, "events", fmt.Sprintf(format, args...)})
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	engine, err := p.openEngine(ctx)
	if err != nil {
		add("error", "%v", err)
		return found
	}
	defer engine.Close() //nolint:errcheck // nothing was written
	if err := engine.Check(ctx); errors.Is(err, jetstream.ErrDisconnected) && address != "" {
		add("error", "NATS_URL: the server does not answer: %v", err)
		return found
	} else if err != nil {
		add("error", "%v", err)
		return found
	}
	streams, err := engine.Streams(ctx)
	if err != nil {
		add("error", "%v", err)
		return found
	}
	for _, s := range streams {
		if s.MaxBytes > 0 && s.Bytes > s.MaxBytes/5*4 {
			add("warning", "stream %s has %d of its %d MiB: raise EVENTS_MAX_BYTES, or let its slowest consumer catch up; see \"events consumers\"", s.Name, s.Bytes>>20, s.MaxBytes>>20)
		}
	}
	where := "inside the machine"
	if address != "" {
		where = "by NATS_URL"
	}
	add("ok", "travel %s", where)
	return found
}

// examinePrivacy says whether others on the machine can read the data folder.
func examinePrivacy(folder string) []finding {
	info, err := os.Stat(folder)
	if err != nil || info.Mode().Perm()&0o007 == 0 {
		return nil
	}
	open, err := filepath.Glob(filepath.Join(folder, "*.db*"))
	if err != nil {
		return nil
	}
	var readable []string
	for _, name := range append(open, filepath.Join(folder, identityFile)) {
		if info, err := os.Stat(name); err == nil && info.Mode().Perm()&0o077 != 0 {
			readable = append(readable, name)
		}
	}
	if readable == nil {
		return nil
	}
	return []finding{{"warning", "data", "other users of this machine can read " + strings.Join(readable, ", ") + ": chmod 600"}}
}
