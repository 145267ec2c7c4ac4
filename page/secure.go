package page

import (
	"net/http"
	"slices"
	"strings"
)

// Policy is the Content-Security-Policy of every page: our own files and nothing else, no inline script or
// style, no framing by others. A handler that needs another one sets the header itself.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; frame-src 'self'; manifest-src 'self'; base-uri 'none'; frame-ancestors 'none'"

// foreignPolicy lets a mail look like itself, and do nothing: no script, no form, no request anywhere.
// The document keeps our origin only so that the page around it can read how high it is.
const foreignPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; " +
	"form-action 'none'; frame-ancestors 'self'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"

// Secure sends the security headers with every answer of next, and refuses unsafe requests from other
// origins ([http.CrossOriginProtection]) with a 403 page that shows what was typed, so that nothing is lost.
// Requests without a browser's headers (curl, services) pass. Put it inside of what calls [WithSite], so that
// the 403 page looks like the others. Strict-Transport-Security is left to whoever ends TLS.
func Secure(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(refuse))
	guarded := protection.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", Policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		guarded.ServeHTTP(w, r)
	})
}

// Foreign answers with HTML that others wrote, such as a mail, for an <iframe class="mail" sandbox="allow-same-origin
// allow-popups allow-popups-to-escape-sandbox">. It runs no script and loads nothing. The caller has sanitised it all
// the same: two walls are better than one.
func Foreign(w http.ResponseWriter, html string) {
	h := w.Header()
	h.Set("Content-Security-Policy", foreignPolicy)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "private, max-age=3600")
	_, _ = w.Write([]byte("<!doctype html><meta charset=utf-8><base target=_blank>" + html)) // the visitor has left: nobody to tell
}

// refuse answers a request that came from another site. The text is shown to be copied, not offered to be
// sent again: a page elsewhere may have written it.
func refuse(w http.ResponseWriter, r *http.Request) {
	p := problem{
		Status: http.StatusForbidden,
		Title:  "We could not tell that this came from our own page",
		Message: "Nothing was changed. This happens when a form is sent from another site, or by a browser too old to say where it comes from. " +
			"Please open the page again and send it from there.",
		Back: "/" + strings.TrimLeft(siteOf(r).Path, `/\`), // never another host
	}
	_ = readForm(w, r, 1<<20) // as much as could be read is shown
	for name, values := range r.PostForm {
		if text := clean(strings.Join(values, "\n")); text != "" && !secret(name) && len(p.Typed) < 50 {
			p.Typed = append(p.Typed, typed{name, text})
		}
	}
	slices.SortFunc(p.Typed, func(a, b typed) int { return strings.Compare(a.Name, b.Name) })
	p.render(w, r)
}

// secret reports whether a field's name says that its value is not for showing.
func secret(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc([]string{"pass", "secret", "token", "csrf", "key"}, func(word string) bool {
		return strings.Contains(name, word)
	})
}
