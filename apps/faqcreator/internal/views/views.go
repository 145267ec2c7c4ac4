// Package views has the page of FaqCreator.
package views

import (
	"context"
	"embed"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/faqcreator/internal/models"
	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/page"
)

//go:embed templates/*.html
var templates embed.FS

// Routes returns the pages.
func Routes(m *models.Models, live *page.Live) []spinoff.View {
	v := views{m, page.Desk[list](templates, "templates/list.html")}
	return []spinoff.View{
		{Route: "GET /{$}", Handler: http.HandlerFunc(v.list)},
		{Route: "GET /live", Handler: live.Stream(nil)},
	}
}

// NewLive returns what keeps the count of the open page up to date.
func NewLive(m *models.Models, log *slog.Logger) *page.Live {
	return page.NewLive(log, func(ctx context.Context, _ []string) (map[string]page.Counts, error) {
		made, err := m.Count(ctx)
		return map[string]page.Counts{"": {"made": made}}, err
	}, page.LiveOptions{})
}

type views struct {
	models *models.Models
	page   *page.View[list]
}

// list is the page that says what was made, and what was not.
type list struct {
	Drafts  []row // the latest
	Made    int64 // how many there are in all
	Skipped []skipped
}

type row struct {
	Ticket, Entry, Duplicate int64
	URL, Question, Author    string
	Scrubbed                 []string
	At                       time.Time
}

type skipped struct {
	Ticket int64
	Reason string
	At     time.Time
}

func (v views) list(w http.ResponseWriter, r *http.Request) {
	drafts, err := v.models.Latest(r.Context())
	made, failed := v.models.Count(r.Context())
	if err != nil || failed != nil {
		page.Error(w, r, http.StatusInternalServerError, "", "")
		return
	}
	others, err := v.models.LatestSkipped(r.Context())
	if err != nil {
		page.Error(w, r, http.StatusInternalServerError, "", "")
		return
	}
	shown := list{Made: made}
	for _, d := range drafts {
		shown.Drafts = append(shown.Drafts, row{
			Ticket: d.Ticket, Entry: d.Entry, Duplicate: d.Duplicate, URL: d.URL, Question: d.Question, Author: d.Author,
			Scrubbed: strings.FieldsFunc(d.Scrubbed, func(c rune) bool { return c == ',' }), At: data.Time(d.At),
		})
	}
	for _, s := range others {
		shown.Skipped = append(shown.Skipped, skipped{s.Ticket, s.Reason, data.Time(s.At)})
	}
	v.page.Render(w, r, http.StatusOK, shown)
}
