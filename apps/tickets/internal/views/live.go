package views

import (
	"context"
	"net/http"
	"strings"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/tickets/internal/models"
	"github.com/spinoff-go/spinoff/page"
)

// NewLive returns what keeps the counts of the open lists up to date. A person listens to how many tickets are theirs.
func NewLive(m *models.Models, env spinoff.Env) *page.Live {
	return page.NewLive(env.Log, func(ctx context.Context, people []string) (map[string]page.Counts, error) {
		c, err := m.Count(ctx)
		if err != nil {
			return nil, err
		}
		counts := map[string]page.Counts{"": countsOf(c)}
		for _, person := range people {
			counts[person] = page.Counts{"mine": c.Of[person]}
		}
		return counts, nil
	}, page.LiveOptions{})
}

// countsOf are the counts of the tabs that are the same for everybody, by the tabs' names.
func countsOf(c models.Counts) page.Counts {
	return page.Counts{"open": c.Open, "unassigned": c.Unassigned, "waiting": c.Waiting, "solved": c.Solved, "all": c.Open + c.Waiting + c.Solved}
}

// me is the address of who asks, as tickets are assigned to it.
func me(r *http.Request) string { return strings.ToLower(spinoff.OriginOf(r.Context()).Person.Email) }
