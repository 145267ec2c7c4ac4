package keys

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Use is how often a key was used, and when last.
type Use struct {
	ID    string // of the key
	Calls int64
	Last  time.Time
}

// ReadUses reads the file that rings write; there is none before the first use. What several processes write at the same moment may lose some calls.
func ReadUses(file string) (map[string]Use, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]Use{}, nil
	}
	if err != nil {
		return nil, err
	}
	uses := map[string]Use{}
	for line := range strings.Lines(string(text)) {
		var u Use
		var last string
		if _, err := fmt.Sscan(line, &u.ID, &u.Calls, &last); err != nil {
			return nil, fmt.Errorf("%s: a line is KEY CALLS TIME: %w", file, err)
		}
		if u.Last, err = time.Parse(time.RFC3339, last); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		uses[u.ID] = u
	}
	return uses, nil
}

// writeUses adds what was used since the last time to the file.
func (r *Ring) writeUses() error {
	known := r.held.Load()
	if known == nil || r.settings.Used == "" || !slices.ContainsFunc(*known, func(h *held) bool { return h.calls.Load() != h.told }) {
		return nil
	}
	uses, err := ReadUses(r.settings.Used)
	if err != nil {
		return err
	}
	for _, h := range *known {
		if calls := h.calls.Load(); calls != h.told {
			u := uses[h.ID()]
			last := time.Unix(h.last.Load(), 0)
			if u.Last.After(last) {
				last = u.Last
			}
			uses[h.ID()] = Use{h.ID(), u.Calls + calls - h.told, last}
			h.told = calls
		}
	}
	var lines []string
	for _, u := range uses {
		lines = append(lines, fmt.Sprintf("%s %d %s\n", u.ID, u.Calls, u.Last.UTC().Format(time.RFC3339)))
	}
	slices.Sort(lines)
	return replace(r.settings.Used, strings.Join(lines, ""))
}

// replace writes a file at once: who reads it finds the old one or the new one. Only its owner may read it.
func replace(file, text string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	draft, err := os.CreateTemp(filepath.Dir(file), ".keys-*")
	if err != nil {
		return err
	}
	defer os.Remove(draft.Name()) //nolint:errcheck // it has its name by now
	_, err = draft.WriteString(text)
	if err = errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return err
	}
	return os.Rename(draft.Name(), file)
}
