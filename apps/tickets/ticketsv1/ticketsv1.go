// Package ticketsv1 is version 1 of the tickets service, answered by the app tickets.
package ticketsv1

import (
	"net/http"
	"time"

	"github.com/spinoff-go/spinoff"
)

// Service is answered at TICKETS_API.
var Service = spinoff.Service{Name: "tickets", Version: 1}

var (
	// Create opens a ticket. The same fingerprint on a ticket that is not solved answers with that one. It fails with [ErrInvalid].
	Create = spinoff.Endpoint[NewTicket, Created]{Service: Service, Route: "POST /tickets", Name: "create"}
	// List lists tickets, the one that changed last first.
	List = spinoff.Endpoint[Filter, Tickets]{Service: Service, Route: "GET /tickets", Name: "list"}
	// Get finds a ticket with its whole conversation. It fails with [ErrNotFound].
	Get = spinoff.Endpoint[TicketID, Ticket]{Service: Service, Route: "GET /tickets/{number}", Errors: []*spinoff.Error{ErrNotFound}}
	// Mine finds a ticket by the secret of its customer, without internal notes. It fails with [ErrNotFound].
	Mine = spinoff.Endpoint[Token, CustomerTicket]{Service: Service, Route: "GET /mine/{token}", Name: "mine", Errors: []*spinoff.Error{ErrNotFound}}
	// Answer adds what the customer writes, by the secret of the ticket, and reopens the ticket where it was solved. It fails with [ErrNotFound].
	Answer = spinoff.Endpoint[NewAnswer, Added]{Service: Service, Route: "POST /mine/{token}/messages", Name: "answer", Errors: []*spinoff.Error{ErrNotFound}}
	// Add adds a reply or a note of the signed-in person. It fails with [ErrNotFound], and with [ErrStale] where IfLast is not the last message any more.
	Add = spinoff.Endpoint[NewMessage, Added]{Service: Service, Route: "POST /tickets/{number}/messages", Name: "add", Errors: []*spinoff.Error{ErrNotFound, ErrStale}}
	// Update changes what is set of status, assignee, priority and tags. It fails with [ErrNotFound] and [ErrStale].
	Update = spinoff.Endpoint[Change, Ticket]{Service: Service, Route: "PATCH /tickets/{number}", Errors: []*spinoff.Error{ErrNotFound, ErrStale}}
	// Count counts the tickets by status.
	Count = spinoff.Endpoint[All, Counts]{Service: Service, Route: "GET /counts", Name: "count"}
)

var (
	// ErrInvalid means that the request breaks the contract; its fields say where.
	ErrInvalid = spinoff.ErrInvalid
	// ErrNotFound means that there is no ticket with this number or secret.
	ErrNotFound = &spinoff.Error{Code: "tickets.not_found", Status: http.StatusNotFound, Title: "there is no such ticket"}
	// ErrStale means that the ticket has changed meanwhile.
	ErrStale = &spinoff.Error{Code: "tickets.stale", Status: http.StatusPreconditionFailed, Title: "the ticket has changed meanwhile"}
)

// Status is where a ticket stands.
type Status string

// The states of a ticket.
const (
	Open    Status = "open"    // the staff has to do something
	Waiting Status = "waiting" // the customer has to answer
	Solved  Status = "solved"
)

// NewTicket is what a customer asks.
type NewTicket struct {
	Subject     string   `json:"subject" spinoff:"min=1,max=255"`
	Body        string   `json:"body" spinoff:"min=1,max=100000"`
	Email       string   `json:"email" spinoff:"min=3,max=254,pattern=^[^@\\s]+@[^@\\s]+$"`
	Name        string   `json:"name,omitempty" spinoff:"max=200"`
	Channel     string   `json:"channel,omitempty" spinoff:"max=50"` // where it came from. Default: "api"
	Priority    string   `json:"priority,omitempty" spinoff:"oneof=low|normal|high|urgent"`
	Tags        []string `json:"tags,omitempty" spinoff:"max=20"`
	Fingerprint string   `json:"fingerprint,omitempty" spinoff:"max=200"` // the same for what is the same ticket
	Search      string   `json:"search,omitempty" spinoff:"max=300"`      // what was looked for before the ticket was opened
}

// Created is what became of a [NewTicket].
type Created struct {
	Number     int64  `json:"number"`
	Status     Status `json:"status" spinoff:"open=open|waiting|solved"`
	URL        string `json:"url"`                        // page of the ticket for the staff
	Token      string `json:"token"`                      // secret by which the customer finds the ticket
	HTTPStatus int    `json:"-" spinoff:"status=201|200"` // 200: a ticket with this fingerprint was there
	ETag       string `json:"-" spinoff:"header=ETag"`    // of the ticket
}

// Filter selects tickets. The zero value selects all.
type Filter struct {
	Status   Status `json:"status,omitempty" spinoff:"oneof=open|waiting|solved"`
	Assignee string `json:"assignee,omitempty"` // e-mail address, or "none" for those that nobody has
	Tag      string `json:"tag,omitempty"`
	Email    string `json:"email,omitempty"` // of the customer
	Q        string `json:"q,omitempty"`     // searched in subject, people and messages
	After    string `json:"after,omitempty"` // Next of the page before
	Limit    int64  `json:"limit,omitempty" spinoff:"min=1,max=100"`
}

// Tickets is one page of a list.
type Tickets struct {
	Items []Summary `json:"items"`
	Next  string    `json:"next,omitempty"` // for After; empty on the last page
}

// Summary is a ticket in a list.
type Summary struct {
	Number    int64     `json:"number"`
	Subject   string    `json:"subject"`
	Status    Status    `json:"status" spinoff:"open=open|waiting|solved"`
	Priority  string    `json:"priority" spinoff:"open=low|normal|high|urgent"`
	Assignee  string    `json:"assignee"` // e-mail address; "" for nobody
	Customer  Customer  `json:"customer"`
	Tags      []string  `json:"tags"`
	Messages  int64     `json:"messages"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// Customer is who asks.
type Customer struct {
	Email string `json:"email"`
	Name  string `json:"name"`
}

// TicketID names a ticket.
type TicketID struct {
	Number int64 `json:"number"`
}

// Ticket is a ticket with its conversation.
type Ticket struct {
	Number    int64     `json:"number"`
	Subject   string    `json:"subject"`
	Status    Status    `json:"status" spinoff:"open=open|waiting|solved"`
	Priority  string    `json:"priority" spinoff:"open=low|normal|high|urgent"`
	Assignee  string    `json:"assignee"`
	Customer  Customer  `json:"customer"`
	Channel   string    `json:"channel"`
	Search    string    `json:"search"`
	Tags      []string  `json:"tags"`
	Messages  []Message `json:"messages"` // oldest first
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	SolvedAt  time.Time `json:"solved_at,omitzero"` // zero while it is not solved
	ETag      string    `json:"-" spinoff:"header=ETag"`
}

// Direction says who speaks in a message.
type Direction string

// The directions.
const (
	In     Direction = "in"     // the customer
	Out    Direction = "out"    // the staff, to the customer
	Note   Direction = "note"   // the staff, among themselves
	System Direction = "system" // what happened, such as a change of status
)

// Message is one message of a conversation.
type Message struct {
	ID          int64        `json:"id"`
	Direction   Direction    `json:"direction" spinoff:"open=in|out|note|system"`
	Author      string       `json:"author"` // name, or e-mail address where there is none
	Email       string       `json:"email"`
	Text        string       `json:"text"`
	Attachments []Attachment `json:"attachments"`
	Link        string       `json:"link,omitempty"` // page that a message of the system is about
	At          time.Time    `json:"at"`
}

// Attachment is a file of a message.
type Attachment struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
	Type string `json:"type"`
	Size int64  `json:"size"` // bytes
}

// Token is the secret of a ticket's customer.
type Token struct {
	Token string `json:"token"`
}

// CustomerTicket is a ticket as its customer sees it.
type CustomerTicket struct {
	Number    int64             `json:"number"`
	Subject   string            `json:"subject"`
	Status    Status            `json:"status" spinoff:"open=open|waiting|solved"`
	Messages  []CustomerMessage `json:"messages"`
	Hints     []Hint            `json:"hints,omitempty"`
	CreatedAt time.Time         `json:"created_at"`
	ETag      string            `json:"-" spinoff:"header=ETag"`
}

// Hint is an entry of the knowledge base that answers the ticket, and was published since it was asked.
type Hint struct {
	Title string `json:"title"`
	URL   string `json:"url"` // page for readers
}

// CustomerMessage is a message as the customer sees it.
type CustomerMessage struct {
	FromStaff bool      `json:"from_staff"`
	Author    string    `json:"author"`
	Text      string    `json:"text"`
	At        time.Time `json:"at"`
}

// NewAnswer is what a customer writes.
type NewAnswer struct {
	Token string `json:"token"`
	Body  string `json:"body" spinoff:"min=1,max=100000"`
}

// NewMessage is what the staff writes.
type NewMessage struct {
	Number int64  `json:"number"`
	Body   string `json:"body" spinoff:"min=1,max=100000"`
	Kind   string `json:"kind" spinoff:"oneof=reply|note"`
	IfLast int64  `json:"if_last,omitempty"` // id of the last message that the author has seen
}

// Added names a message that was added.
type Added struct {
	ID         int64  `json:"id"`
	Status     Status `json:"status" spinoff:"open=open|waiting|solved"` // of the ticket now
	HTTPStatus int    `json:"-" spinoff:"status=201"`
}

// Change holds what is to be changed; what is nil stays.
type Change struct {
	Number   int64    `json:"number"`
	Status   *Status  `json:"status" spinoff:"oneof=open|waiting|solved"`
	Assignee *string  `json:"assignee"` // "" for nobody
	Priority *string  `json:"priority" spinoff:"oneof=low|normal|high|urgent"`
	AddTags  []string `json:"add_tags,omitempty" spinoff:"max=20"`
	DropTags []string `json:"drop_tags,omitempty" spinoff:"max=20"`
	IfMatch  string   `json:"-" spinoff:"header=If-Match"` // ETag of what was seen; without it the change is made in any case
}

// All asks for everything.
type All struct{}

// Counts are numbers of tickets.
type Counts struct {
	Open       int64 `json:"open"`
	Waiting    int64 `json:"waiting"`
	Solved     int64 `json:"solved"`
	Unassigned int64 `json:"unassigned"` // open, and nobody has them
}
