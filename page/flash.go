package page

import (
	"encoding/base64"
	"net/http"
	"unicode/utf8"
)

const flashCookie = "spinoff_flash"

// Flash keeps a message for the next page of this visitor, which shows it once: call it before
// [http.Redirect]. It is cut at 500 bytes and forgotten after a minute. Whoever can set the visitor's cookies
// can forge it, so it is shown as plain text and never trusted.
func Flash(w http.ResponseWriter, r *http.Request, message string) {
	setFlash(w, r, base64.RawURLEncoding.EncodeToString([]byte(cut(message, 500))), 60)
}

func flashOf(r *http.Request) string {
	cookie, err := r.Cookie(flashCookie)
	if err != nil {
		return ""
	}
	message, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil {
		return ""
	}
	return cut(clean(string(message)), 500)
}

func clearFlash(w http.ResponseWriter, r *http.Request) { setFlash(w, r, "", -1) }

func setFlash(w http.ResponseWriter, r *http.Request, value string, seconds int) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure where the connection is: a flash is no secret
		Name: flashCookie, Value: value, Path: "/", MaxAge: seconds,
		HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteLaxMode,
	})
}

// cut shortens s to at most n bytes without splitting a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
