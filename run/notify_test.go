//go:build unix

package run_test

import (
	"bytes"
	"context"
	"net"
	"path/filepath"
	"testing"

	"github.com/spinoff-go/spinoff/run"
)

// TestNotify: a service manager is told when the project is up, and when it is ending.
func TestNotify(t *testing.T) {
	folder := t.TempDir()
	address := filepath.Join(folder, "notify")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: address, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	t.Setenv("NOTIFY_SOCKET", address)
	told := func() string {
		text := make([]byte, 100)
		n, err := l.Read(text)
		if err != nil {
			t.Fatal(err)
		}
		return string(text[:n])
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int)
	var out bytes.Buffer
	go func() {
		ended <- run.Execute(ctx, project(nothing{}), []string{"corner", "up", "--addr", "127.0.0.1:0", "--data", filepath.Join(folder, "data")}, &out, &out)
	}()
	if got, want := told(), "READY=1"; got != want {
		t.Errorf("told at start: got %q, want %q", got, want)
	}
	stop()
	if got, want := told(), "STOPPING=1"; got != want {
		t.Errorf("told at the end: got %q, want %q", got, want)
	}
	if code := <-ended; code != 0 {
		t.Errorf("corner up: exit code %d\n%s", code, &out)
	}
}
