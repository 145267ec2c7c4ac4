package mail

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jhillyerd/enmime/v2"
	"github.com/jhillyerd/enmime/v2/mediatype"
)

// Parse reads one message of RFC 5322 with its MIME parts. received stands in for a Date that is missing, unreadable or more than a
// day later. The error is [ErrTooLarge] or [ErrTooDeep]; any other bytes at all make a Message. The same bytes make the same Message.
func Parse(raw []byte, received time.Time) (Message, error) {
	if len(raw) > MaxSize {
		return Message{}, ErrTooLarge
	}
	raw = strip(raw)
	m := Message{}
	mime, err := read(raw)
	if errors.Is(err, ErrTooDeep) {
		return Message{}, err
	}
	if err != nil { // never lose a message: what cannot be read as MIME can be read as text
		m.flag(NotMIME)
		if mime, err = read(asPlain(raw)); err != nil {
			mime, _ = enmime.NewParser().ReadEnvelope(bytes.NewReader(nil))
			mime.Root.Content = raw
		}
	}
	m.readHeader(mime, received)
	if m.ID == "" {
		m.flag(NoMessageID)
		m.ID, m.SyntheticID = syntheticID(raw), true
	}
	m.readBody(mime)
	m.Auto = auto(mime, m.From)
	slices.Sort(m.Flags)
	return m, nil
}

func (m *Message) flag(f Flag) {
	if !slices.Contains(m.Flags, f) {
		m.Flags = append(m.Flags, f)
	}
}

// envelopeLine is what mbox files and some deliveries leave above the header.
var envelopeLine = regexp.MustCompile(`^>?From [^\n]*\n`)

// strip removes what stands before the header: byte order mark, blank lines and the "From " line of an mbox file. NULs go from the header.
func strip(raw []byte) []byte {
	if !bytes.Contains(raw, []byte("\n")) {
		raw = bytes.ReplaceAll(raw, []byte("\r"), []byte("\n"))
	}
	raw = bytes.TrimLeft(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")), "\r\n\x00")
	raw = bytes.TrimLeft(raw[len(envelopeLine.Find(raw)):], "\r\n\x00")
	header, body := cutHeader(raw)
	if bytes.IndexByte(header, 0) < 0 {
		return raw
	}
	return append(bytes.ReplaceAll(header, []byte{0}, nil), body...)
}

// cutHeader returns the header lines and what follows them, blank line included.
func cutHeader(raw []byte) (header, body []byte) {
	for end := 0; ; {
		n := bytes.IndexByte(raw[end:], '\n')
		if n < 0 {
			return raw, nil
		}
		if n == 0 || n == 1 && raw[end] == '\r' {
			return raw[:end:end], raw[end:]
		}
		end += n + 1
	}
}

// read has enmime read the message. Its panics come back as errors, and its parts are counted while they are found.
func read(raw []byte) (e *enmime.Envelope, err error) {
	parts := partCounter{raw: raw, seen: map[string]extent{}}
	defer func() {
		if p := recover(); p != nil {
			e, err = nil, fmt.Errorf("parse message: %v", p)
		}
		if parts.tooDeep {
			e, err = nil, ErrTooDeep
		}
	}()
	return enmime.NewParser(
		enmime.MultipartWOBoundaryAsSinglePart(true),
		enmime.SkipMalformedParts(true),
		enmime.MaxStoredPartErrors(20),
		enmime.RawContent(true),            // see decode.go
		enmime.DisableTextConversion(true), // textOf keeps quotes
		enmime.SetCustomParseMediaType(parts.mediaType),
	).ReadEnvelope(&parts)
}

// partCounter gives enmime the message and stops it where that would cost too much: enmime handles every byte once for each multipart
// around it, takes twice as long with each to find that a message ends too early, and walks all siblings of a part to add the next.
// It knows every boundary that enmime knows, since enmime asks it.
type partCounter struct {
	raw     []byte
	read    int               // bytes of raw
	seen    map[string]extent // of multiparts, by boundary
	parts   int
	tooDeep bool
}

// extent is where in the message a multipart is at most.
type extent struct{ start, end int }

const (
	maxDepth      = 12        // multiparts within multiparts; people stay below 6
	maxMultiparts = 200       // side by side
	maxParts      = 2000      // of all multiparts together
	maxWork       = 200 << 20 // bytes times depth, from a depth of 5
)

func (c *partCounter) Read(b []byte) (int, error) {
	if c.tooDeep || c.read == len(c.raw) {
		return 0, io.EOF
	}
	n := copy(b, c.raw[c.read:])
	c.read += n
	return n, nil
}

func (c *partCounter) mediaType(value string) (string, map[string]string, []string, error) {
	mtype, params, invalid, err := mediatype.Parse(value)
	if boundary := params["boundary"]; boundary != "" {
		c.add(boundary)
		if c.tooDeep || !strings.HasPrefix(mtype, "multipart/") {
			delete(params, "boundary") // a leaf
		}
	}
	return mtype, params, invalid, err
}

func (c *partCounter) add(boundary string) {
	if _, ok := c.seen[boundary]; ok || c.tooDeep {
		return
	}
	delimiter := []byte("--" + boundary) // enmime finds it within a line, too
	first, last := bytes.Index(c.raw, delimiter), bytes.LastIndex(c.raw, delimiter)
	if first < 0 {
		return
	}
	here := extent{first, len(c.raw)}
	if bytes.HasPrefix(c.raw[last+len(delimiter):], []byte("--")) {
		here.end = last
	}
	depth := 1
	for _, around := range c.seen {
		if around.start <= here.end && here.start <= around.end {
			depth++
		}
	}
	c.seen[boundary] = here
	c.parts += bytes.Count(c.raw, delimiter)
	c.tooDeep = depth > maxDepth || depth >= 5 && depth*len(c.raw) > maxWork || len(c.seen) > maxMultiparts || c.parts > maxParts
}

var (
	headerLine   = regexp.MustCompile(`^[!-9;-~]+[ \t]*:`)
	mimeLine     = regexp.MustCompile(`(?i)^(content-|mime-version)`)
	continuation = regexp.MustCompile(`^[ \t]+\S`)
)

// asPlain is the message as one plain text: without header lines that are none, and without those that speak of MIME.
func asPlain(raw []byte) []byte {
	header, body := cutHeader(raw)
	var plain []byte
	keep := false
	for line := range bytes.Lines(header) {
		if !continuation.Match(line) || len(plain) == 0 {
			keep = headerLine.Match(line) && !mimeLine.Match(line)
		}
		if keep {
			plain = append(plain, line...)
		}
	}
	if len(plain) == 0 {
		return append([]byte("\n"), raw...)
	}
	return append(append(plain, '\n'), body...)
}

// syntheticID is the same for the same mail from a file, a mailbox or the wire, whatever their line ends.
func syntheticID(raw []byte) string {
	sum := sha256.Sum256(bytes.TrimRight(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), "\n"))
	return hex.EncodeToString(sum[:16]) + "@synthetic.invalid"
}
