package call

import (
	"crypto/rand"
	"encoding/base32"
	"net/http"
)

// NewRequestID returns a new id for a request: 16 letters and digits, 80 bits.
func NewRequestID() string {
	var b [10]byte
	rand.Read(b[:]) // never fails: it ends the program rather than return weak randomness
	return lowerBase32.EncodeToString(b[:])
}

var lowerBase32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567")

// RequestID returns the id that a request came with, or a new one where it has none that may go into logs and headers.
func RequestID(r *http.Request) string {
	if id := r.Header.Get(headerRequestID); validRequestID(id) {
		return id
	}
	return NewRequestID()
}

// validRequestID reports whether a request id from outside may go into logs and headers.
func validRequestID(id string) bool {
	if id == "" || len(id) > 128 {
		return false
	}
	for _, c := range []byte(id) {
		if c <= ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
