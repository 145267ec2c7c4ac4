package jetstream

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// An epoch is kept in the file "epoch" of the server's folder: its id and, after a clean shutdown, the word clean. While the server runs the
// word is absent, so that the next start knows that something may have been lost.
const epochClean = "clean"

// beginEpoch returns the id of the epoch that a server in folder begins, or goes on with.
func beginEpoch(folder string) (id string, err error) {
	text, err := os.ReadFile(filepath.Join(folder, "epoch"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	words := strings.Fields(string(text))
	if len(words) == 2 && words[1] == epochClean {
		id = words[0]
	} else {
		id = strings.ToLower(rand.Text())
	}
	return id, writeSynced(filepath.Join(folder, "epoch"), id+"\n")
}

// endEpoch notes that the server has been shut down with everything on the disk. The server itself leaves that to the system, so it is seen to here.
func endEpoch(folder, id string) error {
	err := filepath.WalkDir(folder, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() && !d.Type().IsRegular() {
			return err
		}
		return syncFile(name)
	})
	if err != nil {
		return fmt.Errorf("sync the events to the disk: %w", err)
	}
	return writeSynced(filepath.Join(folder, "epoch"), id+" "+epochClean+"\n")
}

// writeSynced replaces a file, and returns when that is on the disk.
func writeSynced(name, text string) error {
	if err := os.WriteFile(name+".new", []byte(text), 0o600); err != nil { //nolint:gosec // the folder is the one that the operator names
		return err
	}
	if err := syncFile(name + ".new"); err != nil {
		return err
	}
	if err := os.Rename(name+".new", name); err != nil {
		return err
	}
	return syncFile(filepath.Dir(name))
}

func syncFile(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
