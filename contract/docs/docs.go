// Package docs shows the contract of one version of a service as a page to read and to try: made from its OpenAPI document, by the server,
// with nothing from elsewhere. It reads the documents that package contract emits.
package docs

import (
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/page"
)

//go:embed templates/*.html
var templates embed.FS

var reference = page.Desk[view](templates, "templates/reference.html")

// Page is the reference of one version. It may be shared.
type Page struct {
	document document
	view     view
}

// Version names a version of the service, for the list of versions.
type Version struct {
	Number int
	Gone   string // day from which it may be gone, or ""
	Old    bool   // whether it is deprecated
}

// New reads an OpenAPI document. older is the document of the version before, to say what has changed; nil where there is none.
func New(text, older []byte) (*Page, error) {
	p := new(Page)
	if err := json.Unmarshal(text, &p.document); err != nil {
		return nil, fmt.Errorf("the OpenAPI document cannot be read: %w", err)
	}
	p.view = p.document.view()
	if older != nil {
		var before document
		if err := json.Unmarshal(older, &before); err != nil {
			return nil, fmt.Errorf("the OpenAPI document of the version before cannot be read: %w", err)
		}
		p.view.Before, p.view.Changes = before.Info.Version, p.document.changes(&before)
	}
	return p, nil
}

// Serve answers with the page. base is where the app answers, as its variable has it: "http://127.0.0.1:8000/faq"; versions are all that there are, in order.
// The page has to be at /v2/docs below base: its forms and links are relative to that.
func (p *Page) Serve(w http.ResponseWriter, r *http.Request, base string, versions []Version) {
	v := p.view
	v.Base = base
	for _, one := range versions {
		v.Versions = append(v.Versions, edition{one.Number, fmt.Sprint(one.Number) == v.Version, one.Old, one.Gone})
	}
	reference.Render(w, r, http.StatusOK, v)
}

// view is what the page shows.
type view struct {
	Name, Version  string
	Service, Team  string
	Variable, Base string
	Text           template.HTML
	Notice         *notice
	Versions       []edition
	Before         string
	Changes        []change
	Endpoints      []endpoint
	Topics         []topic
	Types          []typ
	Problem        []field
	Common         []*spinoff.Error
	ProblemText    string
	Retired        []retired
}

// common are the errors that any call can fail with.
var common = []*spinoff.Error{
	spinoff.ErrMalformed, spinoff.ErrUnauthenticated, spinoff.ErrForbidden, spinoff.ErrNoEndpoint, spinoff.ErrMethod, spinoff.ErrInFlight, spinoff.ErrTooLarge,
	spinoff.ErrMediaType, spinoff.ErrInvalid, spinoff.ErrKeyReused, spinoff.ErrInternal, spinoff.ErrUnavailable, spinoff.ErrOverloaded, spinoff.ErrTimeout,
}

type edition struct {
	Number  int
	Current bool
	Old     bool
	Gone    string
}

// topic is something that the app tells others.
type topic struct {
	ID, Name, Type string
	Summary, Text  template.HTML
	DataLink       string
	Data           string
	Fields         []field
	Example        string
}

// typ is a named type.
type typ struct {
	ID, Name string
	Text     template.HTML
	Fields   []field
}

func (d *document) view() view {
	v := view{
		Name: d.Info.Title, Version: d.Info.Version, Service: d.Service, Team: d.Team, Variable: d.variable(),
		Common: common, Text: d.prose(d.Info.Description), Notice: d.notice(d.Deprecated), Retired: d.Retired,
	}
	for _, p := range d.Paths {
		for _, m := range p.value {
			if op, ok := readOperation(m); ok {
				v.Endpoints = append(v.Endpoints, d.endpoint(m.name, p.name, op))
			}
		}
	}
	for _, p := range d.Webhooks {
		for _, m := range p.value {
			if op, ok := readOperation(m); ok {
				v.Topics = append(v.Topics, d.topic(p.name, op))
			}
		}
	}
	for _, m := range d.Components.Schemas {
		fields := d.fields("type-"+m.name, m.value, nil)
		if m.name == "Problem" {
			v.Problem = fields
			continue
		}
		for i := range fields { // another type has its own section
			if fields[i].TypeLink != "" {
				fields[i].Fields = nil
			}
		}
		v.Types = append(v.Types, typ{"type-" + m.name, m.name, d.prose(m.value.Description), fields})
	}
	return v
}

// methods are the members of a path that are operations.
const methods = " get put post delete options head patch trace "

func readOperation(m member[json.RawMessage]) (op operation, ok bool) {
	if !strings.Contains(methods, " "+m.name+" ") {
		return op, false
	}
	return op, json.Unmarshal(m.value, &op) == nil
}

func (d *document) topic(name string, op operation) topic {
	t := topic{ID: "topic-" + name, Name: name, Type: op.Topic, Summary: d.sentence(op.Summary), Text: d.prose(op.Description)}
	for _, m := range op.RequestBody.Content {
		if m.value.Schema == nil {
			continue
		}
		t.Data, t.DataLink = d.typeName(m.value.Schema, false)
		t.Fields = d.fields(t.ID, m.value.Schema, nil)
		t.Example = pretty(first(m.value.Example, d.example("", m.value.Schema, true)))
		break
	}
	return t
}

// variable returns the environment variable that says where the service answers.
func (d *document) variable() string { return strings.ToUpper(d.Info.Title) + "_API" }

func (d *document) notice(from *deprecation) *notice {
	if from == nil {
		return nil
	}
	return &notice{On: from.On, Sunset: from.Sunset, Successor: from.Successor}
}
