package run

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// drain is how long a server that stops waits for the requests that are being answered.
const drain = 15 * time.Second

// Serve answers requests on l, and sends and handles events, until ctx is done; then it takes no new ones, waits for those that are being answered, and returns.
// A process that is handed over returns from it when its successor has its connections.
func (p *Process) Serve(ctx context.Context, l net.Listener) error {
	if err := p.expose(l.Addr()); err != nil {
		return errors.Join(err, l.Close())
	}
	err := p.openBoxesUnlessStandby(ctx)
	switch {
	case err == nil:
		p.whenServing()
		err = p.serve(ctx, l)
	case ctx.Err() != nil: // told to end before it had begun
		err = l.Close()
	default:
		err = errors.Join(err, l.Close())
	}
	return errors.Join(err, p.closeBoxes())
}

func (p *Process) serve(ctx context.Context, l net.Listener) error {
	ending, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	open := newConnections(p)
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true) // for those who know that it is spoken here: FAQ_API=h2c://...
	server := &http.Server{
		Protocols:         protocols,
		Handler:           endStreams(ending, open),
		ConnState:         open.changed,
		ReadHeaderTimeout: headerTime,
		ErrorLog:          slog.NewLogLogger(p.options.Log.Handler(), slog.LevelDebug),
	}
	guard(server)
	failed := make(chan error, 2)
	go func() { failed <- server.Serve(p.tls.secure(l)) }()
	if p.inner != nil {
		go func() { failed <- server.Serve(p.inner) }()
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		p.handOver.close()
	case <-p.handOver.begun:
		open.retire()
		_ = l.Close() // the successor has the socket
		end()
		open.wait(ctx)
	}
	end()
	drained, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	if err := server.Shutdown(drained); err != nil {
		return errors.Join(fmt.Errorf("some requests were not answered within %s: %w", drain, err), server.Close())
	}
	return nil
}

// Listen opens addr for [Process.Serve], which refuses one that other machines can reach where apps have no keys.
func Listen(addr string) (net.Listener, error) {
	if _, _, err := net.SplitHostPort(addr); err != nil {
		return nil, fmt.Errorf("address %q: %w; an address looks like 127.0.0.1:8000", addr, err)
	}
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w; is another process there? choose another address with --addr", addr, err)
	}
	return l, nil
}
