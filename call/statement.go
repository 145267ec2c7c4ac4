package call

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/spinoff-go/spinoff"
)

// statementLife is how long a statement is good for: longer than any call may wait, short enough to be of no use when it leaks.
const statementLife = time.Minute

// maxStatement bounds a statement, in bytes: a name and an address are in it.
const maxStatement = 2 << 10

// statement is what is signed, about a person or a consumer.
type statement struct {
	Person   spinoff.Person `json:"person,omitzero"`
	Consumer string         `json:"consumer,omitempty"`
	Audience string         `json:"aud"` // the app that may believe it
	Expires  int64          `json:"exp"` // Unix seconds
}

// statements are those that were signed and verified lately: a signature costs more than the rest of a call, and says the same for a while.
type statements struct {
	mu       sync.RWMutex
	signed   map[statement]signed // by what they say; Expires is 0 in the key
	verified map[string]statement
}

type signed struct {
	text  string
	until int64 // Unix seconds; a new one is signed then
}

// maxKnown bounds how many statements of either sort are kept.
const maxKnown = 1 << 10

func newStatements() *statements {
	return &statements{signed: map[statement]signed{}, verified: map[string]statement{}}
}

// sign returns s as it travels, signed now or a short while ago. It is "" where there is no key.
func (i *Identity) sign(s statement) string {
	if i == nil || i.key == nil {
		return ""
	}
	now := i.now().Unix()
	i.known.mu.RLock()
	kept, ok := i.known.signed[s]
	i.known.mu.RUnlock()
	if ok && now < kept.until && kept.until <= now+int64(statementLife.Seconds()) {
		return kept.text
	}
	about := s
	s.Expires = now + int64(statementLife.Seconds())
	payload, err := json.Marshal(s)
	if err != nil { // only strings and an integer are in it
		panic(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	text := encode(payload) + "." + encode(ed25519.Sign(i.key, payload))
	i.known.mu.Lock()
	defer i.known.mu.Unlock()
	if len(i.known.signed) >= maxKnown {
		clear(i.known.signed)
	}
	i.known.signed[about] = signed{text, now + int64(statementLife.Seconds())/4}
	return text
}

// verify returns what a statement made for audience says.
func (i *Identity) verify(text, audience string) (statement, error) {
	if i == nil || i.key == nil {
		return statement{}, errors.New("this process has no identity key")
	}
	i.known.mu.RLock()
	s, ok := i.known.verified[text]
	i.known.mu.RUnlock()
	if !ok {
		var err error
		if s, err = i.open(text); err != nil {
			return statement{}, err
		}
		i.known.mu.Lock()
		if len(i.known.verified) >= maxKnown {
			clear(i.known.verified)
		}
		i.known.verified[text] = s
		i.known.mu.Unlock()
	}
	now := i.now()
	switch {
	case s.Audience != audience:
		return statement{}, fmt.Errorf("it was made for %q", s.Audience)
	case now.Unix() > s.Expires:
		return statement{}, errors.New("it has expired; are the clocks of the two machines apart?")
	case now.Add(2*statementLife).Unix() < s.Expires:
		return statement{}, errors.New("it is good for longer than a statement may be; are the clocks of the two machines apart?")
	}
	return s, nil
}

// open checks the signature of a statement and reads it.
func (i *Identity) open(text string) (s statement, err error) {
	if len(text) > maxStatement {
		return s, fmt.Errorf("it has more than %d bytes", maxStatement)
	}
	decode := base64.RawURLEncoding.Strict().DecodeString
	head, tail, _ := strings.Cut(text, ".")
	payload, err := decode(head)
	signature, err2 := decode(tail)
	if err != nil || err2 != nil || len(signature) != ed25519.SignatureSize {
		return s, errors.New("it is not a statement")
	}
	for _, key := range i.good {
		if !ed25519.Verify(key, payload, signature) {
			continue
		}
		if err := json.Unmarshal(payload, &s); err != nil {
			return s, errors.New("it is not a statement")
		}
		return s, nil
	}
	return s, errors.New("its signature is not by this project's key; give all processes the same SPINOFF_IDENTITY_KEY or the same data folder")
}
