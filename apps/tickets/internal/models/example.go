package models

import (
	"time"

	"github.com/spinoff-go/spinoff/apps/tickets/ticketsv1"
)

const (
	minute = time.Minute
	hour   = time.Hour
	day    = 24 * time.Hour

	in   = ticketsv1.In
	out  = ticketsv1.Out
	note = ticketsv1.Note

	marta = "Marta Oliveira"
	jonas = "Jonas Weber"
)

func staffAddress(name string) string {
	switch name {
	case marta:
		return "marta@lumen.example"
	case jonas:
		return "jonas@lumen.example"
	}
	return ""
}

// examples are the tickets of the example company, the oldest first.
func examples() []example {
	return append(solvedExamples(), openExamples()...)
}

func solvedExamples() []example {
	return []example{
		{
			subject: "How do I reset my light to the factory settings?", name: "Priya Raman", email: "priya.raman@mail.example", channel: "web",
			search: "reset light", assignee: "marta@lumen.example", tags: []string{"how-to", "lumen-400"}, solved: 19 * day,
			talk: []line{
				{ago: 20 * day, direction: in, text: "Hi,\n\nI bought a used Lumen 400 and it still knows the modes of whoever had it before. How do I reset it to the factory settings?\n\nPriya"},
				{ago: 19*day + 20*hour, direction: out, author: marta, text: "Hello Priya,\n\nhold the button for **ten seconds** while the light is plugged into a charger. It blinks red three times, and all modes are as they were in the box. Your charge level and the warranty stay as they are.\n\nRegards\nMarta"},
				{ago: 19*day + 2*hour, direction: in, text: "That worked at once, thank you!"},
			},
		},
		{
			subject: "Rear light does not charge any more", name: "Tom Becker", email: "tom.becker@post.example", channel: "mail", priority: "high",
			assignee: "jonas@lumen.example", tags: []string{"charging", "rear-light"}, solved: 14 * day,
			talk: []line{
				{ago: 15 * day, direction: in, text: "Since the rain on Sunday my rear light does not charge any more. The cable is fine, it charges my phone."},
				{ago: 14*day + 22*hour, direction: note, author: jonas, text: "Third one this month after heavy rain. Worth a look at the seal of batch 22-B."},
				{ago: 14*day + 21*hour, direction: out, author: jonas, text: "Hello Tom,\n\nmost of the time there is water in the charging port. Leave the rubber cover open and the light in a warm, dry place for **a whole day**, then charge it with the cable that came with it. If the LED at the port stays dark after that, we replace the light: you have two years of warranty.\n\nBest regards\nJonas"},
				{ago: 14*day + hour, direction: in, text: "It charges again. I would not have waited long enough without your mail.\n\nOn Tue, Jonas Weber wrote:\n> Leave the rubber cover open and the light in a warm,\n> dry place for a whole day"},
			},
		},
		{
			subject: "Is the front light allowed in Germany?", name: "Anke Sommer", email: "anke@velo-sommer.example", channel: "web",
			search: "StVZO", assignee: "marta@lumen.example", tags: []string{"law", "dealer"}, solved: 9 * day,
			talk: []line{
				{ago: 10 * day, direction: in, text: "We are a small shop in Leipzig. Before we order: is the Lumen 400 allowed on German roads, and does it dazzle oncoming traffic?"},
				{ago: 9*day + 6*hour, direction: out, author: marta, text: "Hello Anke,\n\nyes: the Lumen 400 has the mark K~1357 of the German StVZO, which is printed under the lens. It has a cut-off beam, so that it does not dazzle when it is mounted level. The Lumen 900 is for off-road use only and has no such mark.\n\nRegards\nMarta"},
			},
		},
		{
			subject: "Change the delivery address of order L-20418", name: "Sofia Marino", email: "sofia.marino@mail.example", channel: "web",
			assignee: "jonas@lumen.example", tags: []string{"order", "private"}, solved: 6 * day,
			talk: []line{
				{ago: 6*day + 9*hour, direction: in, text: "I moved last week. Can you still send order L-20418 to Via Garibaldi 12, 10122 Torino?"},
				{ago: 6*day + 2*hour, direction: out, author: jonas, text: "Hello Sofia,\n\ndone: the parcel goes to Via Garibaldi 12. You get the tracking number by mail this afternoon.\n\nJonas"},
			},
		},
		{
			subject: "Which battery fits the remote switch?", name: "Oluwaseun Adeyemi", email: "seun@ridelagos.example", channel: "mail",
			assignee: "marta@lumen.example", tags: []string{"how-to", "battery"}, solved: 3 * day,
			talk: []line{
				{ago: 4 * day, direction: in, text: "The remote switch on my handlebar is dead after a year. What battery does it take and how do I get it open?"},
				{ago: 3*day + 4*hour, direction: out, author: marta, text: "Hello Oluwaseun,\n\nthe remote takes a **CR2032** coin cell. Turn the ring on its back to the left with a coin, change the cell with the plus side up, and press the switch once within ten seconds to pair it again.\n\nRegards\nMarta"},
			},
		},
	}
}

func openExamples() []example {
	return []example{
		{
			subject: "Invoice for our company with VAT number", name: "Amélie Laurent", email: "compta@atelier-laurent.example", channel: "mail",
			assignee: "jonas@lumen.example", tags: []string{"invoice"},
			talk: []line{
				{ago: 2*day + 5*hour, direction: in, text: "Bonjour,\n\nour accountant needs invoice 2026-0117 again, with our VAT number FR40 303 265 045 on it. Could you send a corrected one?\n\nAmélie Laurent"},
				{ago: 2 * day, direction: out, author: jonas, text: "Bonjour Amélie,\n\nwith pleasure. May I put the address of your atelier in Lyon on it, or the one in Grenoble that you gave with the order?\n\nJonas"},
			},
		},
		{
			subject: "Lens cracked on arrival", name: "Kenji Watanabe", email: "kenji.w@mail.example", channel: "mail", priority: "high",
			tags: []string{"damage", "lumen-900"},
			talk: []line{{
				ago: 26 * hour, direction: in, photo: "lens.png",
				text: "Hello,\n\nthe parcel came today and the lens of the Lumen 900 is cracked, see the picture. The box outside had no dent.\n\nPlease tell me how to send it back.\n\nKenji",
				html: "<p>Hello,</p><p>the parcel came today and the lens of the <b>Lumen 900</b> is cracked, see the picture. The box outside had no dent.</p>" +
					"<p><img src=\"cid:photo\" alt=\"Cracked lens\" width=\"320\" height=\"180\"></p><p>Please tell me how to send it back.</p><p>Kenji</p>",
			}},
		},
		{
			subject: "Firmware update stops at 80 %", name: "Lena Fischer", email: "lena.fischer@post.example", channel: "web", priority: "urgent",
			search: "firmware update stuck", assignee: "marta@lumen.example", tags: []string{"firmware", "app"},
			talk: []line{
				{ago: 22 * hour, direction: in, text: "The update to 2.4 stops at 80 % every time, and now the light only blinks. I ride home in the dark today."},
				{ago: 21 * hour, direction: note, author: marta, text: "Same as #1002 of the app team: phones that save power cut the connection. Recovery mode should do."},
				{ago: 20 * hour, direction: out, author: marta, text: "Hello Lena,\n\nplease switch off the power saving of your phone, hold the button of the light for five seconds until it glows blue, and start the update again within a minute. Does it go through?\n\nMarta"},
				{ago: 35 * minute, direction: in, text: "It got to 95 % this time, then the same. Blue light is still on.\n\nAm 23.11. schrieb Marta Oliveira:\n> please switch off the power saving of your phone"},
			},
		},
		{
			subject: "Spare bracket for a 35 mm handlebar", name: "Tom Becker", email: "tom.becker@post.example", channel: "mail", tags: []string{"spare-part"},
			talk: []line{{ago: 9 * hour, direction: in, text: "My new bike has a 35 mm handlebar and the bracket is for 31.8. Do you sell a larger one by itself?"}},
		},
		{
			subject: "Discount for a school of 60 pupils?", name: "Marie-Claire Dubois", email: "mc.dubois@ecole-des-tilleuls.example", channel: "web",
			search: "discount school", tags: []string{"sales"}, assignee: "jonas@lumen.example",
			talk: []line{
				{ago: 7 * hour, direction: in, text: "We want to buy lights for all pupils who come by bicycle, about 60 sets. Is there a price for schools?"},
				{ago: 6 * hour, direction: note, author: jonas, text: "Asked sales. 20 % from 50 sets was fine last year."},
			},
		},
		{
			subject: "App asks for my location, why?", name: "Noah Lindqvist", email: "noah@lindqvist.example", channel: "web", priority: "low",
			search: "app location permission", tags: []string{"app", "privacy"},
			talk: []line{{ago: 2 * hour, direction: in, text: "Why does the app want to know where I am before it finds my light? I do not want that. Can I use it without?"}},
		},
		{
			subject: "Light switches itself on in the bag", name: "Priya Raman", email: "priya.raman@mail.example", channel: "web", search: "lock button",
			tags: []string{"how-to", "lumen-400"},
			talk: []line{{ago: 12 * minute, direction: in, text: "Me again, and still happy with the light. But twice now it was on when I took it out of my bag, and empty. Can the button be locked?"}},
		},
	}
}
