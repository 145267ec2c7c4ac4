package stackexchange

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// inliner writes running text as Markdown.
type inliner struct {
	out      strings.Builder
	oneLine  bool // line breaks become spaces, as headings need it
	strong   bool // inside of strong text, where more of it means nothing
	em       bool
	inLink   bool
	before   rune // what stands before the text, for a part of a paragraph
	emphatic bool // whether the text has emphasis in it
}

// paragraph returns what has been written as a block of its own.
func (w *inliner) paragraph() string {
	return escapeLines(w.out.String())
}

func (w *inliner) children(n *html.Node) {
	for child := range n.ChildNodes() {
		w.node(child)
	}
}

func (w *inliner) node(n *html.Node) {
	if n.Type == html.TextNode {
		w.text(n.Data)
	}
	if n.Type != html.ElementNode {
		return
	}
	switch n.DataAtom {
	case atom.Br:
		w.lineBreak()
	case atom.Em, atom.I:
		w.emphasis(n, w.em)
	case atom.Strong, atom.B:
		w.emphasis(n, w.strong)
	case atom.Code, atom.Kbd, atom.Tt, atom.Samp:
		w.code(n)
	case atom.A:
		w.link(n)
	case atom.Img:
		w.image(n)
	case atom.Script, atom.Style:
	default:
		w.children(n)
	}
}

// text writes plain text; any white space of HTML is one space.
func (w *inliner) text(s string) {
	s = htmlSpace.ReplaceAllLiteralString(s, " ")
	if last := w.last(); last == ' ' || last == '\n' {
		s = strings.TrimLeft(s, " ")
	}
	w.out.WriteString(escape(s))
}

var htmlSpace = regexp.MustCompile(`[ \t\r\n\f]+`)

func (w *inliner) lineBreak() {
	if w.oneLine {
		w.text(" ")
		return
	}
	w.out.WriteString("\\\n")
}

// last is the character before what is written next; a space at the front.
func (w *inliner) last() rune {
	if w.out.Len() == 0 {
		if w.before == 0 {
			return ' '
		}
		return w.before
	}
	s := w.out.String()
	r, _ := utf8.DecodeLastRuneInString(s)
	return r
}

// part returns what writes the inside of an element that mark stands before.
func (w *inliner) part(mark rune) *inliner {
	return &inliner{oneLine: w.oneLine, strong: w.strong, em: w.em, inLink: w.inLink, before: mark}
}

// emphasis writes emphasis where its marks will be understood (CommonMark 6.2), and otherwise the text alone.
func (w *inliner) emphasis(n *html.Node, already bool) {
	if already {
		w.children(n)
		return
	}
	strong := n.DataAtom == atom.Strong || n.DataAtom == atom.B
	part := w.part('*')
	part.strong, part.em = w.strong || strong, w.em || !strong
	part.children(n)
	text := part.out.String()
	core := strings.Trim(text, " ")
	lead, trail, _ := strings.Cut(text, core)
	mark := "*"
	switch {
	case strong:
		mark = "**"
	case w.strong || part.emphatic:
		mark = "_"
	}
	before, after := w.last(), following(n)
	if lead != "" {
		before = ' '
	}
	if trail != "" {
		after = ' '
	}
	if core == "" || strings.HasSuffix(core, "\n") || strings.HasPrefix(core, "\\\n") || !flanks(before, core, after, mark) {
		w.plainly(n, part)
		return
	}
	w.emphatic = true
	w.space(lead)
	w.out.WriteString(mark + core + mark)
	w.out.WriteString(trail)
}

// plainly writes the inside of an element whose marks cannot be written. What part was in stays forbidden, so that deep
// nesting is not tried twice at each level.
func (w *inliner) plainly(n *html.Node, part *inliner) {
	strong, em, inLink := w.strong, w.em, w.inLink
	w.strong, w.em, w.inLink = part.strong, part.em, part.inLink
	w.children(n)
	w.strong, w.em, w.inLink = strong, em, inLink
}

// space writes a space unless there is one.
func (w *inliner) space(s string) {
	if last := w.last(); s != "" && last != ' ' && last != '\n' {
		w.out.WriteByte(' ')
	}
}

// flanks reports whether marks between before and text, and between text and after, open and close emphasis.
func flanks(before rune, text string, after rune, mark string) bool {
	first, _ := utf8.DecodeRuneInString(text)
	last, _ := utf8.DecodeLastRuneInString(text)
	if before == '*' || before == '_' || unicode.IsSpace(first) || unicode.IsSpace(last) {
		return mark == "_" && before == '*' && wordEdge(after)
	}
	if mark == "_" {
		return wordEdge(before) && wordEdge(after)
	}
	return (!isPunct(first) || wordEdge(before)) && (!isPunct(last) || wordEdge(after))
}

func wordEdge(r rune) bool { return unicode.IsSpace(r) || isPunct(r) }

func isPunct(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) }

// following returns the first character of the text behind a node in its block; a space where that ends.
func following(n *html.Node) rune {
	for ; n != nil && !isBlock(n); n = n.Parent {
		for next := n.NextSibling; next != nil; next = next.NextSibling {
			if isBlock(next) || next.DataAtom == atom.Br {
				return ' '
			}
			if text := textOf(next); text != "" {
				r, _ := utf8.DecodeRuneInString(text)
				return r
			}
		}
	}
	return ' '
}

func (w *inliner) code(n *html.Node) {
	code := htmlSpace.ReplaceAllLiteralString(textOf(n), " ")
	if strings.TrimSpace(code) == "" || w.last() == '`' { // two spans in a row would be read as one
		w.text(code)
		return
	}
	fence := "`"
	for strings.Contains(code, fence) {
		fence += "`"
	}
	if code[0] == '`' || code[len(code)-1] == '`' || code[0] == ' ' && code[len(code)-1] == ' ' {
		code = " " + code + " "
	}
	w.out.WriteString(fence + code + fence)
}

func (w *inliner) link(n *html.Node) {
	target := attribute(n, "href")
	if target == "" || w.inLink {
		w.children(n)
		return
	}
	part := w.part('[')
	part.inLink = true
	part.children(n)
	text := part.out.String()
	core := strings.TrimSpace(strings.TrimSuffix(text, "\\\n"))
	if core == "" || strings.Contains(core, "\\\n\\\n") {
		w.plainly(n, part)
		return
	}
	if strings.HasPrefix(text, " ") {
		w.space(" ")
	}
	if plain := textOf(n); plain == target && bareLink.MatchString(target) && core == escape(target) {
		w.out.WriteString("<" + target + ">")
	} else {
		w.out.WriteString("[" + core + "](" + destination(target) + linkTitle(n) + ")")
	}
	if strings.HasSuffix(text, " ") {
		w.out.WriteByte(' ')
	}
}

var bareLink = regexp.MustCompile(`^https?://[A-Za-z0-9/?#@!$'()*+,;=:._~%-]+$`)

func (w *inliner) image(n *html.Node) {
	if source := attribute(n, "src"); source != "" {
		alt := strings.TrimSpace(htmlSpace.ReplaceAllLiteralString(attribute(n, "alt"), " "))
		w.out.WriteString("![" + escape(alt) + "](" + destination(source) + linkTitle(n) + ")")
	}
}

// destination writes a URL so that nothing in it ends it.
func destination(url string) string {
	url = entity.ReplaceAllString(strings.TrimSpace(url), "&amp;$1")
	return strings.NewReplacer(" ", "%20", "\n", "", "\r", "", "\t", "%09", "(", "%28", ")", "%29", "<", "%3C", ">", "%3E", `\`, "%5C").Replace(url)
}

func linkTitle(n *html.Node) string {
	title := strings.TrimSpace(htmlSpace.ReplaceAllLiteralString(attribute(n, "title"), " "))
	if title == "" {
		return ""
	}
	return ` "` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(entity.ReplaceAllString(title, "&amp;$1")) + `"`
}

// entity is what HTML and Markdown read as one character: "&lt;".
var entity = regexp.MustCompile(`&(#?[A-Za-z0-9]+;)`)

// escape puts a backslash before what would be markup anywhere in a text.
func escape(text string) string {
	var b strings.Builder
	runes := []rune(text)
	for i, r := range runes {
		switch r {
		case '\\', '`', '*', '[', ']', '<', '~', '|':
			b.WriteByte('\\')
		case '_':
			if i == 0 || i == len(runes)-1 || wordEdge(runes[i-1]) || wordEdge(runes[i+1]) {
				b.WriteByte('\\')
			}
		case '!':
			if i == len(runes)-1 { // a link may follow
				b.WriteByte('\\')
			}
		}
		b.WriteRune(r)
	}
	return entity.ReplaceAllString(b.String(), `\&$1`)
}

// lineMark is what starts a block when it stands at the start of a line.
var lineMark = regexp.MustCompile(`^(?:[#>+=:-]|\d{1,9}[.)](?:\s|$))`)

// escapeLines trims a paragraph and puts a backslash before what would make something else of one of its lines.
func escapeLines(paragraph string) string {
	lines := strings.Split(strings.Trim(paragraph, " \n"), "\n")
	for i, line := range lines {
		line = strings.TrimLeft(line, " ")
		if mark := lineMark.FindString(line); mark != "" {
			at := strings.IndexAny(line, "#>+=:-.)")
			line = line[:at] + `\` + line[at:]
		}
		lines[i] = line
	}
	for len(lines) > 0 && (lines[len(lines)-1] == `\` || lines[len(lines)-1] == "") { // breaks before nothing
		lines = lines[:len(lines)-1]
	}
	if len(lines) == 0 {
		return ""
	}
	for len(lines) > 1 && lines[0] == `\` {
		lines = lines[1:]
	}
	return trimBreak(strings.Join(lines, "\n"))
}

// trimBreak drops the backslash of a line break that has nothing behind it, and keeps one that is written out.
func trimBreak(paragraph string) string {
	slashes := len(paragraph) - len(strings.TrimRight(paragraph, `\`))
	if slashes%2 == 1 {
		return strings.TrimRight(paragraph[:len(paragraph)-1], " ")
	}
	return paragraph
}
