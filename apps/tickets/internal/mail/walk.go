package mail

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Raw is a message as found in a mailbox.
type Raw struct {
	Source   string    // the file it is in, below the path that was walked, with slashes
	Offset   int64     // where in that file it starts, in bytes
	Bytes    []byte    // what Parse reads; nil with an error. It is the receiver's to keep
	Received time.Time // when it was put there, UTC: by the mbox file, else by the date of the file
	Next     Position  // where to go on after it
	Done     int64     // bytes of the mailbox up to its end …
	Total    int64     // … and of the whole mailbox
}

// Position is a place between two messages of a mailbox. The zero Position is its start.
type Position struct {
	Source string
	Offset int64
}

// Messages walks the messages at path from a position on: one message, an mbox file, a Maildir, or a folder of all of these. What a file
// is shows in its content, not in its name. Only one message is in memory at a time.
//
// A message that cannot be had is an error that names it, with its place in Raw: [ErrTooLarge], [ErrNotMail] or what the file system
// said. The walk then goes on behind it.
func Messages(path string, from Position) iter.Seq2[Raw, error] {
	return func(yield func(Raw, error) bool) {
		files, err := mailFiles(path)
		if err != nil {
			yield(Raw{}, fmt.Errorf("read mailbox %s: %w", path, err))
			return
		}
		w := walk{yield: yield}
		for _, f := range files {
			w.total += f.size
		}
		for _, f := range files {
			start := int64(0)
			switch order := strings.Compare(f.key(), key(from.Source)); {
			case from.Source != "" && order < 0:
				start = f.size
			case from.Source != "" && order == 0:
				start = from.Offset
			}
			if start < f.size && !w.file(f, start) {
				return
			}
			w.done += f.size
		}
	}
}

// mailFile is a file that may hold mail.
type mailFile struct {
	path     string // for the system
	source   string // for Raw
	size     int64
	modified time.Time
}

func (f mailFile) key() string { return key(f.source) }

// key is what files are ordered by. A Maildir renames its files when mail is read (new/1.host to cur/1.host:2,S); the key stays.
func key(source string) string {
	dir, name := "", source
	if i := strings.LastIndexByte(source, '/'); i >= 0 {
		dir, name = source[:i], source[i+1:]
	}
	switch {
	case dir == "new" || dir == "cur":
		dir = ""
	case strings.HasSuffix(dir, "/new") || strings.HasSuffix(dir, "/cur"):
		dir = dir[:len(dir)-4]
	default:
		return source
	}
	name, _, _ = strings.Cut(name, ":2,")
	return dir + "/" + name
}

// mailFiles lists what is at path, in the order of its keys. Of a Maildir only new and cur count, and hidden files never do.
func mailFiles(root string) ([]mailFile, error) {
	var files []mailFile
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if name == "tmp" && isMaildir(filepath.Dir(path)) {
				return fs.SkipDir
			}
			return nil
		}
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() || path != root && (name[0] == '.' || isMaildir(filepath.Dir(path))) {
			return nil //nolint:nilerr // a link to nowhere is no mail
		}
		source := filepath.Base(root)
		if path != root {
			source = filepath.ToSlash(strings.TrimPrefix(strings.TrimPrefix(path, root), string(filepath.Separator)))
		}
		files = append(files, mailFile{path, source, info.Size(), info.ModTime().UTC()})
		return nil
	})
	slices.SortStableFunc(files, func(a, b mailFile) int { return strings.Compare(a.key(), b.key()) })
	return files, err
}

func isMaildir(dir string) bool {
	for _, sub := range []string{"cur", "new"} {
		if info, err := os.Stat(filepath.Join(dir, sub)); err != nil || !info.IsDir() {
			return false
		}
	}
	return true
}

type walk struct {
	yield       func(Raw, error) bool
	done, total int64
}

// file hands out the messages of one file and reports whether to go on.
func (w *walk) file(f mailFile, start int64) bool {
	whole := Raw{Source: f.source, Received: f.modified, Next: Position{f.source, f.size}, Done: w.done + f.size, Total: w.total}
	fail := func(err error) bool { return w.yield(whole, fmt.Errorf("read %s: %w", f.source, err)) }
	file, err := os.Open(f.path)
	if err != nil {
		return fail(err)
	}
	defer file.Close() //nolint:errcheck // only read
	r := bufio.NewReader(file)
	head, err := r.Peek(4096)
	if err != nil && !errors.Is(err, io.EOF) {
		return fail(err)
	}
	if isMbox(head) {
		if _, err := file.Seek(start, io.SeekStart); err != nil {
			return fail(err)
		}
		return w.mbox(f, newMboxReader(file, start))
	}
	if f.size > MaxSize {
		return fail(ErrTooLarge)
	}
	if !looksLikeMail(head) {
		return fail(ErrNotMail)
	}
	if whole.Bytes, err = io.ReadAll(io.LimitReader(r, MaxSize+1)); err != nil {
		return fail(err)
	}
	return w.yield(whole, nil)
}

func (w *walk) mbox(f mailFile, m *mboxReader) bool {
	for {
		message, from, start, err := m.next()
		if errors.Is(err, io.EOF) {
			return true
		}
		end := m.offset - int64(len(m.line))
		raw := Raw{Source: f.source, Offset: start, Bytes: message, Received: receivedAt(from), Next: Position{f.source, end}, Done: w.done + end, Total: w.total}
		if raw.Received.IsZero() {
			raw.Received = f.modified
		}
		if err != nil {
			raw.Bytes = nil
			if !w.yield(raw, fmt.Errorf("read %s at byte %d: %w", f.source, start, err)) {
				return false
			}
			if !errors.Is(err, ErrTooLarge) {
				return true // the file itself cannot be read further
			}
			continue
		}
		if !w.yield(raw, nil) {
			return false
		}
	}
}

// isMbox tells an mbox file by its first line; a message that merely kept the line of the mailbox it was in reads the same either way.
func isMbox(head []byte) bool {
	first, _, _ := bytes.Cut(bytes.TrimLeft(head, "\r\n"), []byte("\n"))
	return separator.Match(first)
}

// looksLikeMail asks for a header line among the first that are not blank: real mail has been seen with one line of dirt before it.
func looksLikeMail(head []byte) bool {
	head = strip(head)
	for range 3 {
		first, rest, _ := bytes.Cut(head, []byte("\n"))
		if headerLine.Match(first) {
			return true
		}
		head = rest
	}
	return false
}
