package client

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spinoff-go/spinoff"
)

// reader makes a contract of a document. It goes on after what it refuses, so that people see all of it at once.
type reader struct {
	root    *node
	seen    map[*node]*shape // structures by their schema, which may be recursive
	open    []*node          // references that are being read
	objects []*object
	words   map[*node]*enum
	enums   []*enum
	refused []error
}

// readContract reads an OpenAPI document. It refuses, by place, what a client could not be right about.
func readContract(document []byte) (*contract, error) {
	root, err := parse(document)
	if err != nil {
		return nil, err
	}
	if version := root.str("openapi"); !strings.HasPrefix(version, "3.0.") && !strings.HasPrefix(version, "3.1.") {
		return nil, fmt.Errorf("it is no OpenAPI document of version 3.0 or 3.1: openapi is %q", version)
	}
	r := &reader{root: root, seen: map[*node]*shape{}, words: map[*node]*enum{}}
	c := &contract{Service: root.str("x-service"), Doc: packageOf.ReplaceAllString(root.str("info", "description"), "It ")}
	c.name(root.str("info", "title"))
	for path, item := range root.get("paths").all() {
		c.Endpoints = append(c.Endpoints, r.endpoints(c, path, item)...)
	}
	for name, item := range root.get("webhooks").all() {
		c.Topics = append(c.Topics, r.topic(name, item))
	}
	if len(c.Endpoints) == 0 && r.refused == nil {
		r.refuse(root, "it has no endpoints")
	}
	if r.refused != nil {
		return nil, fmt.Errorf("no client can be made of it:\n%w", errors.Join(r.refused...))
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
func (r *reader) endpoints(c *contract, path string, item *node) (endpoints []*endpoint) {
	r.onlyKnown(item, itemKeywords)
	for _, method := range []string{"get", "post", "put", "patch", "delete"} {
		if op := item.get(method); op != nil {
			e := &endpoint{Method: strings.ToUpper(method), Path: path}
			r.endpoint(c, e, item.get("parameters"), op)
			if slices.ContainsFunc(append(c.Endpoints, endpoints...), func(other *endpoint) bool { return other.ID == e.ID }) {
				r.refuse(op, "the operationId %q is there twice", e.ID)
			}
			endpoints = append(endpoints, e)
		}
	}
	return endpoints
}

var operationKeywords = strings.Fields("tags summary description externalDocs operationId parameters requestBody responses callbacks deprecated security")

func (r *reader) endpoint(c *contract, e *endpoint, shared, op *node) {
	r.onlyKnown(op, operationKeywords)
	if e.ID = op.str("operationId"); e.ID == "" {
		r.refuse(op, "it has no operationId, by which a client calls it")
	}
	e.FullName = c.Service + "." + e.ID
	e.Doc = prose(op)
	e.Timeout = milliseconds(op.get("x-timeout-ms"))
	e.Deprecated = deprecated(op)
	e.Request = &object{Name: e.ID + " request", Request: true}
	r.objects = append(r.objects, e.Request)
	for _, parameters := range []*node{shared, op.get("parameters")} {
		if parameters != nil {
			for _, p := range parameters.items {
				r.parameter(e, p)
			}
		}
	}
	r.body(e, op.get("requestBody"))
	r.order(e, op)
	r.answers(e, op)
	if root := r.root.get("x-service"); root != nil && e.Method != "GET" {
		e.Keyed = true
	}
	e.Retry = e.Keyed || e.Method == "GET" || op.is("true", "x-idempotent")
}

// prose returns the summary and the description of an operation as one text.
func prose(op *node) string {
	summary := op.str("summary")
	if summary != "" && !strings.ContainsAny(summary[len(summary)-1:], ".!?") {
		summary += "."
	}
	return strings.TrimSpace(summary + " " + op.str("description"))
}

// milliseconds reads x-timeout-ms.
func milliseconds(n *node) int64 {
	if n != nil {
		if ms, err := strconv.ParseInt(n.text, 10, 64); err == nil && ms > 0 {
			return ms
		}
	}
	return spinoff.DefaultTimeout.Milliseconds()
}

// deprecated says since when an operation is deprecated, until when it is there, and what takes its place.
func deprecated(op *node) string {
	if !op.is("true", "deprecated") && op.get("x-deprecated") == nil {
		return ""
	}
	text := "do not use it in new code"
	if on := op.str("x-deprecated", "on"); on != "" {
		text = "since " + on
	}
	if sunset := op.str("x-deprecated", "sunset"); sunset != "" {
		text += "; it may be gone from " + sunset
	}
	if successor := op.str("x-deprecated", "successor"); successor != "" {
		text += "; use " + successor
	}
	return text + "."
}

// follow returns what a reference to a component leads to, or n where it is none.
func (r *reader) follow(n *node, components string) *node {
	ref := n.str("$ref")
	if ref == "" {
		return n
	}
	name, ok := strings.CutPrefix(ref, "#/components/"+components+"/")
	target := r.root.get("components", components, unescape(name))
	if !ok || target == nil {
		r.refuse(n, "$ref %q leads nowhere in this document", ref)
		return n
	}
	return target
}

// ours are headers that every client sends or reads by itself.
var ours = regexp.MustCompile(`(?i)^(Spinoff-.*|X-Request-Id|Idempotency-.*|If-None-Match|Deprecation|Sunset|Link|Retry-After|Cache-Control|Content-.*|Accept|Authorization)$`)

func (r *reader) parameter(e *endpoint, n *node) {
	n = r.follow(n, "parameters")
	name, in := n.str("name"), n.str("in")
	if in == "header" && ours.MatchString(name) {
		e.Keyed = e.Keyed || strings.EqualFold(name, "Idempotency-Key")
		return
	}
	where, ok := map[string]place{"path": inPath, "query": inQuery, "header": inHeader}[in]
	if !ok || n.get("schema") == nil {
		r.refuse(n, "a parameter is in the path, the query or a header, and has a schema")
		return
	}
	f := r.field(n.get("schema"), name, e.ID, true)
	f.Place, f.Required = where, n.is("true", "required")
	if doc := n.str("description"); doc != "" {
		f.Doc = doc
	}
	if !f.Shape.flat() && (where != inQuery || f.Shape.Kind != list || !f.Shape.Elem.flat()) {
		r.refuse(n, "a parameter is a plain value or, in the query, a list of plain values")
	}
	style := map[place]string{inQuery: "form", inPath: "simple", inHeader: "simple"}[where]
	if s := n.str("style"); s != "" && s != style || n.is("false", "explode") && f.Shape.Kind == list {
		r.refuse(n, "a parameter that is written in another way than usual is not understood")
	}
	e.Request.Fields = append(e.Request.Fields, f)
}
