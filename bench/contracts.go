package main

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"

	"github.com/spinoff-go/spinoff/contract/diff"
	"github.com/spinoff-go/spinoff/contract/openapi"
)

// The ways to read two documents of an API with many operations.
const (
	comparing = "contract diff, 1,000 operations"
	reading   = "encoding/json, the same two texts"
)

const operations = 1000

// contracts compares two documents.
type contracts struct {
	older, newer []byte
	memory       float64 // the most of the Go heap in use behind a comparison, in MB
}

func openContracts() (group, error) {
	var c contracts
	var err error
	if c.older, err = manyOperations(300); err != nil {
		return group{}, err
	}
	if c.newer, err = manyOperations(299); err != nil {
		return group{}, err
	}
	return group{
		ways: []way{
			{name: comparing, callers: 1, batch: 1, each: 1, call: c.compare},
			{name: reading, callers: 1, batch: 1, each: 1, call: c.read},
		},
		bars: func(r results) {
			atMost("contract diff of 1,000 operations", r.compare(comparing, comparing, 1, func(a, _ result) float64 { return a.nanos / 1e9 }), " s", 1)
			atMost("its memory", spread{c.memory, c.memory, c.memory}, " MB", 200)
		},
		close: func() {},
	}, nil
}

func (c *contracts) compare(context.Context) error {
	older, err := openapi.Parse("older", c.older)
	if err != nil {
		return err
	}
	newer, err := openapi.Parse("newer", c.newer)
	if err != nil {
		return err
	}
	report := diff.Compare(older, newer, diff.Options{})
	if report.Verdict() != diff.Breaking {
		return fmt.Errorf("the verdict is %s, not breaking", report.Verdict())
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	c.memory = max(c.memory, float64(m.HeapInuse)/1e6)
	return nil
}

func (c *contracts) read(context.Context) error {
	var older, newer any
	if err := json.Unmarshal(c.older, &older); err != nil {
		return err
	}
	return json.Unmarshal(c.newer, &newer)
}

// manyOperations returns a document in which each operation has types of its own, which refer to each other and to shared ones. Every tenth has the
// length in its request.
func manyOperations(length int) ([]byte, error) {
	type object = map[string]any
	text := object{"type": "string"}
	ref := func(kind, name string) object { return object{"$ref": "#/components/" + kind + "/" + name} }
	body := func(media, name string) object { return object{media: object{"schema": ref("schemas", name)}} }
	paths := object{}
	schemas := object{
		"Shared":  object{"type": "object", "properties": object{"name": text, "labels": object{"type": "object", "additionalProperties": text}}},
		"Problem": object{"type": "object", "properties": object{"type": text, "title": text, "detail": text}},
	}
	for i := range operations {
		asked, told, longest := fmt.Sprint("New", i), fmt.Sprint("Thing", i), 300
		if i%10 == 0 {
			longest = length
		}
		paths[fmt.Sprintf("/things%d/{id}", i)] = object{"post": object{
			"operationId": fmt.Sprint("change", i),
			"parameters":  []any{object{"name": "id", "in": "path", "required": true, "schema": text}, object{"name": "page", "in": "query", "schema": object{"type": "integer"}}},
			"requestBody": object{"required": true, "content": body("application/json", asked)},
			"responses": object{
				"200":     object{"description": "ok", "headers": object{"ETag": object{"schema": text}}, "content": body("application/json", told)},
				"default": object{"description": "wrong", "content": body("application/problem+json", "Problem")},
			},
		}}
		schemas[asked] = object{"type": "object", "additionalProperties": false, "required": []any{"title"}, "properties": object{
			"title": object{"type": "string", "minLength": 1, "maxLength": longest}, "tags": object{"type": "array", "items": text, "maxItems": 10}, "shared": ref("schemas", "Shared"),
		}}
		schemas[told] = object{"type": "object", "required": []any{"id", "title"}, "properties": object{
			"id": object{"type": "integer", "format": "int64"}, "title": text, "at": object{"type": "string", "format": "date-time"},
			"state": object{"type": "string", "x-extensible-enum": []any{"open", "closed"}}, "shared": ref("schemas", "Shared"),
			"next": object{"anyOf": []any{ref("schemas", fmt.Sprint("Thing", (i+1)%operations)), object{"type": "null"}}},
		}}
	}
	return json.Marshal(object{
		"openapi": "3.1.1", "info": object{"title": "many", "version": "1"}, "paths": paths, "components": object{"schemas": schemas},
	})
}
