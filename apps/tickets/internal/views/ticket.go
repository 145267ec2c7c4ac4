package views

import (
	"cmp"
	"context"
	"net/http"
	"strings"

	"github.com/spinoff-go/spinoff/apps/tickets/internal/mail"
	"github.com/spinoff-go/spinoff/apps/tickets/internal/models"
	"github.com/spinoff-go/spinoff/apps/tickets/ticketsv1"
	"github.com/spinoff-go/spinoff/page"
)

type (
	ticketView struct {
		Ticket   models.Ticket
		State    badge
		Priority badge
		Talk     []turn
		Last     int64      // id of the newest message: what the staff has seen when it answers
		Came     []turn     // what came in while somebody wrote
		Changed  []string   // what happened meanwhile besides
		Form     *page.Form // of a reply or note
		Details  *page.Form // of status, priority, assignee and tags
		Notice   string     // what did not work, in words
		Kinds    []page.Option
		States   []page.Option
		Levels   []page.Option
		Mine     bool // whether it is the visitor's
		Me       string
		Solved   bool
		Link     string // of the customer
		Others   []row  // of the same customer
		Beside   beside
	}
	// turn is one message of the conversation, or an event.
	turn struct {
		ID       int64
		Kind     string // in, out or note
		Event    string // what happened, instead of a message
		Answer   string // title of the entry that the event says is published
		Link     string // its page
		From     string
		Email    string
		Role     string
		Text     string // Markdown where it is
		Markdown bool
		Quoted   string
		HTML     bool // whether the mail has a formatted part
		Remark   string
		Files    []models.Attachment
		At       models.Millis
	}
)

func (d *desk) showTicket(w http.ResponseWriter, r *http.Request) {
	d.render(w, r, http.StatusOK, func(*ticketView) {})
}

// render answers with the page of the ticket in the path. adapt adds what the visitor had typed and what is wrong with it.
func (d *desk) render(w http.ResponseWriter, r *http.Request, code int, adapt func(*ticketView)) {
	t, talk, err := d.models.Get(r.Context(), number(r, "number"))
	if err != nil {
		d.fail(w, r, err)
		return
	}
	view := ticketView{
		Ticket: t, State: status(t.Status), Priority: priority(t.Priority), Solved: t.Status == ticketsv1.Solved, Link: "/ticket/" + t.Token,
		Kinds:  []page.Option{{Value: "reply", Text: "Reply to the customer"}, {Value: "note", Text: "Note for colleagues"}},
		States: []page.Option{{Value: "open", Text: "Open"}, {Value: "waiting", Text: "Waiting for the customer"}, {Value: "solved", Text: "Solved"}},
		Levels: []page.Option{{Value: "low", Text: "Low"}, {Value: "normal", Text: "Normal"}, {Value: "high", Text: "High"}, {Value: "urgent", Text: "Urgent"}},
		Me:     me(r), Form: &page.Form{}, Details: &page.Form{},
	}
	view.Mine = t.Assignee != "" && t.Assignee == view.Me
	view.Form.Set("kind", "reply")
	view.Details.Set("status", string(t.Status))
	view.Details.Set("priority", t.Priority)
	view.Details.Set("assignee", t.Assignee)
	answered := false
	for _, m := range talk {
		view.Talk = append(view.Talk, newTurn(m))
		view.Last = max(view.Last, m.ID)
		answered = answered || m.Direction == ticketsv1.Out
	}
	if view.Others, view.Beside, err = d.around(r.Context(), t, answered); err != nil {
		d.fail(w, r, err)
		return
	}
	adapt(&view)
	d.ticket.Render(w, r, code, view)
}

// around returns what stands beside a ticket. All of it is asked for at once, so that the page waits for the slowest and not for the sum.
func (d *desk) around(ctx context.Context, t models.Ticket, answered bool) (others []row, b beside, err error) {
	asked := make(chan beside, 1)
	go func() { asked <- d.ask(ctx, t, answered) }()
	if t.Email != "" {
		found, _, listErr := d.models.List(ctx, models.Filter{Email: t.Email, Limit: 6})
		err = listErr
		for _, other := range found {
			if other.Number != t.Number && len(others) < 5 {
				others = append(others, rows([]models.Ticket{other})...)
			}
		}
	}
	return others, <-asked, err
}

func newTurn(m models.Message) turn {
	t := turn{
		ID: m.ID, Kind: string(m.Direction), From: cmp.Or(m.Author, "Unknown sender"), Email: m.Email, HTML: m.HTML != "", Remark: m.Remark, Files: m.Attachments, At: m.At,
	}
	switch m.Direction {
	case ticketsv1.System:
		t.Event, t.Answer, t.Link = m.Text, m.AnsweredBy(), m.Link
		return t
	case ticketsv1.In:
		t.Role = "Customer"
	case ticketsv1.Out:
		t.Role, t.Markdown = "Staff", m.MailID == ""
	case ticketsv1.Note:
		t.Role, t.Markdown = "Internal note, only staff see it", m.MailID == ""
	}
	if t.Markdown {
		t.Text = strings.ReplaceAll(m.Text, "\n", "  \n") // a line break stays one, as whoever typed it expects of a letter
	} else {
		t.Text, t.Quoted = mail.SplitQuote(m.Text)
	}
	return t
}
