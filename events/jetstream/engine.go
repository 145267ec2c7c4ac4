// Package jetstream is the engine that events travel on: NATS JetStream, embedded in the process or an external server or cluster.
//
// The embedded server opens no port. The processes of one project on one machine share the server of one of them, which the others reach by a socket in the
// data folder; when it ends, another takes over by itself.
package jetstream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	nj "github.com/nats-io/nats.go/jetstream"
)

// Options say which engine is used and how much it keeps.
type Options struct {
	// Folder is where the embedded server keeps what it stores, and where the processes that share it meet. Required without URL.
	Folder string
	// URL is that of an external server, or several of a cluster, comma-separated: nats://user:password@host:4222, or tls://… for TLS.
	// The user and password of the first hold for those that name none. Default: the embedded server.
	URL string
	// Creds is a file with the credentials for URL, as the nsc tool writes them. Default: none.
	Creds string
	// CA, Cert and Key are PEM files: who has signed the server's certificate, and the certificate and key to show to it.
	// Default: the authorities that the system knows, and none.
	CA, Cert, Key string

	MaxBytes     int64            // what one stream holds at most; a full stream refuses events, and their publisher keeps them. Default: 1 GiB
	MaxAge       time.Duration    // how long an event that every consumer has is kept, for consumers yet to come. Default: 30 days
	Duplicates   time.Duration    // how long a message id is remembered, so that its repetition is dropped. Default: 10 minutes
	Replicas     int              // copies of each stream in a cluster. Default: 3 in a cluster of three and more, otherwise 1
	SyncInterval time.Duration    // of the embedded server: after this time at most, an event survives the loss of power. Default: 30 seconds
	Log          *slog.Logger     // Default: nothing is logged
	Now          func() time.Time // Default: time.Now
}

func (o *Options) complete() {
	setDefault(&o.MaxBytes, 1<<30)
	setDefault(&o.MaxAge, 30*24*time.Hour)
	setDefault(&o.Duplicates, 10*time.Minute)
	setDefault(&o.SyncInterval, 30*time.Second)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
}

func setDefault[T comparable](v *T, otherwise T) {
	var zero T
	if *v == zero {
		*v = otherwise
	}
}

// ErrDisconnected says that the engine is out of reach at the moment. It reconnects by itself; [Engine.Changed] tells when.
var ErrDisconnected = errors.New("the event engine is not connected")

// Engine is a connection to JetStream that repairs itself. It may be shared.
type Engine struct {
	options Options
	shared  *shared // nil with an external server
	nc      *nats.Conn
	js      nj.JetStream
	closed  chan struct{}   // closed when the connection is closed for good
	work    context.Context // until Close
	stop    context.CancelFunc
	tasks   sync.WaitGroup // consumers and housekeeping
	unfit   atomic.Pointer[error]
	url     string // of nc and the publisher
	how     []nats.Option

	publishing sync.Mutex
	publisher  *Publisher // of this process, or nil

	mu      sync.Mutex
	changed chan struct{}
	made    map[string]string    // stream → the epoch in which this process has seen to it
	warned  map[string]time.Time // stream → when it was last said that it is full
}

// Open connects to the engine. The embedded server is started here unless another process runs it already; an error says why that is impossible.
// An external server that is out of reach is no error: Open returns and goes on trying. One that refuses the credentials, is older than the embedded one
// or has JetStream switched off is.
func Open(ctx context.Context, options Options) (*Engine, error) {
	options.complete()
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	e := &Engine{
		options: options,
		closed:  make(chan struct{}),
		work:    work,
		stop:    stop,
		changed: make(chan struct{}),
		made:    map[string]string{},
		warned:  map[string]time.Time{},
	}
	connect := e.connectExternal
	if options.URL == "" {
		connect = e.connectEmbedded
	}
	if err := connect(ctx); err != nil {
		stop()
		if e.nc != nil {
			e.nc.Close()
		}
		return nil, errors.Join(err, e.closeShared())
	}
	e.tasks.Go(func() { e.housekeep(work) })
	return e, nil
}

// Close ends the connection, and the embedded server if it runs in this process: what it has acknowledged is on the disk when Close returns.
// Consumers that have not been stopped are.
func (e *Engine) Close() error {
	e.stop()
	e.tasks.Wait()
	e.closePublisher()
	e.nc.Close()
	<-e.closed
	return e.closeShared()
}

func (e *Engine) closePublisher() {
	e.publishing.Lock()
	defer e.publishing.Unlock()
	if e.publisher != nil {
		e.publisher.close()
	}
}

func (e *Engine) closeShared() error {
	if e.shared == nil {
		return nil
	}
	return e.shared.close()
}

// Check returns nil when the engine answers.
func (e *Engine) Check(ctx context.Context) error {
	if err := e.unfit.Load(); err != nil {
		return *err
	}
	if !e.nc.IsConnected() {
		if err := e.nc.LastError(); err != nil {
			return fmt.Errorf("%w: %w", ErrDisconnected, err)
		}
		return ErrDisconnected
	}
	if _, err := e.js.AccountInfo(ctx); err != nil {
		return fmt.Errorf("ask the event engine: %w", err)
	}
	return nil
}

// Epoch names a lifetime of the engine over which it has lost nothing that it acknowledged. After the loss of power the embedded server begins
// another one, and what was acknowledged in earlier ones is to be published again; message ids drop what is there. Empty: not connected.
func (e *Engine) Epoch() string {
	if e.unfit.Load() != nil {
		return ""
	}
	return e.epochOf(e.nc)
}

// epochOf returns that of the server of a connection, "" when it has none.
func (e *Engine) epochOf(nc *nats.Conn) string {
	if e.shared == nil {
		return nc.ConnectedServerId()
	}
	return strings.TrimPrefix(nc.ConnectedServerName(), serverName)
}

// Changed returns a channel that is closed as soon as the connection is lost or found again: look at [Engine.Epoch] then, and ask for the next channel before.
func (e *Engine) Changed() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.changed
}

func (e *Engine) tellChange() {
	e.mu.Lock()
	defer e.mu.Unlock()
	close(e.changed)
	e.changed = make(chan struct{})
}

// connected is called whenever a connection was made. The next server of a cluster may be older than the first.
func (e *Engine) connected(nc *nats.Conn) {
	var unfit *error
	if err := fit(natsserver.VERSION, nc.ConnectedServerVersion()); err != nil && e.shared == nil && nc.IsConnected() {
		e.options.Log.Error("event engine", "error", err)
		unfit = &err
	}
	e.unfit.Store(unfit)
	e.tellChange()
}

// connect makes the connection that finds the engine again by itself.
func (e *Engine) connect(url string, more ...nats.Option) (err error) {
	e.url, e.how = url, more
	e.nc, e.js, err = dialNATS(url, append([]nats.Option{
		nats.MaxReconnects(-1),
		nats.ReconnectWait(50 * time.Millisecond),
		nats.ReconnectJitter(200*time.Millisecond, time.Second),
		nats.ReconnectBufSize(-1),   // what cannot be sent is told at once
		nats.IgnoreAuthErrorAbort(), // a password that is changed here after it is there: go on trying
		nats.ConnectHandler(e.connected),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil { // nil: closed on purpose
				e.options.Log.Info("event engine disconnected, reconnecting", "error", err)
			}
			e.tellChange()
		}),
		nats.ReconnectHandler(func(nc *nats.Conn) {
			e.options.Log.Info("event engine connected again", "server", nc.ConnectedServerName())
			e.connected(nc)
		}),
		nats.ClosedHandler(func(*nats.Conn) { close(e.closed) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			e.options.Log.Warn("event engine", "error", err)
		}),
	}, more...)...)
	return err
}

// dialNATS connects with what every connection has in common.
func dialNATS(url string, how ...nats.Option) (*nats.Conn, nj.JetStream, error) {
	nc, err := nats.Connect(url, append([]nats.Option{
		nats.Name("spinoff"),
		nats.Timeout(10 * time.Second),
		nats.PingInterval(20 * time.Second),
	}, how...)...)
	if err != nil {
		return nil, nil, err
	}
	js, err := nj.New(nc, nj.WithPublishAsyncTimeout(ackTimeout), nj.WithDefaultTimeout(10*time.Second))
	return nc, js, err
}
