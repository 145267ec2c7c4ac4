package views

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/apps/tickets/ticketsv1"
	"github.com/spinoff-go/spinoff/page"
)

// desk is the home of the staff: a card for each app.
type desk struct{ Cards []card }

// card says how an app is and how much waits there.
type card struct {
	Title, URL string
	State      string // up, or away
	Tone       string // of the badge
	Facts      []fact
}

// up is the state of an app that answers.
const up = "up"

// fact is a count with what it counts.
type fact struct {
	Name      string // of the count, for an open page
	Count     int64
	Most      int64 // a count above it is only known to be; 0 where it is exact
	What, URL string
}

// Text is the count in words.
func (f fact) Text() string {
	if f.Most > 0 && f.Count > f.Most {
		return strconv.FormatInt(f.Most, 10) + "+"
	}
	return strconv.FormatInt(f.Count, 10)
}

// maxEntries is the most entries that a card counts exactly.
const maxEntries = 100

const (
	deskDeadline = 800 * time.Millisecond
	deskEvery    = 3 * time.Second // how often the apps are asked while somebody looks
)

func (v *Views) showDesk(w http.ResponseWriter, r *http.Request) {
	v.desk.Render(w, r, http.StatusOK, desk{v.cards(r.Context())})
}

// cards asks both apps at once.
func (v *Views) cards(ctx context.Context) []card {
	cards := make([]card, 2)
	var both sync.WaitGroup
	both.Go(func() { cards[0] = v.ticketsCard(ctx) })
	both.Go(func() { cards[1] = v.faqCard(ctx) })
	both.Wait()
	return cards
}

// newLive returns what keeps the counts of an open desk up to date, by the calls of the page itself. Of an app that is away it says nothing:
// what the page shows is newer than what was kept.
func (v *Views) newLive() *page.Live {
	quiet := *v
	quiet.log = slog.New(slog.DiscardHandler) // that an app is away was logged with the page
	return page.NewLive(v.log, func(ctx context.Context, _ []string) (map[string]page.Counts, error) {
		counts := page.Counts{}
		for _, c := range quiet.cards(ctx) {
			for _, f := range c.Facts {
				if c.State == up {
					counts[f.Name] = f.Count
				}
			}
		}
		return map[string]page.Counts{"": counts}, nil
	}, page.LiveOptions{Every: deskEvery})
}

func (c *card) state(err error) {
	c.State, c.Tone = up, "good"
	if absent := new(away); errors.As(err, absent) {
		c.State, c.Tone = "away", "bad"
		if absent.kept {
			c.State = "away, numbers of before"
		}
	}
}

func (v *Views) ticketsCard(ctx context.Context) card {
	c := card{Title: "Tickets", URL: "/tickets/"}
	counts, err := ask(ctx, v, "desk:tickets", deskDeadline, func(ctx context.Context) (ticketsv1.Counts, error) {
		return ticketsv1.Count.Call(ctx, v.calls, ticketsv1.All{})
	})
	if c.state(err); err == nil || c.State != "away" {
		c.Facts = []fact{
			{"open", counts.Open, 0, "open", "/tickets/"},
			{"unassigned", counts.Unassigned, 0, "with nobody", "/tickets/?tab=unassigned"},
			{"waiting", counts.Waiting, 0, "waiting for the customer", "/tickets/?tab=waiting"},
		}
	}
	return c
}

func (v *Views) faqCard(ctx context.Context) card {
	c := card{Title: "Knowledge base", URL: "/faq/"}
	for _, part := range []struct {
		status faqv2.Status
		what   string
	}{{faqv2.Draft, "drafts"}, {faqv2.Review, "to review"}} {
		entries, err := ask(ctx, v, "desk:faq:"+string(part.status), deskDeadline, func(ctx context.Context) (faqv2.Entries, error) {
			return faqv2.List.Call(ctx, v.calls, faqv2.Filter{Status: part.status, Limit: maxEntries})
		})
		c.state(err)
		if c.State == "away" {
			return c
		}
		count := int64(len(entries.Items))
		if entries.Next != "" {
			count++
		}
		c.Facts = append(c.Facts, fact{string(part.status), count, maxEntries, part.what, "/faq/?status=" + string(part.status)})
	}
	return c
}
