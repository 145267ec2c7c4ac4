// Package keys says which consumers may call an app: their names, with the hashes of their secrets.
//
// A secret is 32 random bytes that the project makes itself, so that nobody can guess it and a plain SHA-256 of it gives nothing away: there is no
// need for a slow hash, which would be paid on every call. The app keeps hashes only; whoever reads them cannot call.
package keys

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// How secrets and hashes begin: a secret that lies about is found by its prefix, a hash names its algorithm.
const (
	secretPrefix = "spinoff_"
	hashPrefix   = "sha256-"
)

// Key lets one consumer call. A consumer may have several, so that a new one is there before the old one goes.
type Key struct {
	Consumer string
	Hash     string // of the secret: "sha256-" and 43 characters of base64url
	Note     string // what stands behind it in a file, for people: when it was made
}

// String returns the key as a variable or a file has it: "support:sha256-…".
func (k Key) String() string { return k.Consumer + ":" + k.Hash }

// ID names the key, for people and logs: the first four bytes of its hash in hexadecimal, by which nobody can call.
func (k Key) ID() string {
	sum := k.sum()
	return hex.EncodeToString(sum[:4])
}

// sum returns the hash itself. A key is made by [New] or [Parse], which have seen to its form.
func (k Key) sum() (sum [sha256.Size]byte) {
	base64.RawURLEncoding.Decode(sum[:], []byte(strings.TrimPrefix(k.Hash, hashPrefix))) //nolint:errcheck // see above
	return sum
}

// New makes a key for consumer, and its secret, which is kept nowhere.
func New(consumer, note string) (k Key, secret string, err error) {
	if err := CheckName(consumer); err != nil {
		return Key{}, "", err
	}
	random := make([]byte, sha256.Size)
	rand.Read(random)
	secret = secretPrefix + base64.RawURLEncoding.EncodeToString(random)
	return Key{consumer, HashOf(secret), note}, secret, nil
}

// HashOf returns the hash of a secret, as a [Key] has it.
func HashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hashPrefix + base64.RawURLEncoding.EncodeToString(sum[:])
}

// validName is what a consumer may be called: what passes through URLs, headers, basic authentication (RFC 7617: no colon) and logs as it is.
var validName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// CheckName refuses what cannot be the name of a consumer.
func CheckName(name string) error {
	if !validName.MatchString(name) {
		return errors.New("the name of a consumer is letters, digits, dots, dashes and underscores, at most 64, such as support")
	}
	return nil
}

// Parse reads keys as a variable has them ("support:HASH,billing:HASH") or a file (one a line; what follows a # is a note).
// Errors say which entry is wrong, and never what it holds, which may be a secret.
func Parse(text string) ([]Key, error) {
	var all []Key
	n := 0
	for line := range strings.Lines(text) {
		entries, note, _ := strings.Cut(line, "#")
		for entry := range strings.SplitSeq(entries, ",") {
			if entry = strings.TrimSpace(entry); entry == "" {
				continue
			}
			n++
			consumer, hash, _ := strings.Cut(entry, ":")
			if err := check(consumer, hash); err != nil {
				return nil, fmt.Errorf("key %d: %w", n, err)
			}
			all = append(all, Key{consumer, hash, strings.TrimSpace(note)})
		}
	}
	return all, nil
}

func check(consumer, hash string) error {
	if err := CheckName(consumer); err != nil {
		return fmt.Errorf("it is NAME:HASH, and %w", err)
	}
	encoded, isHash := strings.CutPrefix(hash, hashPrefix)
	sum, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	switch {
	case strings.HasPrefix(hash, secretPrefix):
		return errors.New("it has a secret where a hash belongs: make another one, for this one is known now to whoever has read this")
	case !isHash || err != nil || len(sum) != sha256.Size:
		return fmt.Errorf("it is NAME:HASH, and a hash begins with %s and has 43 characters more", hashPrefix)
	}
	return nil
}
