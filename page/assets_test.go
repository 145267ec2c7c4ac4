package page_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/spinoff-go/spinoff/page"
)

func TestEveryPageLinksAssetsThatExist(t *testing.T) {
	w := httptest.NewRecorder()
	page.Error(w, httptest.NewRequest(http.MethodGet, "/", nil), http.StatusNotFound, "", "")
	urls := regexp.MustCompile(page.AssetPrefix+`[^"]+`).FindAllString(w.Body.String(), -1)
	if len(urls) < 4 {
		t.Fatalf("page links %d assets, want style sheet, two scripts and icon", len(urls))
	}
	for _, url := range urls {
		got := get(t, page.Assets(), url)
		if got.Code != http.StatusOK || got.Header().Get("Cache-Control") != "public, max-age=31536000, immutable" {
			t.Errorf("GET %s: %d, Cache-Control %q, want 200 and immutable", url, got.Code, got.Header().Get("Cache-Control"))
		}
	}
}

func TestAssetURLNamesItsContent(t *testing.T) {
	one := page.NewFiles("/s/", fstest.MapFS{"a.css": {Data: []byte("a{}")}})
	two := page.NewFiles("/s/", fstest.MapFS{"a.css": {Data: []byte("b{}")}})
	first, _ := one.URL("a.css")
	second, _ := two.URL("a.css")
	if first == second {
		t.Errorf("URL of two contents = %s twice, want two URLs", first)
	}
	// During a release the new process is asked for the old file: it answers with what it has, and not for ever.
	for _, url := range []string{first, "/s/a.css"} {
		w := get(t, two, url)
		if w.Body.String() != "b{}" || w.Header().Get("Cache-Control") != "no-cache" {
			t.Errorf("GET %s = %q with Cache-Control %q, want the current file and no-cache", url, w.Body, w.Header().Get("Cache-Control"))
		}
	}
	if w := get(t, two, "/s/b.css"); w.Code != http.StatusNotFound {
		t.Errorf("GET of no file: %d, want 404", w.Code)
	}
}

func TestAssetsAreCompressedAndRevalidated(t *testing.T) {
	content := strings.Repeat("p { color: red } ", 100)
	files := page.NewFiles("/s/", fstest.MapFS{"a.css": {Data: []byte(content)}})
	url, _ := files.URL("a.css")
	ask := func(header, value string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, url, nil)
		r.Header.Set("Accept-Encoding", "br, gzip")
		r.Header.Set(header, value)
		w := httptest.NewRecorder()
		files.ServeHTTP(w, r)
		return w
	}
	w := ask("Accept", "*/*")
	zip, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatalf("GET with gzip: %v", err)
	}
	if got, _ := io.ReadAll(zip); string(got) != content {
		t.Errorf("GET with gzip = %d bytes unpacked, want %d", len(got), len(content))
	}
	if again := ask("If-None-Match", w.Header().Get("ETag")); again.Code != http.StatusNotModified {
		t.Errorf("GET with the ETag: %d, want 304", again.Code)
	}
	if plain := ask("Accept-Encoding", "gzip;q=0"); plain.Body.String() != content {
		t.Errorf("GET with gzip refused = %d bytes, want %d plain", plain.Body.Len(), len(content))
	}
}

func TestOwnScriptsAreSmall(t *testing.T) {
	for _, name := range []string{"spinoff.js", "live.js"} {
		info, err := os.Stat("static/" + name)
		if err != nil || info.Size() > 3000 {
			t.Errorf("%s: %v, %d bytes, want at most 3000", name, err, info.Size())
		}
	}
}
