// Package provider answers the tickets service.
package provider

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/apps/tickets/internal/models"
	"github.com/spinoff-go/spinoff/apps/tickets/ticketsv1"
)

// Provider answers every endpoint. It is safe for concurrent use.
type Provider struct{ models *models.Models }

// New returns the provider of what is in m.
func New(m *models.Models) *Provider { return &Provider{m} }

// Handlers returns what the app provides.
func (p *Provider) Handlers() []spinoff.Handler {
	return []spinoff.Handler{
		ticketsv1.Create.Serve(p.Create),
		ticketsv1.List.Serve(p.List),
		ticketsv1.Get.Serve(p.Get),
		ticketsv1.Mine.Serve(p.Mine),
		ticketsv1.Answer.Serve(p.Answer),
		ticketsv1.Add.Serve(p.Add),
		ticketsv1.Update.Serve(p.Update),
		ticketsv1.Count.Serve(p.Count),
	}
}

// URL returns the address of a ticket's page for the staff.
func URL(number int64) string { return fmt.Sprintf("/tickets/%d", number) }

// Create answers [ticketsv1.Create].
func (p *Provider) Create(ctx context.Context, in ticketsv1.NewTicket) (ticketsv1.Created, error) {
	n := models.NewTicket{
		Subject: models.Line(in.Subject, 255), Email: models.Line(in.Email, 254), Name: models.Line(in.Name, 200),
		Channel: cmp.Or(models.Line(in.Channel, 50), "api"), Priority: in.Priority, Tags: in.Tags,
		Search: models.Line(in.Search, 300), Fingerprint: in.Fingerprint, Text: models.Text(in.Body),
	}
	bad := ticketsv1.ErrInvalid
	if n.Subject == "" {
		bad = bad.At("#/subject", "min", "must say what it is about, in letters that can be seen")
	}
	if strings.TrimSpace(n.Text) == "" {
		bad = bad.At("#/body", "min", "must say something")
	}
	if bad = checkTags(bad, "#/tags", in.Tags); len(bad.Fields) > 0 {
		return ticketsv1.Created{}, bad
	}
	t, created, err := p.models.Create(ctx, n)
	if err != nil {
		return ticketsv1.Created{}, err
	}
	c := ticketsv1.Created{Number: t.Number, Status: t.Status, URL: URL(t.Number), Token: t.Token, HTTPStatus: 201, ETag: t.ETag()}
	if !created {
		c.HTTPStatus = 200
	}
	return c, nil
}

// List answers [ticketsv1.List].
func (p *Provider) List(ctx context.Context, in ticketsv1.Filter) (ticketsv1.Tickets, error) {
	after, err := models.ParseCursor(in.After)
	if err != nil {
		return ticketsv1.Tickets{}, ticketsv1.ErrInvalid.At("#/after", "pattern", "must be the field next of the page before")
	}
	found, next, err := p.models.List(ctx, models.Filter{
		Status: in.Status, Assignee: in.Assignee, Tag: in.Tag, Email: in.Email, Q: in.Q, After: after, Limit: int(in.Limit),
	})
	list := ticketsv1.Tickets{Items: make([]ticketsv1.Summary, 0, len(found)), Next: next.String()}
	for _, t := range found {
		list.Items = append(list.Items, summary(t))
	}
	return list, err
}

// Get answers [ticketsv1.Get].
func (p *Provider) Get(ctx context.Context, in ticketsv1.TicketID) (ticketsv1.Ticket, error) {
	t, talk, err := p.models.Get(ctx, in.Number)
	if err != nil {
		return ticketsv1.Ticket{}, err
	}
	return ticket(t, talk), nil
}

// Mine answers [ticketsv1.Mine].
func (p *Provider) Mine(ctx context.Context, in ticketsv1.Token) (ticketsv1.CustomerTicket, error) {
	t, talk, err := p.models.Mine(ctx, in.Token)
	if err != nil {
		return ticketsv1.CustomerTicket{}, err
	}
	return customerTicket(t, talk), nil
}

// Answer answers [ticketsv1.Answer].
func (p *Provider) Answer(ctx context.Context, in ticketsv1.NewAnswer) (ticketsv1.Added, error) {
	text, err := body(in.Body)
	if err != nil {
		return ticketsv1.Added{}, err
	}
	a, err := p.models.Answer(ctx, in.Token, text)
	return added(a), err
}

// Add answers [ticketsv1.Add].
func (p *Provider) Add(ctx context.Context, in ticketsv1.NewMessage) (ticketsv1.Added, error) {
	text, err := body(in.Body)
	if err != nil {
		return ticketsv1.Added{}, err
	}
	post := models.Post{Direction: ticketsv1.Note, Text: text, IfLast: in.IfLast}
	if in.Kind == "reply" {
		post.Direction = ticketsv1.Out
	}
	post.Author, post.Email = Author(ctx)
	a, err := p.models.Add(ctx, in.Number, post)
	return added(a), err
}

// Update answers [ticketsv1.Update].
func (p *Provider) Update(ctx context.Context, in ticketsv1.Change) (ticketsv1.Ticket, error) {
	c := models.Change{Status: in.Status, Priority: in.Priority, AddTags: in.AddTags, DropTags: in.DropTags, IfMatch: in.IfMatch}
	c.By, _ = Author(ctx)
	bad := checkTags(ticketsv1.ErrInvalid, "#/add_tags", in.AddTags)
	if in.Assignee != nil {
		assignee, ok := Assignee(*in.Assignee)
		if !ok {
			bad = bad.At("#/assignee", "pattern", "must be an e-mail address, or nothing for nobody")
		}
		c.Assignee = &assignee
	}
	if len(bad.Fields) > 0 {
		return ticketsv1.Ticket{}, bad
	}
	if err := p.models.Update(ctx, in.Number, c); err != nil {
		return ticketsv1.Ticket{}, err
	}
	return p.Get(ctx, ticketsv1.TicketID{Number: in.Number})
}

// EntryPublished handles [faqv2.EntryPublished]: tickets that asked what the entry answers, and still wait, are told.
func (p *Provider) EntryPublished(ctx context.Context, e spinoff.Event[faqv2.PublishedEntry]) error {
	return p.models.Tell(ctx, models.Answered{Entry: e.Data.ID, Title: e.Data.Title, Link: e.Data.URL, Tickets: e.Data.Sources})
}

// Count answers [ticketsv1.Count].
func (p *Provider) Count(ctx context.Context, _ ticketsv1.All) (ticketsv1.Counts, error) {
	c, err := p.models.Count(ctx)
	return ticketsv1.Counts{Open: c.Open, Waiting: c.Waiting, Solved: c.Solved, Unassigned: c.Unassigned}, err
}

// Author returns name and address of the signed-in person; without one it is the name "api".
func Author(ctx context.Context) (name, email string) {
	person := spinoff.OriginOf(ctx).Person
	return cmp.Or(models.Line(person.Name, 200), person.Email, "api"), person.Email
}

// Assignee reads an address to give a ticket to, "" for nobody, and reports whether it can be one.
func Assignee(said string) (email string, ok bool) {
	email = strings.ToLower(strings.TrimSpace(said))
	local, domain, _ := strings.Cut(email, "@")
	ok = local != "" && domain != "" && len(email) <= 254 && !strings.ContainsAny(domain, "@") && models.Line(email, 254) == email && !strings.Contains(email, " ")
	return email, ok || email == ""
}

func body(said string) (string, error) {
	text := models.Text(said)
	if strings.TrimSpace(text) == "" {
		return "", ticketsv1.ErrInvalid.At("#/body", "min", "must say something")
	}
	return text, nil
}

func checkTags(bad *spinoff.Error, pointer string, tags []string) *spinoff.Error {
	for i, tag := range tags {
		if clean := models.Line(tag, 51); clean == "" || len([]rune(clean)) > 50 {
			bad = bad.At(fmt.Sprintf("%s/%d", pointer, i), "max", "must have 1 to 50 characters")
		}
	}
	return bad
}
