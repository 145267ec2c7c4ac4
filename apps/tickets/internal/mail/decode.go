package mail

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"github.com/jhillyerd/enmime/v2"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/ianaindex"
)

// transfer undoes the Content-Transfer-Encoding of a part as far as that goes. enmime would do it too, but keeps an error for each
// bad byte, and a guess for each charset.
func (m *Message) transfer(p *enmime.Part) []byte {
	content, clean := p.Content, true
	encoding, _, _ := strings.Cut(strings.ToLower(p.Header.Get("Content-Transfer-Encoding")), ";")
	switch strings.Join(strings.Fields(encoding), "") {
	case "base64":
		content, clean = fromBase64(content)
	case "quoted-printable":
		content, clean = fromQuotedPrintable(content)
	case "", "7bit", "8bit", "binary":
	default:
		clean = false
	}
	if !clean {
		m.flag(BadMIME)
	}
	return content
}

// fromBase64 decodes what is base64 in b and reports whether there was anything else.
func fromBase64(b []byte) (decoded []byte, clean bool) {
	digits, dirt := make([]byte, 0, len(b)), 0
	for _, c := range b {
		switch {
		case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '+', c == '/':
			digits = append(digits, c)
		case c == ' ' || c > ' ' && c != '=':
			dirt++
		}
	}
	if dirt*20 > len(digits) { // somebody said base64 of a text
		return b, false
	}
	if len(digits)%4 == 1 { // six bits are no byte
		digits, dirt = digits[:len(digits)-1], dirt+1
	}
	decoded = make([]byte, base64.RawStdEncoding.DecodedLen(len(digits)))
	n, _ := base64.RawStdEncoding.Decode(decoded, digits)
	return decoded[:n], dirt == 0
}

// fromQuotedPrintable decodes "=E9" and soft line ends in b, leaves all else, and reports whether an "=" stood for itself.
func fromQuotedPrintable(b []byte) (decoded []byte, clean bool) {
	decoded, clean = make([]byte, 0, len(b)), true
	for i := 0; i < len(b); i++ {
		if b[i] != '=' {
			decoded = append(decoded, b[i])
			continue
		}
		rest := b[i+1:]
		end := 0
		for end < len(rest) && (rest[end] == ' ' || rest[end] == '\t' || rest[end] == '\r') {
			end++
		}
		switch {
		case len(rest) >= 2 && hexDigit(rest[0]) >= 0 && hexDigit(rest[1]) >= 0:
			decoded = append(decoded, byte(hexDigit(rest[0])<<4|hexDigit(rest[1])))
			i += 2
		case end == len(rest) || rest[end] == '\n':
			i += end + 1
		default:
			decoded, clean = append(decoded, '='), false
		}
	}
	return decoded, clean
}

// hexDigit is the value of a hexadecimal digit, -1 if it is none.
func hexDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}

// utf8Text decodes text in the charset that label names. UTF-8 wins where the text is valid UTF-8 with more than ASCII in it and the
// label is one that mail programs write without looking; where the label is missing or unknown, the rest is taken for Windows-1252.
func (m *Message) utf8Text(content []byte, label string) string {
	label = strings.ToLower(strings.Trim(strings.TrimSpace(label), `"'`))
	if _, after, ok := strings.Cut(label, "="); ok { // charset="charset=utf-8"
		label = after
	}
	switch label {
	case "", "us-ascii", "ascii", "utf-8", "utf8", "iso-8859-1", "windows-1252", "7bit", "8bit":
		if utf8.Valid(content) {
			return string(content)
		}
		return valid(string(content))
	}
	enc := lookup(label)
	if enc == nil {
		m.flag(BadCharset)
		return valid(string(content))
	}
	decoded, err := enc.NewDecoder().Bytes(content)
	if err != nil {
		return valid(string(content))
	}
	return string(decoded)
}

// lookup finds a charset by any of its names, nil if there is none.
func lookup(label string) encoding.Encoding {
	if enc, _ := charset.Lookup(label); enc != nil {
		return enc
	}
	enc, err := ianaindex.MIME.Encoding(label)
	if err != nil {
		return nil
	}
	return enc
}
