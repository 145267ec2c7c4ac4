package mail

import (
	"bytes"
	"html"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jhillyerd/enmime/v2"
	"golang.org/x/net/html/charset"
)

// block is a piece of the body that is shown in one of two ways.
type block struct {
	text string // "" where there is only HTML
	html string // "" where there is only text
}

func (m *Message) readBody(e *enmime.Envelope) {
	m.setBody(m.blocks(e.Root))
	for _, err := range e.Errors {
		if err.Name == enmime.ErrorMalformedChildPart || err.Name == enmime.ErrorMissingBoundary {
			m.flag(BadMIME)
		}
	}
}

// blocks collects the body in p and everything below it; what is not body becomes an attachment.
func (m *Message) blocks(p *enmime.Part) []block {
	if p.FirstChild != nil {
		var all []block
		for c := p.FirstChild; c != nil; c = c.NextSibling {
			all = append(all, m.blocks(c)...)
		}
		if p.ContentType == "multipart/alternative" {
			return alternative(all)
		}
		return all
	}
	switch {
	case strings.HasPrefix(p.ContentType, "multipart/") && p.Parent != nil: // an empty one
	case p.Disposition == "attachment" || p.FileName != "" && p.Disposition != "inline" && p.Parent != nil:
		m.attach(p)
	case p.ContentType == "text/html":
		return []block{{html: m.decodeHTML(p)}}
	case p.ContentType == "text/plain" || p.ContentType == "" || strings.HasPrefix(p.ContentType, "multipart/"):
		return []block{{text: m.plain(m.utf8Text(m.transfer(p), p.Charset))}}
	default:
		m.attach(p)
	}
	return nil
}

// alternative makes one block of several that say the same.
func alternative(all []block) []block {
	var texts, htmls []string
	for _, b := range all {
		if strings.TrimSpace(b.text) != "" {
			texts = append(texts, b.text)
		}
		if b.html != "" {
			htmls = append(htmls, b.html)
		}
	}
	return []block{{text: strings.Join(texts, "\n\n"), html: strings.Join(htmls, "\n")}}
}

func (m *Message) setBody(blocks []block) {
	var texts, htmls []string
	hasHTML := false
	for _, b := range blocks {
		text := b.text
		if strings.TrimSpace(text) == "" && b.html != "" {
			text = textOf(b.html)
		}
		if text = strings.Trim(text, "\n"); strings.TrimSpace(text) != "" {
			texts = append(texts, text)
		}
		if b.html != "" {
			hasHTML = true
			htmls = append(htmls, b.html)
		} else if strings.TrimSpace(b.text) != "" {
			htmls = append(htmls, "<pre>"+html.EscapeString(b.text)+"</pre>")
		}
	}
	m.Text = strings.Join(texts, "\n\n")
	if len(m.Text) > maxText {
		m.flag(CutText)
		m.Text = strings.ToValidUTF8(m.Text[:maxText], "")
	}
	if hasHTML {
		m.HTML = sanitise(strings.Join(htmls, "\n"))
	}
}

// plain cleans a text body: line ends are \n, and only printable characters, tabs and line ends are left.
func (m *Message) plain(content string) string {
	s := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(content)
	clean := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
	if clean != s {
		m.flag(BadCharacter)
	}
	return clean
}

// decodeHTML finds the charset in the markup itself where the part does not say it.
func (m *Message) decodeHTML(p *enmime.Part) string {
	content := bytes.TrimSpace(m.transfer(p))
	if len(content) > maxHTML {
		m.flag(CutHTML)
		content = content[:maxHTML]
	}
	label := p.Charset
	if label == "" && !utf8.Valid(content) {
		_, label, _ = charset.DetermineEncoding(content, "text/html")
	}
	return m.plain(m.utf8Text(content, label))
}
