package client

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/contract/openapi"
)

// body reads what travels in the body of a request: the properties of an object, beside the parameters.
func (r *reader) body(e *endpoint, n *openapi.Node) {
	if n == nil {
		return
	}
	n = r.document.Resolve(n)
	schema := n.At("content", "application/json", "schema")
	if schema == nil {
		r.refuse(n, "a request travels as application/json")
		return
	}
	name := e.ID
	if schema.Get("$ref") != nil {
		schema = r.document.Resolve(schema)
		name = schema.Key()
	}
	r.onlyKnown(schema, known)
	if more := schema.Get("additionalProperties"); schema.Get("type").Str() != "object" || more != nil && more.Kind != openapi.Bool || schema.Get("oneOf") != nil {
		r.refuse(schema, "the body of a request is an object with properties")
		return
	}
	e.Body = true
	e.Request.Doc = schema.Get("description").Str()
	e.Request.Fields = append(e.Request.Fields, r.fields(schema, name, true)...)
}

// order puts the fields of a request in the order in which people give them: those in the path, what is required, the rest, headers.
func (r *reader) order(e *endpoint, op *openapi.Node) {
	rank := func(f *field) int {
		switch {
		case f.Place == inPath:
			return strings.Index(e.Path, "{"+f.Name+"}")
		case f.Place == inHeader:
			return 1 << 20
		case f.Required:
			return 1 << 18
		}
		return 1 << 19
	}
	slices.SortStableFunc(e.Request.Fields, func(a, b *field) int { return cmp.Compare(rank(a), rank(b)) })
	inThePath := 0
	for i, f := range e.Request.Fields {
		if f.Place == inPath {
			inThePath++
		}
		if f.Place == inPath && rank(f) < 0 {
			r.refuse(op, "the parameter %q is not in the path %s", f.Name, e.Path)
		}
		for _, other := range e.Request.Fields[:i] {
			if other.Name == f.Name && other.Place == f.Place {
				r.refuse(op, "%q is there twice", f.Name)
			}
		}
	}
	if inThePath != strings.Count(e.Path, "{") {
		r.refuse(op, "the path %s has a parameter that is not declared", e.Path)
	}
}

// answers reads what an endpoint answers with, by status.
func (r *reader) answers(e *endpoint, op *openapi.Node) {
	var headers []*field
	var first *openapi.Node // of the successful answers
	for _, member := range op.Get("responses").Fields() {
		status, response := member.Name, r.document.Resolve(member.Value)
		switch {
		case status == "default":
		case !strings.HasPrefix(status, "2"):
			r.failures(e, status, response)
		default:
			e.Statuses = append(e.Statuses, status)
			headers = r.headers(e, headers, response)
			r.answer(e, first, response)
			if first == nil {
				first = response
			}
		}
	}
	slices.Sort(e.Statuses)
	if first == nil {
		r.refuse(op, "it has no answer of success")
		return
	}
	if len(e.Statuses) > 1 {
		headers = append(headers, &field{
			Name: "HTTP status", Place: inStatus, Required: true, Shape: &shape{Kind: integer, Format: "int"}, Doc: "One of " + strings.Join(e.Statuses, ", ") + ".",
		})
	}
	r.addHeaders(e, op, headers)
}

// answer reads the body of a successful answer. All statuses have the same.
func (r *reader) answer(e *endpoint, first, response *openapi.Node) {
	content := response.Get("content")
	schema := content.At("application/json", "schema")
	switch {
	case len(content.Fields()) > 0 && schema == nil:
		r.refuse(content, "an answer travels as application/json")
	case first != nil && (schema == nil) != (e.Answer == nil), first != nil && schema.Get("$ref").Str() != first.At("content", "application/json", "schema", "$ref").Str():
		r.refuse(response, "the answers of one endpoint are of one type, whatever the status")
	case schema != nil && first == nil:
		e.Answer = r.shape(schema, e.ID+" answer", false)
		if e.Answer.Object != nil {
			e.Answer.Object.Answers = true
		}
	}
}

func (r *reader) headers(e *endpoint, headers []*field, response *openapi.Node) []*field {
	for _, member := range response.Get("headers").Fields() {
		name, header := member.Name, r.document.Resolve(member.Value)
		if ours.MatchString(name) || header.Get("schema") == nil || slices.ContainsFunc(headers, func(f *field) bool { return strings.EqualFold(f.Name, name) }) {
			continue
		}
		f := r.field(header.Get("schema"), name, e.ID, false)
		if f.Place = inHeader; header.Get("description").Str() != "" {
			f.Doc = header.Get("description").Str()
		}
		if f.Shape.Kind != text && f.Shape.Kind != integer {
			r.refuse(header, "a header is a text or an integer")
		}
		headers = append(headers, f)
	}
	return headers
}

// addHeaders makes headers and the status fields of what an endpoint answers with.
func (r *reader) addHeaders(e *endpoint, op *openapi.Node, headers []*field) {
	if len(headers) == 0 {
		return
	}
	if e.Answer == nil {
		o := &object{Name: e.ID + " answer", Answers: true}
		e.Answer = &shape{Kind: structure, Object: o}
		r.objects = append(r.objects, o)
	}
	if e.Answer.Kind != structure {
		r.refuse(op.Get("responses"), "only an answer that is an object can have headers and several statuses")
		return
	}
	o := e.Answer.Object
	for _, h := range headers {
		if !slices.ContainsFunc(o.Fields, func(f *field) bool { return f.Place == h.Place && strings.EqualFold(f.Name, h.Name) }) {
			o.Fields = append(o.Fields, h)
		}
	}
}

// failures reads the problems that a status stands for.
func (r *reader) failures(e *endpoint, status string, response *openapi.Node) {
	schema := response.At("content", "application/problem+json", "schema")
	types := schema.At("properties", "type")
	for _, problem := range append(types.Get("enum").Strings(), types.Get("const").Str()) {
		if problem == "" {
			continue
		}
		code := strings.TrimPrefix(problem, "urn:problem-type:")
		f := &failure{Code: code, Title: cmp.Or(r.document.Root.At("x-errors", code, "title").Str(), response.Get("description").Str())}
		for _, digit := range status {
			f.Status = f.Status*10 + int(digit-'0')
		}
		if len(status) != 3 || f.Status < 300 || f.Status > 599 {
			r.refuse(response, "problems belong to one status, not to %q", status)
		}
		e.Failures = append(e.Failures, f)
	}
}

// failures collects the errors that a client can tell from others: those of its endpoints, and those that any call can fail with.
func (c *contract) failures() {
	for _, e := range []*spinoff.Error{
		spinoff.ErrMalformed, spinoff.ErrInvalid, spinoff.ErrUnauthenticated, spinoff.ErrForbidden, spinoff.ErrNoEndpoint, spinoff.ErrMethod, spinoff.ErrTooLarge,
		spinoff.ErrGone, spinoff.ErrMediaType, spinoff.ErrInFlight, spinoff.ErrKeyReused, spinoff.ErrInternal, spinoff.ErrUnavailable, spinoff.ErrOverloaded, spinoff.ErrTimeout,
	} {
		c.Failures = append(c.Failures, &failure{Code: e.Code, Status: e.Status, Title: e.Title, Common: true})
	}
	common := len(c.Failures)
	for _, e := range c.Endpoints {
		for i, f := range e.Failures {
			at := slices.IndexFunc(c.Failures, func(other *failure) bool { return other.Code == f.Code })
			if at < 0 {
				at = len(c.Failures)
				c.Failures = append(c.Failures, f)
			}
			e.Failures[i] = c.Failures[at]
		}
	}
	declared := c.Failures[common:]
	slices.SortFunc(declared, func(a, b *failure) int { return cmp.Compare(a.Code, b.Code) })
	c.Failures = slices.Concat(declared, c.Failures[:common])
}

// topic reads a webhook: what the provider sends is the body of a request.
func (r *reader) topic(name string, item *openapi.Node) topic {
	op := item.Get("post")
	schema := op.At("requestBody", "content", "application/json", "schema")
	t := topic{Type: op.Get("x-topic").Str(), Doc: prose(op)}
	if t.Type == "" {
		t.Type = name
	}
	if schema == nil {
		r.refuse(item, "an event is a POST with a body of application/json")
		return t
	}
	t.Data = r.shape(schema, name+" event", false)
	if t.Data.Kind != structure {
		r.refuse(schema, "the body of an event is an object")
	}
	return t
}
