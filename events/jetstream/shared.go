package jetstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/spinoff-go/spinoff/internal/socket"
)

// shared is the embedded server as the processes of a project share it: whoever has the lock of the folder runs it, the others connect to its socket.
// A connection asks for its way to the server each time it is made anew, and that is when another process takes over from one that has ended.
type shared struct {
	options Options

	mu     sync.Mutex
	closed bool
	here   *server // nil while the server runs in another process
}

var errNobodyHome = errors.New("another process has the lock of the event engine, and does not answer")

func (e *Engine) connectEmbedded(ctx context.Context) error {
	folder, err := filepath.Abs(e.options.Folder)
	if err != nil {
		return err
	}
	e.options.Folder = folder
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("folder of the event engine: %w", err)
	}
	if err := os.Chmod(folder, 0o700); err != nil { //nolint:gosec // a folder needs the x
		return fmt.Errorf("folder of the event engine: %w", err)
	}
	e.shared = &shared{options: e.options}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		err := e.connect("", nats.InProcessServer(e.shared))
		if err == nil || !isEnding(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("connect to the event engine in %s: %w", folder, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// isEnding reports whether an error says that the process with the server is starting, or ending, or was killed while it answered.
func isEnding(err error) bool {
	op, network := errors.AsType[*net.OpError](err)
	return errors.Is(err, errNobodyHome) || errors.Is(err, nats.ErrNoServers) || errors.Is(err, nats.ErrTimeout) || errors.Is(err, io.EOF) ||
		network && (op.Op == "read" || op.Op == "write")
}

// InProcessConn implements [nats.InProcessConnProvider]. It goes by the socket also where the server is in this process: on a pipe of the server's, which
// holds nothing, both sides can come to wait for the other to read.
func (s *shared) InProcessConn() (net.Conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, net.ErrClosed
	}
	if s.here != nil {
		return dial(s.options.Folder)
	}
	lock, err := socket.TryLock(filepath.Join(s.options.Folder, "lock"))
	if err != nil {
		return nil, fmt.Errorf("the embedded event engine: %w; set NATS_URL to use an external server", err)
	}
	if lock == nil {
		return dial(s.options.Folder)
	}
	if s.here, err = startServer(s.options, lock); err != nil {
		return nil, fmt.Errorf("start the event engine in %s: %w", s.options.Folder, err)
	}
	return dial(s.options.Folder)
}

// local returns the server if it runs in this process.
func (s *shared) local() *server {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.here
}

// restart ends a server that can no longer write, without calling that clean. The next connection starts another, here or elsewhere.
func (s *shared) restart(broken *server) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.here != broken {
		return nil
	}
	s.here = nil
	return broken.stop(false)
}

func (s *shared) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.here == nil {
		return nil
	}
	here := s.here
	s.here = nil
	return here.stop(here.health() == nil)
}

// dial connects to the server, in whichever process it is. nats.go asks without a context.
func dial(folder string) (net.Conn, error) {
	conn, err := socket.Dial(context.Background(), folder)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNobodyHome, err)
	}
	return conn, nil
}
