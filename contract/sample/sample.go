// Package sample keeps recorded calls of a released version of a service, to be played again against what answers it today: so a
// behaviour that changes under the same shape shows.
//
// A sample is a story: requests in order, from empty databases or from the example, each with its answer. It is recorded by
// playing it twice, with clocks that differ. What differs between the two answers, such as times and random ids, is no promise of the
// version, and is kept as what it is only: {{any time}}, {{any text}}, {{any number}}.
package sample

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Story is a sample.
type Story struct {
	Service string `json:"service"`          // the version whose behaviour it shows: "faq.v1"
	Seeded  bool   `json:"seeded,omitempty"` // whether it begins with the examples of the apps. Default: with empty databases
	Steps   []Step `json:"steps"`
}

// Step is one call.
type Step struct {
	Request Request `json:"request"`
	Answer  Answer  `json:"answer,omitzero"` // zero for a call of another version, which is made for what comes after it
}

// Request is what is sent. Where a value came with the answer of an earlier step, its place is named: {{1.id}} is the field id of the first answer,
// {{1.items.0.id}} one that lies deeper, {{1.ETag}} a header.
type Request struct {
	Method string            `json:"method"`
	Path   string            `json:"path"` // below the app, with version and query: "/v1/entries/{{1.id}}"
	Header map[string]string `json:"header,omitempty"`
	Body   json.RawMessage   `json:"body,omitempty"`
}

// Answer is what came back.
type Answer struct {
	Status int               `json:"status,omitempty"`
	Header map[string]string `json:"header,omitempty"` // those that belong to the answer, not to how it travels
	Body   json.RawMessage   `json:"body,omitempty"`
}

// App returns the name of the app that answers the story.
func (s *Story) App() string {
	name, _, _ := strings.Cut(s.Service, ".")
	return name
}

// shows reports whether a request is one of the version that the story is about.
func (s *Story) shows(q Request) bool {
	_, version, _ := strings.Cut(s.Service, ".")
	return strings.HasPrefix(q.Path, "/"+version+"/")
}

// Folder is where the samples of a version are, below its contract package.
const Folder = "testdata/samples"

// Files returns the files with the samples of the contract package in a folder, in order.
func Files(contract string) ([]string, error) {
	return filepath.Glob(filepath.Join(contract, filepath.FromSlash(Folder), "*.json"))
}

// Read reads a sample.
func Read(file string) (*Story, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	s := new(Story)
	if err := d.Decode(s); err != nil {
		return nil, fmt.Errorf("%s: %w; record it anew with the command contract record", file, err)
	}
	return s, nil
}

// Write writes a sample, and makes its folder.
func (s *Story) Write(file string) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(s); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil { //nolint:gosec // a folder of the project, which everybody may read
		return err
	}
	return os.WriteFile(file, b.Bytes(), 0o644) //nolint:gosec // a file of the project, as above
}

// methods that a line may begin with.
var methods = []string{"GET", "POST", "PUT", "PATCH", "DELETE"}

// Parse reads requests as people write them, one a line: method, path, and a body of JSON where there is one. Lines that begin with # are comments.
//
//	POST /v1/create {"question": "How do I reset it?", "source": 1}
//	GET /v1/entries/{{1.id}}
func Parse(service, text string) (*Story, error) {
	s := &Story{Service: service}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		method, rest, _ := strings.Cut(line, " ")
		path, body, _ := strings.Cut(strings.TrimSpace(rest), " ")
		body = strings.TrimSpace(body)
		switch {
		case !slices.Contains(methods, method) || !strings.HasPrefix(path, "/v"):
			return nil, fmt.Errorf(`line %d: %q is not a request; one is: POST /v1/create {"question": "How?"}`, i+1, line)
		case body != "" && !json.Valid([]byte(body)):
			return nil, fmt.Errorf("line %d: the body is not JSON: %s", i+1, body)
		}
		step := Step{Request: Request{Method: method, Path: path}}
		if body != "" {
			step.Request.Body = json.RawMessage(body)
		}
		s.Steps = append(s.Steps, step)
	}
	if s.Steps == nil {
		return nil, errors.New("there is no request in it")
	}
	return s, nil
}
