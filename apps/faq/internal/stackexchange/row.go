package stackexchange

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// eachRow calls do with each row of a file of a dump and the byte it starts at, until there are no more, or the file
// is broken, or do returns an error.
func eachRow(file io.Reader, root string, do func(at int64, row xml.StartElement) error) error {
	tokens := xml.NewDecoder(file)
	rows, depth := 0, 0
	for {
		at := tokens.InputOffset()
		token, err := tokens.Token()
		if errors.Is(err, io.EOF) && rows+depth == 0 {
			return fmt.Errorf("the file has no <%s> in it", root)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("after row %d, byte %d of %s: %w", rows, at, root, err)
		}
		switch element := token.(type) {
		case xml.StartElement:
			depth++
			if depth == 1 && element.Name.Local != root {
				return fmt.Errorf("the file has <%s> at its top, want <%s>", element.Name.Local, root)
			}
			if depth != 2 || element.Name.Local != "row" {
				continue
			}
			rows++
			if err := do(at, element); err != nil {
				return fmt.Errorf("row %d, byte %d of %s: %w", rows, at, root, err)
			}
		case xml.EndElement:
			depth--
		}
	}
}

// The kinds of posts that count. Others are wikis of tags, elections and the like.
const (
	kindQuestion = 1
	kindAnswer   = 2
)

// post is a row of Posts.xml.
type post struct {
	id, kind         int64
	parent, accepted int64 // question of an answer, accepted answer of a question
	score            int32
	created          time.Time
	title, body      string
	tags             []string
}

func parsePost(row xml.StartElement) (post, error) {
	var p post
	var failed error
	for _, attr := range row.Attr {
		var err error
		switch attr.Name.Local {
		case "Id":
			p.id, err = number(attr)
		case "PostTypeId":
			p.kind, err = number(attr)
		case "ParentId":
			p.parent, err = number(attr)
		case "AcceptedAnswerId":
			p.accepted, err = number(attr)
		case "Score":
			var score int64
			score, err = strconv.ParseInt(attr.Value, 10, 32)
			p.score = int32(score)
		case "CreationDate": // in UTC, without saying so
			p.created, err = time.Parse("2006-01-02T15:04:05", strings.TrimSuffix(attr.Value, "Z"))
		case "Title":
			p.title = attr.Value
		case "Body":
			p.body = attr.Value
		case "Tags":
			p.tags = splitTags(attr.Value)
		}
		if err != nil && failed == nil {
			failed = fmt.Errorf("%s: %w", attr.Name.Local, err)
		}
	}
	switch {
	case failed != nil:
		return p, failed
	case p.id == 0:
		return p, errors.New("the row has no Id")
	case p.kind == kindAnswer && p.parent == 0:
		return p, fmt.Errorf("answer %d has no ParentId to say what it answers", p.id)
	}
	return p, nil
}

func number(attr xml.Attr) (int64, error) {
	n, err := strconv.ParseInt(attr.Value, 10, 64)
	if err == nil && n <= 0 {
		return 0, fmt.Errorf("%d, want a number above 0", n)
	}
	return n, err
}

// splitTags reads both forms in use: "<ale><hops>" until 2023, "|ale|hops|" since.
func splitTags(tags string) []string {
	return strings.FieldsFunc(tags, func(r rune) bool { return r == '<' || r == '>' || r == '|' })
}
