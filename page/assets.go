package page

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

// AssetPrefix is where [Assets] has to be mounted: every page points there.
const AssetPrefix = "/_spinoff/assets/"

//go:embed static/*.css static/*.js static/*.svg
var static embed.FS

var ownFiles = sync.OnceValue(func() *Files {
	sub, err := fs.Sub(static, "static")
	if err != nil {
		panic(err)
	}
	return NewFiles(AssetPrefix, sub)
})

// Assets serves the style sheet and scripts that the layout uses. Mount it at [AssetPrefix].
func Assets() http.Handler { return ownFiles() }

// Files serves a folder of static files at URLs that name their content, so that browsers may keep them
// for ever. It may be shared.
type Files struct {
	prefix string
	files  map[string]file
}

type file struct {
	hash        string
	contentType string
	plain, gzip []byte // gzip is nil where it would not be smaller
}

// NewFiles reads and compresses every file of fsys, to be served below prefix ("/faq/static/").
// It panics when a file cannot be read.
func NewFiles(prefix string, fsys fs.FS) *Files {
	f := &Files{prefix: prefix, files: map[string]file{}}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(fsys, name)
		f.files[name] = newFile(name, content)
		return err
	})
	if err != nil {
		panic(fmt.Sprintf("page: static files for %s: %v", prefix, err))
	}
	return f
}

// URL returns where the file is served. It fails when there is no such file.
func (f *Files) URL(name string) (string, error) {
	file, ok := f.files[name]
	if !ok {
		return "", fmt.Errorf("no static file %q below %s", name, f.prefix)
	}
	return f.prefix + file.hash + "/" + name, nil
}

// ServeHTTP serves a file for ever under its own URL. Under a URL without its hash, or with that of
// another release, it serves what there is now and lets nobody keep it: during a release both are asked for.
func (f *Files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rest := strings.TrimPrefix(r.URL.Path, f.prefix)
	hash, name, _ := strings.Cut(rest, "/")
	file, ok := f.files[name]
	if !ok {
		hash = ""
		if file, ok = f.files[rest]; !ok {
			http.NotFound(w, r)
			return
		}
	}
	h := w.Header()
	h.Set("Content-Type", file.contentType)
	h.Set("Cache-Control", "no-cache")
	if hash == file.hash {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	h.Set("Vary", "Accept-Encoding")
	h.Set("X-Content-Type-Options", "nosniff")
	body, tag := file.plain, file.hash
	if file.gzip != nil && acceptsGzip(r) {
		h.Set("Content-Encoding", "gzip")
		body, tag = file.gzip, tag+"-gzip"
	}
	h.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

func newFile(name string, content []byte) file {
	sum := sha256.Sum256(content)
	f := file{hash: hex.EncodeToString(sum[:6]), contentType: mime.TypeByExtension(path.Ext(name)), plain: content}
	var small bytes.Buffer
	zip, _ := gzip.NewWriterLevel(&small, gzip.BestCompression) // the level exists
	_, _ = zip.Write(content)                                   // a bytes.Buffer takes everything
	_ = zip.Close()
	if small.Len() < len(content) {
		f.gzip = small.Bytes()
	}
	return f
}

func acceptsGzip(r *http.Request) bool {
	for coding := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, quality, _ := strings.Cut(strings.ReplaceAll(coding, " ", ""), ";")
		if name == "gzip" {
			return quality != "q=0" && !strings.HasPrefix(quality, "q=0.0")
		}
	}
	return false
}
