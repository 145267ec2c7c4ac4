//go:build unix

package run

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"syscall"
)

// signalRestart asks a process to hand over to a successor.
const signalRestart = syscall.SIGHUP

// inFamily says whether a process can start others with a socket and a lifeline.
const inFamily = true

// ownGroup gives a process a group of its own, so that Ctrl-C on the terminal reaches only the one that was started there.
func ownGroup(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// inheritedFile returns a file that was open when this process began. Processes that it starts do not get it.
func inheritedFile(fd int, name string) (*os.File, error) {
	syscall.CloseOnExec(fd)
	if err := syscall.SetNonblock(fd, true); err != nil {
		return nil, os.NewSyscallError("inherit "+name, err)
	}
	return os.NewFile(uintptr(fd), name), nil
}

// listenerFile returns the socket of l to be passed on. Unlike what [net.TCPListener.File] returns it stays one that nobody waits in, also for l: an Accept
// that waits in the system would not end with Close.
func listenerFile(l *net.TCPListener) (f *os.File, err error) {
	raw, err := l.SyscallConn()
	if err != nil {
		return nil, err
	}
	controlled := raw.Control(func(fd uintptr) {
		syscall.ForkLock.RLock()
		defer syscall.ForkLock.RUnlock()
		var copied int
		if copied, err = syscall.Dup(int(fd)); err == nil {
			syscall.CloseOnExec(copied)
			f = os.NewFile(uintptr(copied), "listener")
		}
	})
	if controlled != nil {
		return nil, controlled
	}
	return f, os.NewSyscallError("dup", err)
}

// copyListener returns l once more: both are open until both are closed.
func copyListener(l *net.TCPListener) (*net.TCPListener, error) {
	f, err := listenerFile(l)
	if err != nil {
		return nil, err
	}
	copied, err := net.FileListener(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	return copied.(*net.TCPListener), nil
}

// hasTerminal reports whether there is a terminal that this process was started on and that is still open.
func hasTerminal() bool {
	f, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	_ = f.Close() // it was only looked for
	return true
}
