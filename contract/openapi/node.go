package openapi

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// Kind is what a value is: one of JSON's six.
type Kind byte

// The kinds of values. YAML documents have the same ones: dates and times are strings, as in JSON.
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

var kinds = [...]string{"null", "a boolean", "a number", "a string", "a list", "an object"}

func (k Kind) String() string { return kinds[k] }

// Node is a value of a document, which knows where it stands. A nil *Node is a value that is absent: its methods say so.
// Nodes are not changed after they were read, and may be shared.
type Node struct {
	Kind    Kind
	Text    string   // of a string; of a number and a boolean as it is written in JSON
	Items   []*Node  // of a list
	Members []Member // of an object, in the order of the text, each name once
	Line    int      // from 1
	ID      int      // its number in the document, from 1

	parent *Node
	key    string           // its name or index in parent
	names  map[string]*Node // of an object with many members
}

// Member is a name of an object and its value.
type Member struct {
	Name  string
	Value *Node
}

// Get returns the value of a name of an object, or nil where there is none or n is no object.
func (n *Node) Get(name string) *Node {
	if n == nil {
		return nil
	}
	if n.names != nil {
		return n.names[name]
	}
	for i := range n.Members {
		if n.Members[i].Name == name {
			return n.Members[i].Value
		}
	}
	return nil
}

// At returns the value below n that is found by names, one after the other, or nil.
func (n *Node) At(names ...string) *Node {
	for _, name := range names {
		n = n.Get(name)
	}
	return n
}

// Str returns the text of a string, and "" for everything else.
func (n *Node) Str() string {
	if n == nil || n.Kind != String {
		return ""
	}
	return n.Text
}

// True reports whether n is the boolean true.
func (n *Node) True() bool { return n != nil && n.Kind == Bool && n.Text == "true" }

// False reports whether n is the boolean false.
func (n *Node) False() bool { return n != nil && n.Kind == Bool && n.Text == "false" }

// Rat returns the value of a number, or nil for everything else.
func (n *Node) Rat() *big.Rat {
	if n == nil || n.Kind != Number {
		return nil
	}
	r, _ := new(big.Rat).SetString(n.Text) // its form was checked when it was read
	return r
}

// List returns the items of a list, and nothing for everything else.
func (n *Node) List() []*Node {
	if n == nil {
		return nil
	}
	return n.Items
}

// Fields returns the members of an object, and nothing for everything else.
func (n *Node) Fields() []Member {
	if n == nil {
		return nil
	}
	return n.Members
}

// Strings returns the texts of a list of strings.
func (n *Node) Strings() []string {
	var texts []string
	for _, item := range n.List() {
		texts = append(texts, item.Str())
	}
	return texts
}

// Pointer says where the value is in its document: a JSON Pointer (RFC 6901), "" for the whole document and for nil.
func (n *Node) Pointer() string {
	var steps []string
	for ; n != nil && n.parent != nil; n = n.parent {
		steps = append(steps, escape(n.key))
	}
	slices.Reverse(steps)
	if len(steps) == 0 {
		return ""
	}
	return "/" + strings.Join(steps, "/")
}

// Key returns the name, or the index, that n has in what it is part of.
func (n *Node) Key() string {
	if n == nil {
		return ""
	}
	return n.key
}

func escape(step string) string {
	return strings.ReplaceAll(strings.ReplaceAll(step, "~", "~0"), "/", "~1")
}

// JSON returns the value as JSON in one form: sorted names, numbers by value, no spaces. Two values are equal where
// these texts are. It is "" for nil.
func (n *Node) JSON() string {
	if n == nil {
		return ""
	}
	return string(n.appendJSON(nil))
}

func (n *Node) appendJSON(b []byte) []byte {
	switch n.Kind {
	case Null:
		return append(b, "null"...)
	case Bool:
		return append(b, n.Text...)
	case Number:
		return append(b, Decimal(n.Rat())...)
	case String:
		return appendQuoted(b, n.Text)
	case Array:
		b = append(b, '[')
		for i, item := range n.Items {
			if i > 0 {
				b = append(b, ',')
			}
			b = item.appendJSON(b)
		}
		return append(b, ']')
	}
	b = append(b, '{')
	members := slices.Clone(n.Members)
	slices.SortFunc(members, func(a, b Member) int { return strings.Compare(a.Name, b.Name) })
	for i, m := range members {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendQuoted(b, m.Name), ':')
		b = m.Value.appendJSON(b)
	}
	return append(b, '}')
}

// Decimal writes a number that came from decimal text as such text: 2, 0.1. What has no end in decimals is cut.
func Decimal(r *big.Rat) string {
	if r.IsInt() {
		return r.Num().String()
	}
	digits, _ := r.FloatPrec()
	text := r.FloatString(digits)
	return strings.TrimRight(text, "0")
}

// many is how many members an object may have that are looked for one by one.
const many = 16

// adopt gives the values below n their parents, their names, and their numbers from next on.
func (n *Node) adopt(next int) int {
	n.ID = next
	next++
	for i, item := range n.Items {
		item.parent, item.key = n, strconv.Itoa(i)
		next = item.adopt(next)
	}
	if len(n.Members) > many {
		n.names = make(map[string]*Node, len(n.Members))
	}
	for _, m := range n.Members {
		m.Value.parent, m.Value.key = n, m.Name
		next = m.Value.adopt(next)
		if n.names != nil {
			n.names[m.Name] = m.Value
		}
	}
	return next
}
