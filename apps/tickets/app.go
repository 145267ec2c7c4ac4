// Package tickets is the app of the team Support: what customers ask, by mail and on the web, and the desk where the staff answers.
package tickets

import (
	"embed"
	"strings"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/apps/faqcreator/faqcreatorv1"
	"github.com/spinoff-go/spinoff/apps/tickets/internal/models"
	"github.com/spinoff-go/spinoff/apps/tickets/internal/provider"
	"github.com/spinoff-go/spinoff/apps/tickets/internal/views"
	"github.com/spinoff-go/spinoff/apps/tickets/ticketsv1"
	"github.com/spinoff-go/spinoff/data"
)

// contracts are the frozen contracts of the service.
//
//go:embed ticketsv*/contract.json
var contracts embed.FS

// New declares the app. It reads TICKETS_STAFF: addresses and domains, such as "help@example.com,@example.com", whose mails are
// replies of the staff when they are imported. Default: none.
func New(env spinoff.Env) (spinoff.App, error) {
	staff := strings.FieldsFunc(env.Setting("TICKETS_STAFF"), func(r rune) bool { return r == ',' || r == ' ' })
	db := data.New(env.Database, models.Migrations).WithDerived(models.Derived, models.Rebuild)
	m := models.New(db, env.Now, staff)
	p := provider.New(m)
	live := views.NewLive(m, env)
	return spinoff.App{
		Name:      "tickets",
		Title:     "Tickets",
		Team:      "Support",
		Contracts: contracts,
		Provides:  p.Handlers(),
		Uses:      []spinoff.Service{faqcreatorv1.Service, faqv2.Service},
		Publishes: []spinoff.Announcement{
			ticketsv1.TicketCreated.Announce(),
			ticketsv1.TicketReplied.Announce(),
			ticketsv1.TicketSolved.Announce(),
			ticketsv1.TicketReopened.Announce(),
		},
		Consumes: []spinoff.Consumer{faqv2.EntryPublished.Consume(p.EntryPublished)},
		Views:    views.Routes(m, live, env),
		Nav:      []spinoff.Link{{Title: "Tickets", URL: "/tickets/"}},
		Data:     db,
		Holds:    []spinoff.Resource{live},
		Imports: &spinoff.Import{
			Accepts: "mbox files, Maildir folders, .eml messages, and folders of these",
			Example: "archive.mbox Maildir/ message.eml",
			Run:     p.Import,
		},
		Seed: m.Seed,
	}, nil
}
