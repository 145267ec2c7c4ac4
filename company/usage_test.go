package main

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/faq"
	"github.com/spinoff-go/spinoff/apps/faq/faqv1"
	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/spinofftest"
)

// TestContractsInUse: staff see who uses which endpoint, with those that are to go, and what is not known; also of an app that runs elsewhere.
func TestContractsInUse(t *testing.T) {
	project := Project()
	project.Apps[2] = func(env spinoff.Env) (spinoff.App, error) {
		app, err := faq.New(env)
		app.Deprecated = map[spinoff.Service]spinoff.Deprecation{faqv1.Service: {On: "2026-11-01", Sunset: "2027-05-01", Successor: "faq.v2"}}
		if db, ok := app.Data.(*data.DB); ok {
			app.Seed = func(ctx context.Context) error { return history(ctx, db) }
		}
		return app, err
	}
	spinofftest.Run(t, project, "faq", func(t *testing.T, site *spinofftest.Site) {
		site.AllowDeprecated("faq.v1.create")
		site.Seed()
		if _, err := faqv1.Create.Call(t.Context(), site.Calls, faqv1.NewQuestion{Question: "How do I charge it?", Source: 7}); err != nil {
			t.Fatal(err)
		}
		widths := []int64{1440}
		if site.Placement == "together" {
			widths = append(widths, 390)
		}
		for _, width := range widths {
			b := openBrowser(t, visitor{width: width, noScript: width == 390})
			b.open(site.URL + "/signin")
			b.fill("E-mail address", "anna@example.com")
			b.fill("Password", "lumen-demo-lights")
			b.do("sign in", chromedp.KeyEvent(kb.Enter)) // the header has a link of the button's name
			b.see("Your account")
			b.press("Contracts in use")
			b.see("faqcreator")
			if site.Placement != "together" {
				b.see("It runs elsewhere")
				b.open(site.URL + "/faq/_spinoff/contracts")
			}
			b.see("faq.v1.create")
			b.see("Deprecated from 2026-11-01, may go from 2027-05-01; its successor is faq.v2.")
			b.see("support-bot")
			b.see("a process was killed")
			b.reload("test")
			b.press("90 days")
			b.see("support-bot")
		}
		response, err := http.Get(site.URL + "/faq/_spinoff/contracts")
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if got := response.Request.URL.Path; got != "/signin" {
			t.Errorf("a visitor who asks for the page is at %s with status %d, want /signin", got, response.StatusCode)
		}
	})
}

// history writes down what a consumer of version 1 did in the last weeks: less and less, and once what it did was lost.
func history(ctx context.Context, db *data.DB) error {
	now := time.Now().UTC()
	return db.Write(ctx, func(tx *data.Tx) error {
		for ago := range 40 {
			at := now.AddDate(0, 0, -ago-1)
			_, err := data.Exec(ctx, tx, "INSERT INTO spinoff_uses (day, endpoint, consumer, calls, last_at) VALUES ($1, $2, $3, $4, $5)",
				at.Format(time.DateOnly), "faq.v1.create", "support-bot", ago*ago/9+ago%5, data.Millis(at))
			if err != nil {
				return err
			}
		}
		killed := data.Millis(now.AddDate(0, 0, -3))
		_, err := data.Exec(ctx, tx, "INSERT INTO spinoff_counting (process, began_at, counted_to, lost_to) VALUES ($1, $2, $3, 0)", fmt.Sprint("killed ", killed), killed, killed)
		return err
	})
}
