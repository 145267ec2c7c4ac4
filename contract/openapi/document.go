// Package openapi reads OpenAPI documents, of the versions 3.0 and 3.1, in JSON and YAML. It gives the values as they stand, each
// of which knows its line and its JSON Pointer, and refuses a document that cannot be understood: see [Parse].
package openapi

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// Document is an OpenAPI document whose references all lead somewhere. It is not changed after Parse, and may be shared.
type Document struct {
	Name    string // the file, for messages
	Version string // as it stands there: "3.1.1"
	Root    *Node

	anchors map[string]*Node
	Size    int // how many values it has; their IDs are 1 to Size
}

// Old reports whether the document is of version 3.0, whose schemas are not those of JSON Schema 2020-12:
// nullable, a boolean exclusiveMinimum, nothing beside $ref.
func (d *Document) Old() bool { return strings.HasPrefix(d.Version, "3.0") }

var supported = regexp.MustCompile(`^3\.[01](\.[0-9]+(-.+)?)?$`)

// Parse reads a document. Name is for messages. Every error is an [Error]: a text that is no JSON or YAML, another version of
// OpenAPI, a value of the wrong kind, a reference that leads nowhere, to another document, or to itself. What is only unusual,
// such as names that OpenAPI does not know, is no error, nor is what can only mean one thing, such as yes for true.
func Parse(name string, text []byte) (*Document, error) {
	root, err := Read(name, text)
	if err != nil {
		return nil, err
	}
	d := &Document{Name: name, Root: root, anchors: map[string]*Node{}}
	if err := d.version(); err != nil {
		return nil, err
	}
	d.Size = d.index(root)
	if err := d.check(root, "document", map[int]bool{}); err != nil {
		return nil, err
	}
	return d, nil
}

func (d *Document) fail(n *Node, format string, args ...any) error {
	return &Error{Name: d.Name, Line: n.Line, Pointer: n.Pointer(), Text: fmt.Sprintf(format, args...)}
}

func (d *Document) version() error {
	root := d.Root
	if root.Kind != Object {
		return d.fail(root, "this is %s; an OpenAPI document is an object that begins with openapi: 3.1.1", root.Kind)
	}
	version := root.Get("openapi")
	switch {
	case root.Get("swagger") != nil:
		return d.fail(root.Get("swagger"), "this is a document of Swagger 2.0; convert it to OpenAPI 3.0 or 3.1 first")
	case version == nil:
		return d.fail(root, "the document does not say its version; an OpenAPI document has openapi: 3.1.1")
	case !supported.MatchString(version.Text):
		return d.fail(version, "version %s of OpenAPI is not supported; 3.0.x and 3.1.x are", version.JSON())
	}
	version.Kind = String // 3.1, where it was a number
	d.Version = version.Text
	return nil
}

// index notes the anchors of the schemas and returns the number of values.
func (d *Document) index(n *Node) int {
	size := n.ID
	for _, item := range n.Items {
		size = max(size, d.index(item))
	}
	for _, m := range n.Members {
		if m.Name == "$anchor" && m.Value.Kind == String {
			d.anchors[m.Value.Text] = n
		}
		size = max(size, d.index(m.Value))
	}
	return size
}

// Resolve follows the reference that n is, and those that it leads to; what is no reference is returned as it is.
// In a document that was parsed it does not fail.
func (d *Document) Resolve(n *Node) *Node {
	for range 100 {
		target, err := d.target(n)
		if err != nil || target == nil {
			return n
		}
		n = target
	}
	return n
}

// Target returns what a reference leads to directly, or nil where n is no reference.
func (d *Document) Target(n *Node) *Node {
	target, _ := d.target(n) // references were checked when the document was parsed
	return target
}

func (d *Document) target(n *Node) (*Node, error) {
	ref := n.Get("$ref")
	if ref == nil {
		return nil, nil
	}
	if ref.Kind != String {
		return nil, d.fail(ref, "a $ref is a string such as #/components/schemas/Pet; here it is %s", ref.Kind)
	}
	inside, local := strings.CutPrefix(ref.Text, "#")
	if !local {
		return nil, d.fail(ref, "%s is in another document; put all in one first (every bundler of OpenAPI does that)", ref.Text)
	}
	inside, err := url.PathUnescape(inside)
	if err != nil {
		return nil, d.fail(ref, "%s is no reference: %v", ref.Text, err)
	}
	if inside != "" && inside[0] != '/' {
		if found := d.anchors[inside]; found != nil {
			return found, nil
		}
		return nil, d.fail(ref, "%s leads nowhere: no schema has the $anchor %q", ref.Text, inside)
	}
	at := d.Root
	for step := range strings.SplitSeq(inside, "/") {
		if step == "" && at == d.Root {
			continue
		}
		next := at.child(strings.ReplaceAll(strings.ReplaceAll(step, "~1", "/"), "~0", "~"))
		if next == nil {
			return nil, d.fail(ref, "%s leads nowhere: %q has no %q", ref.Text, "#"+at.Pointer(), step)
		}
		at = next
	}
	return at, nil
}

func (n *Node) child(step string) *Node {
	if n.Kind == Array {
		if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(n.Items) {
			return n.Items[i]
		}
		return nil
	}
	return n.Get(step)
}
