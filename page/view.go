package page

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"path"
	"strings"
)

//go:embed templates/*.html
var layouts embed.FS

// View is one page: a template together with the type of what it shows. It may be shared.
type View[V any] struct {
	layout   layout
	file     string
	template *template.Template
}

type layout string

// Public returns a view in the layout for visitors: one readable column, room for a hero.
// It panics, naming file and line, when the template does not parse or cannot show V: the zero value
// of V and one with every exported field filled are both tried.
func Public[V any](templates fs.FS, file string) *View[V] {
	return newView[V]("public", templates, file)
}

// Desk returns a view in the layout for staff: the whole width, denser. It panics as [Public] does.
func Desk[V any](templates fs.FS, file string) *View[V] {
	return newView[V]("desk", templates, file)
}

// Render answers with the page. Nothing is sent before the template is done, so a template that fails is
// a clean 500 and never half a page. Headers that the caller has set stay.
func (v *View[V]) Render(w http.ResponseWriter, r *http.Request, status int, view V) {
	flash := flashOf(r)
	v.send(w, r, status, "layout", frame{Layout: v.layout, Site: siteOf(r), Flash: flash, View: view})
}

// Fragment answers with one block of the page, for htmx to swap in.
func (v *View[V]) Fragment(w http.ResponseWriter, r *http.Request, status int, block string, view V) {
	w.Header().Add("Vary", "HX-Request")
	v.send(w, r, status, block, view)
}

// frame is what the layout shows: the site around the view.
type frame struct {
	Layout layout
	Site   Site
	Flash  string
	View   any
}

func newView[V any](l layout, templates fs.FS, file string) *View[V] {
	t, err := parse(templates, file)
	if err != nil {
		panic(fmt.Sprintf("page: %s: %v", file, err))
	}
	var zero, full V
	fill(&full)
	for name, view := range map[string]V{"zero": zero, "filled": full} {
		if err := t.ExecuteTemplate(io.Discard, "layout", frame{Layout: l, View: view}); err != nil {
			panic(fmt.Sprintf("page: %s cannot show the %s value of %T: %v", file, name, view, err))
		}
	}
	return &View[V]{layout: l, file: file, template: t}
}

// parse reads the layout, the file and the shared blocks (_*.html) beside it.
func parse(templates fs.FS, file string) (*template.Template, error) {
	t, err := template.New("").Funcs(functions()).ParseFS(layouts, "templates/layout.html")
	if err != nil {
		return nil, err
	}
	shared, err := fs.Glob(templates, path.Join(path.Dir(file), "_*.html"))
	if err != nil {
		return nil, err
	}
	if t, err = t.ParseFS(templates, append(shared, file)...); err != nil {
		return nil, err
	}
	for _, block := range []string{"title", "main"} {
		if t.Lookup(block) == nil {
			return nil, fmt.Errorf(`defines no block %q; a page looks like {{define "title"}}…{{end}} {{define "main"}}…{{end}}`, block)
		}
	}
	return t, nil
}

func (v *View[V]) send(w http.ResponseWriter, r *http.Request, status int, block string, data any) {
	var body bytes.Buffer
	if err := v.template.ExecuteTemplate(&body, block, data); err != nil {
		slog.ErrorContext(r.Context(), "page not rendered", "file", v.file, "block", block, "err", err)
		w.Header().Del("Content-Disposition")
		Error(w, r, http.StatusInternalServerError, "", "")
		return
	}
	if f, ok := data.(frame); ok && f.Flash != "" {
		clearFlash(w, r)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "private, no-cache")
	}
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = body.WriteTo(w) // the visitor has left: nobody to tell
	}
}

// isFragment reports whether htmx asks, and will put the answer into a page that is already there.
func isFragment(r *http.Request) bool { return strings.EqualFold(r.Header.Get("HX-Request"), "true") }
