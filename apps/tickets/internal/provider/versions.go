package provider

import (
	"github.com/spinoff-go/spinoff/apps/tickets/internal/models"
	"github.com/spinoff-go/spinoff/apps/tickets/ticketsv1"
)

// The functions below show the models as version 1 of the contract has them. They never return nil lists.

func summary(t models.Ticket) ticketsv1.Summary {
	return ticketsv1.Summary{
		Number: t.Number, Subject: t.Subject, Status: t.Status, Priority: t.Priority, Assignee: t.Assignee,
		Customer: ticketsv1.Customer{Email: t.Email, Name: t.Name}, Tags: append([]string{}, t.Tags...), Messages: t.Messages,
		CreatedAt: t.CreatedAt.Time(), UpdatedAt: t.UpdatedAt.Time(),
	}
}

func ticket(t models.Ticket, talk []models.Message) ticketsv1.Ticket {
	v1 := ticketsv1.Ticket{
		Number: t.Number, Subject: t.Subject, Status: t.Status, Priority: t.Priority, Assignee: t.Assignee,
		Customer: ticketsv1.Customer{Email: t.Email, Name: t.Name}, Channel: t.Channel, Search: t.Search, Tags: append([]string{}, t.Tags...),
		Messages: make([]ticketsv1.Message, 0, len(talk)), CreatedAt: t.CreatedAt.Time(), UpdatedAt: t.UpdatedAt.Time(), SolvedAt: t.SolvedAt.Time(), ETag: t.ETag(),
	}
	for _, m := range talk {
		v1.Messages = append(v1.Messages, message(m))
	}
	return v1
}

func message(m models.Message) ticketsv1.Message {
	v1 := ticketsv1.Message{
		ID: m.ID, Direction: m.Direction, Author: m.Author, Email: m.Email, Text: m.Text,
		Attachments: make([]ticketsv1.Attachment, 0, len(m.Attachments)), Link: m.Link, At: m.At.Time(),
	}
	for _, f := range m.Attachments {
		v1.Attachments = append(v1.Attachments, ticketsv1.Attachment{ID: f.ID, Name: f.Name, Type: f.Type, Size: f.Size})
	}
	return v1
}

// customerTicket leaves out what the staff says among themselves.
func customerTicket(t models.Ticket, talk []models.Message) ticketsv1.CustomerTicket {
	v1 := ticketsv1.CustomerTicket{Number: t.Number, Subject: t.Subject, Status: t.Status, Messages: []ticketsv1.CustomerMessage{}, CreatedAt: t.CreatedAt.Time(), ETag: t.ETag()}
	for _, m := range talk {
		if title := m.AnsweredBy(); title != "" {
			v1.Hints = append(v1.Hints, ticketsv1.Hint{Title: title, URL: m.Link})
		}
		if m.Direction == ticketsv1.In || m.Direction == ticketsv1.Out {
			v1.Messages = append(v1.Messages, ticketsv1.CustomerMessage{FromStaff: m.Direction == ticketsv1.Out, Author: m.Author, Text: m.Text, At: m.At.Time()})
		}
	}
	return v1
}

func added(a models.Added) ticketsv1.Added {
	return ticketsv1.Added{ID: a.ID, Status: a.Status, HTTPStatus: 201}
}
