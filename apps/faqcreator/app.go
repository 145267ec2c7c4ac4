// Package faqcreator makes FAQ drafts of solved tickets, by itself when they are solved, or when somebody asks for it.
package faqcreator

import (
	"embed"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/apps/faqcreator/faqcreatorv1"
	"github.com/spinoff-go/spinoff/apps/faqcreator/internal/models"
	"github.com/spinoff-go/spinoff/apps/faqcreator/internal/provider"
	"github.com/spinoff-go/spinoff/apps/faqcreator/internal/views"
	"github.com/spinoff-go/spinoff/apps/tickets/ticketsv1"
	"github.com/spinoff-go/spinoff/data"
)

// contracts are the frozen contracts of the service.
//
//go:embed faqcreatorv*/contract.json
var contracts embed.FS

// New declares the app.
func New(env spinoff.Env) (spinoff.App, error) {
	db := data.New(env.Database, models.Migrations)
	m := models.New(db, env.Now)
	p := provider.New(m, env.Calls)
	live := views.NewLive(m, env.Log)
	return spinoff.App{
		Name:      "faqcreator",
		Title:     "FaqCreator",
		Team:      "Knowledge Base",
		Contracts: contracts,
		Provides: []spinoff.Handler{
			faqcreatorv1.Create.Serve(p.Create),
			faqcreatorv1.Get.Serve(p.Get),
		},
		Consumes: []spinoff.Consumer{ticketsv1.TicketSolved.Consume(p.TicketSolved)},
		Uses:     []spinoff.Service{ticketsv1.Service, faqv2.Service},
		Views:    views.Routes(m, live),
		Nav:      []spinoff.Link{{Title: "FaqCreator", URL: "/faqcreator/"}},
		Data:     db,
		Holds:    []spinoff.Resource{live},
	}, nil
}
