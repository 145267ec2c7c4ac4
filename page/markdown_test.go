package page_test

import (
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/spinoff-go/spinoff/page"
)

func TestMarkdown(t *testing.T) {
	tests := []struct{ src, want string }{
		{"# One\n\n## Two\n\n###### Six", "<h2>One</h2>\n<h3>Two</h3>\n<h6>Six</h6>\n"},
		{"## One\n\n### Two", "<h2>One</h2>\n<h3>Two</h3>\n"},
		{"[a](https://a.example/)", `<p><a href="https://a.example/" rel="nofollow noopener">a</a></p>` + "\n"},
		{"[a](/help/a)", `<p><a href="/help/a">a</a></p>` + "\n"},
		{"[a](//a.example/)", `<p><a href="//a.example/" rel="nofollow noopener">a</a></p>` + "\n"},
		{"https://a.example", `<p><a href="https://a.example" rel="nofollow noopener">https://a.example</a></p>` + "\n"},
		{"~~no~~ **yes**", "<p><del>no</del> <strong>yes</strong></p>\n"},
		{"- [x] done", "<ul>\n<li><input checked=\"\" disabled=\"\" type=\"checkbox\"> done</li>\n</ul>\n"},
		{"```go\nx < y\n```", "<pre><code class=\"language-go\">x &lt; y\n</code></pre>\n"},
		{"|a|\n|:-:|\n|b|", "<table>\n<thead>\n<tr>\n<th align=\"center\">a</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td align=\"center\">b</td>\n</tr>\n</tbody>\n</table>\n"},
		{"", ""},
	}
	for _, test := range tests {
		if got := string(page.Markdown(test.src)); got != test.want {
			t.Errorf("Markdown(%q) = %q, want %q", test.src, got, test.want)
		}
	}
}

func TestMarkdownRunsNothing(t *testing.T) {
	for _, src := range append(attacks(), naughty(t)...) {
		checkHarmless(t, src)
	}
}

// FuzzMarkdown looks for Markdown whose HTML could run something.
func FuzzMarkdown(f *testing.F) {
	for _, src := range attacks() {
		f.Add(src)
	}
	f.Fuzz(checkHarmless)
}

func attacks() []string {
	return []string{
		"[a](javascript:alert(1))", "[a](JaVaScRiPt:alert(1))", "[a](&#106;avascript:alert(1))", "[a](java\tscript:alert(1))",
		"[a](vbscript:x)", "[a](data:text/html;base64,PHNjcmlwdD4=)", "![a](data:image/svg+xml;base64,PHN2Zz4=)", "![a](javascript:alert(1))", "![a](data:image/png;base64,AAAA)", "[a](data:image/gif;base64,AAAA)",
		"<javascript:alert(1)>", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "<a href=\"javascript:x\">a</a>",
		"![a](x\" onerror=\"alert(1))", "[a](x \"t\\\" onclick=\\\"alert(1)\")", "```\"><script>alert(1)</script>\nx\n```", "<iframe src=//evil>", "<style>*{}</style>",
		"<form action=//evil><button>", "[a]: javascript:alert(1)\n[a]", "| a<script> |\n|---|\n| <img onerror=x> |", "\x00<scr\x00ipt>",
	}
}

func checkHarmless(t *testing.T, src string) {
	t.Helper()
	for n := range parse(t, string(page.Markdown(src))).Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "script", "style", "iframe", "svg", "form", "button", "object", "embed", "base", "link", "meta":
			t.Errorf("Markdown(%q) holds <%s>", src, n.Data)
		}
		for _, a := range n.Attr {
			value := strings.ToLower(strings.TrimSpace(a.Val))
			code := strings.HasPrefix(a.Key, "on") || a.Key == "style"
			for _, scheme := range []string{"javascript:", "vbscript:", "data:"} {
				code = code || (a.Key == "href" || a.Key == "src") && strings.HasPrefix(value, scheme)
			}
			if code {
				t.Errorf("Markdown(%q) holds %s=%q", src, a.Key, a.Val)
			}
		}
	}
}
