package call

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"github.com/spinoff-go/spinoff"
)

// keptFor is how long the answer to a key is kept: longer than a client or an operator goes on trying.
const keptFor = 24 * time.Hour

// maxKey is how long an Idempotency-Key may be, in characters.
const maxKey = 255

// unreadable stands for a key that no header can carry, and for a header that holds no key: an app that looks at keys refuses it, and any other answers
// as without, in process and over HTTP.
const unreadable = "\x00"

// key returns the Idempotency-Key of the call, or "". It is with the origin of the caller, and not with that which the provider finds.
func (s *scope) key() string { return spinoff.OriginOf(s.parent).IdempotencyKey }

// CheckKey returns an error for a text that is no Idempotency-Key.
func CheckKey(key string) error {
	if len(key) <= maxKey && printable(key) {
		return nil
	}
	return spinoff.ErrMalformed.With(`%s: it is one text in quotation marks, of 1 to %d printable ASCII characters, such as "8e03978e-40d5"`, headerIdempotencyKey, maxKey)
}

func printable(text string) bool {
	for _, c := range []byte(text) {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// withKey returns the context of a request, with the key in its header.
func withKey(r *http.Request) context.Context {
	values := r.Header[headerIdempotencyKey]
	if len(values) == 0 {
		return r.Context()
	}
	key, ok := parseKey(values[0])
	if !ok || len(values) > 1 {
		key = unreadable
	}
	return spinoff.WithIdempotencyKey(r.Context(), key)
}

// parseKey reads a quoted string of RFC 9651, as draft-ietf-httpapi-idempotency-key-header asks for, or a word without quotation marks, as many send.
// Whether it is too long is found out by CheckKey.
func parseKey(value string) (key string, ok bool) {
	quoted, isQuoted := strings.CutPrefix(value, `"`)
	if !isQuoted {
		return value, value != "" && printable(value) && !strings.ContainsAny(value, ` "\,;`)
	}
	var b strings.Builder
	for i := 0; i < len(quoted); i++ {
		c := quoted[i]
		switch {
		case c == '"':
			return b.String(), i == len(quoted)-1 && i > 0
		case c == '\\':
			if i++; i == len(quoted) || quoted[i] != '"' && quoted[i] != '\\' {
				return "", false
			}
			c = quoted[i]
		case c < ' ' || c > '~':
			return "", false
		}
		b.WriteByte(c)
	}
	return "", false
}

// sendKey returns the header of a call over HTTP that may change something: the caller's key or a new one, so that the call may be sent again. That is so for
// PUT and DELETE too: a second one has the same effect, but its answer may be that the entity is another one by now (If-Match), or gone.
func (e *endpoint) sendKey(s *scope) string {
	if e.Method() == http.MethodGet {
		return ""
	}
	switch key := s.key(); {
	case !printable(key):
		return `""` // which is refused; see unreadable
	case key != "":
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(key) + `"`
	}
	return `"` + rand.Text() + `"`
}

// scopeKey is the key under which a scope holds itself, for what is around a provider's function.
type scopeKey struct{}

// unitKey names the unit that answers in, a request of the endpoint asked, or is zero where the call has no key; it fails where what is there is none.
// Nobody gets an answer that was another's: consumer and person belong to the name. The version does not: e is the newest. asked is e too or, where what e is asked
// depends on what is there, the endpoint that was asked before.
func (e *endpoint) unitKey(s *scope, asked *endpoint, in any) (spinoff.Key, error) {
	id := s.key()
	if id == "" {
		return spinoff.Key{}, nil
	}
	if err := CheckKey(id); err != nil {
		return spinoff.Key{}, err
	}
	origin := s.origin()
	name := strings.TrimPrefix(e.FullName(), e.Service.String())
	header := http.Header{}
	asked.request.EncodeHeader(header, in)
	hash := sha256.New()
	if asked != e {
		hash.Write([]byte(asked.FullName() + "\n"))
	}
	hash.Write([]byte(asked.request.EncodePath(asked.Path(), in) + "\n"))
	header.Write(hash) //nolint:errcheck // a hash takes everything
	hash.Write(asked.request.AppendJSON([]byte("\n"), in))
	return spinoff.Key{
		Scope: e.Service.Name + name + " " + origin.Consumer + " " + origin.Person.Email,
		ID:    id,
		Hash:  base64.RawStdEncoding.EncodeToString(hash.Sum(nil)),
		Until: time.Now().Add(keptFor),
	}, nil
}
