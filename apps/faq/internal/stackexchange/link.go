package stackexchange

import (
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
)

// link is where a question points to.
type link struct {
	related     []int64
	duplicateOf int64
}

// The kinds of links, LinkTypeId.
const (
	linkRelated   = 1
	linkDuplicate = 3
)

// readLinks reads PostLinks.xml, keeping links from one of the questions to another. No file is no links; a broken
// one gives those before the break, and the error.
func readLinks(path string, questions map[int64]*place) (map[int64]link, error) {
	links := map[int64]link{}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return links, nil
	}
	if err != nil {
		return links, fmt.Errorf("open the links between posts: %w", err)
	}
	defer file.Close() //nolint:errcheck // only read
	err = eachRow(file, "postlinks", func(_ int64, row xml.StartElement) error {
		var from, to, kind int64
		for _, attr := range row.Attr {
			var err error
			switch attr.Name.Local {
			case "PostId":
				from, err = number(attr)
			case "RelatedPostId":
				to, err = number(attr)
			case "LinkTypeId":
				kind, err = number(attr)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", attr.Name.Local, err)
			}
		}
		if !isQuestion(questions, from) || !isQuestion(questions, to) || from == to {
			return nil
		}
		l := links[from]
		switch kind {
		case linkRelated:
			l.related = append(l.related, to)
		case linkDuplicate:
			l.duplicateOf = cmp.Or(l.duplicateOf, to)
		}
		links[from] = l
		return nil
	})
	for from, l := range links {
		slices.Sort(l.related)
		l.related = slices.Compact(l.related)
		links[from] = l
	}
	return links, err
}

func isQuestion(questions map[int64]*place, id int64) bool {
	return questions[id] != nil && questions[id].question != 0
}
