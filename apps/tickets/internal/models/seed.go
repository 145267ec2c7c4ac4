package models

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/color"
	"image/png"
	"time"

	"github.com/spinoff-go/spinoff/apps/tickets/ticketsv1"
	"github.com/spinoff-go/spinoff/data"
)

// example is a ticket of the example company, which makes bicycle lights.
type example struct {
	subject, name, email string
	channel, priority    string
	search, assignee     string
	tags                 []string
	talk                 []line
	solved               time.Duration // before now; 0 where it is not solved
}

// line is one message of an example.
type line struct {
	ago       time.Duration
	direction ticketsv1.Direction
	author    string // of the staff
	text      string
	html      string
	photo     string // name of a picture that is attached, and shown by the HTML as cid:photo
}

// Seed fills an empty database with tickets in every state. Where there is a ticket, it does nothing.
func (m *Models) Seed(ctx context.Context) error {
	return m.db.Write(ctx, func(tx *data.Tx) error {
		there, err := data.One[bool](ctx, tx, "SELECT EXISTS (SELECT 1 FROM ticket)")
		if err != nil || there {
			return err
		}
		for _, e := range examples() {
			if err := e.plant(ctx, tx, m.now()); err != nil {
				return err
			}
		}
		return nil
	})
}

func (e example) plant(ctx context.Context, tx *data.Tx, now time.Time) error {
	t := Ticket{
		Subject: e.subject, Status: ticketsv1.Open, Priority: e.priority, Email: e.email, Name: e.name, Channel: e.channel,
		Search: e.search, Assignee: e.assignee, Tags: e.tags, CreatedAt: millis(now.Add(-e.talk[0].ago)),
	}
	if err := open(ctx, tx, &t, ""); err != nil {
		return err
	}
	for _, l := range e.talk {
		message, to := l.message(t, now)
		a, err := add(ctx, tx, t, message, to)
		if err != nil {
			return err
		}
		t.Status = a.Status
	}
	if e.solved == 0 {
		return nil
	}
	was, at := t, millis(now.Add(-e.solved))
	t.Status = ticketsv1.Solved
	if err := save(ctx, tx, was, t, at); err != nil {
		return err
	}
	return record(ctx, tx, t.Number, at, "%s changed the status from %s to solved", e.solver(), was.Status)
}

// solver is who wrote last of the staff.
func (e example) solver() (name string) {
	for _, l := range e.talk {
		name = cmp.Or(l.author, name)
	}
	return name
}

func (l line) message(t Ticket, now time.Time) (Message, ticketsv1.Status) {
	message := Message{Direction: l.direction, Author: l.author, Email: staffAddress(l.author), Text: l.text, HTML: l.html, At: millis(now.Add(-l.ago))}
	to := t.Status
	switch l.direction {
	case ticketsv1.In:
		message.Author, message.Email, to = t.Name, t.Email, ticketsv1.Open
	case ticketsv1.Out:
		to = ticketsv1.Waiting
	}
	if l.photo != "" {
		content := photo()
		sum := sha256.Sum256(content)
		message.Attachments = []Attachment{{Name: l.photo, Type: "image/png", CID: "photo", SHA256: hex.EncodeToString(sum[:]), Content: content}}
	}
	return message, to
}

// photo draws a picture of a cracked lens, as a customer would send it.
func photo() []byte {
	const w, h = 320, 180
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			dx, dy := x-w/2, y-h/2
			lens, crack := dx*dx+dy*dy < 70*70, (x+y*2+x*x/97)%113 < 2
			c := color.RGBA{uint8(40 + y/6), uint8(44 + y/6), uint8(52 + y/5), 255}
			if lens {
				c = color.RGBA{uint8(200 - (dx*dx+dy*dy)/60), 205, 190, 255}
			}
			if lens && crack {
				c = color.RGBA{30, 30, 34, 255}
			}
			img.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err) // a bytes.Buffer takes everything
	}
	return b.Bytes()
}
