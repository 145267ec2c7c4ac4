package ticketsv1

import (
	"time"

	"github.com/spinoff-go/spinoff"
)

// The topics of the service. The subject of each event is the number of the ticket.
var (
	// TicketCreated tells that a ticket was opened: by a form, a program, or a mail. An import of old mails tells it too, with the date of the mail.
	TicketCreated = spinoff.Topic[CreatedTicket]{Service: Service, Name: "ticket.created"}
	// TicketReplied tells that somebody wrote what the other side can read. The message that opened the ticket is not told, nor are notes, nor what an
	// import brings that is older than a day.
	TicketReplied = spinoff.Topic[Reply]{Service: Service, Name: "ticket.replied"}
	// TicketSolved tells that a ticket was solved, with what was asked and answered.
	TicketSolved = spinoff.Topic[SolvedTicket]{Service: Service, Name: "ticket.solved"}
	// TicketReopened tells that a ticket is not solved any more.
	TicketReopened = spinoff.Topic[ReopenedTicket]{Service: Service, Name: "ticket.reopened"}
)

// CreatedTicket is a ticket as it was opened. It does not say by whom: [Get] does.
type CreatedTicket struct {
	Number    int64     `json:"number"`
	Subject   string    `json:"subject"`
	Channel   string    `json:"channel"`
	Priority  string    `json:"priority" spinoff:"open=low|normal|high|urgent"`
	Tags      []string  `json:"tags"`
	Search    string    `json:"search,omitempty"` // what was looked for before
	CreatedAt time.Time `json:"created_at"`       // when the customer wrote; of an imported mail, long ago
}

// Author is the side that wrote a [Reply].
type Author string

// The sides.
const (
	ByCustomer Author = "customer"
	ByAgent    Author = "agent"
)

// Reply says who wrote. [Get] has the text.
type Reply struct {
	Number int64  `json:"number"`
	By     Author `json:"by" spinoff:"open=customer|agent"`
}

// SolvedTicket is a ticket when it was solved. It has no name and no address; what people wrote is as they wrote it. Of a ticket
// that is tagged private or account-specific, Question and Answers are left out.
type SolvedTicket struct {
	Number   int64     `json:"number"`
	Subject  string    `json:"subject"`
	Question string    `json:"question,omitempty"` // the first message of the customer, at most 64 KiB of it
	Answers  []string  `json:"answers"`            // the last five replies of the staff to the customer, oldest first, at most 64 KiB of each
	Tags     []string  `json:"tags"`
	SolvedAt time.Time `json:"solved_at"` // tells one time that a ticket was solved from the next
}

// ReopenedTicket names a ticket that is not solved any more.
type ReopenedTicket struct {
	Number int64  `json:"number"`
	Status Status `json:"status" spinoff:"open=open|waiting"`
}
