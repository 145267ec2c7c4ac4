package socket_test

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spinoff-go/spinoff/internal/socket"
)

// TestListen goes over folders whose sockets fit and do not fit where they belong, each twice, as after a process that was killed.
func TestListen(t *testing.T) {
	temporary := t.TempDir()
	folders := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	for _, name := range []string{"short", strings.Repeat("long", 50), "with space and ü"} {
		folder := filepath.Join(folders, name)
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if _, err := socket.Dial(t.Context(), folder); err == nil {
			t.Errorf("Dial(%s) before Listen: got no error", name)
		}
		for range 2 {
			l, err := socket.Listen(folder)
			if err != nil {
				t.Fatalf("Listen(%s): %v", name, err)
			}
			l.SetUnlinkOnClose(false)
			go answer(l)
			conn, err := socket.Dial(t.Context(), folder)
			if err != nil {
				t.Fatalf("Dial(%s): %v", name, err)
			}
			if text, err := io.ReadAll(conn); string(text) != "hello" {
				t.Errorf("Dial(%s): got %q, %v, want hello", name, text, err)
			}
			l.Close()
		}
		if err := socket.Remove(folder); err != nil {
			t.Errorf("Remove(%s): %v", name, err)
		}
		if _, err := os.Stat(folder); !os.IsNotExist(err) {
			t.Errorf("Remove(%s): the folder is still there", name)
		}
	}
	if left, err := filepath.Glob(filepath.Join(temporary, "*")); len(left) > 0 || err != nil {
		t.Errorf("folders for temporary files are left: %q, %v", left, err)
	}
}

func answer(l net.Listener) {
	conn, err := l.Accept()
	if err == nil {
		conn.Write([]byte("hello"))
		conn.Close()
	}
}

func TestTryLock(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lock")
	first, err := socket.TryLock(name)
	if first == nil || err != nil {
		t.Fatalf("TryLock: got %v, %v, want the lock", first, err)
	}
	if second, err := socket.TryLock(name); second != nil || err != nil {
		t.Errorf("TryLock of a locked file: got %v, %v, want nil", second, err)
	}
	first.Close()
	third, err := socket.TryLock(name)
	if third == nil || err != nil {
		t.Errorf("TryLock when the first has ended: got %v, %v, want the lock", third, err)
	}
	third.Close()
}
