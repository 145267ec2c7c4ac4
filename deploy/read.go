package deploy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Read reads a placement: one document of YAML. file is its name, for errors, which say the line, what is wrong, and what would be right.
// What the file leaves out has its default; name is that of the project.
func Read(file, name string, text []byte) (Placement, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document yaml.Node
	if err := decoder.Decode(&document); err != nil && !errors.Is(err, io.EOF) {
		return Placement{}, fmt.Errorf("%s: %w", file, err)
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return Placement{}, fmt.Errorf("%s has several documents; a placement is one", file)
	}
	if document.Kind == 0 || len(document.Content) == 0 {
		return Placement{}, fmt.Errorf("%s is empty; a placement says at least which processes there are, as in\n  processes:\n    web:\n      apps: [faq]", file)
	}
	r := &reader{file: file}
	p := Placement{Name: name}
	r.placement(document.Content[0], &p)
	if len(p.Processes) == 0 && len(r.wrong) == 0 {
		r.fail(document.Content[0], "there are no processes; name at least one with its apps, as in\n  processes:\n    web:\n      apps: [faq]")
	}
	return p.withDefaults(), errors.Join(r.wrong...)
}

// reader reads nodes and collects what is wrong with them.
type reader struct {
	file  string
	wrong []error
}

func (r *reader) fail(n *yaml.Node, format string, args ...any) {
	r.wrong = append(r.wrong, fmt.Errorf("%s:%d: %s", r.file, n.Line, fmt.Sprintf(format, args...)))
}

// field is a name that a mapping may have, and what reads its value.
type field struct {
	name string
	read func(*yaml.Node)
}

// mapping reads a mapping whose names are fields.
func (r *reader) mapping(n *yaml.Node, what string, fields ...field) {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	r.pairs(n, what, func(key, value *yaml.Node) {
		i := slices.Index(names, key.Value)
		if i < 0 {
			r.fail(key, "%s has no %q; it may have %s", what, key.Value, strings.Join(names, ", "))
			return
		}
		fields[i].read(value)
	})
}

// pairs reads a mapping of any names, each of which may be there once.
func (r *reader) pairs(n *yaml.Node, what string, read func(key, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		r.fail(n, "%s is a mapping, with lines such as \"name: value\"", what)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode || value.Kind == yaml.AliasNode:
			r.fail(key, "%s: anchors, aliases and names that are no words are not for a placement; write it out", what)
		case seen[key.Value]:
			r.fail(key, "%s has %q twice", what, key.Value)
		default:
			seen[key.Value] = true
			read(key, value)
		}
	}
}

// kind is a sort of text, and how one says what it looks like.
type kind struct {
	pattern *regexp.Regexp
	looks   string
}

// What texts of a placement look like. They go into manifests as they are: nothing that means something there may be in them.
var (
	label    = kind{regexp.MustCompile(`^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$`), "lower-case letters, digits and dashes, at most 30, such as front"}
	object   = kind{regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$`), "the name of an object of Kubernetes, such as support-tls"}
	hostname = kind{regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`), "a host name, such as support.example.com"}
	image    = kind{regexp.MustCompile(`^[a-z0-9][a-zA-Z0-9._/:@-]*$`), "an image, such as registry.example.com/company:1.4.0"}
	app      = kind{regexp.MustCompile(`^[a-z][a-z0-9]*$`), "the name of an app, such as faq"}
	engine   = kind{regexp.MustCompile(`^(sqlite|postgres)$`), "sqlite or postgres"}
	quantity = kind{regexp.MustCompile(`^[0-9]{1,9}(\.[0-9]{1,3})?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$`), "a quantity, such as 250m of a processor or 256Mi of memory"}
	variable = kind{regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`), "the name of a variable, such as TICKETS_STAFF"}
	anything = kind{regexp.MustCompile(`^[^\x00-\x1f\x7f]*$`), "one line of text"}
)

// text returns what reads a text of a kind into v.
func text[T ~string](r *reader, what string, k kind, v *T) field {
	return field{what, func(n *yaml.Node) { *v = T(r.scalar(n, what, k)) }}
}

func (r *reader) scalar(n *yaml.Node, what string, k kind) string {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" || !k.pattern.MatchString(n.Value) {
		r.fail(n, "%s is %q; it is %s", what, n.Value, k.looks)
		return ""
	}
	return n.Value
}

// number returns what reads a number between low and high into v.
func (r *reader) number(what string, low, high int, v *int) field {
	return field{what, func(n *yaml.Node) {
		i, err := strconv.Atoi(n.Value)
		if n.Kind != yaml.ScalarNode || err != nil || i < low || i > high {
			r.fail(n, "%s is %q; it is a number from %d to %d", what, n.Value, low, high)
			return
		}
		*v = i
	}}
}

// numbers returns what reads a list of numbers between low and high into v.
func (r *reader) numbers(what string, low, high int, v *[]int) field {
	return field{what, func(n *yaml.Node) {
		if n.Kind != yaml.SequenceNode {
			r.fail(n, "%s is a list of numbers, such as [1, 2]", what)
			return
		}
		for _, one := range n.Content {
			var i int
			r.number(what, low, high, &i).read(one)
			*v = append(*v, i)
		}
	}}
}

// list returns what reads a list of texts of a kind into v.
func (r *reader) list(what string, k kind, v *[]string) field {
	return field{what, func(n *yaml.Node) {
		if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
			r.fail(n, "%s is a list of at least one, such as [one, two]; each is %s", what, k.looks)
			return
		}
		for _, one := range n.Content {
			*v = append(*v, r.scalar(one, what, k))
		}
	}}
}

// variables returns what reads variables and their values into v.
func (r *reader) variables(what string, v *map[string]string) field {
	return field{what, func(n *yaml.Node) {
		*v = map[string]string{}
		r.pairs(n, what, func(key, value *yaml.Node) {
			(*v)[r.scalar(key, what, variable)] = r.scalar(value, what+": "+key.Value, anything)
		})
	}}
}
