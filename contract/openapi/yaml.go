package openapi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"

	"go.yaml.in/yaml/v4"
)

// most is how many values a document may have when its aliases are written out: a small text can stand for billions of them.
const most = 2_000_000

// yamlReader makes nodes of the nodes of the YAML library.
type yamlReader struct {
	name  string
	count int
	open  map[*yaml.Node]bool // aliases that are being written out
}

func readYAML(name string, text []byte) (*Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document yaml.Node
	if err := decoder.Decode(&document); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, &Error{Name: name, Text: "the file has no value in it"}
		}
		return nil, &Error{Name: name, Text: "this is no YAML: " + strings.TrimPrefix(err.Error(), "yaml: ")}
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, &Error{Name: name, Text: "the file has more than one document"}
	}
	r := &yamlReader{name: name, open: map[*yaml.Node]bool{}}
	if document.Kind == yaml.DocumentNode && len(document.Content) == 1 {
		return r.value(document.Content[0])
	}
	return r.value(&document)
}

func (r *yamlReader) fail(y *yaml.Node, format string, args ...any) error {
	return &Error{Name: r.name, Line: y.Line, Text: fmt.Sprintf(format, args...)}
}

func (r *yamlReader) value(y *yaml.Node) (*Node, error) {
	if r.count++; r.count > most {
		return nil, r.fail(y, "the aliases of this document stand for more than %d values", most)
	}
	switch y.Kind {
	case yaml.ScalarNode:
		return r.scalar(y)
	case yaml.AliasNode:
		if r.open[y.Alias] {
			return nil, r.fail(y, "*%s contains itself", y.Value)
		}
		r.open[y.Alias] = true
		defer delete(r.open, y.Alias)
		return r.value(y.Alias)
	case yaml.SequenceNode:
		n := &Node{Kind: Array, Line: y.Line}
		for _, c := range y.Content {
			item, err := r.value(c)
			if err != nil {
				return nil, err
			}
			n.Items = append(n.Items, item)
		}
		return n, nil
	case yaml.MappingNode:
		return r.mapping(y)
	}
	return nil, r.fail(y, "this is no value of JSON")
}

func (r *yamlReader) mapping(y *yaml.Node) (*Node, error) {
	n := &Node{Kind: Object, Line: y.Line}
	seen := map[string]bool{}
	var merged []Member
	for i := 0; i+1 < len(y.Content); i += 2 {
		key := y.Content[i]
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		if key.Kind != yaml.ScalarNode {
			return nil, r.fail(key, "a name of an object must be a text")
		}
		value, err := r.value(y.Content[i+1])
		if err != nil {
			return nil, err
		}
		if key.ShortTag() == "!!merge" {
			for _, m := range append([]*Node{value}, value.Items...) {
				merged = append(merged, m.Members...)
			}
			continue
		}
		if seen[key.Value] {
			return nil, r.fail(key, "the name %q comes twice in this object", key.Value)
		}
		seen[key.Value] = true
		value.Line = y.Content[i+1].Line
		n.Members = append(n.Members, Member{key.Value, value})
	}
	for _, m := range merged {
		if !seen[m.Name] {
			seen[m.Name] = true
			n.Members = append(n.Members, m)
		}
	}
	return n, nil
}

func (r *yamlReader) scalar(y *yaml.Node) (*Node, error) {
	n := &Node{Line: y.Line, Text: y.Value}
	switch tag := y.ShortTag(); tag {
	case "!!null":
		n.Kind, n.Text = Null, ""
	case "!!bool":
		n.Kind, n.Text = Bool, strings.ToLower(y.Value)
	case "!!int", "!!float":
		n.Kind = Number
		if !jsonNumber.MatchString(n.Text) && len(n.Text) <= 400 && !strings.ContainsAny(n.Text, "eEpP/") {
			if value, ok := new(big.Rat).SetString(strings.TrimPrefix(n.Text, "+")); ok { // 0x1F, 0o17, .5, 1_000
				n.Text = Decimal(value)
			}
		}
		return n, checkNumber(r.name, n)
	case "!!str", "!!timestamp", "!!binary":
		n.Kind = String
	default:
		return nil, r.fail(y, "%s is no type of JSON", tag)
	}
	return n, nil
}
