package call

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spinoff-go/spinoff"
)

// Identity signs and verifies statements of who is signed in, by which a person's identity travels from the process where the
// person signed in to the others of the project. All of them have the same key. A nil Identity, and the zero value, sign nothing and verify nothing.
type Identity struct {
	key ed25519.PrivateKey
	now func() time.Time
}

// statementLife is how long a statement is good for: longer than any call may wait, short enough to be of no use when it leaks.
const statementLife = time.Minute

// statement is what is signed.
type statement struct {
	Person   spinoff.Person `json:"person"`
	Audience string         `json:"aud"` // the app that may believe it
	Expires  int64          `json:"exp"` // Unix seconds
}

// NewIdentity makes an identity from a seed of 32 bytes.
func NewIdentity(seed []byte, now func() time.Time) (*Identity, error) {
	if len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("an identity key has %d bytes, this one has %d", ed25519.SeedSize, len(seed))
	}
	return &Identity{key: ed25519.NewKeyFromSeed(seed), now: now}, nil
}

// LoadIdentity reads the key from a file, which it makes when there is none, readable by its owner only.
func LoadIdentity(path string, now func() time.Time) (*Identity, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		if text, err = writeKey(path); err != nil {
			return nil, err
		}
	} else if err != nil {
		return nil, err
	}
	seed, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, fmt.Errorf("%s is not an identity key: %w", path, err)
	}
	return NewIdentity(seed, now)
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

// Sign states to the app called audience that p is signed in.
func (i *Identity) Sign(p spinoff.Person, audience string) string {
	if i == nil || i.key == nil || p == (spinoff.Person{}) {
		return ""
	}
	payload, err := json.Marshal(statement{p, audience, i.now().Add(statementLife).Unix()})
	if err != nil { // only strings and an integer are in it
		panic(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return encode(payload) + "." + encode(ed25519.Sign(i.key, payload))
}

// Verify returns the person of a statement made for audience.
func (i *Identity) Verify(text, audience string) (spinoff.Person, error) {
	var none spinoff.Person
	if i == nil || i.key == nil {
		return none, errors.New("this process has no identity key")
	}
	head, tail, _ := strings.Cut(text, ".")
	payload, err := base64.RawURLEncoding.DecodeString(head)
	signature, err2 := base64.RawURLEncoding.DecodeString(tail)
	if err != nil || err2 != nil {
		return none, errors.New("it is not a statement")
	}
	if !ed25519.Verify(i.key.Public().(ed25519.PublicKey), payload, signature) {
		return none, errors.New("its signature is not by this project's key; give all processes the same SPINOFF_IDENTITY_KEY or the same data folder")
	}
	var s statement
	if err := json.Unmarshal(payload, &s); err != nil {
		return none, errors.New("it is not a statement")
	}
	if s.Audience != audience {
		return none, fmt.Errorf("it was made for %q", s.Audience)
	}
	if i.now().Unix() > s.Expires {
		return none, errors.New("it has expired; are the clocks of the two machines apart?")
	}
	return s.Person, nil
}

// Person returns who is signed in according to the statement in a request, or nobody where there is none.
func (i *Identity) Person(r *http.Request, audience string) (spinoff.Person, error) {
	text := r.Header.Get(headerPerson)
	if text == "" {
		return spinoff.Person{}, nil
	}
	return i.Verify(text, audience)
}

// Forward puts an origin into a request to the app called audience. What came in from outside is replaced.
func (i *Identity) Forward(r *http.Request, o spinoff.Origin, audience string) {
	r.Header.Del(headerPerson)
	r.Header.Del(headerConsumer)
	r.Header.Set(headerRequestID, o.RequestID)
	if statement := i.Sign(o.Person, audience); statement != "" {
		r.Header.Set(headerPerson, statement)
	}
}
