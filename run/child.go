package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spinoff-go/spinoff"
)

// killAfter is how long a process that was told to end may take: its drain, and then what it has to close.
const killAfter = drain + 10*time.Second

// childSpec says which process to start.
type childSpec struct {
	Apps     []string         // what runs in it
	Args     []string         // further arguments of the command up, such as --seed
	Standby  bool             // it opens nothing until it gets POST /activate on its control socket
	Environ  []string         // "NAME=value", in place of what this process has and of what is worked out for the apps of the project
	Listener *net.TCPListener // where it answers; it stays the caller's. Default: a new one on a free port of 127.0.0.1

	heir bool // it takes the place of this process: with the same arguments, environment and output
}

// name is what people call the process.
func (s *childSpec) name() string { return strings.Join(s.Apps, ",") }

// child is a process of the same program that this one has started. It ends when this one has ended, in whatever way.
// Its methods are safe for concurrent use.
type child struct {
	name    string
	pid     int
	base    *url.URL      // where it answers, from the start: who calls before it is ready waits
	done    chan struct{} // closed when it has ended
	greeted chan struct{} // closed when it has said whether it is ready, or has ended

	control  *controlled // its control socket; nil until it is ready
	refused  error       // why it is not ready; to be read when greeted is closed
	ended    error       // how it has ended; to be read when done is closed; nil for exit status 0
	command  *exec.Cmd
	lifeline *os.File
	log      *childLog // nil for an heir
}

// startChild starts a process. It returns at once; ready waits until it answers.
func (p *Process) startChild(ctx context.Context, spec childSpec) (*child, error) {
	l := spec.Listener
	if l == nil {
		opened, err := listenLoopback(ctx)
		if err != nil {
			return nil, err
		}
		defer opened.Close() //nolint:errcheck // the child has it
		l = opened
	}
	c := &child{
		name: spec.name(), base: &url.URL{Scheme: "http", Host: l.Addr().String()},
		done: make(chan struct{}), greeted: make(chan struct{}),
	}
	if err := c.prepare(p, &spec); err != nil {
		return nil, fmt.Errorf("start %s: %w", c.name, err)
	}
	if err := c.start(l); err != nil {
		return nil, fmt.Errorf("start %s: %w", c.name, err)
	}
	return c, nil
}

// listenLoopback opens a free port of 127.0.0.1.
func listenLoopback(ctx context.Context) (*net.TCPListener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	return l.(*net.TCPListener), nil
}

// prepare puts the command together.
func (c *child) prepare(p *Process, spec *childSpec) error {
	program, err := os.Executable() // the file that is there now, which may be newer than this process
	if err != nil {
		return err
	}
	c.command = exec.Command(program) //nolint:gosec,noctx // the same program again; it ends by its lifeline and by stop
	ownGroup(c.command)
	if spec.heir {
		c.command.Args = slices.Clone(os.Args)
		c.command.Stdout, c.command.Stderr = p.family.stdout, p.family.stderr
		c.command.Env = append(cleanEnviron(), variableRole+"="+string(roleHeir))
		return nil
	}
	c.command.Args = slices.Concat([]string{os.Args[0], "up"}, spec.Apps, []string{"--data", p.options.Data}, p.family.args, spec.Args)
	if spec.Standby {
		c.command.Args = append(c.command.Args, "--standby")
	}
	c.log = newChildLog(p.family.stderr, c.name, isTerminal(p.family.stderr) && os.Getenv("NO_COLOR") == "")
	c.command.Stdout, c.command.Stderr = c.log, c.log
	c.command.Env = slices.Concat(cleanEnviron(), p.environFor(spec.Apps), spec.Environ, []string{variableRole + "=" + string(roleChild)})
	return nil
}

// cleanEnviron returns the environment without what is meant for this process alone.
func cleanEnviron() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, variableRole+"=") || strings.HasPrefix(v, variableNotify+"=")
	})
}

// environFor says where the apps of the project answer to a process that runs some of them: as this process knows it, and here for those that are here.
func (p *Process) environFor(apps []string) []string {
	// The certificate of this process is for other names than 127.0.0.1.
	environ := []string{"SPINOFF_TLS_CERT=", "SPINOFF_TLS_KEY=", "SPINOFF_TLS_CLIENT_CA="}
	for _, a := range p.apps {
		name := spinoff.Variable(a.Name)
		switch {
		case slices.Contains(apps, a.Name):
			environ = append(environ, name+"=")
		case a.here():
			environ = append(environ, name+"="+p.innerAddress()+a.prefix())
		default:
			environ = append(environ, name+"="+p.options.Environ(name))
		}
	}
	return environ
}

// start starts the process with the socket, its end of the lifeline, and what it says hello on.
func (c *child) start(l *net.TCPListener) error {
	socket, err := listenerFile(l)
	if err != nil {
		return err
	}
	theirLife, ourLife, err := os.Pipe()
	if err != nil {
		return errors.Join(err, socket.Close())
	}
	ourHello, theirHello, err := os.Pipe()
	if err != nil {
		return errors.Join(err, socket.Close(), theirLife.Close(), ourLife.Close())
	}
	c.command.ExtraFiles = []*os.File{fdListener - 3: socket, fdLifeline - 3: theirLife, fdHello - 3: theirHello}
	c.command.WaitDelay = time.Second // for what it may have started itself
	err = c.command.Start()
	closed := errors.Join(socket.Close(), theirLife.Close(), theirHello.Close())
	if err = errors.Join(err, closed); err != nil {
		return errors.Join(err, ourLife.Close(), ourHello.Close())
	}
	c.pid, c.lifeline = c.command.Process.Pid, ourLife
	go c.wait()
	go c.listen(ourHello)
	return nil
}

// wait takes down how the process ends.
func (c *child) wait() {
	err := c.command.Wait()
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil
	}
	_ = c.lifeline.Close() // nobody is at its other end
	c.ended = err
	if c.log != nil {
		c.log.end()
	}
	close(c.done)
}

// listen waits for what the process says when it has started.
func (c *child) listen(from *os.File) {
	defer close(c.greeted)
	defer from.Close() //nolint:errcheck // it was only read
	var h hello
	switch err := json.NewDecoder(io.LimitReader(from, 64<<10)).Decode(&h); {
	case err != nil:
		<-c.done
		c.refused = fmt.Errorf("%s ended before it was ready: %w", c.name, c.err())
	case h.Error != "":
		c.refused = fmt.Errorf("%s does not start: %s", c.name, h.Error)
	default:
		c.control = openControlled(h.Control)
		c.control.status.PID = c.pid
	}
}

// ready waits until the process answers; its error says why it does not.
func (c *child) ready(ctx context.Context) error {
	select {
	case <-c.greeted:
		return c.refused
	case <-ctx.Done():
		return fmt.Errorf("%s does not get ready: %w", c.name, context.Cause(ctx))
	}
}

// err says how the process has ended, with the last that it has printed. It is to be called when done is closed.
func (c *child) err() error {
	how := "exit status 0"
	if c.ended != nil {
		how = c.ended.Error()
	}
	if c.log != nil {
		if last := c.log.tail(); len(last) > 0 {
			how += ": " + strings.Join(last, "; ")
		}
	}
	return errors.New(how)
}

// stop tells the process to end and waits for that. When ctx is done first, or after killAfter, it is killed.
func (c *child) stop(ctx context.Context) error {
	return c.end(ctx, c.terminate)
}

// retire is stop for a process whose successor has its socket: it answers what comes on the connections that it has, until those are closed.
func (c *child) retire(ctx context.Context) error {
	return c.end(ctx, func() error {
		if err := c.control.do(ctx, "POST /retire", nil, nil); err != nil {
			return errors.Join(err, c.terminate())
		}
		return nil
	})
}

func (c *child) terminate() error { return unlessEnded(c.command.Process.Signal(syscall.SIGTERM)) }

// unlessEnded is the error of telling a process something, unless that it has ended.
func unlessEnded(err error) error {
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

func (c *child) end(ctx context.Context, tell func() error) error {
	told := tell()
	late := time.NewTimer(killAfter)
	defer late.Stop()
	select {
	case <-c.done:
		return nil
	case <-late.C:
	case <-ctx.Done():
	}
	killed := unlessEnded(c.command.Process.Kill())
	<-c.done
	return errors.Join(told, killed)
}
