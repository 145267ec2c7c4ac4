// Package page makes HTML pages: typed views in one layout, forms that keep what was typed, assets with
// immutable URLs, and the headers that make a browser refuse what we did not send.
//
// A page is a template and the type of what it shows:
//
//	var show = page.Desk[ticketView](templates, "templates/ticket.html")
//	...
//	show.Render(w, r, http.StatusOK, ticketView{...})
//
// The file defines two blocks, "title" and "main", and may define "head". Files beside it whose names
// start with an underscore hold blocks that several pages share; embed them with `//go:embed templates/*.html`,
// since embedding the folder leaves them out. Every view is tried at start-up.
// What surrounds the content (name, navigation, who is signed in) is the [Site] in the request's context.
//
// # Style
//
// spinoff.css is the design system; `go run ./page/internal/gallery` shows every part of it in use.
// Markup says what a thing is (`<span class="badge good">`), the style sheet how it looks, in light and
// dark, on a phone and on paper. Everything works without JavaScript.
//
// # Live counts
//
// A count on a page follows the server's while the page is open: the app has a [Live] and a view with its stream, an element of the page has
// data-live="/tickets/live", and each count is a {{live "open" .Open}}. Without JavaScript the page shows the counts that it was made with.
//
// # htmx under a strict policy
//
// [Secure] sends a Content-Security-Policy without unsafe-inline and unsafe-eval. htmx 4 lives with it: the
// layout's htmx-config switches off the style sheet it would add, and htmx compiles code only for hx-on,
// "js:" values and [filters] in hx-trigger, so templates use none of these. htmx 4 differs from most
// examples found: attributes are not inherited unless they say so ("hx-target:inherited"), and answers
// with a 4xx or 5xx status are swapped in like any other.
package page
