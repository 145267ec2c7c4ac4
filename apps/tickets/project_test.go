package tickets_test

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/apps/faqcreator/faqcreatorv1"
	"github.com/spinoff-go/spinoff/apps/tickets"
	"github.com/spinoff-go/spinoff/apps/tickets/ticketsv1"
	"github.com/spinoff-go/spinoff/call"
	"github.com/spinoff-go/spinoff/data"
)

var marta = spinoff.Person{Email: "marta@lumen.example", Name: "Marta Oliveira"}

// project is tickets with an app that signs in whoever sends the cookie staff, and with two apps that answer what tickets asks others.
func project() spinoff.Project {
	return spinoff.Project{Name: "Lumen", Apps: []spinoff.New{signIn, tickets.New, faq, faqCreator}}
}

func signIn(spinoff.Env) (spinoff.App, error) {
	return spinoff.App{Name: "door", SignIn: &spinoff.SignIn{URL: "/door/", Cookie: "staff", Person: func(r *http.Request) (spinoff.Person, error) {
		if _, err := r.Cookie("staff"); err != nil {
			return spinoff.Person{}, nil //nolint:nilerr // nobody
		}
		return marta, nil
	}}}, nil
}

// faq finds one entry for whatever has the word reset in it, and tells of one when it is asked to publish it: its id is the number of the ticket that asked.
func faq(env spinoff.Env) (spinoff.App, error) {
	db := data.New(env.Database, fstest.MapFS{"migrations/0001_none.sql": {Data: []byte("-- +goose Up\nCREATE TABLE entry (id BIGINT);\n")}})
	publish := faqv2.Publish.Serve(func(ctx context.Context, in faqv2.Step) (faqv2.Entry, error) {
		ticket, err := strconv.ParseInt(in.ID, 10, 64)
		if err != nil {
			return faqv2.Entry{}, faqv2.ErrNotFound
		}
		told := faqv2.PublishedEntry{ID: 7, Title: "How to reset a light", URL: "/help/reset-a-light", Slug: "reset-a-light", Sources: []int64{ticket, 999999}}
		return faqv2.Entry{ID: 7}, db.Write(ctx, func(tx *data.Tx) error { return faqv2.EntryPublished.Publish(ctx, tx, "7", told) })
	})
	search := faqv2.Search.Serve(func(_ context.Context, q faqv2.Query) (faqv2.Results, error) {
		found := faqv2.Results{Items: []faqv2.Result{}}
		if strings.Contains(q.Q, "slow") {
			time.Sleep(2 * time.Second)
		}
		if strings.Contains(q.Q, "reset") {
			found.Items = append(found.Items, faqv2.Result{ID: 7, Slug: "reset-a-light", Title: []faqv2.Piece{{Text: "How to "}, {Text: "reset", Hit: true}, {Text: " a light"}}})
		}
		return found, nil
	})
	return spinoff.App{Name: "faq", Provides: []spinoff.Handler{search, publish}, Publishes: []spinoff.Announcement{faqv2.EntryPublished.Announce()}, Data: db}, nil
}

// faqCreator makes a draft of what has a reply of 40 bytes, and asks tickets whether that is so, as the real one does.
func faqCreator(env spinoff.Env) (spinoff.App, error) {
	create := faqcreatorv1.Create.Serve(func(ctx context.Context, in faqcreatorv1.NewDraft) (faqcreatorv1.Draft, error) {
		ticket, err := ticketsv1.Get.Call(ctx, env.Calls, ticketsv1.TicketID{Number: in.Ticket})
		if err != nil {
			return faqcreatorv1.Draft{}, faqcreatorv1.ErrNoTicket
		}
		for _, m := range ticket.Messages {
			if m.Direction == ticketsv1.Out && len(m.Text) >= 40 {
				return faqcreatorv1.Draft{Ticket: in.Ticket, Entry: 9, URL: "/faq/9", Question: ticket.Subject, Scrubbed: []string{}, HTTPStatus: 201}, nil
			}
		}
		return faqcreatorv1.Draft{}, faqcreatorv1.ErrNoAnswer
	})
	get := faqcreatorv1.Get.Serve(func(_ context.Context, in faqcreatorv1.TicketID) (faqcreatorv1.Made, error) {
		if in.Ticket == 1003 {
			time.Sleep(2 * time.Second)
		}
		if in.Ticket != 1001 {
			return faqcreatorv1.Made{}, faqcreatorv1.ErrNoDraft
		}
		return faqcreatorv1.Made{Ticket: in.Ticket, Entry: 8, URL: "/faq/8", At: time.Now()}, nil
	})
	return spinoff.App{Name: "faqcreator", Provides: []spinoff.Handler{create, get}, Uses: []spinoff.Service{ticketsv1.Service}}, nil
}

// open opens the app alone, on a database in dir.
func open(t *testing.T, dir, staff string) spinoff.App {
	t.Helper()
	app := declare(t, dir, staff)
	if err := app.Data.Open(t.Context()); err != nil {
		t.Fatalf("open %s: %v", dir, err)
	}
	t.Cleanup(func() {
		if err := app.Data.Close(); err != nil {
			t.Errorf("close %s: %v", dir, err)
		}
	})
	return app
}

func declare(t *testing.T, dir, staff string) spinoff.App {
	t.Helper()
	app, err := tickets.New(spinoff.Env{
		Calls:    call.NewAllCalls("tickets", nil),
		Database: func() string { return "sqlite:" + filepath.Join(dir, "tickets.db") },
		Setting:  func(name string) string { return map[string]string{"TICKETS_STAFF": staff}[name] },
		Log:      slog.New(slog.NewTextHandler(t.Output(), nil)),
		Now:      time.Now,
	})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return app
}

// answerOf calls the app's own endpoints, without a pipeline in between.
func answerOf[In, Out any](t *testing.T, app spinoff.App, e spinoff.Endpoint[In, Out], in In) Out {
	t.Helper()
	var out Out
	for _, h := range app.Provides {
		if h.FullName() == e.Operation().FullName() {
			if err := h.Answer(t.Context(), &in, &out); err != nil {
				t.Fatalf("%s(%+v): %v", h.FullName(), in, err)
			}
			return out
		}
	}
	t.Fatalf("the app has no endpoint %s", e.Operation().FullName())
	return out
}

// realData returns the folder of real mail, or skips.
func realData(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for dir != "/" {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	folder := filepath.Join(dir, "..", "shared", "data")
	if _, err := os.Stat(folder); err != nil {
		t.Skip("no real data: put it into ../shared/data beside the repository")
	}
	return folder
}
