package client

import (
	"fmt"
	"strings"
)

// curlClient fills the template of the shell script.
type curlClient struct{ named }

func writeCurl(c *contract) (File, error) {
	d := dialect{
		suffix:   "_",
		failure:  func(code string) string { return code },
		typeName: func(name string) string { return name },
		method:   func(id string) string { return "call_" + snaked(id) },
		field: func(f *field) string {
			if f.Place == inHeader {
				return headerName(f.Name)
			}
			return f.Name
		},
	}
	for _, e := range c.Endpoints {
		for _, f := range e.Request.Fields {
			if strings.ContainsAny(f.Name, "'=\n ") {
				return File{}, fmt.Errorf("no script can be made of it: the field %q of %s cannot be written as NAME=VALUE", f.Name, e.ID)
			}
		}
	}
	text, err := fill("client.sh.tmpl", curlClient{d.name(c)})
	return File{c.Package + ".sh", text}, err
}

// Command returns what an endpoint is called on the command line.
func (c curlClient) Command(e *endpoint) string { return strings.TrimPrefix(c.Method(e), "call_") }

// Values returns the fields of a request for the help: "id=TEXT [limit=NUMBER]".
func (c curlClient) Values(e *endpoint) string {
	var all []string
	for _, f := range e.Request.Fields {
		s := f.Shape
		if s.Kind == list {
			s = s.Elem
		}
		word := map[kind]string{integer: "NUMBER", float: "NUMBER", boolean: "true|false", moment: "TIME", binary: "BASE64", structure: "(as JSON)", table: "(as JSON)", list: "(as JSON)"}[s.Kind]
		switch {
		case s.Enum != nil && len(s.Enum.Words) < 8:
			word = strings.Join(s.Enum.Words, "|")
		case word == "":
			word = "TEXT"
		}
		word = c.Field(f) + "=" + word
		if f.Shape.Kind == list {
			word += "..."
		}
		if !f.Required {
			word = "[" + word + "]"
		}
		all = append(all, strings.ReplaceAll(word, "'", ""))
	}
	return strings.Join(all, " ")
}

// Headers returns which fields are headers: "if_match:If-Match".
func (c curlClient) Headers(e *endpoint) string {
	var all []string
	for _, f := range c.Place("header", e.Request) {
		all = append(all, c.Field(f)+":"+f.Name)
	}
	return strings.Join(all, " ")
}
