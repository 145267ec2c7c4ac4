package stackexchange_test

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"golang.org/x/net/html"

	"github.com/spinoff-go/spinoff/apps/faq/internal/stackexchange"
)

func TestMarkdown(t *testing.T) {
	tests := []struct{ name, html, want string }{
		{"paragraphs", "<p>One\ntwo.</p>\n\n<p>Three.</p>", "One two.\n\nThree."},
		{"bare text", "One <p>two</p> three", "One\n\ntwo\n\nthree"},
		{"emphasis", "<p>a <em>b</em> <strong>c</strong> <i>d</i> <b>e</b></p>", "a *b* **c** *d* **e**"},
		{"space inside of emphasis", "<p>a<em> b </em>c</p>", "a *b* c"},
		{"emphasis in emphasis", "<p><strong>a <em>b</em></strong></p>", "**a _b_**"},
		{"emphasis that cannot be", `<p>foo<em>"bar"</em>baz</p>`, `foo"bar"baz`},
		{"emphasis side by side", "<p><em>a</em><em>b</em></p>", "*a*b"},
		{"code", "<p>Run <code>a*b</code> and <code>`c`</code></p>", "Run `a*b` and `` `c` ``"},
		{"code block", "<pre class=\"lang-go\"><code>a\n\n  *b*\n</code></pre>", "```go\na\n\n  *b*\n```"},
		{"code block with a fence", "<pre><code>```\na\n```\n</code></pre>", "````\n```\na\n```\n````"},
		{"quote", "<blockquote><p>a</p><p>b</p></blockquote><blockquote><p>c</p></blockquote>", "> a\n>\n> b\n\n> c"},
		{"list", "<ul><li>a</li><li>b<ol start=\"9\"><li>c</li><li>d</li></ol></li></ul>", "- a\n\n- b\n\n  9. c\n  10. d"},
		{"tight list", "<ol><li>a</li><li>b</li></ol>", "1. a\n2. b"},
		{"lists side by side", "<ul><li>a</li></ul><ul><li>b</li></ul>", "- a\n\n+ b"},
		{"code in a list", "<ul><li><p>a</p><pre><code>b\nc</code></pre></li></ul>", "- a\n\n  ```\n  b\n  c\n  ```"},
		{"headings", "<h1>a</h1><h3>b <em>c</em> #</h3>", "# a\n\n### b *c* \\#"},
		{"link", `<p><a href="https://x.example/a(b)?c=d&amp;e" title="say &quot;f&quot;">g [h]</a></p>`, `[g \[h\]](https://x.example/a%28b%29?c=d&e "say \"f\"")`},
		{"bare link", `<p><a href="https://x.example/">https://x.example/</a></p>`, "<https://x.example/>"},
		{"image", `<p><img src="a.png" alt="b"></p>`, "![b](a.png)"},
		{"image in a link", `<p><a href="c"><img src="a.png" alt="b"></a></p>`, "[![b](a.png)](c)"},
		{"link behind an exclamation mark", `<p>wow!<a href="a">b</a></p>`, `wow\![b](a)`},
		{"rule", "<p>a</p><hr><p>b</p>", "a\n\n___\n\nb"},
		{"line break", "<p>a<br>b<br></p>", "a\\\nb"},
		{"other elements", "<p>H<sub>2</sub>O <strike>no</strike></p><table><tr><td>a</td><td>b</td></tr></table>", "H2O no\n\na\n\nb"},
		{"script", "<p>a</p><script>alert(1)</script>", "a"},
		{"looks like Markdown", "<p># 1*2 _a_ snake_case `b` [c] &lt;d&gt; &amp;lt; ~e~ \\</p>", "\\# 1\\*2 \\_a\\_ snake_case \\`b\\` \\[c\\] \\<d> \\&lt; \\~e\\~ \\\\"},
		{"looks like a list", "<p>- a<br>1. b<br>+ c<br>=</p>", "\\- a\\\n1\\. b\\\n\\+ c\\\n\\="},
		{"empty", "<p></p><ul></ul><pre></pre>", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := stackexchange.Markdown(tt.html)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Markdown(%q) (-want +got):\n%s", tt.html, diff)
			}
			checkText(t, tt.html, got, true)
		})
	}
}

func FuzzMarkdown(f *testing.F) {
	f.Add("<p>a <em>b</em><strong><a href='x'>c</a></strong> <code>d</code><br>- e</p><ul><li><pre>f</pre></ul>")
	f.Add("<blockquote>1. a<h2>#</h2><hr><ol><li><ol><li>b</blockquote>")
	f.Fuzz(func(t *testing.T, source string) {
		if !plain(source) {
			return
		}
		if got := stackexchange.Markdown(source); !utf8.ValidString(got) {
			t.Errorf("Markdown(%q) = %q, want valid UTF-8", source, got)
		} else {
			checkText(t, source, got, false)
		}
	})
}

// plain reports HTML with only such elements and characters as posts have; what others show is for browsers to say.
func plain(source string) bool {
	known := " html head body p a em i strong b code img sub sup strike h1 h2 h3 ul ol li blockquote pre hr br "
	tokens := html.NewTokenizer(strings.NewReader(source))
	for tokens.Next() != html.ErrorToken {
		if name, _ := tokens.TagName(); len(name) > 0 && !strings.Contains(known, " "+string(name)+" ") {
			return false
		}
	}
	return utf8.ValidString(source) && !strings.ContainsFunc(source, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' || unicode.IsSpace(r) && r != ' ' && r != '\n'
	})
}

func TestMarkdownOfDeepNesting(t *testing.T) {
	for _, part := range []string{"<em>", "<em>-<strong>", "<a href=x>", "<blockquote>", "<ul><li>", "<div>", "<b>x<i>y"} {
		start := time.Now()
		stackexchange.Markdown(strings.Repeat(part, 400) + "text")
		stackexchange.Markdown(strings.Repeat(part, 4000) + "text")
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("Markdown of %q nested 400 and 4,000 times took %v", part, took)
		}
	}
}

// checkText reports whether Markdown shows the text, and the code, of the HTML it was made of, with spaces or but for them.
func checkText(t *testing.T, source, markdown string, spaces bool) bool {
	t.Helper()
	want, wantCode := shown(t, source)
	for _, renderer := range []goldmark.Markdown{goldmark.New(), goldmark.New(goldmark.WithExtensions(extension.GFM))} {
		var b bytes.Buffer
		if err := renderer.Convert([]byte(markdown), &b); err != nil {
			t.Fatal(err)
		}
		got, gotCode := shown(t, b.String())
		if !spaces {
			got, want = strings.ReplaceAll(got, " ", ""), strings.ReplaceAll(want, " ", "")
		}
		if got != want {
			t.Errorf("HTML   %q\nMarkdown %q\nshows %q\nwant  %q", source, markdown, got, want)
			return false
		}
		if diff := cmp.Diff(wantCode, gotCode); diff != "" {
			t.Errorf("Markdown %q\ncode (-want +got):\n%s", markdown, diff)
			return false
		}
	}
	return true
}

// shown returns the words that a page shows, and its blocks of code as they are.
func shown(t *testing.T, source string) (text string, code []string) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(source))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	var walk func(*html.Node, bool)
	walk = func(n *html.Node, pre bool) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		if n.Data == "script" || n.Data == "style" {
			return
		}
		inline := n.Type != html.ElementNode || strings.Contains(" a em i strong b code img sub sup strike span del s kbd ", " "+n.Data+" ")
		if !inline && !pre {
			b.WriteByte(' ')
		}
		if pre && n.Data == "br" {
			b.WriteByte('\n')
		}
		start := b.Len()
		for child := range n.ChildNodes() {
			walk(child, pre || n.Data == "pre")
		}
		if n.Data == "pre" && !pre && strings.TrimSpace(b.String()[start:]) != "" {
			code = append(code, strings.TrimRight(b.String()[start:], "\n"))
		}
		if !inline && !pre {
			b.WriteByte(' ')
		}
	}
	walk(doc, false)
	return strings.Join(strings.Fields(b.String()), " "), code
}
