package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/move"
)

// variableHolder is set for a process that an app moves to: the name under which it holds the app's database.
const variableHolder = "SPINOFF_HOLDER"

// orphanLimit is how long a process that starts waits for one that holds an app of it, and has lost its coordinator, to end.
const orphanLimit = drain + 15*time.Second

// database returns the app's database, or nil.
func (a *placed) database() *data.DB {
	db, _ := a.Data.(*data.DB)
	return db
}

// openResource opens what the app holds. A process that the app has moved to opens the database only while it is the holder: a lease for nobody
// says that the app is back where it came from.
func (a *placed) openResource(ctx context.Context, r spinoff.Resource) error {
	db := a.database()
	if db == nil || r != a.Data || a.holder == "" {
		return r.Open(ctx)
	}
	if err := db.OpenAs(ctx, a.holder); err != nil {
		return err
	}
	now, err := db.Lease(ctx)
	if err == nil && now.Holder != a.holder {
		err = fmt.Errorf("the lease is for %q by now, and this process is %q", now.Holder, a.holder)
	}
	if err != nil {
		return errors.Join(err, db.Close())
	}
	a.lease = now
	return nil
}

// takeBack takes the databases of the apps here from processes that had them, and are dead: this process has died during a move, or while an app was apart. Those that are
// alive have lost their coordinator, and end by themselves.
func (p *Process) takeBack(ctx context.Context) error {
	if p.options.Environ(variableHolder) != "" {
		return nil
	}
	for _, a := range p.apps {
		db := a.database()
		if db == nil || !a.here() {
			continue
		}
		lease, err := db.Lease(ctx)
		if err == nil && lease.Holder != "" {
			err = p.takeFrom(ctx, a, db)
		}
		if err != nil {
			return fmt.Errorf("app %s: %w", a.Name, err)
		}
	}
	return nil
}

func (p *Process) takeFrom(ctx context.Context, a *placed, db *data.DB) error {
	a.log.Info("the database belongs to a process that the app had moved to; it comes back")
	limit := time.After(orphanLimit)
	for {
		elsewhere, err := p.processWith(ctx, a.Name)
		if err != nil {
			return err
		}
		if elsewhere == 0 {
			return a.take(ctx, db, "")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-limit:
			return fmt.Errorf("it has moved to process %d, which runs it; end that one", elsewhere)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// processWith returns the number of another process of this data folder in which an app runs; 0 where there is none.
func (p *Process) processWith(ctx context.Context, app string) (int, error) {
	found, err := controls(ctx, p.options.Data)
	if err != nil {
		return 0, err
	}
	for _, c := range found {
		c.client.CloseIdleConnections()
		runs := func(s appStatus) bool { return s.Name == app && s.State == stateHere }
		if c.status.PID != p.pid && slices.ContainsFunc(c.status.Apps, runs) {
			return c.status.PID, nil
		}
	}
	return 0, nil
}

// take gives the lease to a holder, whoever has it: those who have the database open under it cannot write any more.
func (a *placed) take(ctx context.Context, db *data.DB, holder string) error {
	for {
		lease, err := db.Lease(ctx)
		if err != nil {
			return err
		}
		a.lease, err = db.Take(ctx, lease, holder)
		if !errors.Is(err, data.ErrHeld) { // else it has changed in between
			return err
		}
	}
}

// grant gives the lease to a holder as the last transaction of this process. It tells a grant that has failed from one of which that is not known.
func (a *placed) grant(ctx context.Context, db *data.DB, holder string) (move.Event, error) {
	before, err := db.Lease(ctx)
	if err != nil {
		return move.Failed, err
	}
	lease, err := db.Grant(ctx, holder)
	if err == nil {
		a.lease = lease
		return move.Done, nil
	}
	if now, unread := db.Lease(ctx); unread == nil && now == before {
		return move.Failed, err
	}
	return move.Lost, err
}
