package run

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/contract"
	"github.com/spinoff-go/spinoff/contract/sample"
)

// Stage returns what samples of the project's services are played on: all apps together, in this process, on databases of their own that are deleted
// afterwards. Nothing of the environment is read.
func Stage(project spinoff.Project) sample.Stage {
	return func(ctx context.Context, s *sample.Story, ahead time.Duration) (base string, stop func() error, err error) {
		folder, err := os.MkdirTemp("", "spinoff-stage")
		if err != nil {
			return "", nil, err
		}
		r := &rehearsal{folder: folder}
		if err := r.start(ctx, project, s.Seeded, ahead); err != nil {
			return "", nil, errors.Join(err, r.stop())
		}
		a := r.process.find(s.App())
		if a == nil {
			return "", nil, errors.Join(fmt.Errorf("the sample is of %s, and the project has no app %s", s.Service, s.App()), r.stop())
		}
		return r.address + a.prefix(), r.stop, nil
	}
}

// rehearsal is a project that runs for a while, without an audience.
type rehearsal struct {
	folder, address string
	process         *Process
	end             context.CancelFunc
	served          chan error // nil until it serves
}

func (r *rehearsal) start(ctx context.Context, project spinoff.Project, seeded bool, ahead time.Duration) (err error) {
	r.process, err = New(project, Options{
		Data: r.folder, Environ: func(string) string { return "" }, Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return time.Now().Add(ahead) },
	})
	if err != nil {
		return err
	}
	l, err := Listen("127.0.0.1:0")
	if err != nil {
		return err
	}
	if err := r.process.Open(ctx); err != nil {
		return errors.Join(err, l.Close())
	}
	if seeded {
		if err := r.process.Seed(ctx); err != nil {
			return errors.Join(err, l.Close(), r.process.Close())
		}
	}
	r.address, r.served = "http://"+l.Addr().String(), make(chan error, 1)
	ctx, r.end = context.WithCancel(ctx)
	go func() { r.served <- r.process.Serve(ctx, l) }()
	return nil
}

func (r *rehearsal) stop() error {
	var failed error
	if r.served != nil {
		r.end()
		failed = errors.Join(<-r.served, r.process.Close())
	}
	return errors.Join(failed, os.RemoveAll(r.folder))
}

// Samples returns the folders of the contract packages that a project answers, by version: "faq.v1". Their samples are below them; see
// [sample.Files]. The working directory has to be in the module of the project; a contract that is declared elsewhere is left out.
func Samples(project spinoff.Project) (map[string]string, error) {
	p, err := New(project, Options{Environ: func(string) string { return "" }, Calling: true})
	if err != nil {
		return nil, err
	}
	source, err := contract.FindSource(".")
	if err != nil {
		return nil, err
	}
	folders := map[string]string{}
	for _, v := range p.Contracts() {
		below, err := source.Folder(v)
		if err == nil && filepath.Base(below) == fmt.Sprintf("%sv%d", v.Service.Name, v.Service.Version) {
			folders[v.Service.String()] = filepath.Join(source.Root, below)
		}
	}
	return folders, nil
}
