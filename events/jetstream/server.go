package jetstream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"

	"github.com/spinoff-go/spinoff/internal/socket"
)

// serverName is what the name of an embedded server begins with. Its epoch follows, which clients learn that way.
const serverName = "spinoff-"

// server is the embedded server in the process that runs it.
type server struct {
	nats   *natsserver.Server
	folder string
	epoch  string
	lock   *os.File
	socket *net.UnixListener
	conns  sync.WaitGroup
}

// startServer starts the server of a folder whose lock it takes over, and returns when it answers.
func startServer(options Options, lock *os.File) (_ *server, err error) {
	s := &server{folder: options.Folder, lock: lock}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.stop(false))
		}
	}()
	if s.epoch, err = beginEpoch(s.folder); err != nil {
		return nil, err
	}
	log := &serverLog{log: options.Log}
	s.nats, err = natsserver.NewServer(&natsserver.Options{
		ServerName:             serverName + s.epoch,
		DontListen:             true,
		JetStream:              true,
		StoreDir:               s.folder,
		JetStreamMaxStore:      math.MaxInt64 / 2, // the bounds are those of the streams; a reservation of the free disk would only refuse to make them
		SyncInterval:           options.SyncInterval,
		NoSigs:                 true,
		DisableJetStreamBanner: true,
	})
	if err != nil {
		return nil, err
	}
	s.nats.SetLoggerV2(log, false, false, false)
	s.nats.Start()
	if !s.nats.ReadyForConnections(time.Minute) || !s.nats.JetStreamEnabled() {
		return nil, fmt.Errorf("the server does not get ready: %w", log.fatal())
	}
	if s.socket, err = socket.Listen(s.folder); err != nil {
		return nil, err
	}
	s.conns.Go(s.accept)
	return s, nil
}

// stop shuts the server down and lets another process have the lock. clean says that it could write everything until now.
func (s *server) stop(clean bool) error {
	var err error
	if s.socket != nil {
		err = s.socket.Close()
		if dir := filepath.Dir(s.socket.Addr().String()); dir != s.folder {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}
	if s.nats != nil {
		s.nats.Shutdown()
		s.nats.WaitForShutdown()
	}
	s.conns.Wait()
	if clean {
		err = errors.Join(err, endEpoch(s.folder, s.epoch))
	}
	return errors.Join(err, s.lock.Close())
}

// health returns an error when the server can no longer store, as after its disk was full: it does not try again, ever.
func (s *server) health() error {
	if h := s.nats.Healthz(&natsserver.HealthzOptions{}); h.Status != "ok" {
		return errors.New(h.Error)
	}
	return nil
}

// accept serves the processes that share the server.
func (s *server) accept() {
	for {
		theirs, err := s.socket.Accept()
		if err != nil {
			return // closed
		}
		ours, err := s.nats.InProcessConn()
		if err != nil { // shutting down
			_ = theirs.Close()
			continue
		}
		s.conns.Go(func() { pipe(ours, theirs) })
		s.conns.Go(func() { s.deliver(theirs, ours) })
	}
}

// pipe copies until one of the two ends, which may be at any moment; the other is told by the end of its connection.
func pipe(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	_ = to.Close()
	_ = from.Close()
}

// deliver is pipe for what the server sends. The server does not read from a client while it waits for it to read, and the client may be waiting for the
// server in the same way; so what is sent waits here, and not in the server. A consumer asks for less than maxAhead messages at a time, which bounds it.
func (s *server) deliver(to, from net.Conn) {
	chunks := make(chan []byte, 4096)
	s.conns.Go(func() {
		for chunk := range chunks {
			if _, err := to.Write(chunk); err != nil {
				break
			}
		}
		_ = to.Close()
		_ = from.Close()
		for range chunks { // until the end below
		}
	})
	defer close(chunks)
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		chunks <- bytes.Clone(buffer[:n])
		if err != nil {
			return
		}
	}
}

// serverLog passes on what the embedded server has to say to people. It implements [natsserver.Logger].
type serverLog struct {
	log  *slog.Logger
	mu   sync.Mutex
	last error
}

// Warnf and the others are those of natsserver.Logger.
func (l *serverLog) Warnf(format string, a ...any) { l.say(slog.LevelWarn, format, a) }

// Errorf passes on an error.
func (l *serverLog) Errorf(format string, a ...any) { l.say(slog.LevelError, format, a) }

// Fatalf passes on an error that the server does not start with.
func (l *serverLog) Fatalf(format string, a ...any) { l.say(slog.LevelError, format, a) }

// Noticef says nothing.
func (l *serverLog) Noticef(string, ...any) {}

// Debugf says nothing.
func (l *serverLog) Debugf(string, ...any) {}

// Tracef says nothing.
func (l *serverLog) Tracef(string, ...any) {}

func (l *serverLog) say(level slog.Level, format string, a []any) {
	text := fmt.Sprintf(format, a...)
	if level == slog.LevelError {
		l.mu.Lock()
		l.last = errors.New(strings.TrimSpace(text))
		l.mu.Unlock()
	}
	l.log.Log(context.Background(), level, "event engine: "+text)
}

// fatal returns the last error that the server told.
func (l *serverLog) fatal() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last == nil {
		return errors.New("it gave no reason")
	}
	return l.last
}
