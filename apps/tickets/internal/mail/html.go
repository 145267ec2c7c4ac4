package mail

import (
	"html"
	"regexp"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	xhtml "golang.org/x/net/html"
)

// policy lets text, lists, tables, links and inline images through: nothing that runs, submits, restyles the page or tells the
// sender that the mail was opened.
var policy = newPolicy()

func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "div", "span", "pre", "code", "tt", "kbd", "samp", "b", "strong", "i", "em", "u", "s", "strike", "del", "ins",
		"sub", "sup", "small", "big", "mark", "center", "font", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "q", "cite", "abbr", "address")
	p.AllowLists()
	p.AllowTables()
	p.AllowAttrs("dir").Matching(bluemonday.Direction).Globally()
	p.AllowAttrs("align").Matching(bluemonday.CellAlign).OnElements("p", "div", "table", "tr", "td", "th")
	p.AllowAttrs("color").Matching(regexp.MustCompile(`^(#[0-9a-fA-F]{3,6}|[a-zA-Z]{3,20})$`)).OnElements("font")
	p.AllowAttrs("href").Matching(regexp.MustCompile(`(?i)^(https?://|mailto:|tel:)`)).OnElements("a")
	p.AllowAttrs("src").Matching(regexp.MustCompile(`(?i)^cid:[^\s"'<>]{1,255}$`)).OnElements("img")
	p.AllowAttrs("alt", "title").Matching(regexp.MustCompile(`^[^<>]{0,500}$`)).OnElements("img", "a")
	p.AllowAttrs("width", "height").Matching(bluemonday.NumberOrPercent).OnElements("img", "table", "td", "th")
	p.AllowURLSchemes("http", "https", "mailto", "tel", "cid")
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true)
	p.SkipElementsContent("title", "svg", "math", "template", "textarea", "select")
	return p
}

// sanitise returns markup that is safe to show, "" if nothing to be seen is left.
func sanitise(markup string) string {
	clean := strings.TrimSpace(policy.Sanitize(markup))
	if !strings.Contains(clean, "<img") && strings.TrimSpace(textOf(clean)) == "" {
		return ""
	}
	return clean
}

var cidImage = regexp.MustCompile(` src="(?i:cid):([^"]*)"`)

// ResolveImages gives inline images of [Message.HTML] their address: address gets the CID of an attachment (see [Attachment.CID]) and
// returns the URL that serves it, or "" for an image that is not there, which then shows its alt text only.
func ResolveImages(markup string, address func(cid string) string) string {
	return cidImage.ReplaceAllStringFunc(markup, func(src string) string {
		cid := html.UnescapeString(cidImage.FindStringSubmatch(src)[1])
		if url := address(cid); url != "" {
			return ` src="` + html.EscapeString(url) + `"`
		}
		return ""
	})
}

// textOf is the text of markup as a mail client would have written it, quotes with ">" before each line.
func textOf(markup string) string {
	t := xhtml.NewTokenizer(strings.NewReader(markup))
	w := textWriter{}
	hidden := "" // the element whose content is not text
	for {
		kind := t.Next()
		switch kind {
		case xhtml.ErrorToken:
			return w.String()
		case xhtml.TextToken:
			if hidden == "" {
				w.words(string(t.Text()))
			}
		case xhtml.StartTagToken, xhtml.SelfClosingTagToken, xhtml.EndTagToken:
			tag, _ := t.TagName()
			name := string(tag)
			switch {
			case hidden != "":
				if kind == xhtml.EndTagToken && name == hidden {
					hidden = ""
				}
			case kind == xhtml.StartTagToken && strings.Contains(" script style title svg template ", " "+name+" "):
				hidden = name
			default:
				w.tag(name, kind == xhtml.EndTagToken)
			}
		}
	}
}

// textWriter writes words into lines, without more than one blank line between paragraphs.
type textWriter struct {
	out    strings.Builder
	quotes int  // depth of blockquotes
	pre    int  // depth of pre
	breaks int  // line ends to write before the next word
	space  bool // a space to write before the next word
}

func (w *textWriter) tag(name string, end bool) {
	step := 1
	if end {
		step = -1
	}
	switch name {
	case "br":
		w.breaks++
		w.space = false
	case "p", "table", "ul", "ol", "pre", "h1", "h2", "h3", "h4", "h5", "h6":
		w.breakAtLeast(2)
	case "div", "tr", "hr", "dt", "dd", "address", "center", "body", "form", "section", "article":
		w.breakAtLeast(1)
	case "blockquote":
		w.breakAtLeast(1)
		w.quotes = max(0, w.quotes+step)
	case "li":
		w.breakAtLeast(1)
		if !end {
			w.words("- ")
		}
	case "td", "th":
		w.space = true
	}
	if name == "pre" {
		w.pre = max(0, w.pre+step)
	}
}

func (w *textWriter) breakAtLeast(n int) {
	w.breaks, w.space = max(w.breaks, n), false
}

func (w *textWriter) words(s string) {
	if w.pre > 0 {
		for i, l := range strings.Split(s, "\n") {
			if i > 0 {
				w.breaks++
			}
			w.write(l)
		}
		return
	}
	s = strings.ReplaceAll(s, "\u00a0", " ")
	fields := strings.Fields(s)
	if len(fields) == 0 {
		w.space = w.space || s != ""
		return
	}
	w.space = w.space || strings.TrimLeft(s[:1], " \t\r\n") == ""
	w.write(strings.Join(fields, " "))
	w.space = strings.TrimRight(s[len(s)-1:], " \t\r\n") == ""
}

func (w *textWriter) write(s string) {
	if s == "" {
		return
	}
	quote := strings.Repeat("> ", min(w.quotes, 20))
	switch {
	case w.out.Len() == 0:
		w.out.WriteString(quote)
	case w.breaks > 0:
		for range min(w.breaks, 2) - 1 {
			w.out.WriteString("\n" + strings.TrimSpace(quote))
		}
		w.out.WriteString("\n" + quote)
	case w.space:
		w.out.WriteByte(' ')
	}
	w.breaks, w.space = 0, false
	w.out.WriteString(s)
}

func (w *textWriter) String() string { return w.out.String() }
