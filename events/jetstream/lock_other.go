//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package jetstream

import (
	"errors"
	"os"
)

func tryLock(string) (*os.File, error) {
	return nil, errors.New("the embedded event engine needs locks on files as Linux, macOS and the BSDs have them: set NATS_URL to use an external server")
}
