package keys

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// heading is written above the keys of a new file.
const heading = `# Who may call this app: NAME:HASH, one a line. The hash is of a secret that only the consumer has.
# Running processes read this file again when it changes. Make and revoke keys with the command "keys".
`

// Add writes k behind the keys of a file, which it makes where there is none.
// Two who change a file at the same moment may lose one of the changes.
func Add(file string, k Key) error {
	text, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		text = []byte(heading)
	case err != nil:
		return err
	}
	if _, err := Parse(string(text)); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if len(text) > 0 && text[len(text)-1] != '\n' {
		text = append(text, '\n')
	}
	return replace(file, string(text)+k.line())
}

// line returns the key as a line of a file.
func (k Key) line() string {
	if k.Note == "" {
		return k.String() + "\n"
	}
	return k.String() + "  # " + k.Note + "\n"
}

// Remove takes the keys for which gone says so out of a file and returns them. Everything else in it stays as it is, except that keys
// that shared a line with one of them get lines of their own.
func Remove(file string, gone func(Key) bool) ([]Key, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if _, err := Parse(string(text)); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	var removed []Key
	var kept strings.Builder
	for line := range strings.Lines(string(text)) {
		all, err := Parse(line)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if !slices.ContainsFunc(all, gone) {
			kept.WriteString(line)
			continue
		}
		for _, k := range all {
			if gone(k) {
				removed = append(removed, k)
			} else {
				kept.WriteString(k.line())
			}
		}
	}
	if removed == nil {
		return nil, nil
	}
	return removed, replace(file, kept.String())
}
