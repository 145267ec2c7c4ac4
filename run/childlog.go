package run

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"io"
	"slices"
	"strings"
	"sync"
)

// lastLines is how many lines of what a process has printed are kept, to say why it ended.
const lastLines = 5

// longestLine is how much of a line is waited for, in bytes; what is longer becomes several lines.
const longestLine = 64 << 10

// childLog passes on what a process prints, line by line, each after the name of the process. A line that is a JSON object stays as it is: programs
// read those. It is safe for concurrent use.
type childLog struct {
	to     io.Writer
	prefix string

	mu   sync.Mutex
	line []byte   // the beginning of the next line
	last []string // the last lines, oldest first
}

// newChildLog returns a log with the name in a colour of its own where that is wanted.
func newChildLog(to io.Writer, name string, coloured bool) *childLog {
	prefix := name + " | "
	if coloured {
		prefix = fmt.Sprintf("\x1b[%dm%s\x1b[0m", nameColour(name), prefix)
	}
	return &childLog{to: to, prefix: prefix}
}

// nameColour returns a colour of the terminal for a name: one of six that are neither black nor white, always the same one.
func nameColour(name string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name)) // it cannot fail
	return 31 + h.Sum32()%6
}

// Write implements [io.Writer]. Its error is that of the writer behind it, which does not end the process that prints.
func (l *childLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.line = append(l.line, p...)
	for {
		line, rest, whole := bytes.Cut(l.line, []byte("\n"))
		if !whole && len(l.line) < longestLine {
			return len(p), nil
		}
		l.print(strings.TrimSuffix(string(line), "\r"))
		l.line = rest
	}
}

// end prints what came after the last end of a line.
func (l *childLog) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.line) > 0 {
		l.print(string(l.line))
		l.line = nil
	}
}

// print passes a line on in one piece, so that lines of several processes do not mix.
func (l *childLog) print(line string) {
	prefix := l.prefix
	if strings.HasPrefix(line, "{") && strings.HasSuffix(line, "}") {
		prefix = ""
	}
	_, _ = io.WriteString(l.to, prefix+line+"\n") // there is nowhere to say that it fails
	if l.last = append(l.last, line); len(l.last) > lastLines {
		l.last = slices.Delete(l.last, 0, 1)
	}
}

// tail returns the last lines.
func (l *childLog) tail() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.last)
}
