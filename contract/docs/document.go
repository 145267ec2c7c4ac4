package docs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// document is what a page is made of: the OpenAPI 3.1 document of one version of a service.
type document struct {
	Info struct {
		Title, Version, Description string
	}
	Service    string          `json:"x-service"`
	Team       string          `json:"x-team"`
	Deprecated *deprecation    `json:"x-deprecated"`
	Paths      members[path]   `json:"paths"`
	Webhooks   members[path]   `json:"webhooks"`
	Retired    []retired       `json:"x-retired"`
	Components documentedTypes `json:"components"`
	Errors     map[string]struct {
		Title, Description string
	} `json:"x-errors"`
}

type documentedTypes struct {
	Schemas   members[*schema]
	Responses map[string]response
}

// path has the operations of a path by their method.
type path = members[json.RawMessage]

type operation struct {
	ID          string `json:"operationId"`
	Summary     string
	Description string
	Parameters  []parameter
	RequestBody struct {
		Content members[media]
	}
	Responses  members[response]
	Deprecated *deprecation `json:"x-deprecated"`
	IsOld      bool         `json:"deprecated"`
	Timeout    int64        `json:"x-timeout-ms"`
	MaxBody    int64        `json:"x-max-body"`
	Idempotent bool         `json:"x-idempotent"`
	Consumers  []string     `json:"x-consumers"`
	Topic      string       `json:"x-topic"`
}

type parameter struct {
	Name, In, Description string
	Required              bool
	Schema                *schema
}

type response struct {
	Ref         string `json:"$ref"`
	Description string
	Headers     members[struct {
		Description string
		Schema      *schema
	}]
	Content members[media]
}

type media struct {
	Schema  *schema
	Example json.RawMessage
}

type deprecation struct{ On, Sunset, Successor string }

type retired struct{ Path, Method, On, Successor string }

// schema is a JSON Schema of 2020-12, as far as contracts use it.
type schema struct {
	Ref                  string `json:"$ref"`
	Type                 types
	Format               string
	Description          string
	Pattern              string
	ContentEncoding      string
	Enum                 []json.RawMessage
	Const                json.RawMessage
	Known                []string `json:"x-extensible-enum"`
	Required             []string
	Properties           members[*schema]
	AdditionalProperties json.RawMessage // true, false, or a schema
	Items                *schema
	AllOf, OneOf, AnyOf  []*schema
	Default, Example     json.RawMessage
	Examples             []json.RawMessage
	Deprecated           bool
	limits
}

// limits are the keywords that bound a value by a number.
type limits struct {
	MinLength, MaxLength               json.Number
	Minimum, Maximum                   json.Number
	ExclusiveMinimum, ExclusiveMaximum json.Number
	MultipleOf                         json.Number
	MinItems, MaxItems                 json.Number
	MinProperties, MaxProperties       json.Number
	UniqueItems                        bool
}

// types is the keyword type: one or several.
type types []string

func (t *types) UnmarshalJSON(text []byte) error {
	if bytes.HasPrefix(text, []byte{'['}) {
		return json.Unmarshal(text, (*[]string)(t))
	}
	*t = make(types, 1)
	return json.Unmarshal(text, &(*t)[0])
}

// is reports whether a value of the schema may be of the JSON type called name.
func (s *schema) is(name string) bool { return slices.Contains(s.Type, name) }

// members is a JSON object in the order in which it was written.
type members[T any] []member[T]

type member[T any] struct {
	name  string
	value T
}

func (m *members[T]) UnmarshalJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return fmt.Errorf("got %s, want an object", text[:min(len(text), 20)])
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var one member[T]
		one.name, _ = name.(string) // in an object it is one
		if err := d.Decode(&one.value); err != nil {
			return fmt.Errorf("%s: %w", one.name, err)
		}
		*m = append(*m, one)
	}
	return nil
}

// get returns the member called name, or the zero value.
func (m members[T]) get(name string) T {
	for _, one := range m {
		if one.name == name {
			return one.value
		}
	}
	var none T
	return none
}
