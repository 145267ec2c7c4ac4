package diff_test

import (
	"fmt"
	"strings"
	"testing"
)

// base is a document whose parts the table of TestDocumentPairs replaces.
const base = `openapi: 3.0.3
info: {title: shop, version: "1"}
servers: [{url: "https://{region}.example.com/v1", variables: {region: {enum: [eu, us], default: eu}}}]
security: [{key: []}]
paths:
  /things/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: one
      parameters: [{name: fields, in: query, explode: false, schema: {type: array, items: {type: string}}}, {name: X-Trace, in: header, schema: {type: string}}, {name: session, in: cookie, schema: {type: string}}]
      responses:
        "200": {description: ok, headers: {ETag: {required: true, schema: {type: string}}}, content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}}
        "404": {description: none, content: {application/problem+json: {schema: {type: object, properties: {type: {type: string, enum: [missing]}}}}}}
        default: {description: wrong}
    delete:
      deprecated: true
      x-sunset: "2026-06-01"
      responses: {"204": {description: gone}}
  /things:
    post:
      security: [{oauth: [write]}, {key: []}]
      requestBody: {required: false, content: {application/json: {schema: {$ref: "#/components/schemas/New"}}, text/csv: {schema: {type: string}}}}
      responses: {"201": {description: made}, 5XX: {description: broken}}
      callbacks: {made: {"{$request.body#/url}": {post: {requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}}, responses: {"200": {description: seen}}}}}}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    oauth: {type: oauth2, flows: {authorizationCode: {authorizationUrl: "https://a.example.com", tokenUrl: "https://t.example.com", scopes: {write: w, read: r}}}}
  schemas:
    Thing: {type: object, required: [id], properties: {id: {type: string}, note: {type: string, nullable: true}}}
    New: {type: object, properties: {title: {type: string}, limit: {type: integer, minimum: 0, exclusiveMinimum: true, maximum: 9}}}
`

// TestDocumentPairs: single changes of a document of OpenAPI 3.0.
func TestDocumentPairs(t *testing.T) {
	const sound, breaking, unclear = 0, 1, 2
	for _, c := range []struct {
		old, new string
		want     int
	}{
		// Addresses.
		{`/things:`, `/thing:`, breaking},
		{`    post:`, `    put:`, breaking},
		{`/things/{id}:`, `/things/{id}/:`, breaking},
		{`https://{region}.example.com/v1`, `https://{region}.example.com/v2`, breaking},
		{`https://{region}.example.com/v1`, `https://{region}.example.com/v1/`, sound},
		{`enum: [eu, us]`, `enum: [eu]`, breaking},
		{`enum: [eu, us]`, `enum: [eu, us, asia]`, sound},
		{`default: eu`, `default: us`, breaking},
		{"    delete:\n      deprecated: true\n      x-sunset: \"2026-06-01\"\n      responses: {\"204\": {description: gone}}\n", "", sound},
		{`x-sunset: "2026-06-01"`, `x-sunset: "2026-05-01"`, breaking},
		{`x-sunset: "2026-06-01"`, `x-sunset: "2027-05-01"`, sound},
		{`x-sunset: "2026-06-01"`, `x-sunset: soon`, unclear},
		{`operationId: one`, `operationId: two`, sound},
		{`openapi: 3.0.3`, `openapi: 3.0.4`, sound},
		// Parameters.
		{`{name: session, in: cookie,`, `{name: session, in: cookie, required: true,`, breaking},
		{`, {name: session, in: cookie, schema: {type: string}}`, ``, breaking},
		{`name: session, in: cookie`, `name: session, in: query`, breaking},
		{`name: session, in: cookie`, `name: sitting, in: cookie`, breaking},
		{`name: X-Trace`, `name: x-TRACE`, sound},
		{`{name: X-Trace,`, `{name: X-More, in: header, schema: {type: string}}, {name: X-Trace,`, sound},
		{`{name: X-Trace,`, `{name: X-More, required: true, in: header, schema: {type: string}}, {name: X-Trace,`, breaking},
		{`explode: false`, `explode: true`, breaking},
		{`explode: false`, `explode: false, style: form`, sound},
		{`explode: false`, `explode: false, style: pipeDelimited`, breaking},
		{`items: {type: string}`, `items: {type: integer}`, breaking},
		{`in: path, required: true, schema: {type: string}`, `in: path, required: true, schema: {type: integer}`, breaking},
		{`in: cookie, schema: {type: string}`, `in: cookie, schema: {type: string, default: x}`, breaking},
		{`in: cookie, schema`, `in: cookie, deprecated: true, schema`, sound},
		// Bodies.
		{`required: false`, `required: true`, breaking},
		{`required: false, `, ``, sound},
		{`, text/csv: {schema: {type: string}}`, ``, breaking},
		{`text/csv: {schema`, `text/plain: {schema: {type: string}}, text/csv: {schema`, sound},
		{`text/csv:`, `text/*:`, sound},
		{`title: {type: string}`, `title: {type: string, minLength: 1}`, breaking},
		{`title: {type: string}`, `title: {type: string, nullable: true}`, sound},
		{`title: {type: string}, limit`, `limit`, breaking},
		{`exclusiveMinimum: true`, `exclusiveMinimum: false`, sound},
		{`maximum: 9`, `maximum: 9, exclusiveMaximum: true`, breaking},
		{`New: {type: object,`, `New: {type: object, additionalProperties: false,`, breaking},
		// Answers.
		{`"200": {description: ok, h`, `"203": {description: ok, h`, breaking},
		{`"404": {`, `"410": {`, breaking},
		{`"404": {`, "\"409\": {description: conflict}\n        \"404\": {", sound},
		{`"404": {`, "\"202\": {description: later}\n        \"404\": {", breaking},
		{`        default: {description: wrong}` + "\n", ``, breaking},
		{`"201": {description: made}`, `"201": {description: made, headers: {Location: {schema: {type: string}}}}`, sound},
		{`"201": {description: made}`, `2XX: {description: made}`, breaking},
		{`enum: [missing]`, `enum: [missing, lost]`, breaking},
		{`enum: [missing]`, `enum: [lost]`, breaking},
		{`headers: {ETag: {required: true, schema: {type: string}}}, `, ``, breaking},
		{`ETag: {required: true,`, `ETag: {`, breaking},
		{`ETag:`, `etag:`, sound},
		{`application/problem+json`, `application/json`, breaking},
		{`required: [id]`, `required: [id, note]`, sound},
		{`required: [id], `, ``, breaking},
		{`, note: {type: string, nullable: true}`, ``, breaking},
		{`note: {type: string, nullable: true}`, `note: {type: string}`, sound},
		{`properties: {id: {type: string}, note`, `properties: {id: {type: string, nullable: true}, note`, breaking},
		{`properties: {id: {type: string}, note`, `properties: {id: {type: string}, more: {type: string}, note`, sound},
		{`Thing: {type: object,`, `Thing: {type: object, description: a thing,`, sound},
		// Callbacks.
		{`made: {"{$request`, `done: {"{$request`, breaking},
		{`$request.body#/url`, `$request.body#/address`, breaking},
		{`"200": {description: seen}`, `"204": {description: seen}`, breaking},
		{`"200": {description: seen}`, `"200": {description: seen}, "204": {description: seen}`, sound},
		// Who may call.
		{`security: [{key: []}]`, `security: [{oauth: []}]`, breaking},
		{`security: [{key: []}]`, `security: [{key: []}, {oauth: []}]`, sound},
		{`security: [{key: []}]`, `security: [{key: [], oauth: []}]`, breaking},
		{`security: [{key: []}]`, `security: []`, sound},
		{`security: [{oauth: [write]}, {key: []}]`, `security: [{key: []}]`, breaking},
		{`security: [{oauth: [write]}, {key: []}]`, `security: [{key: []}, {oauth: [write]}]`, sound},
		{`security: [{oauth: [write]}, {key: []}]`, `security: [{oauth: [write, read]}, {key: []}]`, breaking},
		{`security: [{oauth: [write]}, {key: []}]`, `security: [{oauth: []}, {key: []}]`, sound},
		{`name: X-Key`, `name: X-Token`, breaking},
		{`in: header, name: X-Key`, `in: query, name: X-Key`, breaking},
		{`https://t.example.com`, `https://u.example.com`, breaking},
		{`scopes: {write: w, read: r}`, `scopes: {write: w}`, breaking},
		{`scopes: {write: w, read: r}`, `scopes: {write: w, read: reads, admin: a}`, sound},
		{`authorizationCode: {authorizationUrl: "https://a.example.com", tokenUrl`, `clientCredentials: {tokenUrl`, breaking},
		// What no rule speaks of.
		{`operationId: one`, "operationId: one\n      x-new: 1", sound},
		{`operationId: one`, "operationId: one\n      news: 1", unclear},
	} {
		if strings.Count(base, c.old) != 1 {
			t.Errorf("%q is %d times in the document", c.old, strings.Count(base, c.old))
			continue
		}
		r := compare(t, base, strings.Replace(base, c.old, c.new, 1))
		if got := r.ExitCode(); got != c.want {
			t.Errorf("%q to %q: exit code %d, want %d: %s", c.old, c.new, got, c.want, fmt.Sprintf("%+v", r.Findings))
		}
	}
}

// hook is a document whose provider sends a webhook.
const hook = `openapi: 3.1.0
info: {title: shop, version: "1"}
webhooks:
  sold:
    post:
      parameters: [{name: X-Signature, in: header, required: true, schema: {type: string}}]
      requestBody: {required: true, content: {application/json: {schema: {type: object, required: [id], properties: {id: {type: string}, state: {enum: [new, old]}, size: {type: integer, maximum: 9}}}}}}
      responses: {"200": {description: seen, content: {application/json: {schema: {type: object, properties: {again: {type: boolean}, after: {type: integer, maximum: 60}}}}}}}
`

// TestWebhookPairs: what the provider sends by itself is what consumers read, and what they answer is what they send.
func TestWebhookPairs(t *testing.T) {
	const sound, breaking = 0, 1
	for _, c := range []struct {
		old, new string
		want     int
	}{
		{`enum: [new, old]`, `enum: [new, old, lost]`, breaking},
		{`enum: [new, old]`, `enum: [new]`, sound},
		{`required: [id], `, ``, breaking},
		{`required: [id]`, `required: [id, state]`, sound},
		{`id: {type: string}`, `id: {type: [string, "null"]}`, breaking},
		{`id: {type: string}`, `id: {type: string}, more: {type: string}`, sound},
		{`maximum: 9`, `maximum: 10`, breaking},
		{`maximum: 9`, `maximum: 8`, sound},
		{`size: {type: integer, maximum: 9}`, `extent: {type: integer, maximum: 9}`, breaking},
		{`in: header, required: true`, `in: header`, breaking},
		{`X-Signature`, `x-signature`, sound},
		{`again: {type: boolean}`, `again: {type: [boolean, "null"]}`, sound},
		{`maximum: 60`, `maximum: 61`, sound},
		{`maximum: 60`, `maximum: 59`, breaking},
		{`properties: {again`, `required: [again], properties: {again`, breaking},
		{`again: {type: boolean}`, `again: {type: boolean}, why: {type: string}`, sound},
		{`again: {type: boolean}, `, ``, breaking},
		{`"200": {`, `"204": {description: fine}, "200": {`, sound},
		{`"200": {`, `"201": {`, breaking},
		{`  sold:`, `  bought:`, breaking},
		{`    post:`, `    put:`, breaking},
	} {
		if strings.Count(hook, c.old) != 1 {
			t.Errorf("%q is %d times in the document", c.old, strings.Count(hook, c.old))
			continue
		}
		r := compare(t, hook, strings.Replace(hook, c.old, c.new, 1))
		if got := r.ExitCode(); got != c.want {
			t.Errorf("%q to %q: exit code %d, want %d: %s", c.old, c.new, got, c.want, rules(r))
		}
	}
}
