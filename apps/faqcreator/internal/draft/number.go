package draft

import (
	"net/netip"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// standsAlone reports a match that is not a part of a longer number, as "06.12.34" is of "06.12.34.56.78".
func standsAlone(text string, start, end int) bool {
	before, after := text[:start], text[end:]
	last, _ := utf8.DecodeLastRuneInString(before)
	next, _ := utf8.DecodeRuneInString(after)
	if isDigit(last) || isDigit(next) {
		return false
	}
	joinedBefore := len(before) > 1 && strings.ContainsRune("-/.+", last) && isDigit(rune(before[len(before)-2]))
	joinedAfter := len(after) > 1 && strings.ContainsRune("-/.", next) && isDigit(rune(after[1]))
	return !joinedBefore && !joinedAfter && last != '+'
}

// wholeNumber reports a match with neither a digit nor a letter at either side.
func wholeNumber(text string, start, end int) bool {
	last, _ := utf8.DecodeLastRuneInString(text[:start])
	next, _ := utf8.DecodeRuneInString(text[end:])
	return !wordRune(last) && !wordRune(next)
}

// isCard reports a card number: 13 to 19 digits with the check digit of ISO/IEC 7812 (Luhn).
func isCard(text string, start, end int) bool {
	digits := digitsOf(text[start:end])
	if len(digits) < 13 || len(digits) > 19 || !wholeNumber(text, start, end) || strings.Trim(digits, "0") == "" {
		return false
	}
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			d *= 2
		}
		sum += d/10 + d%10
	}
	return sum%10 == 0
}

// isIBAN reports an account number of ISO 13616: by its check digits, or by its look where they are mistyped.
func isIBAN(text string, start, end int) bool {
	iban := strings.ToUpper(strings.NewReplacer(" ", "", "\u00a0", "").Replace(text[start:end]))
	if len(iban) < 15 || len(iban) > 34 {
		return false
	}
	rest := 0
	for _, r := range iban[4:] + iban[:4] {
		if isDigit(r) {
			rest = (rest*10 + int(r-'0')) % 97
		} else {
			rest = (rest*100 + int(r-'A') + 10) % 97
		}
	}
	return rest == 1 || len(digitsOf(iban)) >= 14 && strings.ToUpper(text[start:start+2]) == text[start:start+2]
}

// isPersonalIP reports an IP address that can belong to somebody: not one of the machine itself, nor a network mask.
func isPersonalIP(text string, start, end int) bool {
	match := text[start:end]
	addr, err := netip.ParseAddr(match)
	if err != nil || !standsAlone(text, start, end) || strings.HasPrefix(match, "255.") {
		return false
	}
	if last, _ := utf8.DecodeLastRuneInString(text[:start]); wordRune(last) || last == ':' {
		return false
	}
	return !addr.IsLoopback() && !addr.IsUnspecified() && (addr.Is4() || digitsOf(match) != "")
}

func isLabelledPhone(text string, start, end int) bool {
	n := len(digitsOf(text[start:end]))
	return n >= 6 && n <= 15 && standsAlone(text, start, end)
}

var (
	northAmerican = regexp.MustCompile(`^(?:\+?1[ .-]?)?(?:\(\d{3}\)[ .-]?|\d{3}[ .-])\d{3}[ .-]\d{4}$`)
	// National numbers start with one 0 and another digit: 0.5 is none.
	national = regexp.MustCompile(`^\(?0[1-9]`)
)

// isPhone reports a number that can be dialled and reads like it: with its country, with the 0 of
// national numbers, or in the form of North America.
func isPhone(text string, start, end int) bool {
	match := strings.ReplaceAll(text[start:end], "\u00a0", " ")
	n := len(digitsOf(match))
	if n < 7 || n > 15 || !wholeNumber(text, start, end) || !standsAlone(text, start, end) {
		return false
	}
	switch {
	case strings.HasPrefix(strings.TrimLeft(match, "("), "+"), strings.HasPrefix(match, "00") && n >= 10:
		return true
	case national.MatchString(match):
		return n >= 9 && n <= 13
	}
	return northAmerican.MatchString(strings.TrimPrefix(match, "(")) || northAmerican.MatchString(match)
}

// notPhone is for numbers with a unit: a phone number with an "m" behind it is still one.
func notPhone(text string, start, end int) bool {
	last, _ := utf8.DecodeLastRuneInString(text[:start])
	return !wordRune(last) && last != '+' && last != '-' && last != '#' && last != ')' && last != '/' && !strings.HasPrefix(text[start:end], "0")
}

func looksLikeNumber(text string, start, end int) bool {
	return len(digitsOf(text[start:end])) >= 4 && !isYear(text[start:end])
}

func isYear(s string) bool {
	return len(s) == 4 && (strings.HasPrefix(s, "19") || strings.HasPrefix(s, "20"))
}

// thousands is a long number that is only written in groups of three.
var thousands = regexp.MustCompile(`^\d{1,3}(?:[ \x{a0}]\d{3})+$`)

// isLongNumber reports a number that nothing but an index has: nine digits in a row, or twelve in groups.
func isLongNumber(text string, start, end int) bool {
	match := text[start:end]
	least := 12
	if digitsOf(match) == match {
		least = 9
	}
	last, _ := utf8.DecodeLastRuneInString(text[:start])
	return len(digitsOf(match)) >= least && wholeNumber(text, start, end) && standsAlone(text, start, end) &&
		last != ',' && !thousands.MatchString(match) && strings.Trim(match, "0- ") != ""
}

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if isDigit(r) {
			return r
		}
		return -1
	}, s)
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func wordRune(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_')
}
