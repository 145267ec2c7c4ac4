//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package socket

import (
	"errors"
	"os"
)

// TryLock fails: this system has no such locks.
func TryLock(string) (*os.File, error) {
	return nil, errors.New("locks on files are known here only as Linux, macOS and the BSDs have them")
}
