package draft

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// secretName is the name of a value in a link that opens something for whoever holds it.
var secretName = regexp.MustCompile(`(?i)(?:^|[_.-])(?:token|key|apikey|sig|signature|auth|authorization|code|otp|ticket|session|sessionid|sid|sess|phpsessid|jsessionid|secret|password|passwd|pwd|pass|hash|hmac|jwt|verify|verification|confirm|confirmation|invite|magic|nonce|credential|uid|uuid|user|userid|username|email|mail|phone|order|orderid|customer|customerid|account|accountid)$|(?i:token|secret|password|signature|apikey|sessionid)`)

// isPrivateLink reports a link with a login, a token or an address in it, or to a machine without a name.
// A link that cannot be taken apart counts as private.
func isPrivateLink(text string, start, end int) bool {
	raw := text[start:end]
	if !strings.Contains(raw, "://") {
		raw = "http://" + raw
	}
	u, err := url.Parse(strings.TrimRight(raw, ".,;:!?)'%"))
	if err != nil {
		return strings.ContainsAny(raw, "@?=")
	}
	if u.User != nil {
		return true
	}
	if addr, err := netip.ParseAddr(u.Hostname()); err == nil && !addr.IsLoopback() && !addr.IsUnspecified() {
		return true
	}
	for _, segment := range strings.FieldsFunc(u.Path, func(r rune) bool { return r == '/' || r == ';' }) {
		if looksRandom(segment, 0, len(segment)) || strings.Contains(segment[min(1, len(segment)):], "@") {
			return true
		}
	}
	return hasSecret(u.RawQuery) || strings.Contains(u.Fragment, "=") && hasSecret(u.RawFragment+u.Fragment)
}

func hasSecret(query string) bool {
	for pair := range strings.FieldsFuncSeq(query, func(r rune) bool { return r == '&' || r == ';' || r == '?' }) {
		name, value, _ := strings.Cut(pair, "=")
		if value == "" {
			continue
		}
		if plain, err := url.QueryUnescape(value); err == nil {
			value = plain
		}
		if secretName.MatchString(name) || looksRandom(value, 0, len(value)) || strings.Contains(value, "@") {
			return true
		}
	}
	return false
}

// looksRandom reports a word of 20 characters or more that nobody has thought up: letters and digits mixed through,
// or digits of base 16.
func looksRandom(text string, start, end int) bool {
	word := text[start:end]
	if len(word) < 19 || !wholeNumber(text, start, end) || len(digitsOf(word)) < 3 {
		return false
	}
	letters := strings.ContainsFunc(word, unicode.IsLetter)
	if strings.Trim(word, "0123456789abcdefABCDEF-") == "" {
		return letters && (len(digitsOf(word)) >= 6)
	}
	changes, last := 0, 0
	for _, r := range word {
		class := classOf(r)
		if class != last && class != 0 && last != 0 && (last != 2 || class != 1) {
			changes++
		}
		last = class
	}
	return letters && changes*4 >= utf8.RuneCountInString(word)-2*strings.Count(word, "-")
}

func isLicenceKey(text string, start, end int) bool {
	digits := len(digitsOf(text[start:end]))
	letters := end - start - digits - strings.Count(text[start:end], "-")
	return digits >= 3 && letters >= 3 && wholeNumber(text, start, end)
}

// classOf tells small letters, capitals and digits apart; 0 is everything else.
func classOf(r rune) int {
	switch {
	case unicode.IsLower(r):
		return 1
	case unicode.IsUpper(r):
		return 2
	case unicode.IsDigit(r):
		return 3
	}
	return 0
}

// looksLikePassword tells a password from the sentence about it ("the password is required").
func looksLikePassword(text string, start, end int) bool {
	word := strings.TrimRight(text[start:end], ".,;:!?)")
	kinds := [4]bool{}
	for _, r := range word {
		kinds[classOf(r)] = true
	}
	return utf8.RuneCountInString(word) >= 6 && kinds[3] && (kinds[1] || kinds[2])
}
