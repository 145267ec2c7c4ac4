package run

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"

	"github.com/spinoff-go/spinoff"
)

// split is the apps of a project that run in processes of their own, and where they answer. Their sockets are open in this process as long as it runs, so
// that they keep their addresses, and calls wait, when such a process is started again.
type split struct {
	apps    []string
	sockets []*net.TCPListener // of each app
	flags   upFlags
}

// openApart opens the sockets of the apps that are to run apart, and lets the environment say where they are.
func (p *program) openApart(ctx context.Context, f upFlags) (*split, error) {
	s := &split{flags: f}
	get := p.options.withDefaults().Environ
	for _, app := range f.split {
		if slices.Contains(s.apps, app) {
			continue
		}
		if err := p.mayBeApart(app, get); err != nil {
			return nil, errors.Join(err, s.close())
		}
		l, err := listenLoopback(ctx)
		if err != nil {
			return nil, errors.Join(err, s.close())
		}
		s.apps, s.sockets = append(s.apps, app), append(s.sockets, l)
	}
	p.options.Environ = func(name string) string {
		for i, app := range s.apps {
			if name == spinoff.Variable(app) {
				return "http://" + s.sockets[i].Addr().String()
			}
		}
		return get(name)
	}
	return s, nil
}

// mayBeApart refuses an app of which something else is said too.
func (p *program) mayBeApart(app string, get func(string) string) error {
	switch {
	case !inFamily:
		return errors.New("--split needs a system such as Linux, macOS or a BSD; start the processes one by one here, and set their variables")
	case !validName(app):
		return fmt.Errorf("--split: %q is not the name of an app; it takes names with commas between them, such as --split faq,tickets", app)
	case slices.Contains(p.options.Only, app):
		return fmt.Errorf("app %s is to run here, as it is named, and apart, by --split: leave it out of one of them", app)
	case slices.Contains(p.options.Without, app):
		return fmt.Errorf("app %s is to run apart, by --split, and not to run, by --without: leave it out of one of them", app)
	case get(spinoff.Variable(app)) != "":
		return fmt.Errorf("app %s is to run apart, by --split, and %s says that it answers elsewhere already: leave it out of --split, or unset %s",
			app, spinoff.Variable(app), spinoff.Variable(app))
	}
	return nil
}

// check refuses apps that the project does not have.
func (s *split) check(p *Process) error {
	for _, app := range s.apps {
		if p.find(app) == nil {
			return fmt.Errorf("there is no app %q; there are %s", app, strings.Join(p.names(), ", "))
		}
	}
	if len(p.Here()) == 0 && len(s.apps) == 0 {
		return errors.New("no app runs here: all of them answer elsewhere, by their variables or --without")
	}
	return nil
}

// start starts the processes, side by side, and returns when all are ready. When one of them does not get ready the others are stopped.
func (s *split) start(ctx context.Context, p *Process) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	failed := make([]error, len(s.apps))
	var starting sync.WaitGroup
	for i, app := range s.apps {
		starting.Go(func() {
			spec := childSpec{Apps: []string{app}, Listener: s.sockets[i]}
			if s.flags.seed {
				spec.Args = []string{"--seed"}
			}
			if _, failed[i] = p.supervise(ctx, spec); failed[i] != nil {
				cancel() // the others need not go on
			}
		})
	}
	starting.Wait()
	return firstCause(failed)
}

// firstCause returns the errors without those that only say that the start was given up.
func firstCause(failed []error) error {
	causes := slices.DeleteFunc(slices.Clone(failed), func(err error) bool { return errors.Is(err, context.Canceled) })
	if len(causes) == 0 {
		causes = failed
	}
	return errors.Join(causes...)
}

func (s *split) close() error {
	var failed []error
	for _, l := range s.sockets {
		failed = append(failed, l.Close())
	}
	return errors.Join(failed...)
}

// newFamily returns what the processes of this one get from the command line.
func (p *program) newFamily(logFormat string) *family {
	f := &family{stdout: p.stdout, stderr: p.stderr}
	if logFormat == "" && isTerminal(p.stderr) {
		logFormat = "text" // a child writes to a pipe
	}
	if logFormat != "" {
		f.args = append(f.args, "--log-format", logFormat)
	}
	if p.verbose {
		f.args = append(f.args, "--verbose")
	}
	return f
}
