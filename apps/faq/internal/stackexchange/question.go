// Package stackexchange reads the dumps that Stack Exchange publishes of its sites, as questions with their best
// answers. https://archive.org/details/stackexchange describes the files.
package stackexchange

import (
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Question is a question of a site with its best answer.
type Question struct {
	ID             int64
	Title          string // plain text
	Body           string // Markdown
	Tags           []string
	Answer         string // Markdown; "" where nobody has answered
	AnswerAccepted bool   // whether the one who asked accepted the answer; else it is the one with the highest score
	Score          int    // of the question, negative where it was voted down
	CreatedAt      time.Time
	Related        []int64 // other questions of the dump that this one links to, in order
	DuplicateOf    int64   // the question of the dump that this one was closed for; 0 for none
}

// Questions yields each question of the Posts.xml at path, in order of its id, with its accepted answer, else the one
// of the highest score (of two, the older). Links between questions come from PostLinks.xml beside it, where there is one.
//
// The file is gone through once, and then each question and its answer are read from where they stand. What is held
// in memory is about 100 bytes for each question, 16 for each link and for each answer that stands before its question
// (few do), and the texts of the one question at hand.
//
// A file that breaks off or is damaged gives the questions found before that, and then, as the last thing, an error
// that names row and byte. progress, unless it is nil, is called with how many of total bytes are done; as they are gone
// through twice, total is twice the size of the file.
func Questions(path string, progress func(read, total int64)) iter.Seq2[Question, error] {
	if progress == nil {
		progress = func(int64, int64) {}
	}
	return func(yield func(Question, error) bool) {
		file, err := os.Open(path)
		if err != nil {
			yield(Question{}, fmt.Errorf("open the posts: %w", err))
			return
		}
		defer file.Close() //nolint:errcheck // only read
		info, err := file.Stat()
		if err != nil {
			yield(Question{}, fmt.Errorf("open the posts: %w", err))
			return
		}
		d := dump{file: file, size: info.Size(), progress: progress}
		broken := d.index()
		links, brokenLinks := readLinks(filepath.Join(filepath.Dir(path), "PostLinks.xml"), d.places)
		if !d.yield(links, yield) {
			return
		}
		if err := errors.Join(broken, brokenLinks); err != nil {
			yield(Question{}, err)
		}
	}
}

type dump struct {
	file     *os.File
	size     int64
	progress func(read, total int64)
	places   map[int64]*place // by id of the question
	early    map[int64]int64  // the bytes of rows of answers that stand before their question, by id of the answer
}

// place is where a question and its best answer stand in the file.
type place struct {
	question int64 // byte of the row plus 1; 0 until it is found, since answers may come first
	accepted int64 // id of the accepted answer
	answer   int64 // byte of the best answer's row plus 1
	answerID int64
	score    int32 // of the best answer
}

// index notes the places of all rows that count.
func (d *dump) index() error {
	d.places, d.early = map[int64]*place{}, map[int64]int64{}
	var reported int64
	return eachRow(d.file, "posts", func(at int64, row xml.StartElement) error {
		if at-reported >= 1<<20 {
			reported = at
			d.progress(at, 2*d.size)
		}
		p, err := parsePost(row)
		if err != nil {
			return err
		}
		switch p.kind {
		case kindQuestion:
			q := d.place(p.id)
			q.question, q.accepted = at+1, p.accepted
			if before, ok := d.early[p.accepted]; ok {
				q.answer, q.answerID = before+1, p.accepted
			}
		case kindAnswer:
			q := d.place(p.parent)
			q.consider(at, p)
			if q.question == 0 {
				d.early[p.id] = at
			}
		}
		return nil
	})
}

func (d *dump) place(question int64) *place {
	if d.places[question] == nil {
		d.places[question] = &place{}
	}
	return d.places[question]
}

// consider makes an answer the best if it is better than the best so far.
func (q *place) consider(at int64, p post) {
	if q.answer == 0 || q.prefers(p) {
		q.answer, q.answerID, q.score = at+1, p.id, p.score
	}
}

func (q *place) prefers(p post) bool {
	if q.accepted != 0 && (p.id == q.accepted) != (q.answerID == q.accepted) {
		return p.id == q.accepted
	}
	return cmp.Or(cmp.Compare(p.score, q.score), cmp.Compare(q.answerID, p.id)) > 0
}

// yield yields the questions with what stands at their places. It returns false when the caller wants no more.
func (d *dump) yield(links map[int64]link, yield func(Question, error) bool) bool {
	maps.DeleteFunc(d.places, func(_ int64, p *place) bool { return p.question == 0 })
	ids := slices.Sorted(maps.Keys(d.places))
	for i, id := range ids {
		q, err := d.read(d.places[id])
		if err != nil {
			return yield(Question{}, fmt.Errorf("question %d: %w", id, err))
		}
		q.Related, q.DuplicateOf = links[id].related, links[id].duplicateOf
		d.progress(d.size+int64(float64(d.size)*float64(i+1)/float64(len(ids))), 2*d.size)
		if !yield(q, nil) {
			return false
		}
	}
	d.progress(2*d.size, 2*d.size)
	return true
}

func (d *dump) read(at *place) (Question, error) {
	p, err := d.post(at.question - 1)
	if err != nil {
		return Question{}, err
	}
	q := Question{ID: p.id, Title: p.title, Body: Markdown(p.body), Tags: p.tags, Score: int(p.score), CreatedAt: p.created}
	if at.answer == 0 {
		return q, nil
	}
	answer, err := d.post(at.answer - 1)
	if err != nil {
		return Question{}, err
	}
	q.Answer, q.AnswerAccepted = Markdown(answer.body), answer.id == p.accepted
	return q, nil
}

// post reads the row that starts at a byte.
func (d *dump) post(at int64) (post, error) {
	tokens := xml.NewDecoder(io.NewSectionReader(d.file, at, d.size-at))
	token, err := tokens.RawToken()
	if err != nil {
		return post{}, fmt.Errorf("read the row at byte %d again: %w", at, err)
	}
	row, ok := token.(xml.StartElement)
	if !ok {
		return post{}, fmt.Errorf("read the row at byte %d again: it is not there any more", at)
	}
	return parsePost(row)
}
