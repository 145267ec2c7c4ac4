// Package views has the page of FaqCreator.
package views

import (
	"embed"
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
func Routes(m *models.Models) []spinoff.View {
	v := views{m, page.Desk[list](templates, "templates/list.html")}
	return []spinoff.View{{Route: "GET /{$}", Handler: http.HandlerFunc(v.list)}}
}

type views struct {
	models *models.Models
	page   *page.View[list]
}

// list is the page that says what was made.
type list struct{ Drafts []row }

type row struct {
	Ticket, Entry, Duplicate int64
	URL, Question            string
	Scrubbed                 []string
	At                       time.Time
}

func (v views) list(w http.ResponseWriter, r *http.Request) {
	drafts, err := v.models.Latest(r.Context())
	if err != nil {
		page.Error(w, r, http.StatusInternalServerError, "", "")
		return
	}
	var shown list
	for _, d := range drafts {
		shown.Drafts = append(shown.Drafts, row{
			Ticket: d.Ticket, Entry: d.Entry, Duplicate: d.Duplicate, URL: d.URL, Question: d.Question,
			Scrubbed: strings.FieldsFunc(d.Scrubbed, func(c rune) bool { return c == ',' }), At: data.Time(d.At),
		})
	}
	v.page.Render(w, r, http.StatusOK, shown)
}
