// Package models keeps tickets, their conversations and the mails they came from. An exported method is one transaction.
package models

import (
	"context"
	"crypto/rand"
	"embed"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/spinoff-go/spinoff/data"
)

// Migrations is the schema, for [data.New].
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Models is the data of the app. It is safe for concurrent use.
type Models struct {
	db    *data.DB
	now   func() time.Time
	staff []string
}

// New returns the models in db. staff are addresses, or domains such as "@example.com", whose mails are replies of the staff.
func New(db *data.DB, now func() time.Time, staff []string) *Models {
	return &Models{db: db, now: now, staff: staff}
}

// isStaff reports whether mails from the address are ours.
func (m *Models) isStaff(email string) bool {
	for _, ours := range m.staff {
		if strings.EqualFold(email, ours) || strings.HasPrefix(ours, "@") && strings.HasSuffix(strings.ToLower(email), strings.ToLower(ours)) {
			return true
		}
	}
	return false
}

// Millis is a time as it is stored: Unix milliseconds, 0 for never.
type Millis int64

// Time returns the time in UTC, the zero time for never.
func (m Millis) Time() time.Time { return data.Time(int64(m)) }

func millis(t time.Time) Millis { return Millis(data.Millis(t)) }

// Words is a list of texts that a query returns as one, with [wordEnd] between.
type Words []string

// wordEnd separates words. No tag has it.
const wordEnd = "\n"

// Scan reads a list.
func (w *Words) Scan(src any) error {
	text, ok := src.(string)
	if !ok {
		return fmt.Errorf("a list of words cannot be read from %T", src)
	}
	*w = nil
	if text != "" {
		*w = strings.Split(text, wordEnd)
	}
	return nil
}

// newToken returns a secret of 130 random bits, fit for a URL.
func newToken() string { return rand.Text() }

// Line makes one line of s: single spaces, no control characters, at most n characters.
func Line(s string, n int) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "\ufffd"), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if runes := []rune(s); len(runes) > n {
		s = strings.TrimSpace(string(runes[:n]))
	}
	return s
}

// Text cleans what people write: "\n" as line end, no control characters but tab, no blank lines around it.
func Text(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(s, "\ufffd"))
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
	return strings.TrimRightFunc(strings.Trim(s, "\n"), unicode.IsSpace)
}

// Tag makes a tag of what somebody typed: lower case, one line, at most 50 characters. "" is no tag.
func Tag(s string) string { return strings.ToLower(Line(s, 50)) }

func exec(ctx context.Context, tx *data.Tx, statement string, args ...any) error {
	_, err := data.Exec(ctx, tx, statement, args...)
	return err
}
