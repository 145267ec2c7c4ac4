//go:build !unix

package run

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"syscall"
)

const (
	signalRestart = syscall.SIGHUP
	inFamily      = false
)

var errNoFamily = errors.New("processes that look after others need sockets that are passed on, as Linux, macOS and the BSDs have them")

func ownGroup(*exec.Cmd) {}

func inheritedFile(int, string) (*os.File, error) { return nil, errNoFamily }

func listenerFile(*net.TCPListener) (*os.File, error) { return nil, errNoFamily }

func copyListener(*net.TCPListener) (*net.TCPListener, error) { return nil, errNoFamily }

func hasTerminal() bool { return false }
