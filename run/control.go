package run

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spinoff-go/spinoff/internal/socket"
)

// controlFolder is the folder of the data folder in which every running process has one of its own, with its socket and a lock.
const controlFolder = "control"

// control is how other processes of the project on this machine talk to this one: HTTP on a unix socket that only this user can reach.
// What it answers is added with Handle before the process serves.
type control struct {
	*http.ServeMux
	folder string // "" until it is open
	lock   *os.File
	server *http.Server
}

// problem is how a control socket says what went wrong.
type problem struct {
	Error string `json:"error"`
}

func newControl(p *Process) *control {
	c := &control{ServeMux: http.NewServeMux()}
	c.HandleFunc("GET /status", func(w http.ResponseWriter, r *http.Request) { writeJSON(w, http.StatusOK, p.status(r.Context())) })
	return c
}

// handle answers a request with what do returns; an error is answered with 409 and its text.
func (c *control) handle(pattern string, do func(r *http.Request) (any, error)) {
	c.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		answer, err := do(r)
		if err != nil {
			writeJSON(w, http.StatusConflict, problem{err.Error()})
			return
		}
		writeJSON(w, http.StatusOK, answer)
	})
}

// open opens the socket in a new folder of the data folder, and serves.
func (c *control) open(ctx context.Context, data string) (err error) {
	root, err := filepath.Abs(filepath.Join(data, controlFolder))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(root, 0o700); err != nil {
		return fmt.Errorf("folder of the control sockets: %w", err)
	}
	if err := os.Chmod(root, 0o700); err != nil { //nolint:gosec // a folder needs the x
		return fmt.Errorf("folder of the control sockets: %w", err)
	}
	others, err := lockFolder(ctx, root)
	if err != nil {
		return err
	}
	defer others.Close() //nolint:errcheck // nothing was written
	removeStale(root)
	l, err := c.listen(root)
	if err != nil {
		return fmt.Errorf("control socket: %w", err)
	}
	c.server = &http.Server{Handler: c.ServeMux, ReadHeaderTimeout: 10 * time.Second}
	go c.server.Serve(l) //nolint:errcheck // it ends with close
	return nil
}

// listen makes the folder of this process. Its name begins with the number of the process, for people.
func (c *control) listen(root string) (l net.Listener, err error) {
	if c.folder, err = os.MkdirTemp(root, fmt.Sprintf("%d-", os.Getpid())); err != nil {
		return nil, err
	}
	c.lock, err = socket.TryLock(filepath.Join(c.folder, "lock"))
	if err == nil && c.lock == nil {
		err = errors.New("somebody else has the lock of a new folder")
	}
	if err == nil {
		l, err = socket.Listen(c.folder)
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(c.folder))
	}
	return l, nil
}

// close ends what others are told, and removes the folder.
func (c *control) close() error {
	if c.server == nil {
		return nil
	}
	err := errors.Join(c.server.Close(), socket.Remove(c.folder), c.lock.Close())
	c.server = nil
	return err
}

// lockFolder waits for the lock of the folder of control sockets, which is held while a process makes its own folder in it: one without a lock
// of its own is then one whose process was killed.
func lockFolder(ctx context.Context, root string) (*os.File, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		lock, err := socket.TryLock(filepath.Join(root, "lock"))
		if lock != nil || err != nil {
			return lock, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("the lock %s is held by another process: %w", filepath.Join(root, "lock"), ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// removeStale removes the folders of processes that were killed. The caller has the lock of root.
func removeStale(root string) {
	folders, err := controlFolders(root)
	if err != nil {
		return // tried again next time, as all that follows
	}
	for _, folder := range folders {
		if lock, err := socket.TryLock(filepath.Join(folder, "lock")); err == nil && lock != nil {
			_ = errors.Join(socket.Remove(folder), lock.Close())
		}
	}
}
