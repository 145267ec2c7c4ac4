package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/data"
)

// stored is an app of this process with its database.
type stored struct {
	*placed
	db *data.DB
}

// databases returns the named apps with their databases, or all apps here that have one. It opens nothing.
func (p *program) databases(names []string) ([]stored, error) {
	p.options.Calling = true
	process, err := New(p.project, p.options)
	if err != nil {
		return nil, err
	}
	var found []stored
	for _, a := range process.apps {
		named := slices.Contains(names, a.Name)
		db, ok := a.Data.(*data.DB)
		switch {
		case named && !ok:
			return nil, fmt.Errorf("app %s has no database", a.Name)
		case named && !a.here():
			return nil, fmt.Errorf("app %s runs at %s, so its database is there: run this there, or without %s", a.Name, a.where(), spinoff.Variable(a.Name))
		case ok && a.here() && (named || len(names) == 0):
			found = append(found, stored{a, db})
		}
	}
	for _, name := range names {
		if process.find(name) == nil {
			return nil, fmt.Errorf("there is no app %q; there are %s", name, strings.Join(process.names(), ", "))
		}
	}
	if len(found) == 0 {
		return nil, errors.New("no app has a database here")
	}
	return found, nil
}

// openThere opens those databases that there are, and returns them with a function that closes them.
func openThere(ctx context.Context, all []stored) (open []stored, closeAll func() error, err error) {
	closeAll = func() error {
		var failed []error
		for _, s := range open {
			failed = append(failed, s.db.Close())
		}
		return errors.Join(failed...)
	}
	for _, s := range all {
		there, err := s.db.Exists(ctx)
		if err == nil && there {
			err = s.db.Open(ctx)
		}
		if err != nil {
			return nil, nil, errors.Join(fmt.Errorf("app %s: %w", s.Name, err), closeAll())
		}
		if there {
			open = append(open, s)
		}
	}
	return open, closeAll, nil
}
