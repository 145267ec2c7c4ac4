package docs

import (
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// endpoint is one call, as the page shows it.
type endpoint struct {
	ID, Name     string // "op-create", "create"
	Method, Path string
	Summary      template.HTML
	Text         template.HTML
	Notice       *notice // where it is to go
	Groups       []group // what is sent
	Media        []string
	Answers      []answer
	Errors       []failure
	Facts        []string
	Codes        []code
	Try          *form
}

// group is the fields that travel in one place.
type group struct {
	Title  string
	Type   string // fragment of the named type, or ""
	Fields []field
}

// answer is what comes back where nothing fails.
type answer struct {
	Statuses       []status
	Type, TypeLink string
	Fields         []field
	Headers        []field
	Example        string
}

// status is one that an answer may have.
type status struct {
	Code, Phrase, Text string
	Body               bool
}

// failure is an error that the contract declares for one endpoint.
type failure struct{ Status, Type, Text string }

// notice says that something is to go.
type notice struct{ On, Sunset, Successor string }

// form tries an endpoint.
type form struct {
	Action, Method string // as an HTML form has them; Action is relative to the page
	Plain          bool   // whether it works without JavaScript
	Needed, More   []field
}

func (d *document) endpoint(method, path string, op operation) endpoint {
	e := endpoint{ID: "op-" + op.ID, Name: op.ID, Method: strings.ToUpper(method), Path: path}
	e.Summary, e.Text = d.sentence(op.Summary), d.prose(op.Description)
	switch {
	case d.Deprecated != nil && op.Deprecated != nil && *op.Deprecated == *d.Deprecated: // the whole version is, which the page says at its top
	case op.Deprecated != nil || op.IsOld:
		e.Notice = d.notice(op.Deprecated)
	}
	r := request{method: e.Method, path: path, variable: d.variable()}
	for _, place := range []struct{ in, title string }{{"path", "In the path"}, {"query", "In the query"}, {"header", "Headers"}} {
		g := group{Title: place.title}
		for _, p := range op.Parameters {
			if p.In == place.in {
				f := d.parameter(e.ID, p)
				g.Fields = append(g.Fields, f)
				d.exemplify(&r, p, f)
			}
		}
		e.add(g)
	}
	d.body(&e, op, &r)
	for _, m := range op.Responses {
		d.answer(&e, m.name, m.value)
	}
	if op.Timeout > 0 {
		e.Facts = append(e.Facts, "answers within "+(time.Duration(op.Timeout)*time.Millisecond).String())
	}
	if op.MaxBody > 0 && r.body != nil {
		e.Facts = append(e.Facts, fmt.Sprintf("a body of at most %s", size(op.MaxBody)))
	}
	if op.Idempotent && e.Method != http.MethodGet {
		e.Facts = append(e.Facts, "the same call again changes nothing")
	}
	if len(op.Consumers) > 0 {
		e.Facts = append(e.Facts, "only "+strings.Join(op.Consumers, ", ")+" may call")
	}
	e.Codes = r.codes()
	e.Try = e.form()
	return e
}

func (e *endpoint) add(g group) {
	if len(g.Fields) > 0 {
		e.Groups = append(e.Groups, g)
	}
}

func (d *document) parameter(id string, p parameter) field {
	f := d.field(id, p.Name, p.Schema, p.Required, nil)
	if p.Description != "" {
		f.Text = d.prose(p.Description)
	}
	f.Input.Place = p.In
	f.Input.Plain = f.Input.Plain && p.In != "header"
	return f
}

// exemplify gives a parameter of the example its value. Optional ones are left out.
func (d *document) exemplify(r *request, p parameter, f field) {
	if !p.Required {
		return
	}
	value := bare(d.example(p.Name, p.Schema, false))
	switch p.In {
	case "path":
		r.path = strings.ReplaceAll(r.path, "{"+p.Name+"}", url.PathEscape(strings.ReplaceAll(value, " ", "-")))
	case "query":
		r.query = append(r.query, [2]string{p.Name, value})
	case "header":
		r.header = append(r.header, [2]string{f.Name, value})
	}
}

// body shows what is sent in the body.
func (d *document) body(e *endpoint, op operation, r *request) {
	s := op.RequestBody.Content.get("application/json").Schema
	for _, m := range op.RequestBody.Content {
		e.Media = append(e.Media, m.name)
	}
	if s == nil {
		return
	}
	g := group{Title: "Body", Fields: d.fields(e.ID, s, nil)}
	if _, name := d.resolve(s); name != "" {
		g.Type = name
	}
	e.add(g)
	r.body = op.RequestBody.Content.get("application/json").Example
	if r.body == nil {
		r.body = d.example("", s, false)
	}
}

// answer sorts one response: an answer, a declared error, or what any call can fail with, which has a section of its own.
func (d *document) answer(e *endpoint, code string, r response) {
	if name, ok := strings.CutPrefix(r.Ref, "#/components/responses/"); ok {
		r = d.Components.Responses[name]
	}
	if code == "default" {
		return
	}
	if code[0] != '2' && code[0] != '3' {
		e.Errors = append(e.Errors, d.failures(code, r)...)
		return
	}
	a := answer{Statuses: []status{statusOf(code, r)}}
	for _, h := range r.Headers {
		f := d.field(e.ID+"."+code, h.name, h.value.Schema, false, nil)
		if h.value.Description != "" {
			f.Text = d.prose(h.value.Description)
		}
		a.Headers = append(a.Headers, f)
	}
	if m := r.Content.get("application/json"); m.Schema != nil {
		a.Type, a.TypeLink = d.typeName(m.Schema, false)
		a.Fields = d.fields(e.ID+"."+code, d.innermost(m.Schema), nil)
		a.Example = pretty(first(m.Example, d.example("", m.Schema, true)))
	}
	for i, other := range e.Answers {
		if other.same(a) {
			e.Answers[i].Statuses = append(other.Statuses, a.Statuses...)
			return
		}
	}
	e.Answers = append(e.Answers, a)
}

// same reports whether two answers differ by their status only.
func (a answer) same(b answer) bool {
	names := func(fields []field) (names []string) {
		for _, f := range fields {
			names = append(names, f.Name+" "+f.Type)
		}
		return names
	}
	return a.Type != "" && a.TypeLink != "" && a.TypeLink == b.TypeLink && a.Type == b.Type && slices.Equal(names(a.Headers), names(b.Headers))
}

// statusOf says what a status means, where that is more than its phrase.
func statusOf(code string, r response) status {
	n, _ := strconv.Atoi(code) // 2XX has no phrase
	s := status{Code: code, Phrase: http.StatusText(n), Text: r.Description, Body: code[0] == '2'}
	if s.Text == s.Phrase {
		s.Text = ""
	}
	return s
}

// problemType begins the type of a problem; the code of the error follows.
const problemType = "urn:problem-type:"

// failures returns the errors that are answered with one status.
func (d *document) failures(status string, r response) (all []failure) {
	target, _ := d.resolve(r.Content.get("application/problem+json").Schema)
	var list []string
	if kind := target.Properties.get("type"); kind != nil {
		list, _ = values(kind)
	}
	for _, kind := range list {
		if !strings.Contains(strings.TrimPrefix(kind, problemType), ".") {
			continue // any call can fail with it
		}
		text := r.Description
		if known := d.Errors[strings.TrimPrefix(kind, problemType)]; known.Title != "" {
			text = known.Title
		} else if len(list) > 1 {
			text = ""
		}
		all = append(all, failure{status, kind, text})
	}
	if list == nil {
		all = []failure{{status, "", r.Description}}
	}
	return all
}

func first(a, b json.RawMessage) json.RawMessage {
	if a != nil {
		return a
	}
	return b
}

// form returns the form that tries the endpoint. Its address is relative to the page, which is beside the endpoints of the version.
func (e *endpoint) form() *form {
	_, path, _ := strings.Cut(strings.TrimPrefix(e.Path, "/"), "/")
	f := &form{Action: path, Method: "get"}
	if e.Method == http.MethodPost {
		f.Method = "post"
	}
	f.Plain = (e.Method == http.MethodGet || e.Method == http.MethodPost && (len(e.Media) == 0 || slices.Contains(e.Media, "application/x-www-form-urlencoded")))
	for _, g := range e.Groups {
		for _, one := range g.Fields {
			f.Plain = f.Plain && (!one.Required || one.Input.Plain) && one.Input.Place != "path"
			if one.Required {
				f.Needed = append(f.Needed, one)
			} else {
				f.More = append(f.More, one)
			}
		}
	}
	return f
}

// size says a number of bytes in words.
func size(n int64) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprint(n>>20) + " MiB"
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprint(n>>10) + " KiB"
	}
	return fmt.Sprint(n) + " bytes"
}

// limit returns a bound as a number, 0 where there is none.
func limit(n json.Number) int {
	value, err := n.Int64()
	if err != nil {
		return 0
	}
	return int(value)
}
