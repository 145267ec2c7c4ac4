package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/call"
	"github.com/spinoff-go/spinoff/data"
)

// finding is one thing that the doctor looked at.
type finding struct {
	Level  string `json:"level"` // ok, warning, error
	About  string `json:"about"`
	Detail string `json:"detail"`
}

// colours of the levels, on a terminal.
var colours = map[string]colour{"ok": green, "warning": yellow, "error": red}

func (p *program) doctor() *cobra.Command {
	var asJSON bool
	var addr string
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Say what is misconfigured",
		Long: `Check the environment, the data folder, the databases, the events and the providers elsewhere, and say what is wrong and what would be right.
No database is made or changed. The exit code is 1 when there is an error.`,
		Example: `  company doctor
  FAQ_API=http://127.0.0.1:8001 company doctor --json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			findings := p.examine(c.Context(), addr)
			if asJSON {
				e := json.NewEncoder(p.stdout)
				e.SetIndent("", "  ")
				if err := e.Encode(findings); err != nil {
					return err
				}
			} else {
				for _, f := range findings {
					fmt.Fprintf(p.stdout, "%s %-16s %s\n", p.paint(colours[f.Level], fmt.Sprintf("%-8s", f.Level)), f.About, f.Detail)
				}
			}
			if slices.ContainsFunc(findings, func(f finding) bool { return f.Level == "error" }) {
				return errTold
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().StringVar(&addr, "addr", "127.0.0.1:8000", "address that the project is to listen on")
	return c
}

func (p *program) examine(ctx context.Context, addr string) []finding {
	var findings []finding
	add := func(level, about, format string, args ...any) {
		findings = append(findings, finding{level, about, fmt.Sprintf(format, args...)})
	}
	p.options.Calling = false
	process, err := New(p.project, p.options)
	if err != nil {
		for line := range strings.SplitSeq(err.Error(), "\n") {
			add("error", "project", "%s", line)
		}
		return findings
	}
	add("ok", "project", "%d apps: %s", len(process.apps), strings.Join(process.names(), ", "))
	for _, name := range strayVariables(os.Environ(), process.names()) {
		add("warning", name, "is set, and the project has no such app; its apps are %s", strings.Join(process.names(), ", "))
	}
	for _, a := range process.apps {
		if db, ok := a.Data.(*data.DB); ok && a.here() {
			findings = append(findings, process.examineStored(ctx, a, db)...)
			continue
		}
		level, detail := process.examineApp(ctx, a, addr)
		add(level, a.Name, "%s", detail)
	}
	findings = append(findings, process.examineDeprecated()...)
	findings = append(findings, process.examineEngine(ctx)...)
	findings = append(findings, process.examineSecurity()...)
	level, detail := examineData(process.options.Data)
	add(level, "data", "%s", detail)
	findings = append(findings, examinePrivacy(process.options.Data)...)
	level, detail = process.examineAddress(addr)
	add(level, "address", "%s", detail)
	return findings
}

// examineDeprecated says which apps still use a service that is to go, and which endpoints may go by now.
func (p *Process) examineDeprecated() (found []finding) {
	for _, a := range p.apps {
		for _, op := range a.provider.Operations() {
			d := op.Deprecated
			if d == nil {
				continue
			}
			found = append(found, finding{"warning", a.Name, fmt.Sprintf("%s is %s; who still calls it shows \"contract usage %s\"", op.FullName(), endOf(d), a.Name)})
		}
	}
	return found
}

// strayVariables returns the variables that look like providers or databases and belong to no app.
func strayVariables(environ, apps []string) []string {
	var stray []string
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		app, isProvider := strings.CutSuffix(name, "_API")
		isProvider = isProvider && strings.HasPrefix(value, "http")
		app, isDatabase := strings.CutSuffix(app, "_DATABASE_URL")
		if (isProvider || isDatabase) && !slices.Contains(apps, strings.ToLower(app)) {
			stray = append(stray, name)
		}
	}
	return stray
}

// examineApp says whether an app can do its work where it is placed.
func (p *Process) examineApp(ctx context.Context, a *placed, addr string) (level, detail string) {
	switch {
	case !a.here() && a.base() == nil:
		return "ok", "runs nowhere, and nothing here needs it"
	case !a.here() && slices.ContainsFunc(a.base(), func(base *url.URL) bool { return strings.HasSuffix(addr, base.Host) && base.Path == "" }):
		return "error", fmt.Sprintf("%s is the address of this very process: it would call itself", a.base().Redacted())
	case !a.here():
		for i, base := 0, a.base(); i < len(base); i++ {
			if level, detail = p.examineRemote(ctx, a, base[i:i+1]); level != "ok" {
				return level, detail
			}
		}
		return "ok", "answers at " + spinoff.Variable(a.Name) + "=" + a.base().Redacted()
	}
	for _, r := range a.resources() {
		err := r.Open(ctx)
		if err == nil {
			err = errors.Join(r.Check(ctx), r.Close())
		}
		if err != nil {
			return "error", err.Error()
		}
	}
	return "ok", "runs here"
}

// examineRemote asks a provider elsewhere, at one of its addresses, for the versions that the apps here use, and where they use none, whether it answers at all.
func (p *Process) examineRemote(ctx context.Context, a *placed, base call.Bases) (level, detail string) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	where := spinoff.Variable(a.Name) + "=" + base.Redacted()
	used := p.used(a.Name)
	for _, service := range used {
		status, problem, err := p.probe(ctx, a, base, fmt.Sprintf("v%d", service.Version), "-")
		switch {
		case err != nil:
			return "error", fmt.Sprintf("%s does not answer: %v", where, call.Trouble(err))
		case problem == "" || status >= http.StatusInternalServerError:
			return "error", fmt.Sprintf("%s answers with status %d, and is no spinoff service there: is the path right?", where, status)
		case strings.Contains(problem, "has no version"):
			return "error", fmt.Sprintf("%s does not provide %s: upgrade the provider first", where, service)
		}
	}
	if used == nil {
		if _, _, err := p.probe(ctx, a, base); err != nil {
			return "error", fmt.Sprintf("%s does not answer: %v", where, call.Trouble(err))
		}
	}
	return "ok", "answers at " + where
}

// probe asks for a path of an app elsewhere, and returns the problem that it answers with, if it is one.
func (p *Process) probe(ctx context.Context, a *placed, base call.Bases, path ...string) (status int, problem string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "/"+strings.Join(path, "/"), nil)
	if err != nil {
		return 0, "", err
	}
	if name, secret, ok := base.Key(); ok {
		r.SetBasicAuth(name, secret)
	}
	remote := call.NewRemote(a.Name, base, p.transport, p.identity, p.options.Log, call.RemoteOptions{})
	defer remote.Close()
	response, err := remote.Pages().RoundTrip(r)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	if strings.Contains(response.Header.Get("Content-Type"), "problem+json") {
		body, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
		return response.StatusCode, string(body), err
	}
	return response.StatusCode, "", nil
}

// used returns the services of an app that apps here use.
func (p *Process) used(app string) []spinoff.Service {
	var used []spinoff.Service
	for _, a := range p.apps {
		for _, s := range a.Uses {
			if a.here() && s.Name == app && !slices.Contains(used, s) {
				used = append(used, s)
			}
		}
	}
	return used
}

func examineData(folder string) (level, detail string) {
	info, err := os.Stat(folder)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "ok", folder + " is made at the first start"
	case err != nil:
		return "error", err.Error()
	case !info.IsDir():
		return "error", folder + " is not a folder"
	}
	f, err := os.CreateTemp(folder, ".doctor-*")
	if err != nil {
		return "error", fmt.Sprintf("nothing can be written to %s: %v", folder, err)
	}
	if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
		return "error", err.Error()
	}
	return "ok", folder + " can be written"
}

func (p *Process) examineAddress(addr string) (level, detail string) {
	l, err := p.listen(addr)
	if err == nil {
		l.Close() //nolint:errcheck // nobody connected
		return "ok", addr + " is free"
	}
	if inUse := new(net.OpError); errors.As(err, &inUse) {
		return "warning", addr + " is in use: the project runs already, or another program does"
	}
	return "error", err.Error()
}
