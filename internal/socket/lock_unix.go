//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package socket

import (
	"errors"
	"os"
	"syscall"
)

// TryLock takes the lock of a file, which ends when the file is closed, or the process ends in whatever way. It returns nil when somebody else has it.
func TryLock(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		closed := f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, closed
		}
		return nil, errors.Join(&os.PathError{Op: "lock", Path: name, Err: err}, closed)
	}
	return f, nil
}
