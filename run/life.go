package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
)

// join makes this process one of those that run on this machine for the project: it answers on l, and others find it by its control socket.
func (p *Process) join(ctx context.Context, from *inherited, l net.Listener, f *family) error {
	p.from, p.family, p.address = from, f, p.tls.scheme()+l.Addr().String()
	if err := p.openInner(ctx, l.Addr()); err != nil {
		return err
	}
	p.handOver.done = make(chan struct{})
	if tcp, ok := l.(*net.TCPListener); ok && inFamily {
		socket, err := copyListener(tcp)
		if err != nil {
			return err
		}
		p.handOver.socket = socket
	}
	p.control.handle("POST /activate", func(r *http.Request) (any, error) { return nil, p.activate(r.Context()) })
	p.control.handle("POST /retire", func(*http.Request) (any, error) { p.retire(); return nil, nil })
	p.control.handle("POST /restart", p.serveRestart)
	p.servePeer()
	p.serveMoves()
	err := p.control.open(ctx, p.options.Data)
	if err != nil && from.parent == 0 {
		p.options.Log.Warn("other commands will not find this process", "error", err)
		return nil
	}
	return err
}

// openInner opens a port for the processes that this one starts, where they cannot use its address: the certificate there is for another name,
// or it is not one of this machine alone.
func (p *Process) openInner(ctx context.Context, addr net.Addr) (err error) {
	tcp, isTCP := addr.(*net.TCPAddr)
	if inFamily && isTCP && (p.tls.serves() || !tcp.IP.IsLoopback()) {
		p.inner, err = listenLoopback(ctx)
	}
	return err
}

// innerAddress is where the processes that this one starts reach it.
func (p *Process) innerAddress() string {
	if p.inner == nil {
		return p.address
	}
	return "http://" + p.inner.Addr().String()
}

// leave is the reverse of join.
func (p *Process) leave() {
	if err := p.control.close(); err != nil {
		p.options.Log.Warn("close the control socket", "error", err)
	}
	p.handOver.close()
	if p.inner != nil {
		_ = p.inner.Close() // the server has closed it already, if there was one
	}
}

// openWith opens what the apps here hold, starts those that run apart, and returns when all of them are ready.
func (p *Process) openWith(ctx context.Context, s *split, f upFlags) error {
	if p.standby.waiting() {
		return nil
	}
	if err := p.takeBack(ctx); err != nil {
		return err
	}
	if err := p.Open(ctx); err != nil {
		return err
	}
	started := make(chan error, 1)
	go func() { started <- s.start(ctx, p) }()
	var err error
	if f.seed {
		err = p.Seed(ctx)
	}
	return errors.Join(err, <-started)
}

// greet says that this process is ready, to whoever started it.
func (p *Process) greet(ctx context.Context, stdout io.Writer) {
	if p.from.say(hello{Control: p.control.folder}) {
		return
	}
	p.announce(ctx, stdout, p.address)
	if err := notify(ctx, "READY=1"); err != nil {
		p.options.Log.Warn("tell the service manager that this process is ready", "error", err)
	}
}

// end closes what is open when this process has ended to serve, with err. One that has handed over stays as the keeper of its successor.
func (p *Process) end(ctx context.Context, err error) error {
	heir := p.handOver.heir.Load()
	p.standby.change.Lock()
	ended := errors.Join(err, p.family.stop(context.WithoutCancel(ctx)), p.Close())
	p.standby.change.Unlock()
	if heir == nil {
		return ended
	}
	if ended != nil {
		p.options.Log.Error("what was handed over did not end well", "error", ended)
	}
	return p.keep(ctx, heir)
}

// restartOnSignal replaces this process when it gets SIGHUP, unless whoever started it wants it to take no notice of that, as nohup does. A terminal that
// is closed sends the same signal: then this process ends.
func (p *Process) restartOnSignal(ctx context.Context, end context.CancelFunc) (stop func()) {
	if signal.Ignored(signalRestart) {
		return func() {}
	}
	onTerminal := hasTerminal()
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, signalRestart)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-done:
				return
			case <-hangups:
			}
			if onTerminal && !hasTerminal() {
				end()
				return
			}
			p.hangUp(ctx)
		}
	}()
	return func() { signal.Stop(hangups); close(done) }
}

// hangUp does what SIGHUP asks for.
func (p *Process) hangUp(ctx context.Context) {
	if p.from.role == roleHeir {
		if keeper, err := os.FindProcess(p.from.parent); err == nil {
			_ = keeper.Signal(syscall.SIGHUP) // it is the one that can
		}
		return
	}
	if err := p.restart(ctx); err != nil {
		p.options.Log.Error(fmt.Sprintf("restart: %v", err))
	}
}
