package openapi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Error says what is wrong with a text, and where.
type Error struct {
	Name    string // the file
	Line    int    // from 1; 0 where it is not known
	Pointer string // JSON Pointer of the value; "" for the whole document
	Text    string
}

func (e *Error) Error() string {
	where := e.Name
	if e.Line > 0 {
		where += ":" + strconv.Itoa(e.Line)
	}
	if e.Pointer != "" {
		where += ": #" + e.Pointer
	}
	return where + ": " + e.Text
}

// Read reads a text in JSON or YAML: JSON where it begins with {. Names that come twice, more than one document in the text,
// and numbers that JSON has not are errors, each an [Error].
func Read(name string, text []byte) (*Node, error) {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	read := readYAML
	if trimmed := bytes.TrimLeft(text, " \t\r\n"); len(trimmed) == 0 {
		return nil, &Error{Name: name, Text: "the file is empty; an OpenAPI document in JSON or YAML was expected"}
	} else if trimmed[0] == '{' {
		read = readJSON
	}
	n, err := read(name, text)
	if err != nil {
		return nil, err
	}
	n.adopt(1)
	return n, nil
}

// jsonReader makes nodes of the tokens of a text and counts its lines on the way.
type jsonReader struct {
	name    string
	text    []byte
	decoder *jsontext.Decoder
	line    int
	counted int64 // lines are counted up to this offset
}

func readJSON(name string, text []byte) (*Node, error) {
	r := &jsonReader{name: name, text: text, decoder: jsontext.NewDecoder(bytes.NewReader(text)), line: 1}
	n, err := r.value()
	if err == nil {
		if _, more := r.decoder.ReadToken(); !errors.Is(more, io.EOF) {
			err = errors.New("there is something after the end of the document")
		}
	}
	if err == nil {
		return n, nil
	}
	if own, ok := errors.AsType[*Error](err); ok {
		return nil, own
	}
	pointer := string(r.decoder.StackPointer())
	if syntactic, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		pointer = string(syntactic.JSONPointer)
		r.count(min(syntactic.ByteOffset, int64(len(text))))
		err = syntactic.Err
	} else {
		r.count(r.decoder.InputOffset())
	}
	return nil, &Error{Name: name, Line: r.line, Pointer: pointer, Text: "this is no JSON: " + err.Error()}
}

func (r *jsonReader) count(to int64) {
	if to > r.counted {
		r.line += bytes.Count(r.text[r.counted:to], []byte("\n"))
		r.counted = to
	}
}

func (r *jsonReader) value() (*Node, error) {
	token, err := r.decoder.ReadToken()
	if err != nil {
		return nil, err
	}
	r.count(r.decoder.InputOffset())
	n := &Node{Line: r.line}
	switch token.Kind() {
	case 'n':
	case 't', 'f':
		n.Kind, n.Text = Bool, token.String()
	case '"':
		n.Kind, n.Text = String, token.String()
	case '0':
		n.Kind, n.Text = Number, token.String()
		return n, checkNumber(r.name, n)
	case '[':
		n.Kind = Array
		for r.decoder.PeekKind() != ']' {
			item, err := r.value()
			if err != nil {
				return nil, err
			}
			n.Items = append(n.Items, item)
		}
		_, err = r.decoder.ReadToken()
	case '{':
		n.Kind = Object
		for r.decoder.PeekKind() != '}' {
			name, err := r.decoder.ReadToken()
			if err != nil {
				return nil, err
			}
			key := name.String()
			value, err := r.value()
			if err != nil {
				return nil, err
			}
			n.Members = append(n.Members, Member{key, value})
		}
		_, err = r.decoder.ReadToken()
	}
	return n, err
}

var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?$`)

// checkNumber refuses what is no number of JSON, and exponents so large that the number could not be written out.
func checkNumber(name string, n *Node) error {
	if !jsonNumber.MatchString(n.Text) || len(n.Text) > 400 {
		return &Error{Name: name, Line: n.Line, Text: fmt.Sprintf("%.40s is no number that can be compared; a number is like 10, -0.5 or 1e6", n.Text)}
	}
	return nil
}

func appendQuoted(b []byte, text string) []byte {
	quoted, err := jsontext.AppendQuote(b, text)
	if err != nil { // text that is no UTF-8; both readers refuse it
		return strconv.AppendQuote(b, strings.ToValidUTF8(text, "\uFFFD"))
	}
	return quoted
}
