package mail_test

import (
	"regexp"
	"strings"
	"testing"

	xhtml "golang.org/x/net/html"

	"github.com/spinoff-go/spinoff/apps/tickets/internal/mail"
)

const htmlHead = "From: a@b.example\nContent-Type: text/html; charset=utf-8\n\n"

func TestSanitise(t *testing.T) {
	for _, c := range []struct{ markup, want string }{
		{`<p onclick="x()" style="color:red" class=c id=i>a</p>`, `<p>a</p>`},
		{`a<script>alert(1)</script><style>p{}</style><title>t</title>b`, `ab`},
		{`a<svg><script>1</script><text>x</text></svg><math>y</math>b`, `ab`},
		{`a<iframe src="https://x"></iframe><object data=x></object><embed src=x>b`, `ab`},
		{`<form action="https://x"><input name=a value=b><button>go</button></form>`, `go`},
		{`<meta http-equiv="refresh" content="0;url=https://x"><base href="https://x"><link rel=stylesheet href=x>a`, `a`},
		{`<a href="javascript:alert(1)">a</a><a href=" jAva&#x0A;script:1">b</a><a href="data:text/html,x">c</a>`, `abc`},
		{`<a href="cid:x">a</a><a href="/admin">b</a><a href="//x">c</a>`, `abc`},
		{`<a href="https://x.example/?a=1&amp;b=2">a</a>`, `<a href="https://x.example/?a=1&amp;b=2" rel="nofollow noreferrer noopener" target="_blank">a</a>`},
		{`a<img src="https://x/p.gif"><img src="//x/p.gif"><img src="data:image/png;base64,AA==">`, `a`},
		{`<img src="cid:a@b" onerror="alert(1)" alt="box">`, `<img src="cid:a@b" alt="box">`},
		{`<table background="https://x/p.gif"><tr><td>1</td></tr></table>`, `<table><tr><td>1</td></tr></table>`},
		{`<!--[if mso]><p>a</p><![endif]--><p>b`, `<p>b`},
		{`<style>p{}</style><p>&nbsp;</p>`, ``},
	} {
		m := parse(t, htmlHead+c.markup)
		got := regexp.MustCompile(`<img( alt="[^"]*")?/?>`).ReplaceAllString(m.HTML, "") // an image without a source shows nothing
		if got != c.want {
			t.Errorf("HTML of %s\n got %s\nwant %s", c.markup, m.HTML, c.want)
		}
		checkHarmless(t, m.HTML)
	}
}

func TestHTMLOfMixedParts(t *testing.T) {
	m := parse(t, "Content-Type: multipart/mixed; boundary=x\n\n--x\n\na < b\n--x\nContent-Type: text/html\n\n<b>bold</b>\n--x--\n")
	if m.Text != "a < b\n\nbold" || m.HTML != "<pre>a &lt; b</pre>\n<b>bold</b>" {
		t.Errorf("text and HTML one after the other became %q and %q, want both in both", m.Text, m.HTML)
	}
}

func TestResolveImages(t *testing.T) {
	markup := parse(t, htmlHead+`<img src="cid:a&amp;b@c"><img src="CID:gone">src="cid:text"`).HTML
	got := mail.ResolveImages(markup, func(cid string) string {
		if cid == "a&b@c" {
			return "/file?id=1&x=\""
		}
		return ""
	})
	if want := `<img src="/file?id=1&amp;x=&#34;"><img>src=&#34;cid:text&#34;`; got != want {
		t.Errorf("ResolveImages(%s)\n got %s\nwant %s", markup, got, want)
	}
}

func TestTextOfHTML(t *testing.T) {
	for markup, want := range map[string]string{
		"<p>one <b>two</b>three</p><p>four<br>five</p>":                       "one twothree\n\nfour\nfive",
		"<ul><li>a</li><li>b</li></ul>":                                       "- a\n- b",
		"<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>":     "a b\nc",
		"yes<blockquote>why<blockquote>deep</blockquote></blockquote>no":      "yes\n> why\n> > deep\nno",
		"<style>x</style>a&nbsp;&lt;b&gt;<script>y</script><pre>c\n  d</pre>": "a <b>\n\nc\n  d",
	} {
		if got := parse(t, htmlHead+markup).Text; got != want {
			t.Errorf("text of %s\n got %q\nwant %q", markup, got, want)
		}
	}
}

// checkHarmless reads markup as a browser would and fails where anything in it could run, submit or load.
func checkHarmless(t *testing.T, markup string) {
	t.Helper()
	for z := xhtml.NewTokenizer(strings.NewReader(markup)); ; {
		kind := z.Next()
		if kind == xhtml.ErrorToken {
			return
		}
		if kind != xhtml.StartTagToken && kind != xhtml.SelfClosingTagToken {
			continue
		}
		tok := z.Token()
		if strings.Contains(" script style iframe frame object embed form input button textarea select meta base link svg math audio video template ", " "+tok.Data+" ") {
			t.Errorf("<%s> in %q", tok.Data, markup)
		}
		for _, a := range tok.Attr {
			value := strings.ToLower(a.Val)
			bad := strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "background" || a.Key == "srcset" || a.Key == "id" ||
				a.Key == "src" && !strings.HasPrefix(value, "cid:") ||
				a.Key == "href" && !regexp.MustCompile(`^(https?://|mailto:|tel:)`).MatchString(value)
			if bad {
				t.Errorf("<%s %s=%q> in %q", tok.Data, a.Key, a.Val, markup)
			}
		}
	}
}
