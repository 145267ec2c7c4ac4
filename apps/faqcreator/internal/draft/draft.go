// Package draft makes a draft for the FAQ out of a solved ticket: the question a customer asked, the answer that
// solved it, and neither with anybody's data in it. It works with rules alone, without a language model, and knows
// the mail habits of a dozen languages. Everything here is a pure function.
//
// What it makes is for a person to approve: rules miss what only meaning gives away, such as a name in a sentence.
package draft

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Why a ticket gives no draft. Each is final: trying again gives the same.
var (
	ErrPrivate    = errors.New("the ticket is tagged private or account-specific, so its answer is for one customer only")
	ErrNoAnswer   = fmt.Errorf("no public reply of an agent has %d characters or more once quotes, greeting and signature are off", MinAnswer)
	ErrNoQuestion = errors.New("the subject says nothing, and the customer's first message has no sentence that ends in a question mark")
)

// MinAnswer is the least number of characters of an agent's reply that can be an answer.
const MinAnswer = 40

// MaxQuestion is the greatest number of characters of a question.
const MaxQuestion = 300

// From says who wrote a message.
type From string

// Who writes messages. A note is an agent's, and never public.
const (
	Customer From = "customer"
	Agent    From = "agent"
	Note     From = "note"
	System   From = "system"
)

// Ticket is what a draft is made of.
type Ticket struct {
	Subject  string    // as the customer wrote it, "Re:" and "[#123]" included
	Messages []Message // oldest first
	Tags     []string
}

// Message is one message of a ticket, as plain text.
type Message struct {
	From From
	Text string
}

// Draft is a question and its answer, ready to be looked at by a person. Both are valid UTF-8.
type Draft struct {
	Question string // at most MaxQuestion characters, upper-case at the front
	Answer   string
	Scrubbed []Finding // what was taken out of the two
}

// Make returns the draft of a solved ticket, or why there is none: ErrPrivate, ErrNoAnswer or ErrNoQuestion.
// The answer is the agents' last public reply that is long enough.
func Make(t Ticket) (Draft, error) {
	if slices.ContainsFunc(t.Tags, private) {
		return Draft{}, ErrPrivate
	}
	reply, found := lastReply(t.Messages)
	if !found {
		return Draft{}, ErrNoAnswer
	}
	asked, found := ask(t)
	if !found {
		return Draft{}, ErrNoQuestion
	}
	asked, inQuestion := Scrub(asked)
	answer, inAnswer := Scrub(reply)
	return Draft{Question: title(asked), Answer: answer, Scrubbed: addFindings(inQuestion, inAnswer)}, nil
}

func private(tag string) bool {
	tag = strings.TrimSpace(tag)
	return strings.EqualFold(tag, "private") || strings.EqualFold(tag, "account-specific")
}

func lastReply(messages []Message) (string, bool) {
	for _, m := range slices.Backward(messages) {
		if m.From != Agent {
			continue
		}
		if reply := StripReply(m.Text); utf8.RuneCountInString(reply) >= MinAnswer {
			return reply, true
		}
	}
	return "", false
}
