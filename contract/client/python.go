package client

import (
	"fmt"
	"strconv"
	"strings"
)

// pythonClient fills the template of Python.
type pythonClient struct{ named }

func writePython(c *contract) (File, error) {
	d := dialect{
		suffix: "_",
		types: strings.Fields(`Any Client Dict Error Field List Literal Mapping Optional Tuple Type TypeVar Union Session T EVENTS UnexpectedError
			None True False dataclass field base64 datetime http json os random re time typing urllib uuid warnings`),
		keywords: strings.Fields(`False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda
			nonlocal not or pass raise return try while with yield self idempotency_key timeout field str int float bool bytes datetime uuid`),
		failure: func(code string) string {
			if code == "timeout" {
				return "CallTimeoutError" // TimeoutError is Python's own
			}
			return pascal(code) + "Error"
		},
		typeName: pascal,
		method:   snaked,
		field: func(f *field) string {
			switch f.Place {
			case inHeader:
				return headerName(f.Name)
			case inStatus:
				return "http_status"
			}
			return snaked(f.Name)
		},
	}
	text, err := fill("client.py.tmpl", pythonClient{d.name(c)})
	return File{c.Package + ".py", text}, err
}

// Py returns the type of a value.
func (p pythonClient) Py(s *shape) string {
	name := map[kind]string{text: "str", integer: "int", float: "float", boolean: "bool", moment: "datetime.datetime", binary: "bytes"}[s.Kind]
	switch s.Kind {
	case text:
		if s.Enum != nil && !s.Enum.Open {
			var words []string
			for _, word := range s.Enum.Words {
				words = append(words, strconv.QuoteToASCII(word))
			}
			name = "Literal[" + strings.Join(words, ", ") + "]"
		}
	case list:
		name = "List[" + p.Py(s.Elem) + "]"
	case table:
		name = "Dict[str, " + p.Py(s.Elem) + "]"
	case structure:
		name = strconv.Quote(p.Type(s.Object))
	}
	if s.Null {
		return "Optional[" + name + "]"
	}
	return name
}

// PyField returns the type of a field with its default.
func (p pythonClient) PyField(f *field) string {
	name := p.Py(f.Shape)
	if !f.Required && !f.Shape.Null {
		return "Optional[" + name + "]"
	}
	return name
}

// Ordered returns the fields of an object, those without a default first.
func (p pythonClient) Ordered(o *object) []*field {
	var required, optional []*field
	for _, f := range o.Fields {
		if f.Required && f.Place != inHeader && f.Place != inStatus {
			required = append(required, f)
		} else {
			optional = append(optional, f)
		}
	}
	return append(required, optional...)
}

// Default returns what follows the type of a field of a dataclass.
func (p pythonClient) Default(f *field) string {
	meta := ""
	if f.Place == inBody && p.Field(f) != f.Name {
		meta = fmt.Sprintf("metadata={\"name\": %s}", strconv.QuoteToASCII(f.Name))
	}
	switch {
	case f.Place == inStatus:
		return " = 0"
	case f.Required && f.Place == inBody && meta == "":
		return ""
	case f.Required && f.Place == inBody:
		return " = field(" + meta + ")"
	case meta == "":
		return " = None"
	}
	return " = field(default=None, " + meta + ")"
}

// PyHeader returns the type of a field of an answer that travels in a header.
func (p pythonClient) PyHeader(f *field) string {
	if f.Place == inHeader {
		return "Optional[" + p.Py(f.Shape) + "]"
	}
	return p.PyField(f)
}

// Docstring returns a text for a docstring, whose end a quotation mark at the end of the text would be.
func (p pythonClient) Docstring(before, doc string) string {
	doc = strings.TrimPrefix(p.Lines(before, strings.NewReplacer(`\`, `\\`, `"""`, `'''`).Replace(doc)), before)
	if text, quoted := strings.CutSuffix(doc, `"`); quoted {
		return text + `\"`
	}
	return doc
}

// Quote returns a text as Python has it.
func (p pythonClient) Quote(text string) string { return strconv.QuoteToASCII(text) }

// Seconds returns milliseconds as seconds.
func (p pythonClient) Seconds(ms int64) string {
	return strconv.FormatFloat(float64(ms)/1000, 'f', -1, 64)
}
