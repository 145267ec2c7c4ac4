// Package truth finds out whether a contract says what the pipeline behind every call does, by a validator of JSON Schema that is not ours. It is for tests.
package truth

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"

	"github.com/dlclark/regexp2"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/contract"
	"github.com/spinoff-go/spinoff/shape"
)

// Contract is a described version of a service together with a validator of its document.
type Contract struct {
	Version contract.Version

	compiler *jsonschema.Compiler
	document any
	compiled map[string]*jsonschema.Schema
}

const location = "contract.json"

// New describes a version and prepares the validator: draft 2020-12, patterns as ECMA-262 has them, formats of numbers and times and base64 asserted.
func New(v contract.Version) (*Contract, error) {
	described, err := contract.Describe(v, nil)
	if err != nil {
		return nil, err
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(described.Text()))
	if err != nil {
		return nil, err
	}
	c := &Contract{Version: v, compiler: jsonschema.NewCompiler(), document: document, compiled: map[string]*jsonschema.Schema{}}
	c.compiler.DefaultDraft(jsonschema.Draft2020)
	c.compiler.AssertFormat()
	c.compiler.AssertContent()
	c.compiler.UseRegexpEngine(ecma)
	for _, format := range []string{"email", "uri", "uuid"} { // the pattern beside each says what is enforced
		c.compiler.RegisterFormat(&jsonschema.Format{Name: format, Validate: func(any) error { return nil }})
	}
	for _, bits := range []int{8, 16, 32, 64} {
		c.integer("int", bits, new(big.Int).Neg(new(big.Int).Lsh(big.NewInt(1), uint(bits-1))), new(big.Int).Lsh(big.NewInt(1), uint(bits-1)))
		c.integer("uint", bits, new(big.Int), new(big.Int).Lsh(big.NewInt(1), uint(bits)))
	}
	c.compiler.RegisterContentEncoding(&jsonschema.Decoder{Name: "base64", Decode: base64Decode})
	c.float("float", 32)
	c.float("double", 64)
	return c, c.compiler.AddResource(location, document)
}

// integer registers the format of whole numbers from least to below end.
func (c *Contract) integer(name string, bits int, least, end *big.Int) {
	c.compiler.RegisterFormat(&jsonschema.Format{Name: name + strconv.Itoa(bits), Validate: func(v any) error {
		n, isNumber := v.(json.Number)
		if !isNumber {
			return nil
		}
		exact, ok := new(big.Rat).SetString(n.String())
		if ok && exact.IsInt() && exact.Num().Cmp(least) >= 0 && exact.Num().Cmp(end) < 0 {
			return nil
		}
		return fmt.Errorf("it does not fit into %d bits", bits)
	}})
}

// float registers the format of finite numbers.
func (c *Contract) float(name string, bits int) {
	c.compiler.RegisterFormat(&jsonschema.Format{Name: name, Validate: func(v any) error {
		if n, isNumber := v.(json.Number); isNumber {
			_, err := strconv.ParseFloat(n.String(), bits)
			return err
		}
		return nil
	}})
}

// base64Decode decodes as RFC 4648 has it: package base64 passes over line breaks.
func base64Decode(text string) ([]byte, error) {
	if strings.ContainsAny(text, "\r\n") {
		return nil, errors.New("there is a line break")
	}
	return base64.StdEncoding.DecodeString(text)
}

// pattern makes a regular expression of package regexp2 one of the validator's.
type pattern struct{ *regexp2.Regexp }

func (p pattern) MatchString(s string) bool {
	ok, err := p.Regexp.MatchString(s)
	return ok && err == nil
}

func ecma(text string) (jsonschema.Regexp, error) {
	re, err := regexp2.Compile(text, regexp2.ECMAScript)
	return pattern{re}, err
}

// validate validates a value against the schema at the keys, from the root of the document.
func (c *Contract) validate(instance any, keys ...string) error {
	var b strings.Builder
	for _, key := range keys {
		b.WriteString("/" + url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(key)))
	}
	pointer := b.String()
	schema := c.compiled[pointer]
	if schema == nil {
		var err error
		if schema, err = c.compiler.Compile(location + "#" + pointer); err != nil {
			return fmt.Errorf("the schema cannot be compiled: %w", err)
		}
		c.compiled[pointer] = schema
	}
	return schema.Validate(instance)
}

// at returns the value at the keys, from the root of the document; nil where there is none.
func (c *Contract) at(keys ...string) any {
	v := c.document
	for _, key := range keys {
		o, _ := v.(map[string]any)
		v = o[key]
	}
	return v
}

// place returns the keys of an operation.
func place(op spinoff.Operation, more ...string) []string {
	return append([]string{"paths", "/v" + strconv.Itoa(op.Service.Version) + op.Path(), strings.ToLower(op.Method())}, more...)
}

// ErrNotWritten means that the pipeline refuses to write an answer, because it breaks a constraint.
var ErrNotWritten = errors.New("the pipeline does not write it")

// Answer writes the answer that pointer points to as the pipeline does, and validates it. It changes the answer.
func (c *Contract) Answer(op spinoff.Operation, pointer any) error {
	m, err := shape.Answer(op)
	if err != nil {
		return err
	}
	if faults := m.Admit(pointer, true, false); faults != nil {
		return fmt.Errorf("%w: %v", ErrNotWritten, faults)
	}
	status, err := m.Status(pointer)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotWritten, err)
	}
	keys := place(op, "responses", strconv.Itoa(status))
	if c.at(keys...) == nil {
		return fmt.Errorf("it has status %d, which the document does not have", status)
	}
	headers := http.Header{}
	m.EncodeHeader(headers, pointer)
	for name, values := range headers {
		if err := c.header(values[0], append(keys, "headers", name)); err != nil {
			return err
		}
	}
	if !m.InBody {
		if c.at(append(keys, "content")...) != nil {
			return errors.New("it has no body, and the document has one")
		}
		return nil
	}
	return c.text(m.AppendJSON(nil, pointer), append(keys, "content", "application/json", "schema"))
}

func (c *Contract) header(value string, keys []string) error {
	for name := range c.at(keys[:len(keys)-1]...).(map[string]any) {
		if strings.EqualFold(name, keys[len(keys)-1]) {
			keys[len(keys)-1] = name
		}
	}
	schema, _ := c.at(append(keys, "schema")...).(map[string]any)
	if schema == nil {
		return fmt.Errorf("it has header %s, which the document does not have", keys[len(keys)-1])
	}
	return c.validate(plainValue(value, schema["type"]), append(keys, "schema")...)
}

// plainValue returns a text of a header or query as JSON, where it is what the schema has.
func plainValue(text string, kind any) any {
	var v any
	if kind != "string" && json.Valid([]byte(text)) {
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		if decoder.Decode(&v) == nil {
			return v
		}
	}
	return text
}

func (c *Contract) text(text []byte, keys []string) error {
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("%s is not JSON: %w", text, err)
	}
	if err := c.validate(instance, keys...); err != nil {
		return fmt.Errorf("%s: %w", text, err)
	}
	return nil
}

// Event validates the data of an event as the pipeline publishes it. It changes the data.
func (c *Contract) Event(kind spinoff.Kind, pointer any) error {
	m, err := shape.Event(kind.Data)
	if err != nil {
		return err
	}
	if faults := m.Admit(pointer, true, false); faults != nil {
		return fmt.Errorf("%w: %v", ErrNotWritten, faults)
	}
	return c.text(m.AppendJSON(nil, pointer), []string{"webhooks", kind.Name, "post", "requestBody", "content", "application/json", "schema"})
}

// Verdicts of one request.
type Verdicts struct {
	Pipeline error // nil: it is answered
	Document error // nil: it is valid
	// Apart says that the two may differ: what is written is not JSON, or is more than the document can say, such as a name that is there twice.
	Apart bool
}

// Agree reports whether both say the same.
func (v Verdicts) Agree() bool { return v.Apart || (v.Pipeline == nil) == (v.Document == nil) }

// Body returns the two verdicts on the body of a request.
func (c *Contract) Body(op spinoff.Operation, body []byte) (v Verdicts, err error) {
	m, err := shape.Request(op)
	if err != nil {
		return v, err
	}
	in := reflect.New(op.In)
	new(random).outside(m, in.Elem())
	faults, err := m.Decode(bytes.NewReader(body), in.Interface(), true)
	if err != nil {
		return Verdicts{Apart: true}, nil //nolint:nilerr // it is not JSON
	}
	if faults == nil {
		faults = m.Admit(in.Interface(), true, true)
	}
	if faults != nil {
		v.Pipeline = fmt.Errorf("%v", faults)
	}
	v.Document = c.text(body, place(op, "requestBody", "content", "application/json", "schema"))
	v.Apart = unsayable(faults)
	return v, nil
}

// unsayable reports whether a request was refused for what JSON Schema cannot see: repeated names, depth, and times that are in another year in UTC.
func unsayable(faults []spinoff.Field) bool {
	for _, f := range faults {
		if f.Code != "repeated" && f.Code != "depth" && f.Code != "time" {
			return false
		}
	}
	return faults != nil
}

// Query returns the two verdicts on a query.
func (c *Contract) Query(op spinoff.Operation, query url.Values) (v Verdicts, err error) {
	m, err := shape.Request(op)
	if err != nil {
		return v, err
	}
	in := reflect.New(op.In)
	new(random).outside(m, in.Elem())
	faults := m.DecodeValues(query, in.Interface())
	if faults == nil {
		faults = m.Admit(in.Interface(), true, true)
	}
	if faults != nil {
		v.Pipeline = fmt.Errorf("%v", faults)
	}
	v.Document = c.parameters(op, query)
	v.Apart = unsayable(faults)
	return v, nil
}

// parameters validates a query.
func (c *Contract) parameters(op spinoff.Operation, query url.Values) error {
	known := map[string]bool{}
	parameters, _ := c.at(place(op, "parameters")...).([]any)
	for i, p := range parameters {
		p := p.(map[string]any)
		if p["in"] != "query" {
			continue
		}
		name, schema := p["name"].(string), p["schema"].(map[string]any)
		known[name] = true
		texts, there := query[name]
		if !there {
			if p["required"] == true {
				return fmt.Errorf("parameter %s is missing", name)
			}
			continue
		}
		var value any
		if schema["type"] == "array" {
			items := schema["items"].(map[string]any)
			list := []any{}
			for _, text := range texts {
				list = append(list, plainValue(text, items["type"]))
			}
			value = list
		} else if value = plainValue(texts[0], schema["type"]); len(texts) > 1 {
			return fmt.Errorf("parameter %s is there %d times", name, len(texts))
		}
		if err := c.validate(value, place(op, "parameters", strconv.Itoa(i), "schema")...); err != nil {
			return err
		}
	}
	for name := range query {
		if !known[name] {
			return fmt.Errorf("there is no parameter %s", name)
		}
	}
	return nil
}
