package client

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/contract/openapi"
)

// reader makes a contract of a document. It goes on after what it refuses, so that people see all of it at once.
type reader struct {
	document *openapi.Document
	seen     map[*openapi.Node]*shape // structures by their schema, which may be recursive
	open     []*openapi.Node          // references that are being read
	objects  []*object
	words    map[*openapi.Node]*enum
	enums    []*enum
	refused  []error
}

// readContract reads an OpenAPI document. It refuses, by place, what a client could not be right about.
func readContract(name string, text []byte) (*contract, error) {
	document, err := openapi.Parse(name, text)
	if err != nil {
		return nil, err
	}
	root := document.Root
	r := &reader{document: document, seen: map[*openapi.Node]*shape{}, words: map[*openapi.Node]*enum{}}
	c := &contract{Service: root.Get("x-service").Str(), Doc: packageOf.ReplaceAllString(root.At("info", "description").Str(), "It ")}
	c.name(root.At("info", "title").Str())
	for _, path := range root.Get("paths").Fields() {
		c.Endpoints = append(c.Endpoints, r.endpoints(c, path.Name, path.Value)...)
	}
	for _, hook := range root.Get("webhooks").Fields() {
		c.Topics = append(c.Topics, r.topic(hook.Name, hook.Value))
	}
	if len(c.Endpoints) == 0 && r.refused == nil {
		r.refuse(root, "it has no endpoints")
	}
	if r.refused != nil {
		return nil, fmt.Errorf("no client can be made of %s:\n%w", name, errors.Join(r.refused...))
	}
	c.Objects, c.Enums = r.objects, r.enums
	c.failures()
	return c, nil
}

// packageOf is how the comment of a Go package begins.
var packageOf = regexp.MustCompile(`^Package \w+ `)

// name sets what follows from the name of the service, or from the title of a document that is not ours.
func (c *contract) name(title string) {
	name, version, ours := strings.Cut(c.Service, ".v")
	if !ours {
		name, version, c.Service = strings.Join(words(title), ""), "", title
	}
	if name == "" || name[0] < 'a' || name[0] > 'z' {
		name = "api" + name
	}
	c.Name, c.Version, c.Variable = name, version, spinoff.Variable(name)
	if c.Package = name; ours {
		c.Package += "v" + version
	}
}

var itemKeywords = strings.Fields("summary description parameters get put post patch delete")

// endpoints reads the operations of a path.
func (r *reader) endpoints(c *contract, path string, item *openapi.Node) (endpoints []*endpoint) {
	r.onlyKnown(item, itemKeywords)
	for _, method := range []string{"get", "post", "put", "patch", "delete"} {
		if op := item.Get(method); op != nil {
			e := &endpoint{Method: strings.ToUpper(method), Path: path}
			r.endpoint(c, e, item.Get("parameters"), op)
			if slices.ContainsFunc(append(c.Endpoints, endpoints...), func(other *endpoint) bool { return other.ID == e.ID }) {
				r.refuse(op, "the operationId %q is there twice", e.ID)
			}
			endpoints = append(endpoints, e)
		}
	}
	return endpoints
}

var operationKeywords = strings.Fields("tags summary description externalDocs operationId parameters requestBody responses callbacks deprecated security")

func (r *reader) endpoint(c *contract, e *endpoint, shared, op *openapi.Node) {
	r.onlyKnown(op, operationKeywords)
	if e.ID = op.Get("operationId").Str(); e.ID == "" {
		r.refuse(op, "it has no operationId, by which a client calls it")
	}
	e.FullName = c.Service + "." + e.ID
	e.Doc = prose(op)
	e.Timeout = milliseconds(op.Get("x-timeout-ms"))
	e.Deprecated = deprecated(op)
	e.Request = &object{Name: e.ID + " request", Request: true}
	r.objects = append(r.objects, e.Request)
	for _, p := range slices.Concat(shared.List(), op.Get("parameters").List()) {
		r.parameter(e, p)
	}
	r.body(e, op.Get("requestBody"))
	r.order(e, op)
	r.answers(e, op)
	e.Retry = e.Keyed || e.Method == "GET" || op.Get("x-idempotent").True()
}

// prose returns the summary and the description of an operation as one text.
func prose(op *openapi.Node) string {
	summary := op.Get("summary").Str()
	if summary != "" && !strings.ContainsAny(summary[len(summary)-1:], ".!?") {
		summary += "."
	}
	return strings.TrimSpace(summary + " " + op.Get("description").Str())
}

// milliseconds reads x-timeout-ms.
func milliseconds(n *openapi.Node) int64 {
	if n != nil {
		if ms, err := strconv.ParseInt(n.Text, 10, 64); err == nil && ms > 0 {
			return ms
		}
	}
	return spinoff.DefaultTimeout.Milliseconds()
}

// deprecated says since when an operation is deprecated, until when it is there, and what takes its place.
func deprecated(op *openapi.Node) string {
	if !op.Get("deprecated").True() && op.Get("x-deprecated") == nil {
		return ""
	}
	text := "do not use it in new code"
	if on := op.At("x-deprecated", "on").Str(); on != "" {
		text = "since " + on
	}
	if sunset := op.At("x-deprecated", "sunset").Str(); sunset != "" {
		text += "; it may be gone from " + sunset
	}
	if successor := op.At("x-deprecated", "successor").Str(); successor != "" {
		text += "; use " + successor
	}
	return text + "."
}

// ours are headers that every client sends or reads by itself.
var ours = regexp.MustCompile(`(?i)^(Spinoff-.*|X-Request-Id|Idempotency-.*|If-None-Match|Deprecation|Sunset|Link|Retry-After|Cache-Control|Content-.*|Accept|Authorization)$`)

func (r *reader) parameter(e *endpoint, n *openapi.Node) {
	n = r.document.Resolve(n)
	name, in := n.Get("name").Str(), n.Get("in").Str()
	if in == "header" && ours.MatchString(name) {
		e.Keyed = e.Keyed || strings.EqualFold(name, "Idempotency-Key")
		return
	}
	where, ok := map[string]place{"path": inPath, "query": inQuery, "header": inHeader}[in]
	if !ok || n.Get("schema") == nil {
		r.refuse(n, "a parameter is in the path, the query or a header, and has a schema")
		return
	}
	f := r.field(n.Get("schema"), name, e.ID, true)
	f.Place, f.Required = where, n.Get("required").True()
	if doc := n.Get("description").Str(); doc != "" {
		f.Doc = doc
	}
	if !f.Shape.flat() && (where != inQuery || f.Shape.Kind != list || !f.Shape.Elem.flat()) {
		r.refuse(n, "a parameter is a plain value or, in the query, a list of plain values")
	}
	style := map[place]string{inQuery: "form", inPath: "simple", inHeader: "simple"}[where]
	if s := n.Get("style").Str(); s != "" && s != style || n.Get("explode").False() && f.Shape.Kind == list {
		r.refuse(n, "a parameter that is written in another way than usual is not understood")
	}
	e.Request.Fields = append(e.Request.Fields, f)
}
