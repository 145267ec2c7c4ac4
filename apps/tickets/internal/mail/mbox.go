package mail

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"regexp"
	"time"
)

// mboxReader splits an mbox file into messages, in the memory of one message. It reads all of its dialects that quote "From " with ">".
type mboxReader struct {
	r      *bufio.Reader
	offset int64  // of the next byte in the file
	line   []byte // the separator of the next message, read ahead; nil before the first one
}

// separator is "From somebody Mon Jan  5 09:14:16 2008", with or without seconds and zone. Senders may contain spaces.
var separator = regexp.MustCompile(`^From .{0,300}\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? .{0,20}\d\d?:\d\d.{0,20}\b(?:19|20)\d\d\b`)

const longestSeparator = 500

// newMboxReader reads on at offset, which is that of a separator, where r is.
func newMboxReader(r io.Reader, offset int64) *mboxReader {
	return &mboxReader{r: bufio.NewReaderSize(r, 1<<16), offset: offset}
}

// next returns the next message without its separator, which is where and when it came. A message over MaxSize is skipped to
// its end and is [ErrTooLarge]; the next call goes on after it. At the end of the file the error is io.EOF.
func (m *mboxReader) next() (message, from []byte, start int64, err error) {
	start, from = m.offset-int64(len(m.line)), m.line
	m.line = nil
	blank, lineStart, tooLarge := true, true, false
	for {
		piece, readErr := m.r.ReadSlice('\n')
		m.offset += int64(len(piece))
		if lineStart && m.separates(piece, blank) {
			if from != nil || len(message) > 0 {
				m.line = bytes.Clone(piece)
				break
			}
			from = bytes.Clone(piece)
			continue
		}
		blank = lineStart && len(bytes.TrimRight(piece, "\r\n")) == 0
		if lineStart {
			piece = unquote(piece)
		}
		if from != nil || len(message) > 0 || !blank { // blank lines before the first separator are nothing
			message = append(message, piece...)
		}
		if len(message) > MaxSize+2 {
			tooLarge, message = true, message[:1]
		}
		lineStart = readErr == nil
		if errors.Is(readErr, io.EOF) && (from != nil || len(message) > 0) {
			break
		}
		if readErr != nil && !errors.Is(readErr, bufio.ErrBufferFull) {
			return nil, nil, start, readErr
		}
	}
	if tooLarge {
		return nil, from, start, ErrTooLarge
	}
	return trimBlankLine(message), from, start, nil
}

// unquote takes one ">" off a line that the mailbox quoted.
func unquote(l []byte) []byte {
	if len(l) > 0 && l[0] == '>' && bytes.HasPrefix(bytes.TrimLeft(l, ">"), []byte("From ")) {
		return l[1:]
	}
	return l
}

// separates tells separators from sentences that begin with From: they follow a blank line, or a header follows them.
func (m *mboxReader) separates(piece []byte, afterBlank bool) bool {
	if !bytes.HasPrefix(piece, []byte("From ")) || len(piece) > longestSeparator || !separator.Match(piece) {
		return false
	}
	if afterBlank {
		return true
	}
	ahead, _ := m.r.Peek(80)
	return headerLine.Match(ahead)
}

// trimBlankLine takes off the blank line that the mbox format puts after each message.
func trimBlankLine(message []byte) []byte {
	for _, end := range []string{"\n\r\n", "\n\n"} {
		if bytes.HasSuffix(message, []byte(end)) {
			return message[:len(message)-len(end)+1]
		}
	}
	return message
}

var separatorDate = regexp.MustCompile(`(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d( [+-]\d{4})? \d{4}`)

// receivedAt is the time in a separator, taken for UTC if it has no zone; zero if it cannot be read.
func receivedAt(from []byte) time.Time {
	said := line(string(separatorDate.Find(from)))
	for _, layout := range []string{"Mon Jan 2 15:04:05 2006", "Mon Jan 2 15:04:05 -0700 2006"} {
		if t, err := time.Parse(layout, said); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
