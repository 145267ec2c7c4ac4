package diff

import (
	"slices"
	"strings"

	"github.com/spinoff-go/spinoff/contract/openapi"
)

// claimed says, for each object of OpenAPI, which fields a rule looks at (or what is inside them), and which are only words.
// What is in neither list has the rule "unknown".
var claimed = map[string]struct{ ruled, words []string }{
	"document": {
		[]string{"servers", "paths", "webhooks", "x-webhooks", "components", "security", "x-retired", "x-service"},
		[]string{"openapi", "info", "tags", "externalDocs", "jsonSchemaDialect", "x-team"},
	},
	"info": {nil, []string{"title", "version", "description", "summary", "termsOfService", "contact", "license"}},
	"path": {append([]string{"servers", "parameters", "$ref"}, methods...), []string{"summary", "description"}},
	"operation": {
		[]string{
			"parameters", "requestBody", "responses", "callbacks", "security", "servers", "deprecated", "x-deprecated", "x-sunset", "x-sunset-date", "x-timeout-ms",
			"x-max-body", "x-idempotent", "x-consumers", "x-topic",
		},
		[]string{"tags", "summary", "description", "externalDocs", "operationId"},
	},
	"components": {
		[]string{"schemas", "responses", "parameters", "examples", "requestBodies", "headers", "securitySchemes", "links", "callbacks", "pathItems"}, nil,
	},
	"server":   {[]string{"url", "variables"}, []string{"description"}},
	"variable": {[]string{"enum", "default"}, []string{"description"}},
	"parameter": {
		[]string{"name", "in", "required", "allowEmptyValue", "style", "explode", "allowReserved", "schema", "content", "deprecated"},
		[]string{"description", "example", "examples"},
	},
	"body":     {[]string{"content", "required"}, []string{"description"}},
	"media":    {[]string{"schema", "encoding"}, []string{"example", "examples"}},
	"encoding": {[]string{"contentType", "headers", "style", "explode", "allowReserved"}, nil},
	"response": {[]string{"headers", "content", "links"}, []string{"description"}},
	"link":     {[]string{"operationId", "operationRef", "parameters", "requestBody", "server"}, []string{"description"}},
	"scheme": {
		[]string{"type", "name", "in", "scheme", "openIdConnectUrl", "flows"}, []string{"description", "bearerFormat"},
	},
	"flow": {[]string{"authorizationUrl", "tokenUrl", "refreshUrl", "scopes"}, nil},
}

// fields compares the fields of an object that no rule looks at.
func (c *comparer) fields(at spot, object string, o, n *openapi.Node) {
	claim := claimed[object]
	olds, news := fieldMap(o), fieldMap(n)
	for _, name := range keys(olds, news) {
		was, is := olds[name], news[name]
		if slices.Contains(claim.ruled, name) || was.JSON() == is.JSON() {
			continue
		}
		rule, severity := "unknown", Unknown
		if slices.Contains(claim.words, name) || strings.HasPrefix(name, "x-") {
			rule, severity = "words", Words
		}
		if name == "jsonSchemaDialect" && (!plainDialect(was) || !plainDialect(is)) {
			rule, severity = "unknown", Unknown
		}
		what := name + " has changed"
		if severity == Unknown {
			what += ", and no rule speaks of it"
		}
		c.note(at, rule, severity, was, is, what)
	}
}

// plainDialect reports whether schemas are read as OpenAPI has it.
func plainDialect(n *openapi.Node) bool {
	return n == nil || strings.HasPrefix(n.Str(), "https://spec.openapis.org/oas/3.1/dialect/") || n.Str() == "https://json-schema.org/draft/2020-12/schema"
}
