package main

import (
	"testing"

	"github.com/spinoff-go/spinoff/spinofftest"
)

// TestAnswersWhileTyping: the contact form shows entries that match what is being typed, with JavaScript while one types, without it by a button; and it
// works all the same while the FAQ is away.
func TestAnswersWhileTyping(t *testing.T) {
	spinofftest.Run(t, Project(), "faq", func(t *testing.T, site *spinofftest.Site) {
		site.Seed()
		b := openBrowser(t, visitor{width: 1440})
		b.open(site.URL + "/contact")
		b.fill("What is it about?", "how do i cha")
		b.see("How do I charge my light?")

		plain := openBrowser(t, visitor{width: 390, noScript: true})
		plain.open(site.URL + "/contact")
		plain.fill("What is it about?", "how do i charge")
		plain.press("Look for answers first")
		plain.see("How do I charge my light?")
		if site.Placement != "together" {
			site.Stop("faq")
		}
		plain.fill("Your question", "Nothing of that fits.")
		plain.press("Send")
		plain.see("Enter your e-mail address")
		plain.fill("E-mail address", "ines@example.com")
		plain.press("Send")
		plain.see("We have your question")
		plain.see("Nothing of that fits.")
		if site.Placement != "together" {
			b.open(site.URL + "/")
			b.see("The FAQ is away for a moment")
			site.Start("faq")
			b.open(site.URL + "/")
			b.see("How do I charge my light?")
		}
	})
}
