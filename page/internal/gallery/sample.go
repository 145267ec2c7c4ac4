package main

import (
	"time"

	"github.com/spinoff-go/spinoff/page"
)

const answerText = `You can change the billing address of your company at any time. It is used **from the next invoice on**; invoices that were already sent cannot be changed, but we can issue a correction.

## Change it yourself

1. Open **Account → Billing** and choose *Edit address*.
2. Enter the new address and, if you have one, the VAT number.
3. Save. We check the number with [VIES](https://ec.europa.eu/taxation_customs/vies/) while you wait.

> You need the role *Owner* or *Billing* for this.

## What changes when

| Document | Uses the new address | Can be corrected |
| --- | --- | :-: |
| Next invoice | yes | – |
| Invoice of this month | no | yes, for 90 days |
| Credit note | as its invoice | no |

## By API

` + "```http\nPATCH /v1/customers/cus_8231 HTTP/1.1\nContent-Type: application/json\n\n{\"address\": {\"line1\": \"Lindenstraße 12\", \"city\": \"Freiburg\"}}\n```" + `

- [x] Works for every plan
- [ ] Several addresses per company (planned)
`

const mail = `<style>body{font:15px/1.5 Georgia,serif;margin:16px;color:#222}b{color:#8a1c1c}</style>
<p>Hello,</p><p>our invoice <b>INV-2026-0117</b> still shows the old address in Basel. Our accountant cannot book it like this.</p>
<p>Could you send it again with the new one?</p><p>Kind regards<br>Amélie Laurent<br><i>Atelier Laurent SARL</i></p>`

func everyPage() []page.Link {
	return []page.Link{
		{Title: "Help centre", URL: "/help"},
		{Title: "Search results", URL: "/help/search?q=invoice"},
		{Title: "Nothing found", URL: "/help/search?q=zeppelin"},
		{Title: "An entry", URL: "/help/change-billing-address"},
		{Title: "Contact form (send it empty to see the errors)", URL: "/contact"},
		{Title: "My ticket", URL: "/my-ticket"},
		{Title: "Sign in", URL: "/sign-in"},
		{Title: "Error page", URL: "/away"},
		{Title: "Desk: tickets", URL: "/desk"},
		{Title: "Desk: a ticket", URL: "/desk/tickets/1042"},
		{Title: "Desk: FAQ review", URL: "/desk/faq"},
		{Title: "Desk: entry editor", URL: "/desk/faq/1"},
		{Title: "Desk: every part", URL: "/desk/parts"},
	}
}

func categories() []category {
	return []category{
		{"Getting started", "Set up your workspace and invite people", 12},
		{"Billing and invoices", "Plans, payments, addresses and VAT", 18},
		{"Devices", "Pairing, resetting and firmware", 31},
		{"Privacy and security", "Data export, two-factor sign-in", 9},
		{"Integrations", "Slack, webhooks and the API", 22},
		{"Orders and shipping", "Delivery, returns and warranty", 14},
	}
}

func entries() []entry {
	day := 24 * time.Hour
	return []entry{
		{"How do I change the billing address on my invoices?", "/help/change-billing-address", []piece{{"You can change the billing address at any time. It is used from the next ", false}, {"invoice", true}, {" on; those already sent can be corrected for 90 days.", false}}, time.Now().Add(-3 * day)},
		{"Why is there VAT on my invoice?", "/help/vat", []piece{{"We add VAT unless your company gave a valid VAT number before the ", false}, {"invoice", true}, {" was made.", false}}, time.Now().Add(-12 * day)},
		{"Where do I find my invoices?", "/help/find-invoices", []piece{{"Every ", false}, {"invoice", true}, {" is in Account → Billing as a PDF, and is sent to the billing contact.", false}}, time.Now().Add(-40 * day)},
		{"Can I pay by bank transfer?", "/help/bank-transfer", []piece{{"Yes, for yearly plans. Put the number of the ", false}, {"invoice", true}, {" in the reference.", false}}, time.Now().Add(-6 * time.Hour)},
		{"How do I reset my device?", "/help/reset", []piece{{"Hold the button for ten seconds until the light turns white.", false}}, time.Now().Add(-100 * day)},
	}
}

func tabs() []tab {
	return []tab{{"Mine", "/desk", 6, true}, {"Unassigned", "/desk?view=unassigned", 14, false}, {"All open", "/desk?view=open", 87, false}, {"Waiting", "/desk?view=waiting", 23, false}, {"Solved", "/desk?view=solved", 0, false}}
}

func tickets() []ticket {
	ago := func(d time.Duration) time.Time { return time.Now().Add(-d) }
	return []ticket{
		{Number: 1042, Subject: "Invoice INV-2026-0117 shows our old address", Customer: "Amélie Laurent", Email: "amelie@atelier-laurent.example", Assignee: "Marta Oliveira", Status: "Open", Tone: "info", Priority: "High", Tags: []string{"billing", "invoice"}, Due: ago(-42 * time.Minute), Updated: ago(7 * time.Minute), Unread: true, Plan: "Business, yearly", Messages: talk()},
		{Number: 1041, Subject: "Sensor offline after firmware 4.2", Customer: "Jonas Weber", Assignee: "Marta Oliveira", Status: "Open", Tone: "info", Priority: "Urgent", Tags: []string{"device", "firmware"}, Due: ago(25 * time.Minute), Updated: ago(19 * time.Minute), Late: true},
		{Number: 1039, Subject: "Re: Re: how long does a data export take? It has been running since Friday and shows 99 %", Customer: "Priya Raghunathan", Assignee: "Marta Oliveira", Status: "Waiting", Tone: "warn", Priority: "Normal", Tags: []string{"export"}, Due: ago(-26 * time.Hour), Updated: ago(3 * time.Hour)},
		{Number: 1038, Subject: "Mail to customer could not be delivered", Customer: "ops@northwind.example", Assignee: "", Status: "Not delivered", Tone: "bad", Priority: "Normal", Updated: ago(5 * time.Hour)},
		{Number: 1036, Subject: "Two-factor sign-in with a hardware key", Customer: "李 小龙", Assignee: "Marta Oliveira", Status: "Solved", Tone: "good", Priority: "Low", Tags: []string{"security"}, Updated: ago(49 * time.Hour)},
		{Number: 1035, Subject: "Returning a broken gateway", Customer: "Ngozi Adeyemi", Assignee: "Tom Baker", Status: "Closed", Priority: "Normal", Tags: []string{"return"}, Updated: ago(40 * 24 * time.Hour)},
	}
}

func talk() []message {
	ago := func(d time.Duration) time.Time { return time.Now().Add(-d) }
	return []message{
		{Kind: "in", From: "Amélie Laurent", At: ago(26 * time.Hour), Files: []string{"INV-2026-0117.pdf, 84 kB"}, Body: page.Markdown("Hello,\n\nour invoice **INV-2026-0117** still shows the old address in Basel. Our accountant cannot book it like this. Could you send it again with the new one?\n\nKind regards  \nAmélie Laurent")},
		{Kind: "note", From: "Tom Baker", At: ago(25 * time.Hour), Body: page.Markdown("They changed the address on the 3rd, the invoice ran on the 1st. A correction is fine, see the [policy](/help/change-billing-address).")},
		{Event: "Tom Baker assigned this to Marta Oliveira", At: ago(24 * time.Hour)},
		{Kind: "out", From: "Marta Oliveira", At: ago(23 * time.Hour), Failed: true, Body: page.Markdown("Bonjour Amélie,\n\nthank you for telling us. I have issued a correction with your new address; you will find it in *Account → Billing* in a few minutes.\n\nBest wishes  \nMarta")},
		{Kind: "in", From: "Amélie Laurent", At: ago(7 * time.Minute), Body: page.Markdown("> you will find it in Account → Billing\n\nI only see the old one there. Do I have to sign out first?")},
	}
}

func people() []page.Option {
	return []page.Option{{Value: "", Text: "Nobody"}, {Value: "marta", Text: "Marta Oliveira"}, {Value: "tom", Text: "Tom Baker"}}
}

func drafts() []draft {
	return []draft{
		{"Do I have to sign out to see a corrected invoice?", "Marta Oliveira", 1042, "No. A corrected invoice is in Account → Billing within ten minutes. Reload the page; it stands above the one it replaces.", time.Now().Add(-4 * time.Minute), ""},
		{"How long does a data export take?", "Tom Baker", 1039, "Up to six hours for a workspace of 100 GB. You get a mail with a link that works for seven days.", time.Now().Add(-5 * time.Hour), "How do I export my data?"},
		{"Can I use a hardware key to sign in?", "Marta Oliveira", 1036, "Yes, every FIDO2 key works. Add it in Account → Security.", time.Now().Add(-2 * 24 * time.Hour), ""},
	}
}

func revisions() []revision {
	return []revision{
		{4, "Marta Oliveira", "Added the API example", time.Now().Add(-20 * time.Minute), false},
		{3, "Tom Baker", "90 days instead of 30", time.Now().Add(-3 * 24 * time.Hour), true},
		{2, "Marta Oliveira", "Shorter", time.Now().Add(-60 * 24 * time.Hour), false},
		{1, "FaqCreator", "From ticket #887", time.Now().Add(-61 * 24 * time.Hour), false},
	}
}

func states() []page.Option {
	return []page.Option{{Value: "draft", Text: "Draft"}, {Value: "review", Text: "In review"}, {Value: "published", Text: "Published"}, {Value: "archived", Text: "Archived"}}
}

func names() []string {
	return []string{"Marta Oliveira", "Tom Baker", "Amélie Laurent", "李 小龙", "Ngozi Adeyemi", "ops@northwind.example"}
}
