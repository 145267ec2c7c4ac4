package models

import (
	"context"
	"strings"

	"github.com/spinoff-go/spinoff/data"
)

// answeredText begins the message of the system that names an entry of the knowledge base; the title of the entry follows.
const answeredText = "The knowledge base now answers this: "

// Answered is an entry of the knowledge base that answers tickets.
type Answered struct {
	Entry   int64
	Title   string
	Link    string  // page for readers
	Tickets []int64 // that asked it
}

// Tell notes in those of the tickets which are not solved that the knowledge base answers them, once for each entry. It leaves out tickets that do not exist.
func (m *Models) Tell(ctx context.Context, a Answered) error {
	now := millis(m.now())
	return m.db.Write(ctx, func(tx *data.Tx) error {
		for _, number := range a.Tickets {
			n, err := data.Exec(ctx, tx, `INSERT INTO message (ticket, direction, author, text, entry, link, at)
				SELECT number, 'system', '', $2, $3, $4, $5 FROM ticket WHERE number = $1 AND status <> 'solved'
				ON CONFLICT (ticket, entry) WHERE entry <> 0 DO NOTHING`,
				number, answeredText+Line(a.Title, 300), a.Entry, a.Link, now)
			if err == nil && n > 0 { // it shows something new, and is where it was in the list: nobody has to act
				err = exec(ctx, tx, "UPDATE ticket SET version = version + 1 WHERE number = $1", number)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// AnsweredBy returns the title of the entry that a message of the system says the knowledge base has, and "" for any other message.
func (m Message) AnsweredBy() string {
	if m.Entry == 0 {
		return ""
	}
	return strings.TrimPrefix(m.Text, answeredText)
}
