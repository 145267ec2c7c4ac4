package main

import (
	"context"
	_ "embed"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// django is Django with Django REST framework under gunicorn, as Debian packages them: for the table, and in no bar.
const django = "Django + DRF, gunicorn"

//go:embed django/notes.py
var djangoNotes []byte

// serveDjango starts it where it is installed, and reports whether it is.
func (c *creates) serveDjango() (bool, error) {
	if !hasDjango() {
		fmt.Println("\nDjango is left out; it is measured after: apt-get install python3-django python3-djangorestframework gunicorn")
		return false, nil
	}
	if err := os.WriteFile(filepath.Join(c.folder, "notes.py"), djangoNotes, 0o600); err != nil {
		return false, err
	}
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return false, err
	}
	address := l.Addr().String()
	l.Close()                                                                                                 //nolint:errcheck // gunicorn listens there
	server := exec.CommandContext(context.Background(), "env", "NOTES="+filepath.Join(c.folder, "django.db"), //nolint:gosec // a folder of our own
		"gunicorn", "--bind", address, "--workers", "4", "--preload", "--log-level", "error", "notes")
	server.Dir, server.Stderr = c.folder, os.Stderr
	server.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := server.Start(); err != nil {
		return false, err
	}
	c.stop = append(c.stop, func() {
		syscall.Kill(-server.Process.Pid, syscall.SIGTERM) //nolint:errcheck // it may have ended
		server.Wait()                                      //nolint:errcheck // as above
	})
	c.urls[django] = "http://" + address + "/create"
	for range 100 {
		if response, err := http.Get(c.urls[django]); err == nil { //nolint:noctx // only whether it answers
			return true, response.Body.Close()
		}
		time.Sleep(100 * time.Millisecond)
	}
	return false, fmt.Errorf("gunicorn does not answer at %s", address)
}

func hasDjango() bool {
	_, err := exec.LookPath("gunicorn")
	return err == nil && exec.CommandContext(context.Background(), "/usr/bin/python3", "-c", "import django, rest_framework").Run() == nil
}
