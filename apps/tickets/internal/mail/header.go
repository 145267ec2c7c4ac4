package mail

import (
	"mime"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jhillyerd/enmime/v2"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/charmap"
)

func (m *Message) readHeader(e *enmime.Envelope, received time.Time) {
	if ids := messageIDs(e, "Message-Id"); len(ids) > 0 {
		m.ID = ids[0]
	}
	m.InReplyTo, m.References = messageIDs(e, "In-Reply-To"), messageIDs(e, "References")
	m.readFrom(e)
	m.ReplyTo, m.To, m.Cc = addresses(e, "Reply-To"), addresses(e, "To"), addresses(e, "Cc")
	subject := line(e.GetHeader("Subject"))
	m.Subject = cut(subject, maxSubject)
	if m.Subject != subject {
		m.flag(CutSubject)
	}
	m.readDate(e.GetHeader("Date"), received.UTC())
}

func (m *Message) readFrom(e *enmime.Envelope) {
	people := addresses(e, "From")
	switch said := line(e.GetHeader("From")); {
	case len(people) > 0:
		m.From = people[0]
	case said == "":
		m.flag(NoFrom)
	default:
		m.flag(BadFrom)
		m.From.Name = cut(said, maxSubject)
	}
}

// dateLayouts are ways to write a date that net/mail does not read.
var dateLayouts = []string{time.RFC3339, time.ANSIC, time.UnixDate, "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05", "Mon Jan _2 15:04:05 -0700 2006"}

var zoneName = regexp.MustCompile(`\s*\([^()]*\)\s*$|\s+"[^"]*"$`)

func (m *Message) readDate(said string, received time.Time) {
	m.Date = received
	said = zoneName.ReplaceAllString(line(said), "")
	if said == "" {
		m.flag(NoDate)
		return
	}
	date, err := mail.ParseDate(said)
	for _, layout := range dateLayouts {
		if err != nil {
			date, err = time.Parse(layout, said)
		}
	}
	if err != nil || date.Year() < 1971 || !received.IsZero() && date.After(received.Add(24*time.Hour)) || date.Year() > 9999 {
		m.flag(BadDate)
		return
	}
	m.Date = date.UTC()
}

var bracketed = regexp.MustCompile(`<([^<>]+)>`)

// messageIDs reads a field of message ids. It takes words with an @ where somebody forgot the brackets.
func messageIDs(e *enmime.Envelope, field string) []string {
	var ids []string
	for _, value := range e.GetHeaderValues(field) {
		value = value[max(0, len(value)-maxIDs*maxIDSize):]
		found := bracketed.FindAllStringSubmatch(value, -1)
		for _, match := range found {
			ids = append(ids, match[1])
		}
		if found != nil {
			continue
		}
		for word := range strings.FieldsSeq(value) {
			if strings.Contains(word, "@") || field == "Message-Id" {
				ids = append(ids, strings.Trim(word, "<>"))
			}
		}
	}
	var kept []string
	seen := map[string]bool{}
	for _, id := range ids {
		id = strings.Join(strings.Fields(line(id)), "")
		if id != "" && len(id) <= maxIDSize && !seen[id] {
			seen[id] = true
			kept = append(kept, id)
		}
	}
	if len(kept) > maxIDs {
		kept = slices.Delete(kept, 1, len(kept)-maxIDs+1)
	}
	return kept
}

// addresses reads a field of mailboxes, all of them if they are well formed, else those that can be made out.
func addresses(e *enmime.Envelope, field string) []Address {
	var people []Address
	for _, value := range e.Root.Header[field] {
		if len(value) > maxPeople*500 {
			value = value[:maxPeople*500]
		}
		list, err := enmime.ParseAddressList(value)
		for _, a := range list {
			people = append(people, Address{a.Name, a.Address})
		}
		if err != nil {
			people = append(people, looseAddresses(value)...)
		}
	}
	if len(people) > maxPeople {
		people = people[:maxPeople]
	}
	for i, a := range people {
		people[i] = Address{Name: cut(line(decode(a.Name)), maxSubject), Email: email(a.Email)}
	}
	return slices.DeleteFunc(people, func(a Address) bool { return a.Email == "" })
}

var looseAddress = regexp.MustCompile(`[^\s<>"'(),;:@]+@[^\s<>"'(),;:@]+`)

func looseAddresses(value string) []Address {
	var people []Address
	for piece := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == ',' || r == ';' }) {
		if at := looseAddress.FindStringIndex(piece); at != nil {
			name := strings.Trim(piece[:at[0]], " \t<\"'(")
			people = append(people, Address{name, piece[at[0]:at[1]]})
		}
	}
	return people
}

// email returns the address if mail could be sent to it, else "".
func email(s string) string {
	s = strings.TrimSpace(s)
	local, domain, ok := cutLast(s, "@")
	if !ok || local == "" || domain == "" || len(s) > 254 || !utf8.ValidString(s) ||
		strings.ContainsFunc(s, func(r rune) bool {
			return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("<>,;", r)
		}) {
		return ""
	}
	return local + "@" + strings.ToLower(domain)
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// decode gives names that a lenient reader found their encoded words back.
func decode(s string) string {
	words := mime.WordDecoder{CharsetReader: charset.NewReaderLabel}
	if decoded, err := words.DecodeHeader(s); err == nil {
		return decoded
	}
	return s
}

// line makes one line of text: valid UTF-8, no control or direction characters, single spaces.
func line(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			return ' '
		case isBidi(r):
			return -1
		}
		return r
	}, valid(s))
	return strings.Join(strings.Fields(s), " ")
}

// isBidi tells the characters that turn the direction of text around, by which "exe.gpj" shows as "jpg.exe".
func isBidi(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// valid takes bytes that are not UTF-8 for Windows-1252, which nearly all of them are.
func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	if decoded, err := charmap.Windows1252.NewDecoder().String(s); err == nil {
		return decoded
	}
	return strings.ToValidUTF8(s, "\ufffd")
}

// cut returns the first n runes of s.
func cut(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
