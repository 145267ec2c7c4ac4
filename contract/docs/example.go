package docs

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// example returns a value that s allows, as JSON: the one that the contract gives, or one made up from the names and constraints.
// With all, optional fields are there too.
func (d *document) example(name string, s *schema, all bool) json.RawMessage {
	return d.made(name, s, all, nil)
}

func (d *document) made(name string, s *schema, all bool, within []string) json.RawMessage {
	target, component := d.resolve(s)
	if slices.Contains(within, component) {
		return nil
	}
	if component != "" {
		within = append(slices.Clip(within), component)
	}
	additional := target.additional()
	switch given := target.given(); {
	case given != nil:
		return given
	case target.Items != nil:
		return wrap("[", d.made(strings.TrimSuffix(name, "s"), target.Items, all, within), "]")
	case additional != nil:
		return wrap(`{"key": `, d.made(name, additional, all, within), "}")
	case target.is("object") || len(target.Properties) > 0:
		return d.object(target, all, within)
	case target.is("integer"), target.is("number"):
		return json.RawMessage(target.number())
	case target.is("boolean"):
		return json.RawMessage("true")
	case target.Format == "date-time":
		return json.RawMessage(`"2026-11-24T09:30:00Z"`)
	case target.ContentEncoding != "":
		return json.RawMessage(`"aGVsbG8="`)
	}
	return quoted(target.text(name))
}

// wrap puts brackets around a value; around none there are empty ones.
func wrap(open string, value json.RawMessage, end string) json.RawMessage {
	if value == nil {
		return json.RawMessage(open[:1] + end)
	}
	return json.RawMessage(open + string(value) + end)
}

func (d *document) object(s *schema, all bool, within []string) json.RawMessage {
	var b bytes.Buffer
	alternatives := s.alternatives()
	for _, m := range s.Properties {
		if i := slices.Index(alternatives, m.name); i > 0 || i < 0 && !all && !slices.Contains(s.Required, m.name) {
			continue
		}
		value := d.made(m.name, m.value, all, within)
		if value == nil {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		b.Write(quoted(m.name))
		b.WriteString(": ")
		b.Write(value)
	}
	return json.RawMessage("{" + b.String() + "}")
}

// given returns the example that the contract has, or nil.
func (s *schema) given() json.RawMessage {
	switch {
	case s.Example != nil:
		return s.Example
	case len(s.Examples) > 0:
		return s.Examples[0]
	case s.Const != nil:
		return s.Const
	case s.Default != nil:
		return s.Default
	case len(s.Enum) > 0:
		return s.Enum[0]
	case len(s.Known) > 0:
		return quoted(s.Known[0])
	}
	return nil
}

// number returns a number within the bounds.
func (s *schema) number() string {
	least, _ := s.Minimum.Float64() // 0 where there is none
	switch most, err := s.Maximum.Float64(); {
	case s.Minimum != "" && least >= 1:
		return s.Minimum.String()
	case err == nil && most < 1:
		return s.Maximum.String()
	case s.is("integer"):
		return "1"
	}
	return "1.5"
}

// text returns a text within the bounds that says what it is for.
func (s *schema) text(name string) string {
	text := strings.ReplaceAll(name, "_", " ")
	switch {
	case text == "id" || strings.HasSuffix(text, " id"):
		text = "1"
	case strings.Contains(text, "url"):
		text = "https://example.com/1"
	case strings.Contains(text, "mail"):
		text = "ada@example.com"
	default:
		text = "my " + text
	}
	if least, err := strconv.Atoi(s.MinLength.String()); err == nil && len(text) < least {
		text += strings.Repeat(".", least-len(text))
	}
	if most, err := strconv.Atoi(s.MaxLength.String()); err == nil && len(text) > most {
		text = text[:most]
	}
	return text
}

func quoted(text string) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(text) //nolint:errcheck // a text can be encoded
	return bytes.TrimSpace(b.Bytes())
}

// pretty indents a JSON value, or returns it as it is where that is short.
func pretty(value json.RawMessage) string {
	if len(value) == 0 {
		return ""
	}
	var b bytes.Buffer
	if json.Indent(&b, value, "", "  ") != nil {
		return string(value)
	}
	return b.String()
}
