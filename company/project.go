package main

import (
	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/faq"
	"github.com/spinoff-go/spinoff/apps/faqcreator"
	"github.com/spinoff-go/spinoff/apps/frontend"
	"github.com/spinoff-go/spinoff/apps/tickets"
)

// Project returns the company's project: the list of its apps.
func Project() spinoff.Project {
	return spinoff.Project{
		Name: "Lumen Support",
		Apps: []spinoff.New{
			frontend.New,
			tickets.New,
			faq.New,
			faqcreator.New,
		},
	}
}
