package docs

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// request is an example of a request, to be written in several languages.
type request struct {
	method, path, variable string
	query, header          [][2]string     // names and values
	body                   json.RawMessage // nil where it has none
}

// code is the same request in one language.
type code struct{ Language, Text string }

func (r request) codes() []code {
	return []code{{"curl", r.curl()}, {"Python", r.python()}, {"Go", r.golang()}}
}

func (r request) target() string {
	if len(r.query) == 0 {
		return r.path
	}
	var pairs []string
	for _, q := range r.query {
		pairs = append(pairs, url.QueryEscape(q[0])+"="+url.QueryEscape(q[1]))
	}
	return r.path + "?" + strings.Join(pairs, "&")
}

// shellSafe is a text that a shell takes between single quotes.
func shellSafe(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

func (r request) curl() string {
	var b strings.Builder
	b.WriteString("curl ")
	if r.method != "GET" && (r.method != "POST" || r.body == nil) {
		b.WriteString("-X " + r.method + " ")
	}
	if len(r.query) > 0 {
		fmt.Fprintf(&b, `"$%s%s"`, r.variable, r.target())
	} else {
		fmt.Fprintf(&b, "$%s%s", r.variable, r.path)
	}
	for _, h := range r.header {
		b.WriteString(" \\\n  -H " + shellSafe(h[0]+": "+h[1]))
	}
	if r.body != nil {
		b.WriteString(" \\\n  -H 'Content-Type: application/json' \\\n  -d " + shellSafe(pretty(r.body)))
	}
	return b.String()
}

func (r request) python() string {
	var b strings.Builder
	b.WriteString("import os, requests\n\nanswer = requests." + strings.ToLower(r.method))
	fmt.Fprintf(&b, "(\n    os.environ[%q] + %q", r.variable, r.path)
	for _, more := range []struct {
		name  string
		pairs [][2]string
	}{{"params", r.query}, {"headers", r.header}} {
		if len(more.pairs) == 0 {
			continue
		}
		var pairs []string
		for _, p := range more.pairs {
			pairs = append(pairs, fmt.Sprintf("%q: %q", p[0], p[1]))
		}
		b.WriteString(",\n    " + more.name + "={" + strings.Join(pairs, ", ") + "}")
	}
	if r.body != nil {
		b.WriteString(",\n    json=" + strings.ReplaceAll(pythonic(pretty(r.body)), "\n", "\n    "))
	}
	b.WriteString(",\n    timeout=10,\n)\nanswer.raise_for_status()")
	return b.String()
}

var literal = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|\b(?:true|false|null)\b`)

// pythonic writes the words of JSON as Python does; texts are the same in both.
func pythonic(text string) string {
	words := map[string]string{"true": "True", "false": "False", "null": "None"}
	return literal.ReplaceAllStringFunc(text, func(one string) string {
		if word, ok := words[one]; ok {
			return word
		}
		return one
	})
}

func (r request) golang() string {
	where := fmt.Sprintf("os.Getenv(%q)+%q", r.variable, r.target())
	body, media := "", ""
	if r.body != nil {
		text := pretty(r.body)
		body = "body := strings.NewReader(`" + strings.ReplaceAll(text, "`", "` + \"`\" + `") + "`)\n"
		media = `"application/json"`
	}
	switch {
	case r.method == "GET" && len(r.header) == 0:
		return "response, err := http.Get(" + where + ")"
	case r.method == "POST" && r.body != nil && len(r.header) == 0:
		return body + "response, err := http.Post(" + where + ",\n\t" + media + ", body)"
	}
	in := "nil"
	if body != "" {
		in = "body"
	}
	var text strings.Builder
	text.WriteString(body)
	fmt.Fprintf(&text, "request, err := http.NewRequestWithContext(ctx, %q,\n\t%s, %s)\n// handle err\n", r.method, where, in)
	if media != "" {
		text.WriteString("request.Header.Set(\"Content-Type\", " + media + ")\n")
	}
	for _, h := range r.header {
		fmt.Fprintf(&text, "request.Header.Set(%q, %q)\n", h[0], h[1])
	}
	return text.String() + "response, err := http.DefaultClient.Do(request)"
}
