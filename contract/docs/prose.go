package docs

import (
	"html"
	"html/template"
	"regexp"
	"strings"
)

// marked is what a comment of Go sets off: [Name] or `code`.
var marked = regexp.MustCompile("\\[([A-Za-z_][\\w.]*)\\]|`([^`]+)`")

// prose renders what a contract says: paragraphs of plain text, in which [Name] names a type, an error, or an endpoint.
func (d *document) prose(text string) template.HTML {
	var b strings.Builder
	for paragraph := range strings.SplitSeq(strings.ReplaceAll(text, "\r", ""), "\n\n") {
		if paragraph = strings.TrimSpace(paragraph); paragraph != "" {
			b.WriteString("<p>" + marked.ReplaceAllStringFunc(html.EscapeString(paragraph), d.mark) + "</p>")
		}
	}
	return template.HTML(b.String()) //nolint:gosec // escaped
}

// mark renders one name; text is escaped.
func (d *document) mark(text string) string {
	name := text[1 : len(text)-1]
	if text[0] == '[' && d.Components.Schemas.get(name) != nil {
		return `<a href="#type-` + name + `"><code>` + name + `</code></a>`
	}
	return "<code>" + name + "</code>"
}

// sentence is prose without paragraphs, with a full stop.
func (d *document) sentence(text string) template.HTML {
	if text = strings.TrimSpace(text); text != "" && !strings.HasSuffix(text, ".") {
		text += "."
	}
	return template.HTML(marked.ReplaceAllStringFunc(html.EscapeString(text), d.mark)) //nolint:gosec // escaped
}
