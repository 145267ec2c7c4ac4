package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/spinofftest"
)

// TestReference reads the reference of a service and tries an endpoint in it, as people do: the call is real.
func TestReference(t *testing.T) {
	for _, v := range []visitor{
		{name: "phone", width: 390},
		{name: "desktop", width: 1440, keyboard: true},
		{name: "without scripts", width: 1440, noScript: true},
	} {
		t.Run(v.name, func(t *testing.T) {
			site := spinofftest.Together(t, Project())
			b := openBrowser(t, v)
			b.open(site.URL + "/faq/v2/docs#op-create")
			b.see("faq version 2")
			b.see("export FAQ_API=" + site.URL + "/faq")
			b.wide(v.width)
			try := "#op-create .try "
			b.send(try + "> summary")
			eval[bool](b, `document.querySelector("`+try+`form > details").open = true`)
			b.fillIn(try+"[name=question]", "Does it work in the rain?")
			b.fillIn(try+"[name=source]", "4711")
			if v.noScript {
				b.fillIn(try+"[name=tags]", "rain")
			} else {
				b.fillIn(try+"[name=tags]", "rain\nweather")
			}
			b.send(try + "form button")
			b.see(`"question"`)
			b.see("Does it work in the rain?")
			entry := must(faqv2.Get.Call(t.Context(), site.Calls, faqv2.EntryID{ID: "1"}))(t)
			if want := len(strings.Fields("rain weather")); entry.Title != "Does it work in the rain?" || !v.noScript && len(entry.Tags) != want {
				t.Errorf("the entry that was made by trying: %+v", entry)
			}
			if v.noScript {
				return
			}
			b.see("201 Created")
			b.shoot()
			eval[bool](b, `document.querySelector("#op-get .try").open = true`)
			b.fillIn("#op-get .try [name=id]", "no/such entry")
			b.send("#op-get .try form button")
			b.see("faq.not_found")
		})
	}
}

// TestReferences: every version of every service has a reference, and everything that it is made of comes from here.
func TestReferences(t *testing.T) {
	site := spinofftest.Together(t, Project())
	for _, path := range []string{"/faq/v1/docs", "/faq/v2/docs", "/tickets/v1/docs", "/faqcreator/v1/docs"} {
		b := openBrowser(t, visitor{width: 1440})
		b.open(site.URL + path)
		if from := eval[string](b, `performance.getEntriesByType("resource").map((r) => r.name).filter((name) => !name.startsWith(location.origin)).join()`); from != "" {
			t.Errorf("%s loads %s", path, from)
		}
		if n := eval[int](b, `document.querySelectorAll(".endpoint").length`); n < 2 {
			t.Errorf("%s shows %d endpoints", path, n)
		}
		response, err := http.Get(site.URL + strings.TrimSuffix(path, "docs") + "openapi.json")
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Errorf("%s: its document answers %d", path, response.StatusCode)
		}
	}
}

// wide expects that the page is not wider than the window.
func (b *browser) wide(width int64) {
	b.t.Helper()
	if got := eval[int64](b, `document.documentElement.scrollWidth`); got > width {
		b.t.Errorf("the page is %d pixels wide, in a window of %d", got, width)
	}
}

// fillIn types into the element that a selector names.
func (b *browser) fillIn(selector, text string) {
	b.t.Helper()
	if !eval[bool](b, fmt.Sprintf(`((e) => { if (!e || e.disabled) return false; e.focus(); e.value = %s; return true; })(document.querySelector(%s))`, quote(text), quote(selector))) {
		b.t.Fatalf("nothing can be typed into %s:\n%s", selector, b.page())
	}
}

// send presses the button that a selector names, by Enter where there is no mouse.
func (b *browser) send(selector string) {
	b.t.Helper()
	if b.keyboard {
		if !eval[bool](b, fmt.Sprintf(`((e) => { e?.focus(); return document.activeElement === e; })(document.querySelector(%s))`, quote(selector))) {
			b.t.Fatalf("%s takes no focus:\n%s", selector, b.page())
		}
		b.do("press Enter on "+selector, chromedp.KeyEvent(kb.Enter))
		return
	}
	if !eval[bool](b, fmt.Sprintf(`((e) => { if (!e || e.disabled) return false; e.click(); return true; })(document.querySelector(%s))`, quote(selector))) {
		b.t.Fatalf("%s cannot be pressed:\n%s", selector, b.page())
	}
}
