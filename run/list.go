package run

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/spinoff-go/spinoff"
)

// listed is an app as "routes --json" prints it.
type listed struct {
	App       string           `json:"app"`
	Team      string           `json:"team"`
	Place     string           `json:"place"`              // here, nowhere, or a URL
	Database  string           `json:"database,omitempty"` // engine and where it is, for an app that runs here
	Uses      []string         `json:"uses"`
	Publishes []string         `json:"publishes"` // topics with their versions
	Consumes  []string         `json:"consumes"`
	Endpoints []listedEndpoint `json:"endpoints"`
	Views     []string         `json:"views"`
}

type listedEndpoint struct {
	Name       string            `json:"name"`
	Route      string            `json:"route"` // as it is called: method, the app's path, version
	Errors     []string          `json:"errors"`
	Deprecated *listedDeprecated `json:"deprecated,omitempty"`
}

// listedDeprecated is what is known of the end of an endpoint.
type listedDeprecated struct {
	On        string `json:"on"`
	Sunset    string `json:"sunset,omitempty"`
	Successor string `json:"successor,omitempty"`
}

// endOf says in one line when an endpoint goes and what takes its place: "deprecated from 2026-11-01, may go from 2027-05-01, use faq.v2".
func endOf(d *spinoff.Deprecation) string {
	text := "deprecated from " + d.On
	if d.Sunset != "" {
		text += ", may go from " + d.Sunset
	}
	if d.Successor != "" {
		text += ", use " + d.Successor
	}
	return text
}

func (p *program) routes() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "routes",
		Short: "Show apps, teams, services, endpoints, events, and where they answer",
		Long:  `Show what the project is made of and where each app answers, as the environment has it now. Nothing is started.`,
		Example: `  company routes
  FAQ_API=http://127.0.0.1:8001 company routes
  company routes --json`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			p.options.Calling = true
			process, err := New(p.project, p.options)
			if err != nil {
				return err
			}
			list := process.list()
			if asJSON {
				e := json.NewEncoder(p.stdout)
				e.SetIndent("", "  ")
				return e.Encode(list)
			}
			return p.printRoutes(list)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func (p *Process) list() []listed {
	var list []listed
	for _, a := range p.apps {
		l := listed{
			App: a.Name, Team: a.Team, Place: a.where(), Database: p.engineOf(a),
			Uses: []string{}, Publishes: []string{}, Consumes: []string{}, Endpoints: []listedEndpoint{}, Views: []string{},
		}
		for _, s := range a.Uses {
			l.Uses = append(l.Uses, s.String())
		}
		for _, topic := range a.Publishes {
			l.Publishes = append(l.Publishes, topic.String())
		}
		for _, topic := range a.Consumes {
			l.Consumes = append(l.Consumes, topic.String())
		}
		for _, op := range a.provider.Operations() {
			e := listedEndpoint{Name: op.FullName(), Errors: []string{}}
			e.Route = fmt.Sprintf("%s %sv%d%s", op.Method(), a.Path, op.Service.Version, op.Path())
			for _, err := range op.Errors {
				e.Errors = append(e.Errors, err.Code)
			}
			if d := op.Deprecated; d != nil {
				e.Deprecated = &listedDeprecated{d.On, d.Sunset, d.Successor}
			}
			l.Endpoints = append(l.Endpoints, e)
		}
		for _, v := range a.Views {
			method, path, _ := strings.Cut(v.Route, " ")
			l.Views = append(l.Views, method+" "+a.prefix()+strings.TrimSuffix(path, "{$}"))
		}
		list = append(list, l)
	}
	return list
}

func (p *program) printRoutes(list []listed) error {
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	for i, l := range list {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", l.App, l.Team, l.Place)
		if l.Database != "" {
			fmt.Fprintf(w, "  database\t%s\n", l.Database)
		}
		if len(l.Uses) > 0 {
			fmt.Fprintf(w, "  uses\t%s\n", strings.Join(l.Uses, ", "))
		}
		for _, e := range l.Endpoints {
			fmt.Fprintf(w, "  %s\t%s", e.Name, e.Route)
			if len(e.Errors) > 0 {
				fmt.Fprintf(w, "\t%s", strings.Join(e.Errors, ", "))
			}
			if d := e.Deprecated; d != nil {
				fmt.Fprintf(w, "\n  \t%s", p.paint(yellow, endOf((*spinoff.Deprecation)(d))))
			}
			fmt.Fprintln(w)
		}
		for _, topic := range l.Publishes {
			fmt.Fprintf(w, "  publishes\t%s\n", topic)
		}
		for _, topic := range l.Consumes {
			fmt.Fprintf(w, "  consumes\t%s\n", topic)
		}
		for _, v := range l.Views {
			fmt.Fprintf(w, "  page\t%s\n", v)
		}
	}
	return w.Flush()
}
