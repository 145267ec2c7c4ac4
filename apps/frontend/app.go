// Package frontend is the app of the team Front End: the help centre that visitors see, and the door through which the staff signs in.
// It owns no business data: every block of its pages comes from another app, with a deadline and a fallback.
package frontend

import (
	"context"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/apps/frontend/internal/models"
	"github.com/spinoff-go/spinoff/apps/frontend/internal/views"
	"github.com/spinoff-go/spinoff/apps/tickets/ticketsv1"
	"github.com/spinoff-go/spinoff/data"
)

// New declares the app.
func New(env spinoff.Env) (spinoff.App, error) {
	db := data.New(env.Database, models.Migrations)
	m := models.New(db, env.Now)
	v := views.New(m, env)
	return spinoff.App{
		Name:  "frontend",
		Title: "Help centre",
		Team:  "Front End",
		Path:  "/",
		Uses:  []spinoff.Service{faqv2.Service, ticketsv1.Service},
		Views: v.Routes(),
		Nav: []spinoff.Link{
			{Title: "Help", URL: "/", Public: true},
			{Title: "Contact", URL: "/contact", Public: true},
			{Title: "Home", URL: "/desk"},
		},
		Data:  db,
		Holds: []spinoff.Resource{v.Live()},
		Seed: func(ctx context.Context) error {
			there, err := m.Seed(ctx)
			if there {
				env.Log.Info("the example has an account: sign in at /signin", "email", models.DemoEmail, "password", models.DemoPassword)
			}
			return err
		},
		SignIn: v.SignIn(),
	}, nil
}
