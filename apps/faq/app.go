// Package faq is the knowledge base: questions that people ask, with answers that the staff has checked. It calls no other service, so that
// it runs alone.
package faq

import (
	"embed"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/faq/internal/models"
	"github.com/spinoff-go/spinoff/apps/faq/internal/provider"
	"github.com/spinoff-go/spinoff/apps/faq/internal/views"
)

// contracts are the frozen contracts of the service.
//
//go:embed faqv*/contract.json
var contracts embed.FS

// New declares the app.
func New(env spinoff.Env) (spinoff.App, error) {
	m := models.New(env.Database, env.Now, env.Log)
	p, v := provider.New(m), views.New(m, env.Now, env.Log)
	return spinoff.App{
		Name:      "faq",
		Title:     "Knowledge base",
		Team:      "Knowledge Base",
		Contracts: contracts,
		Provides:  p.Handlers(),
		Publishes: p.Announcements(),
		Views:     v.Routes(),
		Nav:       []spinoff.Link{{Title: "Knowledge base", URL: "/faq/"}},
		Data:      m.DB,
		Holds:     v.Live(),
		Imports: &spinoff.Import{
			Accepts: "the dump of a Stack Exchange site: a folder with Posts.xml, and PostLinks.xml where it is there",
			Example: "beer.stackexchange.com/Posts.xml",
			Run:     p.Import,
		},
		Seed: m.Seed,
	}, nil
}
