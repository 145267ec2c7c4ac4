package contract

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
)

// Document is an OpenAPI 3.1 document as a tree: objects are map[string]any, lists []any, and the rest strings, booleans and numbers.
type Document map[string]any

// object and list are what documents are made of.
type (
	object = map[string]any
	list   = []any
)

// Parse reads a document in JSON. Numbers stay as they are written.
func Parse(text []byte) (Document, error) {
	var d Document
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&d); err != nil {
		return nil, fmt.Errorf("it is not an OpenAPI document in JSON: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more after the end of the document")
	}
	return d, nil
}

// Hash names the facts of the document: two that differ in words only have the same hash. It is SHA-256 in hexadecimal.
func (d Document) Hash() string { return d.Facts().TextHash() }

// TextHash is [Document.Hash] of facts and words.
func (d Document) TextHash() string {
	sum := sha256.Sum256(d.Text())
	return hex.EncodeToString(sum[:])
}

// Facts returns the document without words: summaries, descriptions, examples, Go names and teams.
func (d Document) Facts() Document { return facts(object(d), false).(object) }

// words are the keys that say something to people only.
var words = map[string]bool{"x-go-name": true, "description": true, "summary": true, "example": true, "examples": true, "x-team": true}

// named are the keys of objects whose own keys are names, not words of OpenAPI: a field may be called "description".
var named = map[string]bool{
	"properties": true, "schemas": true, "responses": true, "headers": true, "content": true, "paths": true, "webhooks": true, "x-errors": true,
}

// facts copies a value without words; names says that it is an object whose keys are names.
func facts(value any, names bool) any {
	switch v := value.(type) {
	case object:
		kept := make(object, len(v))
		for key, child := range v {
			if names || !words[key] {
				kept[key] = facts(child, !names && named[key])
			}
		}
		return kept
	case list:
		kept := make(list, 0, len(v))
		for _, child := range v {
			kept = append(kept, facts(child, false))
		}
		return kept
	}
	return value
}

// AddWords takes over the words of another document wherever it has the same place: a process that has no source code takes them from the frozen contract.
func (d Document) AddWords(from Document) { addWords(object(d), object(from), false) }

func addWords(to, from any, names bool) {
	switch to := to.(type) {
	case object:
		from, _ := from.(object)
		for key, child := range from {
			if _, there := to[key]; words[key] && !names {
				to[key] = child
			} else if there {
				addWords(to[key], child, !names && named[key])
			}
		}
	case list:
		from, _ := from.(list)
		for i := range min(len(to), len(from)) {
			addWords(to[i], from[i], false)
		}
	}
}

// with returns o with one more member.
func with(o object, key string, value any) object {
	more := maps.Clone(o)
	more[key] = value
	return more
}
