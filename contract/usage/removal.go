package usage

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spinoff-go/spinoff"
)

// Condition is one of those under which an endpoint may go.
type Condition struct {
	About  string `json:"about"` // sunset, counts, locks
	Holds  bool   `json:"holds"`
	Detail string `json:"detail"` // with figures
}

// Candidate is an endpoint that may go, perhaps, with what is known of it.
type Candidate struct {
	Name       string               // "faq.v1.create"
	Deprecated *spinoff.Deprecation // nil where that was never announced
	Report     Report               // of the app, of as many days as nobody must have called
	Days       int                  // how many those are
	Uncounted  error                // why there is no report, or nil
	Locks      []Lock
	Unlocked   []string // apps that use the version and have no lock file, so that what they need is not known
}

// MayGo returns the three conditions under which an endpoint may go. It may where all of them hold.
func MayGo(c Candidate, now time.Time) []Condition {
	return []Condition{c.sunset(now), c.counts(now), c.locks()}
}

func (c Candidate) sunset(now time.Time) Condition {
	said := func(holds bool, format string, args ...any) Condition {
		return Condition{"sunset", holds, fmt.Sprintf(format, args...)}
	}
	if c.Deprecated == nil {
		return said(false, "it is not deprecated: say in its contract from when it is, when it may go and what takes its place")
	}
	sunset, err := time.Parse(time.DateOnly, c.Deprecated.Sunset)
	switch {
	case err != nil:
		return said(false, "it is deprecated from %s, and no sunset was announced", c.Deprecated.On)
	case now.Before(sunset):
		return said(false, "the sunset is %s, in %d days", c.Deprecated.Sunset, int(sunset.Sub(now).Hours()/24)+1)
	}
	return said(true, "the sunset was %s, %d days ago", c.Deprecated.Sunset, int(now.Sub(sunset).Hours()/24))
}

func (c Candidate) counts(now time.Time) Condition {
	if c.Uncounted != nil {
		return Condition{"counts", false, "its uses are not known: " + c.Uncounted.Error()}
	}
	var against []string
	for _, u := range c.Report.Uses {
		if u.Endpoint == c.Name && u.Calls > 0 {
			against = append(against, fmt.Sprintf("%s called it %d times in %d days, last on %s", u.Consumer, u.Calls, c.Days, u.Last.Format(time.DateOnly)))
		}
	}
	switch began := c.Report.Began; {
	case began.IsZero():
		against = append(against, "its uses were never counted")
	case began.After(c.Report.From):
		against = append(against, fmt.Sprintf("uses are counted only since %s, that is %d whole days of %d", began.Format(time.DateOnly), int(now.Sub(began).Hours()/24), c.Days))
	}
	for _, g := range c.Report.Gaps {
		against = append(against, fmt.Sprintf("there is a gap from %s to %s, because %s", g.From.Format(time.DateTime), g.To.Format(time.DateTime), g.Why))
	}
	if against != nil {
		return Condition{"counts", false, strings.Join(against, "; ")}
	}
	return Condition{"counts", true, fmt.Sprintf("nobody called it in %d days, since %s, and there is no gap", c.Days, c.Report.From.Format(time.DateOnly))}
}

func (c Candidate) locks() Condition {
	var against []string
	for _, l := range c.Locks {
		if l.Needs(c.Name) {
			against = append(against, "the lock file of "+l.App+" names it")
		}
	}
	for _, app := range c.Unlocked {
		against = append(against, fmt.Sprintf("app %s uses this version and has no lock file, which \"contract lock %s\" writes", app, app))
	}
	if against != nil {
		slices.Sort(against)
		return Condition{"locks", false, strings.Join(against, "; ")}
	}
	return Condition{"locks", true, fmt.Sprintf("none of %d lock files names it", len(c.Locks))}
}
