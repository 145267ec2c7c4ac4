package views

import (
	"encoding/base64"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/spinoff-go/spinoff/apps/tickets/internal/mail"
	"github.com/spinoff-go/spinoff/page"
)

// shown are the types of images that a mail may show: those that cannot hold code.
var shown = []string{"image/png", "image/jpeg", "image/gif", "image/webp"}

// showHTML answers with the formatted part of a mail, for a frame that lets it do nothing. Its images are in it, so that it asks for nothing.
func (d *desk) showHTML(w http.ResponseWriter, r *http.Request) {
	html, images, err := d.models.HTML(r.Context(), number(r, "id"))
	if err != nil {
		d.fail(w, r, err)
		return
	}
	page.Foreign(w, mail.ResolveImages(html, func(cid string) string {
		for _, image := range images {
			if strings.EqualFold(image.CID, cid) && slices.Contains(shown, image.Type) {
				return "data:" + image.Type + ";base64," + base64.StdEncoding.EncodeToString(image.Content)
			}
		}
		return ""
	}))
}

// download answers with a file that somebody else sent: it is saved and never shown.
func (d *desk) download(w http.ResponseWriter, r *http.Request) {
	f, err := d.models.File(r.Context(), number(r, "id"))
	if err != nil {
		d.fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream") // what the sender claims is in the name
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, max-age=3600")
	h.Set("Content-Length", strconv.Itoa(len(f.Content)))
	_, _ = w.Write(f.Content) // the visitor has left: nobody to tell
}
