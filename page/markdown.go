package page

import (
	"bytes"
	"html/template"
	"net/url"
	"regexp"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Markdown renders GitHub-flavoured Markdown that anybody may have written. Raw HTML is dropped, what is left is
// sanitised, headings start at h2 because the page has its h1, and links to elsewhere are
// rel="nofollow noopener". Images from other hosts stay away under our [Policy]; readers see their text.
func Markdown(src string) template.HTML {
	var b bytes.Buffer
	if err := markdown().Convert([]byte(clean(src)), &b); err != nil { // a bytes.Buffer never fails; the text is better than nothing
		return template.HTML(template.HTMLEscapeString(src)) //nolint:gosec // escaped
	}
	return template.HTML(sanitiser().SanitizeBytes(b.Bytes())) //nolint:gosec // sanitised
}

var markdown = sync.OnceValue(func() goldmark.Markdown {
	return goldmark.New(
		goldmark.WithExtensions(
			extension.Linkify, extension.Strikethrough, extension.TaskList,
			extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)), // no inline style
		),
		goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(adapter{}, 500))),
	)
})

var sanitiser = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.UGCPolicy()
	p.AllowURLSchemes("http", "https", "mailto", "tel")
	p.RequireNoFollowOnLinks(false)
	p.AllowAttrs("rel").Matching(regexp.MustCompile(`^nofollow noopener$`)).OnElements("a")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^language-[\w+#-]+$`)).OnElements("code")
	p.AllowAttrs("type").Matching(regexp.MustCompile(`^checkbox$`)).OnElements("input")
	p.AllowAttrs("checked", "disabled").Matching(regexp.MustCompile(`^$`)).OnElements("input")
	return p
})

// adapter fits a document into our page.
type adapter struct{}

func (adapter) Transform(doc *ast.Document, reader text.Reader, _ parser.Context) {
	top := topHeading(doc)
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // the walker below never fails
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			n.Level = min(n.Level-top+2, 6)
		case *ast.Link:
			mark(n, string(n.Destination))
		case *ast.AutoLink:
			mark(n, string(n.URL(reader.Source())))
		}
		return ast.WalkContinue, nil
	})
}

// topHeading returns the level of the highest heading: some start with #, some with ##.
func topHeading(doc *ast.Document) int {
	top := 6
	_ = ast.Walk(doc, func(n ast.Node, _ bool) (ast.WalkStatus, error) { // nor does this one
		if h, ok := n.(*ast.Heading); ok {
			top = min(top, h.Level)
		}
		return ast.WalkContinue, nil
	})
	return top
}

// mark says of a link to another host that it is not our recommendation.
func mark(n ast.Node, address string) {
	if u, err := url.Parse(address); err != nil || u.Host != "" {
		n.SetAttributeString("rel", []byte("nofollow noopener"))
	}
}
