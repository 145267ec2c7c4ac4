// Package socket lets the processes of one folder find each other: a unix socket that the folder leads to, and a lock that says whether its process lives.
package socket

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The path of a socket has 104 bytes on macOS and 108 on Linux, with the zero at its end. A folder with a longer path has its socket in a short one.
const longest = 103

// shortPrefix begins the names of short folders.
const shortPrefix = "spinoff-"

// Listen opens the socket of a folder, for this user alone, and replaces that of a process which has ended: the caller has the lock.
// The file "address" in the folder says where the socket is. folder is an absolute path.
func Listen(folder string) (*net.UnixListener, error) {
	if err := removeShort(folder); err != nil {
		return nil, err
	}
	address := filepath.Join(folder, "socket")
	if len(address) > longest {
		short, err := os.MkdirTemp("", shortPrefix)
		if err != nil {
			return nil, err
		}
		address = filepath.Join(short, "socket")
	}
	if err := os.RemoveAll(address); err != nil {
		return nil, err
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: address, Net: "unix"})
	if err != nil {
		return nil, err
	}
	if err := errors.Join(os.Chmod(address, 0o600), writeAddress(folder, address)); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// writeAddress replaces the file at once: who reads it finds the old one or the new one.
func writeAddress(folder, address string) error {
	name := filepath.Join(folder, "address")
	if err := os.WriteFile(name+".new", []byte(address+"\n"), 0o600); err != nil {
		return err
	}
	return os.Rename(name+".new", name)
}

// Dial connects to the socket of a folder, within five seconds.
func Dial(ctx context.Context, folder string) (net.Conn, error) {
	address, err := address(folder)
	if err != nil {
		return nil, err
	}
	return (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "unix", address)
}

func address(folder string) (string, error) {
	text, err := os.ReadFile(filepath.Join(folder, "address"))
	if err != nil {
		return "", fmt.Errorf("nobody listens: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// Remove removes a folder with its socket, wherever that is. The caller has the lock.
func Remove(folder string) error {
	return errors.Join(removeShort(folder), os.RemoveAll(folder))
}

// removeShort removes the short folder of a folder, if it has one.
func removeShort(folder string) error {
	last, _ := address(folder) // "" where nobody has listened
	if short := filepath.Dir(last); strings.HasPrefix(filepath.Base(short), shortPrefix) && short != folder {
		return os.RemoveAll(short)
	}
	return nil
}
