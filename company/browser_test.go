package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// browser is a tab of a real Chromium that is used as a person would: it finds things by what they are called.
type browser struct {
	t        *testing.T
	ctx      context.Context
	keyboard bool // no mouse: Tab and Enter only
}

// visitor says how somebody uses the pages.
type visitor struct {
	name     string
	width    int64
	keyboard bool
	noScript bool
}

// openBrowser starts a browser for v, which is closed when the test ends. Anything that the page complains about to the console, such as
// a violation of the content security policy, fails the test.
func openBrowser(t *testing.T, v visitor) *browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium(t)), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, closeTab := chromedp.NewContext(allocator)
	t.Cleanup(func() { closeTab(); stop() })
	b := &browser{t, ctx, v.keyboard}
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("start the browser: %v", err)
	}
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			if m.Source != "network" { // a page that answers 4xx on purpose
				t.Errorf("the page complains: %s", m)
			}
		}
	}()
	b.do("set the size", chromedp.EmulateViewport(v.width, 900))
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: v.noScript}); err != nil {
		t.Fatalf("switch scripts off: %v", err)
	}
	return b
}

// chromium returns the browser's program.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "google-chrome", "chromium-browser"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("no Chromium is installed: make browser-deps installs it")
	return ""
}

func (b *browser) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 2*time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.t.Fatalf("%s: %v\n%s", what, err, b.page())
	}
}

// eval returns the value of a script. It works where the page's own scripts are off. While the page changes, it tries again.
func eval[T any](b *browser, script string) T {
	b.t.Helper()
	var value T
	var err error
	for range 50 {
		ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
		value, err = chromedp.Run(ctx, chromedp.Evaluate[T](script))
		cancel()
		if err == nil {
			return value
		}
		time.Sleep(50 * time.Millisecond)
	}
	b.t.Fatalf("%s: %v", script, err)
	return value
}

// page returns what the tab shows.
func (b *browser) page() string {
	b.t.Helper()
	return eval[string](b, `location.href + "\n" + document.body.innerText`)
}

// open goes to a URL.
func (b *browser) open(url string) {
	b.t.Helper()
	b.do("open "+url, chromedp.Navigate(url))
	b.shoot()
}

// see waits until the page shows text.
func (b *browser) see(text string) {
	b.t.Helper()
	deadline := time.Now().Add(15 * time.Second)
	for !strings.Contains(strings.ToLower(b.page()), strings.ToLower(text)) {
		if time.Now().After(deadline) {
			b.t.Fatalf("the page does not show %q:\n%s", text, b.page())
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// reload asks for the page again until it shows text.
func (b *browser) reload(text string) {
	b.t.Helper()
	for range 100 {
		if strings.Contains(b.page(), text) {
			return
		}
		time.Sleep(100 * time.Millisecond)
		b.open(eval[string](b, "location.href"))
	}
	b.t.Fatalf("the page does not show %q, however often it is asked for:\n%s", text, b.page())
}

// marked is the selector of what find found.
const marked = chromedp.CSS("[data-found]")

// find marks the first visible element among those that the selector lists and that are called name. It is what an element is
// called by: its label, its accessible name, or its text.
const find = `((name, selector) => {
	document.querySelectorAll("[data-found]").forEach(e => e.removeAttribute("data-found"));
	const text = e => (e.getAttribute("aria-label") || (e.labels && e.labels[0] && e.labels[0].textContent) || e.textContent || e.value || "").replace(/\s+/g, " ").trim();
	const all = [...document.querySelectorAll(selector)].filter(e => e.checkVisibility());
	const e = all.find(e => text(e) === name) || all.find(e => text(e).startsWith(name)) || all.find(e => text(e).includes(name));
	if (e) e.setAttribute("data-found", "");
	return !!e;
})(%s, %s)`

func quote(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // it is a string
	}
	return string(text)
}

const (
	controls = `a[href], button, summary, input[type=submit], input[type=radio], input[type=checkbox]`
	fields   = `input:not([type=hidden]):not([type=submit]), textarea, select`
)

// press clicks the link or button called name, or reaches it by Tab and presses Enter, and waits for the page that it leads to.
func (b *browser) press(name string) {
	b.t.Helper()
	b.waitFor(name, controls)
	eval[bool](b, `window.isOld = true`)
	if b.keyboard {
		b.tabTo(name)
		b.do("press Enter on "+name, chromedp.KeyEvent(kb.Enter))
	} else {
		b.do("press "+name, chromedp.ScrollIntoView(marked), chromedp.Click(marked))
	}
	deadline := time.Now().Add(15 * time.Second)
	for !eval[bool](b, `!window.isOld && document.readyState === "complete"`) {
		if time.Now().After(deadline) {
			b.t.Fatalf("%q leads nowhere:\n%s", name, b.page())
		}
		time.Sleep(20 * time.Millisecond)
	}
	b.shoot()
}

// fill types text into the field called label, in place of what is there.
func (b *browser) fill(label, text string) {
	b.t.Helper()
	b.waitFor(label, fields)
	if b.keyboard {
		b.tabTo(label)
	} else {
		b.do("go to "+label, chromedp.ScrollIntoView(marked), chromedp.Focus(marked))
	}
	eval[bool](b, `(document.activeElement.select && document.activeElement.select(), true)`)
	if _, err := chromedp.Call(b.ctx, input.InsertText, input.InsertTextParams{Text: text}); err != nil {
		b.t.Fatalf("type into %s: %v", label, err)
	}
}

func (b *browser) waitFor(name, selector string) {
	b.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for !eval[bool](b, fmt.Sprintf(find, quote(name), quote(selector))) {
		if time.Now().After(deadline) {
			b.t.Fatalf("there is no visible %q among %s:\n%s", name, selector, b.page())
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// tabTo presses Tab until what find has marked has the focus.
func (b *browser) tabTo(name string) {
	b.t.Helper()
	for range 300 {
		if eval[bool](b, `!!document.activeElement && document.activeElement.hasAttribute("data-found")`) {
			return
		}
		b.do("press Tab", chromedp.KeyEvent(kb.Tab))
	}
	b.t.Fatalf("Tab does not reach %q:\n%s", name, b.page())
}

// shoot saves a picture of the page to the folder SPINOFF_SHOTS, for people to look at.
func (b *browser) shoot() {
	b.t.Helper()
	folder := os.Getenv("SPINOFF_SHOTS")
	if folder == "" {
		return
	}
	ctx, cancel := context.WithTimeout(b.ctx, 2*time.Minute)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Fatalf("take a picture: %v", err)
	}
	name := strings.NewReplacer("/", "-", " ", "_").Replace(b.t.Name()) + time.Now().Format("-150405.000") + ".png"
	if err := os.WriteFile(filepath.Join(folder, name), picture, 0o600); err != nil {
		b.t.Error(err)
	}
}
