package models

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"

	"golang.org/x/crypto/argon2"
)

// Cost of a password, as OWASP recommends for argon2id: 19 MiB, two passes, one lane. It is written into each hash, so that it can be raised.
const (
	memory = 19 * 1024 // KiB
	passes = 2
	lanes  = 1
	size   = 32 // bytes of the hash
)

// nobody is the hash that a password is compared with where there is no account, so that this takes as long. No password has it.
const nobody = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// hash returns what is stored of a password, in PHC form.
func (m *Models) hash(password string) string {
	m.hashing <- struct{}{}
	defer func() { <-m.hashing }()
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails
	sum := argon2.IDKey([]byte(password), salt, passes, memory, lanes, size)
	code := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, passes, lanes, code(salt), code(sum))
}

// matches reports whether stored is the hash of the password. It takes the same time for every password.
func (m *Models) matches(stored, password string) bool {
	m.hashing <- struct{}{}
	defer func() { <-m.hashing }()
	var version, memory, passes uint32
	var lanes uint8
	var salt, sum string
	if _, err := fmt.Sscanf(stored, "$argon2id$v=%d$m=%d,t=%d,p=%d$%22s$%43s", &version, &memory, &passes, &lanes, &salt, &sum); err != nil || version != argon2.Version {
		return false
	}
	rawSalt, err1 := base64.RawStdEncoding.DecodeString(salt)
	rawSum, err2 := base64.RawStdEncoding.DecodeString(sum)
	if err1 != nil || err2 != nil {
		return false
	}
	return subtle.ConstantTimeCompare(rawSum, argon2.IDKey([]byte(password), rawSalt, passes, memory, lanes, size)) == 1
}
