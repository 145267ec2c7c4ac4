package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// node is a value of a JSON document that knows where it is, and its members in their order: clients are written in the order of the document.
type node struct {
	at      string // JSON pointer in its URI form: "#/paths/~1v2~1create"
	kind    byte   // '{', '[', '"', 'n' for a number, 't' for a boolean, '0' for null
	text    string // of a text, a number or a boolean
	names   []string
	members map[string]*node
	items   []*node
}

// parse reads a document.
func parse(document []byte) (*node, error) {
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	root, err := read(d, "#")
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("something follows after its end")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("the document is not JSON: %w", err)
	}
	return root, nil
}

func read(d *json.Decoder, at string) (*node, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	n := &node{at: at}
	switch token := token.(type) {
	case string:
		n.kind, n.text = '"', token
	case json.Number:
		n.kind, n.text = 'n', token.String()
	case bool:
		n.kind, n.text = 't', strconv.FormatBool(token)
	case json.Delim:
		n.kind = byte(token)
		if err := n.fill(d); err != nil {
			return nil, err
		}
		_, err = d.Token() // the bracket that closes it
	default:
		n.kind = '0'
	}
	return n, err
}

// fill reads what is between two brackets.
func (n *node) fill(d *json.Decoder) error {
	n.members = map[string]*node{}
	for d.More() {
		name := strconv.Itoa(len(n.items))
		if n.kind == '{' {
			token, err := d.Token()
			if err != nil {
				return err
			}
			name = token.(string)
		}
		child, err := read(d, n.at+"/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(name))
		switch {
		case err != nil:
			return err
		case n.kind == '[':
			n.items = append(n.items, child)
		case n.members[name] != nil:
			return fmt.Errorf("%s is there twice", child.at)
		default:
			n.names = append(n.names, name)
			n.members[name] = child
		}
	}
	return nil
}

// get returns the value below n by its names, or nil.
func (n *node) get(names ...string) *node {
	for _, name := range names {
		if n == nil || n.kind != '{' {
			return nil
		}
		n = n.members[name]
	}
	return n
}

// str returns the text below n, or "".
func (n *node) str(names ...string) string {
	if n = n.get(names...); n != nil && n.kind == '"' {
		return n.text
	}
	return ""
}

// is reports whether the value below n is the boolean or number with this text.
func (n *node) is(text string, names ...string) bool {
	n = n.get(names...)
	return n != nil && (n.kind == 't' || n.kind == 'n') && n.text == text
}

// list returns the texts of a list below n.
func (n *node) list(names ...string) (texts []string) {
	if n = n.get(names...); n != nil {
		for _, item := range n.items {
			texts = append(texts, item.text)
		}
	}
	return texts
}

// all returns the members of an object in their order.
func (n *node) all() func(yield func(name string, member *node) bool) {
	return func(yield func(string, *node) bool) {
		if n == nil {
			return
		}
		for _, name := range n.names {
			if !yield(name, n.members[name]) {
				return
			}
		}
	}
}
