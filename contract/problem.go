package contract

import (
	"strconv"
	"strings"

	"github.com/spinoff-go/spinoff"
)

// problemSchema is the component that describes errors.
const problemSchema = "Problem"

// problemType is what the types of problems begin with; a code follows.
const problemType = "urn:problem-type:"

// general are the errors that any call can fail with.
var general = []*spinoff.Error{
	spinoff.ErrMalformed, spinoff.ErrInvalid, spinoff.ErrUnauthenticated, spinoff.ErrForbidden, spinoff.ErrNoEndpoint, spinoff.ErrMethod, spinoff.ErrGone, spinoff.ErrTooLarge,
	spinoff.ErrMediaType, spinoff.ErrInFlight, spinoff.ErrKeyReused, spinoff.ErrCanceled, spinoff.ErrInternal, spinoff.ErrUnavailable, spinoff.ErrOverloaded, spinoff.ErrTimeout,
}

// problem returns the schema of errors (RFC 9457).
func problem() object {
	text := object{"type": "string"}
	fields := object{"type": "array", "items": object{
		"type": "object", "required": list{"code", "detail", "pointer"}, "properties": object{"code": text, "detail": text, "pointer": text},
	}}
	return object{
		"description": "an error (RFC 9457); errors says which values of the request are wrong, by JSON pointers", "type": "object",
		"required": list{"status", "title", "type"}, "properties": object{
			"type": text, "title": text, "status": object{"type": "integer"}, "detail": text, "errors": fields, "request_id": text,
		},
	}
}

// problemResponse returns the response of whatever else went wrong.
func problemResponse() object {
	return object{
		"description": "what any call can fail with",
		"content":     object{"application/problem+json": object{"schema": object{"$ref": "#/components/schemas/" + problemSchema}}},
	}
}

// problems describes how an operation fails: what it declares by status, with the general errors that have the same status.
func (d *describer) problems(op spinoff.Operation) object {
	responses := object{"default": object{"$ref": "#/components/responses/" + problemSchema}}
	types, titles := map[int]list{}, map[int][]string{}
	for _, e := range op.Errors {
		types[e.Status] = append(types[e.Status], problemType+e.Code)
		titles[e.Status] = append(titles[e.Status], e.Title)
		d.declare(e)
	}
	for status, codes := range types {
		for _, e := range general {
			if e.Status == status {
				codes = append(codes, problemType+e.Code)
			}
		}
		responses[strconv.Itoa(status)] = object{
			"description": strings.Join(titles[status], "; or "),
			"content": object{"application/problem+json": object{"schema": object{
				"allOf": list{object{"$ref": "#/components/schemas/" + problemSchema}}, "properties": object{"type": object{"enum": distinct(sorted(codes))}},
			}}},
		}
	}
	return responses
}

// declare adds an error to those of the document.
func (d *describer) declare(e *spinoff.Error) {
	declared := object{"status": e.Status, "title": e.Title}
	if variable := d.words.name(e.Code); variable != "" {
		declared["x-go-name"] = variable
	}
	describe(declared, d.words.of(e.Code))
	d.errors[e.Code] = declared
}

// distinct drops the entries of a sorted list that are there before.
func distinct(l list) list {
	kept := l[:0]
	for i, entry := range l {
		if i == 0 || entry != l[i-1] {
			kept = append(kept, entry)
		}
	}
	return kept
}
