// Package faqcreatorv1 is version 1 of the FaqCreator service, answered by the app faqcreator.
package faqcreatorv1

import (
	"net/http"
	"time"

	"github.com/spinoff-go/spinoff"
)

// Service is answered at FAQCREATOR_API.
var Service = spinoff.Service{Name: "faqcreator", Version: 1}

var (
	// Create makes a FAQ draft of a ticket: it reads the ticket, takes question and answer from it, scrubs personal data, and files them with the FAQ.
	// For a ticket that has a draft already it answers with that one.
	// It fails with [ErrNoTicket], [ErrNoAnswer], [ErrNoQuestion] and [ErrPrivate], and with [spinoff.ErrUnavailable] while tickets or FAQ are away:
	// then nothing has happened, and it may be tried again.
	Create = spinoff.Endpoint[NewDraft, Draft]{
		Service: Service, Route: "POST /create", Errors: []*spinoff.Error{ErrNoTicket, ErrNoAnswer, ErrNoQuestion, ErrPrivate},
	}
	// Get finds the draft that was made of a ticket. It fails with [ErrNoDraft].
	Get = spinoff.Endpoint[TicketID, Made]{Service: Service, Route: "GET /drafts/{ticket}", Errors: []*spinoff.Error{ErrNoDraft}}
)

var (
	// ErrNoTicket means that there is no ticket with this number.
	ErrNoTicket = &spinoff.Error{Code: "faqcreator.no_ticket", Status: http.StatusNotFound, Title: "there is no such ticket"}
	// ErrNoAnswer means that the ticket has no public answer of the staff that is long enough to be worth an entry.
	ErrNoAnswer = &spinoff.Error{Code: "faqcreator.no_answer", Status: http.StatusConflict, Title: "the ticket has no answer to make an entry of"}
	// ErrNoQuestion means that neither the subject nor the first message says what was asked.
	ErrNoQuestion = &spinoff.Error{Code: "faqcreator.no_question", Status: http.StatusConflict, Title: "the ticket has no question to make an entry of"}
	// ErrPrivate means that the ticket is tagged private or account-specific.
	ErrPrivate = &spinoff.Error{Code: "faqcreator.private", Status: http.StatusConflict, Title: "the ticket is private"}
	// ErrNoDraft means that no draft was made of this ticket.
	ErrNoDraft = &spinoff.Error{Code: "faqcreator.no_draft", Status: http.StatusNotFound, Title: "no draft was made of this ticket"}
)

// NewDraft names the ticket to make a draft of.
type NewDraft struct {
	Ticket int64 `json:"ticket" spinoff:"min=1"`
}

// Draft is what was made.
type Draft struct {
	Ticket      int64    `json:"ticket"`
	Entry       int64    `json:"entry"` // number of the FAQ entry
	URL         string   `json:"url"`   // page of the entry for the staff
	Question    string   `json:"question"`
	DuplicateOf int64    `json:"duplicate_of,omitempty"`     // the published entry that answers it already
	Scrubbed    []string `json:"scrubbed"`                   // kinds of personal data that were taken out
	HTTPStatus  int      `json:"-" spinoff:"status=201|200"` // 200: the draft was there already
}

// TicketID names a ticket.
type TicketID struct {
	Ticket int64 `json:"ticket"`
}

// Made is a draft that was made before.
type Made struct {
	Ticket int64     `json:"ticket"`
	Entry  int64     `json:"entry"`
	URL    string    `json:"url"`
	At     time.Time `json:"at"`
}
