package call

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spinoff-go/spinoff"
)

// Identity signs and verifies statements of who is signed in and of who calls, by which they are known in the other processes of the project. All
// of them have the same key. A nil Identity, and the zero value, sign nothing and verify nothing. It is safe for concurrent use.
type Identity struct {
	key   ed25519.PrivateKey  // signs
	good  []ed25519.PublicKey // verify: those of key and of the others
	known *statements
	now   func() time.Time
}

// NewIdentity makes an identity from seeds of 32 bytes. The first one signs, and what any of them has signed is believed: so a key is replaced without
// a moment in which one process does not believe another.
func NewIdentity(now func() time.Time, seeds ...[]byte) (*Identity, error) {
	i := &Identity{known: newStatements(), now: now}
	for n, seed := range seeds {
		if len(seed) != ed25519.SeedSize {
			return nil, fmt.Errorf("an identity key has %d bytes, key %d has %d", ed25519.SeedSize, n+1, len(seed))
		}
		key := ed25519.NewKeyFromSeed(seed)
		if n == 0 {
			i.key = key
		}
		i.good = append(i.good, key.Public().(ed25519.PublicKey))
	}
	if i.key == nil {
		return nil, errors.New("there is no identity key")
	}
	return i, nil
}

// ParseIdentity reads identity keys: each is 32 bytes in base64; commas or white space are between them. Errors do not repeat them.
func ParseIdentity(text string, now func() time.Time) (*Identity, error) {
	var seeds [][]byte
	for _, one := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(", \t\r\n", r) }) {
		seed, err := base64.StdEncoding.DecodeString(one)
		if err != nil {
			return nil, fmt.Errorf("identity key %d is not base64; make one with: head -c 32 /dev/urandom | base64", len(seeds)+1)
		}
		seeds = append(seeds, seed)
	}
	return NewIdentity(now, seeds...)
}

// LoadIdentity reads the keys from a file, which it makes when there is none, readable by its owner only.
func LoadIdentity(path string, now func() time.Time) (*Identity, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		if text, err = writeKey(path); err != nil {
			return nil, err
		}
	} else if err != nil {
		return nil, err
	}
	i, err := ParseIdentity(string(text), now)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return i, nil
}

// writeKey makes a key file; where another process is faster, it returns that one's.
func writeKey(path string) ([]byte, error) {
	seed := make([]byte, ed25519.SeedSize)
	rand.Read(seed)
	text := []byte(base64.StdEncoding.EncodeToString(seed) + "\n")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	draft, err := os.CreateTemp(filepath.Dir(path), ".identity-*")
	if err != nil {
		return nil, err
	}
	defer os.Remove(draft.Name()) //nolint:errcheck // the key is there by its other name
	_, err = draft.Write(text)
	if err = errors.Join(err, draft.Close()); err != nil {
		return nil, err
	}
	if err := os.Link(draft.Name(), path); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, err
	}
	return os.ReadFile(path)
}

// Sign states to the app called audience that p is signed in. It returns "" for nobody.
func (i *Identity) Sign(p spinoff.Person, audience string) string {
	if p == (spinoff.Person{}) {
		return ""
	}
	return i.sign(statement{Person: p, Audience: audience})
}

// SignConsumer states to the app called audience that consumer calls. It returns "" where consumer is "".
func (i *Identity) SignConsumer(consumer, audience string) string {
	if consumer == "" {
		return ""
	}
	return i.sign(statement{Consumer: consumer, Audience: audience})
}

// Verify returns the person of a statement made for audience.
func (i *Identity) Verify(text, audience string) (spinoff.Person, error) {
	s, err := i.verify(text, audience)
	if err == nil && (s.Person == spinoff.Person{} || s.Consumer != "") {
		err = errors.New("it is about something else")
	}
	if err != nil {
		return spinoff.Person{}, err
	}
	return s.Person, nil
}

// VerifyConsumer returns the consumer of a statement made for audience.
func (i *Identity) VerifyConsumer(text, audience string) (string, error) {
	s, err := i.verify(text, audience)
	if err == nil && (s.Consumer == "" || s.Person != spinoff.Person{}) {
		err = errors.New("it is about something else")
	}
	if err != nil {
		return "", err
	}
	return s.Consumer, nil
}

// Person returns who is signed in according to the statement in a request, or nobody where there is none.
func (i *Identity) Person(r *http.Request, audience string) (spinoff.Person, error) {
	text, err := single(r, headerPerson)
	if text == "" || err != nil {
		return spinoff.Person{}, err
	}
	return i.Verify(text, audience)
}

// Consumer returns who calls according to the statement in a request, or "" where there is none.
func (i *Identity) Consumer(r *http.Request, audience string) (string, error) {
	text, err := single(r, headerStatement)
	if text == "" || err != nil {
		return "", err
	}
	return i.VerifyConsumer(text, audience)
}

// single returns the only value of a header. Of two statements one would be looked at and the other believed, somewhere.
func single(r *http.Request, header string) (string, error) {
	switch values := r.Header[header]; len(values) {
	case 0:
		return "", nil
	case 1:
		return values[0], nil
	default:
		return "", fmt.Errorf("there are %d of them", len(values))
	}
}

// What [Identity.Forward] says of a request whose sender it does not know.
const (
	relayedCall = "call" // who calls is what the request itself shows, not what the connection does
	relayedPage = "page" // it is for a page: nobody calls
)

// Forward makes a request one of this process to the app called audience: who is signed in is o.Person, whatever the request said before.
// What it says of who calls is taken out too; see [Identity.Relay] and [Identity.Vouch].
func (i *Identity) Forward(r *http.Request, o spinoff.Origin, audience string) {
	for _, name := range []string{headerPerson, headerConsumer, headerStatement, headerRelayed} {
		r.Header.Del(name)
	}
	r.Header.Set(headerRequestID, o.RequestID)
	if statement := i.Sign(o.Person, audience); statement != "" {
		r.Header.Set(headerPerson, statement)
	}
	r.Header.Set(headerRelayed, relayedPage)
}

// Relay is for a call that passes through: who calls is what it shows itself, such as a key, and otherwise what it says, claimed.
func (i *Identity) Relay(r *http.Request, claimed string) {
	r.Header.Set(headerRelayed, relayedCall)
	if claimed != "" {
		r.Header.Set(headerConsumer, claimed)
	}
}

// Vouch is for a call that passes through, by a consumer whose key this process has checked.
func (i *Identity) Vouch(r *http.Request, consumer, audience string) {
	i.Relay(r, consumer) // who does not ask believes it
	if statement := i.SignConsumer(consumer, audience); statement != "" {
		r.Header.Set(headerStatement, statement)
	}
}
