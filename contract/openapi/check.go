package openapi

import (
	"regexp"
	"slices"
	"strings"
)

// model says what the values of each object of OpenAPI are. A type is one of the objects, or text, flag, number, count (a number
// from 0), any; a list of it is written [], a map of it {}. What is not listed is any.
var model = map[string]map[string]string{
	"document": {
		"openapi": "text", "info": "info", "jsonSchemaDialect": "text", "servers": "[]server", "paths": "{}path", "webhooks": "{}path",
		"components": "components", "security": "[]requirement", "tags": "[]tag", "externalDocs": "words",
	},
	"info":   {"title": "text", "version": "text", "description": "text"},
	"words":  {},
	"tag":    {"name": "text"},
	"server": {"url": "text", "variables": "{}variable"},
	"variable": {
		"enum": "[]text", "default": "text",
	},
	"components": {
		"schemas": "{}schema", "responses": "{}response", "parameters": "{}parameter", "examples": "{}any", "requestBodies": "{}body",
		"headers": "{}header", "securitySchemes": "{}scheme", "links": "{}link", "callbacks": "{}callback", "pathItems": "{}path",
	},
	"path": {
		"summary": "text", "description": "text", "servers": "[]server", "parameters": "[]parameter",
		"get": "operation", "put": "operation", "post": "operation", "delete": "operation", "options": "operation", "head": "operation",
		"patch": "operation", "trace": "operation",
	},
	"operation": {
		"tags": "[]text", "operationId": "text", "parameters": "[]parameter", "requestBody": "body", "responses": "{}response",
		"callbacks": "{}callback", "deprecated": "flag", "security": "[]requirement", "servers": "[]server", "x-deprecated": "words",
	},
	"parameter": {
		"name": "text", "in": "text", "required": "flag", "deprecated": "flag", "allowEmptyValue": "flag", "style": "text", "explode": "flag",
		"allowReserved": "flag", "schema": "schema", "content": "{}media",
	},
	"header": {
		"required": "flag", "deprecated": "flag", "allowEmptyValue": "flag", "style": "text", "explode": "flag", "allowReserved": "flag",
		"schema": "schema", "content": "{}media",
	},
	"body":     {"content": "{}media", "required": "flag"},
	"media":    {"schema": "schema", "encoding": "{}encoding"},
	"encoding": {"contentType": "text", "headers": "{}header", "style": "text", "explode": "flag", "allowReserved": "flag"},
	"response": {"description": "text", "headers": "{}header", "content": "{}media", "links": "{}link"},
	"link":     {"operationId": "text", "operationRef": "text", "parameters": "words"},
	"callback": {"*": "path"},
	"scheme": {
		"type": "text", "name": "text", "in": "text", "scheme": "text", "bearerFormat": "text", "openIdConnectUrl": "text", "flows": "{}flow",
	},
	"flow":        {"authorizationUrl": "text", "tokenUrl": "text", "refreshUrl": "text", "scopes": "words"},
	"requirement": {"*": "[]text"},
	"schema": {
		"allOf": "[]schema", "anyOf": "[]schema", "oneOf": "[]schema", "not": "schema", "if": "schema", "then": "schema", "else": "schema",
		"properties": "{}schema", "patternProperties": "{}schema", "additionalProperties": "schema", "propertyNames": "schema",
		"dependentSchemas": "{}schema", "dependentRequired": "{}names", "unevaluatedProperties": "schema", "required": "names",
		"items": "schema", "prefixItems": "[]schema", "contains": "schema", "unevaluatedItems": "schema", "$defs": "{}schema", "contentSchema": "schema",
		"enum": "[]any", "multipleOf": "number", "minimum": "number", "maximum": "number", "exclusiveMinimum": "bound", "exclusiveMaximum": "bound",
		"minLength": "count", "maxLength": "count", "pattern": "text", "minItems": "count", "maxItems": "count", "uniqueItems": "flag",
		"minContains": "count", "maxContains": "count", "minProperties": "count", "maxProperties": "count", "format": "text",
		"contentEncoding": "text", "contentMediaType": "text", "nullable": "flag", "readOnly": "flag", "writeOnly": "flag", "deprecated": "flag",
		"discriminator": "discriminator", "$anchor": "text", "xml": "words", "title": "text", "description": "text",
	},
	"names":         {},
	"discriminator": {"propertyName": "text", "mapping": "words"},
}

// refers are the objects in whose place a reference may stand.
var refers = []string{"schema", "parameter", "header", "body", "response", "link", "callback", "scheme", "path"}

// check reports the first value below n that is not what its place wants. Seen are the values that were checked, or are being checked.
func (d *Document) check(n *Node, as string, seen map[int]bool) error {
	item, isList := strings.CutPrefix(as, "[]")
	value, isMap := strings.CutPrefix(as, "{}")
	_, isObject := model[as]
	mend(n, as)
	switch {
	case as == "any":
		return nil
	case isList && n.Kind != Array:
		return d.fail(n, "a list was expected; here is %s", n.Kind)
	case isList:
		return d.checkAll(n, func(Member) string { return item }, seen)
	case as == "schema" && n.Kind == Bool:
		return nil
	case (isMap || isObject && as != "names") && n.Kind != Object:
		return d.fail(n, "an object was expected; here is %s", n.Kind)
	case isMap:
		return d.checkAll(n, func(m Member) string {
			if strings.HasPrefix(m.Name, "x-") && (value == "path" || value == "response") {
				return "any"
			}
			return value
		}, seen)
	case !isObject || as == "names":
		return d.checkSimple(n, as)
	case seen[n.ID]:
		return nil
	}
	seen[n.ID] = true
	return d.checkFields(n, as, seen)
}

// checkAll checks the values of a list or an object, each as what it must be.
func (d *Document) checkAll(n *Node, as func(Member) string, seen map[int]bool) error {
	for _, item := range n.Items {
		if err := d.check(item, as(Member{}), seen); err != nil {
			return err
		}
	}
	for _, m := range n.Members {
		if err := d.check(m.Value, as(m), seen); err != nil {
			return err
		}
	}
	return nil
}

// checkFields checks one of the objects of the model, or what it refers to.
func (d *Document) checkFields(n *Node, as string, seen map[int]bool) error {
	if slices.Contains(refers, as) && n.Get("$ref") != nil {
		if err := d.checkReference(n, as, seen); err != nil || as != "schema" || d.Old() {
			return err
		}
	}
	fields := model[as]
	n.dropNulls(fields)
	if err := d.checkObject(n, as); err != nil {
		return err
	}
	return d.checkAll(n, func(m Member) string {
		switch of := fields[m.Name]; {
		case of != "":
			return of
		case fields["*"] != "" && !strings.HasPrefix(m.Name, "x-"):
			return fields["*"]
		}
		return "any"
	}, seen)
}

// checkReference follows a reference, and says where it goes in a circle of nothing but references.
func (d *Document) checkReference(n *Node, as string, seen map[int]bool) error {
	passed := map[int]bool{}
	for at := n; at.Get("$ref") != nil; {
		if passed[at.ID] {
			return d.fail(n, "this reference leads back to itself")
		}
		passed[at.ID] = true
		target, err := d.target(at)
		if err != nil {
			return err
		}
		if as == "schema" && !d.Old() && len(at.Members) > 1 {
			at = target
			break
		}
		at = target
	}
	target, err := d.target(n)
	if err != nil {
		return err
	}
	return d.check(target, as, seen)
}

func (d *Document) checkSimple(n *Node, as string) error {
	ok, want := true, ""
	switch as {
	case "text":
		ok, want = n.Kind == String, "a string (in quotes, where YAML would read a number or a date)"
	case "flag":
		ok, want = n.Kind == Bool, "true or false"
	case "number":
		ok, want = n.Kind == Number, "a number"
	case "bound":
		ok, want = n.Kind == Number || n.Kind == Bool, "a number (or true, as in OpenAPI 3.0)"
	case "count":
		ok, want = n.Kind == Number && n.Rat().IsInt() && n.Rat().Sign() >= 0, "a whole number from 0"
	case "names":
		ok, want = n.Kind == Array, "a list of names (whether a single property is required is said by the object that has it)"
		for _, item := range n.Items {
			ok = ok && item.Kind == String
		}
	}
	if !ok {
		return d.fail(n, "%s must be %s; here is %.60s", n.Key(), want, n.JSON())
	}
	return nil
}

var (
	types    = []string{"null", "boolean", "number", "integer", "string", "array", "object"}
	statuses = regexp.MustCompile(`^([1-5][0-9][0-9]|[1-5][xX][xX]|default)$`)
)

// checkObject looks at what the names and values of one object must be.
func (d *Document) checkObject(n *Node, as string) error {
	switch as {
	case "document":
		for _, m := range n.Get("paths").Fields() {
			if !strings.HasPrefix(m.Name, "/") && !strings.HasPrefix(m.Name, "x-") {
				return d.fail(m.Value, "a path begins with a slash; %q does not", m.Name)
			}
		}
	case "operation":
		for _, m := range n.Get("responses").Fields() {
			if !statuses.MatchString(m.Name) && !strings.HasPrefix(m.Name, "x-") {
				return d.fail(m.Value, "%q is no status; a status is like 200, 4XX, or default", m.Name)
			}
		}
	case "parameter":
		if in := n.Get("in").Str(); n.Get("name").Str() == "" || !slices.Contains([]string{"query", "path", "header", "cookie"}, in) {
			return d.fail(n, "a parameter has a name, and in, which is query, path, header or cookie")
		}
	case "schema":
		return d.checkSchema(n)
	}
	return nil
}

func (d *Document) checkSchema(n *Node) error {
	for _, dynamic := range []string{"$dynamicRef", "$recursiveRef"} {
		if at := n.Get(dynamic); at != nil {
			return d.fail(at, "%s is not supported: what it means depends on who refers to it; write $ref", dynamic)
		}
	}
	t := n.Get("type")
	if t == nil {
		return nil
	}
	mendType(t)
	all := []*Node{t}
	if t.Kind == Array {
		all = t.Items
	}
	for _, one := range all {
		if !slices.Contains(types, one.Str()) {
			return d.fail(t, "type %s is none; the types are string, number, integer, boolean, array, object, null, and lists of them", t.JSON())
		}
	}
	return nil
}
