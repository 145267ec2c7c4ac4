package stackexchange

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Markdown returns the HTML of a post as CommonMark that shows the same text. Paragraphs, headings, lists, quotes, code, links,
// images, emphasis, rules and line breaks stay what they are; of everything else the text stays. Emphasis that
// Markdown cannot express is dropped, as from the middle of a word to a quotation mark, or around whole paragraphs.
func Markdown(source string) string {
	doc, err := html.Parse(strings.NewReader(source))
	if err != nil { // nested more than 512 deep
		return escapeLines(escape(source))
	}
	return blocks(doc)
}

// blocks returns what stands in a container: its blocks with a blank line between them, and runs of text as paragraphs.
func blocks(container *html.Node) string {
	var parts []string
	var text inliner
	flush := func() {
		if paragraph := text.paragraph(); paragraph != "" {
			parts = append(parts, paragraph)
		}
		text = inliner{}
	}
	lists := 0 // that stand directly behind each other
	for n := range container.ChildNodes() {
		if !isBlock(n) && !holdsBlock(n) {
			text.node(n)
			continue
		}
		flush()
		part := ""
		if n.DataAtom == atom.Ul || n.DataAtom == atom.Ol {
			part = list(n, lists%2 == 1)
			lists++
		} else {
			part = block(n)
			lists = 0
		}
		if part != "" {
			parts = append(parts, part)
		}
	}
	flush()
	return strings.Join(parts, "\n\n")
}

func isBlock(n *html.Node) bool {
	if n.Type != html.ElementNode {
		return false
	}
	switch n.DataAtom {
	case atom.Html, atom.Head, atom.Body, atom.P, atom.Div, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Aside, atom.Main, atom.Nav,
		atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Ul, atom.Ol, atom.Li, atom.Dl, atom.Dt, atom.Dd, atom.Blockquote, atom.Pre, atom.Hr,
		atom.Table, atom.Caption, atom.Thead, atom.Tbody, atom.Tfoot, atom.Tr, atom.Td, atom.Th, atom.Figure, atom.Figcaption, atom.Details, atom.Summary, atom.Center, atom.Form, atom.Address,
		atom.Script, atom.Style, atom.Title, atom.Noscript, atom.Template:
		return true
	}
	return false
}

// holdsBlock reports an element of running text with blocks in it, which Markdown has not: a link around a heading.
func holdsBlock(n *html.Node) bool {
	for d := range n.Descendants() {
		if isBlock(d) {
			return true
		}
	}
	return false
}

func block(n *html.Node) string {
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return heading(n)
	case atom.Pre:
		return codeBlock(n)
	case atom.Blockquote:
		return prefixLines(blocks(n), "> ", "> ")
	case atom.Hr:
		return "___" // "---" behind "- " would make one rule of a list
	case atom.Script, atom.Style, atom.Title, atom.Template:
		return ""
	}
	return blocks(n)
}

func heading(n *html.Node) string {
	text := inliner{oneLine: true}
	text.children(n)
	line := strings.TrimSpace(text.out.String())
	if line == "" {
		return ""
	}
	if before, ok := strings.CutSuffix(line, "#"); ok { // at the end they belong to the markup
		line = before + `\#`
	}
	return strings.Repeat("#", int(n.Data[1]-'0')) + " " + line
}

func codeBlock(n *html.Node) string {
	code := strings.TrimRight(textOf(n), "\n")
	if strings.TrimSpace(code) == "" {
		return ""
	}
	fence := "```"
	for strings.Contains(code, fence) {
		fence += "`"
	}
	return fence + language(n) + "\n" + code + "\n" + fence
}

// language returns what a class such as "lang-go" says of code, here or on the <code> inside.
func language(n *html.Node) string {
	for _, n := range []*html.Node{n, n.FirstChild} {
		for class := range strings.FieldsSeq(attribute(n, "class")) {
			for _, prefix := range []string{"lang-", "language-"} {
				if name, ok := strings.CutPrefix(class, prefix); ok && plainWord.MatchString(name) {
					return name
				}
			}
		}
	}
	return ""
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9+#.-]+$`)

// list returns a list. other asks for the other kind of marks, which keeps it apart from the list before it.
func list(n *html.Node, other bool) string {
	number, err := strconv.Atoi(attribute(n, "start"))
	if err != nil || number < 0 || number > 99_999_999 {
		number = 1
	}
	var items []string
	loose := false
	for item := range n.ChildNodes() {
		text := itemText(item)
		if text == "" && item.DataAtom != atom.Li {
			continue
		}
		mark := "- "
		switch {
		case n.DataAtom == atom.Ol && other:
			mark = fmt.Sprintf("%d) ", number)
		case n.DataAtom == atom.Ol:
			mark = fmt.Sprintf("%d. ", number)
		case other:
			mark = "+ "
		}
		number++
		loose = loose || strings.Contains(text, "\n\n")
		items = append(items, strings.TrimRight(prefixLines(text, mark, strings.Repeat(" ", len(mark))), " "))
	}
	if loose {
		return strings.Join(items, "\n\n")
	}
	return strings.Join(items, "\n")
}

func itemText(n *html.Node) string {
	if n.DataAtom == atom.Li {
		return blocks(n)
	}
	if isBlock(n) || holdsBlock(n) { // a list that stands in a list without an item around it
		if n.DataAtom == atom.Ul || n.DataAtom == atom.Ol {
			return list(n, false)
		}
		return block(n)
	}
	var text inliner
	text.node(n)
	return text.paragraph()
}

// prefixLines puts first before the first line and rest before the others; lines without text get no space.
func prefixLines(text, first, rest string) string {
	if text == "" {
		return strings.TrimRight(first, " >")
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		prefix := rest
		if i == 0 {
			prefix = first
		}
		if line == "" {
			prefix = strings.TrimRight(prefix, " ")
		}
		lines[i] = prefix + line
	}
	return strings.Join(lines, "\n")
}

func attribute(n *html.Node, key string) string {
	if n == nil {
		return ""
	}
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		switch {
		case d.Type == html.TextNode:
			b.WriteString(d.Data)
		case d.DataAtom == atom.Br:
			b.WriteByte('\n')
		}
	}
	return b.String()
}
