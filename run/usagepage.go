package run

import (
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/contract/usage"
	"github.com/spinoff-go/spinoff/page"
)

//go:embed templates
var templates embed.FS

// usagePath is where the page of all apps is, and below an app's name that of the app, which is proxied where the app runs elsewhere.
const usagePath = "/_spinoff/contracts"

type (
	usageView struct {
		Days    int
		Periods []period
		Apps    []shownApp
	}
	period struct {
		Days    int
		Current bool
	}
	shownApp struct {
		App, Elsewhere, Uncounted string
		Began                     time.Time
		Running                   int
		Gaps                      []usage.Gap
		Endpoints                 []shownEndpoint
		References                []spinoff.Link // to the reference of each version
		Unused                    []string       // endpoints that are there to stay and that nobody has called
	}
	shownEndpoint struct {
		Name       string
		Here       bool
		Deprecated *listedDeprecated
		Consumers  []shownUse
	}
	shownUse struct {
		Consumer string
		Calls    int64
		Last     time.Time
		Trend    template.HTML
	}
)

// periods are how many days the page shows.
var periods = [...]int{7, 30, 90, maxDays}

// usagePage answers with who uses the endpoints of the named apps, or of all.
func (p *Process) usagePage(view *page.View[usageView], names ...string) spinoff.View {
	return spinoff.View{Route: "GET " + usagePath, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		days, err := strconv.Atoi(r.URL.Query().Get("days"))
		if err != nil || !slices.Contains(periods[:], days) {
			days = 30
		}
		all, err := p.usedApps(r.Context(), names, days)
		if err != nil {
			p.options.Log.ErrorContext(r.Context(), "show uses", "error", err)
			page.Error(w, r, http.StatusInternalServerError, "", "")
			return
		}
		shown := usageView{Days: days}
		for _, n := range periods {
			shown.Periods = append(shown.Periods, period{n, n == days})
		}
		for _, app := range all {
			shown.Apps = append(shown.Apps, p.shownApp(app))
		}
		w.Header().Set("Cache-Control", "no-store")
		view.Render(w, r, http.StatusOK, shown)
	})}
}

func (p *Process) shownApp(app usedApp) shownApp {
	shown := shownApp{App: app.App, Uncounted: app.Uncounted, Began: app.Began, Running: app.Running, Gaps: app.Gaps}
	a := p.find(app.App)
	for _, c := range a.contracts {
		shown.References = append(shown.References, spinoff.Link{Title: c.Service.String(), URL: fmt.Sprintf("%sv%d/docs", a.Path, c.Service.Version)})
	}
	if !a.here() && a.counter != nil && a.base() != nil {
		shown.Elsewhere = a.prefix() + usagePath
		return shown
	}
	for _, e := range app.Endpoints {
		if len(e.Consumers) == 0 && e.Deprecated == nil {
			shown.Unused = append(shown.Unused, e.Name)
			continue
		}
		uses := make([]shownUse, 0, len(e.Consumers))
		for _, u := range e.Consumers {
			uses = append(uses, shownUse{u.Consumer, u.Calls, u.Last, trend(u.Days)})
		}
		shown.Endpoints = append(shown.Endpoints, shownEndpoint{e.Name, e.Here, e.Deprecated, uses})
	}
	return shown
}

// trend draws calls by day, or by several days where there are many.
func trend(days []int64) template.HTML {
	const height, width, columns = 24, 4, 45 // of the picture, of a column, and how many there are at most
	each := resample(days, columns)
	most := slices.Max(each)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="spark" role="img" aria-label="%s" width="%d" height="%d" viewBox="0 0 %[2]d %[3]d" fill="currentColor">`, trendInWords(days), len(each)*width, height)
	for i, n := range each {
		tall := int64(1)
		opacity := ` opacity=".35"`
		if n > 0 {
			tall, opacity = max(2, n*height/most), ""
		}
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="%d"%s/>`, i*width, height-tall, width-1, tall, opacity)
	}
	b.WriteString("</svg>")
	return template.HTML(b.String()) //nolint:gosec // only numbers are in it
}

// trendInWords compares the second half of the days with the first.
func trendInWords(days []int64) string {
	sum := func(days []int64) (total int64) {
		for _, n := range days {
			total += n
		}
		return total
	}
	before, after := sum(days[:len(days)/2]), sum(days[len(days)/2:])
	return fmt.Sprintf("%d calls in the first half, %d in the second", before, after)
}
