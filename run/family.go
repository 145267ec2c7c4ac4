package run

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
)

// family is the processes that this one has started and looks after. It is safe for concurrent use.
type family struct {
	stdout, stderr io.Writer
	args           []string // flags that every child gets

	mu  sync.Mutex
	all []*supervised
}

func (f *family) add(s *supervised) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all = append(f.all, s)
}

func (f *family) remove(s *supervised) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all = slices.DeleteFunc(f.all, func(other *supervised) bool { return other == s })
}

func (f *family) members() []*supervised {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.all)
}

// with returns the process in which an app runs, or nil.
func (f *family) with(app string) *supervised {
	for _, s := range f.members() {
		if slices.Contains(s.spec.Apps, app) {
			return s
		}
	}
	return nil
}

// moved returns an app that has moved to one of them; "" where there is none.
func (f *family) moved() string {
	for _, s := range f.members() {
		if s.spec.Standby {
			return s.spec.name()
		}
	}
	return ""
}

// apps returns what runs in all of them.
func (f *family) apps() []string {
	var apps []string
	for _, s := range f.members() {
		apps = append(apps, s.spec.Apps...)
	}
	return apps
}

func (f *family) status() []childStatus {
	var all []childStatus
	for _, s := range f.members() {
		all = append(all, s.status())
	}
	return all
}

// stop ends all of them, side by side.
func (f *family) stop(ctx context.Context) error {
	members := f.members()
	failed := make([]error, len(members))
	var stopping sync.WaitGroup
	for i, s := range members {
		stopping.Go(func() { failed[i] = s.stop(ctx) })
	}
	stopping.Wait()
	return errors.Join(failed...)
}
