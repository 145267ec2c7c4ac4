package models

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// normal returns what two ways to write the same question have in common: words in lower case without accents and
// punctuation. A text without a word, such as one of emoji, is only trimmed.
func normal(text string) string {
	if words := wordsOf(text); len(words) > 0 {
		return strings.Join(words, " ")
	}
	return strings.TrimSpace(text)
}

func wordsOf(text string) []string {
	var b strings.Builder
	for _, c := range norm.NFKD.String(strings.ToValidUTF8(text, "\uFFFD")) {
		switch {
		case unicode.Is(unicode.Mn, c), c == '\'', c == '’': // "don't" is "dont"
		case unicode.IsLetter(c), unicode.IsNumber(c), unicode.IsMark(c):
			b.WriteRune(unicode.ToLower(c))
		default:
			b.WriteByte(' ')
		}
	}
	return strings.Fields(b.String())
}

// nearly is how similar two questions are at least that one answer is taken to serve both.
const nearly = 0.8

// similarity returns the share of words that two normalised questions have in common, from 0 to 1. Words that only carry
// the sentence do not count; "why" and "not" do: "how do I charge it" and "why does it not charge" are two questions.
func similarity(a, b string) float64 {
	x, y := content(a), content(b)
	common := 0
	for word := range x {
		if y[word] {
			common++
		}
	}
	if common == 0 {
		return 0
	}
	return float64(common) / float64(len(x)+len(y)-common)
}

const fillers = " a am an and any are at be been can could do does for from get have how i id if im in is it its me my of on or our please " +
	"should so some that the there this to us want was we what will with would you your "

func content(text string) map[string]bool {
	words := map[string]bool{}
	for word := range strings.FieldsSeq(text) {
		if !strings.Contains(fillers, " "+word+" ") {
			words[word] = true
		}
	}
	return words
}

// slugLength is the most bytes of a slug, before the "-2" of one that is taken.
const slugLength = 80

// Slug returns the title as it stands in an address: lower-case ASCII letters and digits with hyphens between words. It is never empty and
// never a number, which would be taken for the number of an entry.
func Slug(title string) string {
	folded := strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "&", " and ").
		Replace(strings.ToLower(title))
	slug := strings.Join(strings.FieldsFunc(strings.Join(wordsOf(folded), "-"), func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9')
	}), "-")
	if len(slug) > slugLength {
		cut := strings.LastIndexByte(slug[:slugLength+1], '-')
		if cut <= 0 { // one long word
			cut = slugLength
		}
		slug = slug[:cut]
	}
	switch {
	case slug == "":
		return "entry"
	case strings.Trim(slug, "0123456789") == "":
		return "entry-" + slug
	}
	return slug
}

var (
	fence    = regexp.MustCompile("(?m)^[ \t]*(```|~~~).*$")
	link     = regexp.MustCompile(`!?\[([^\]\n]*)\]\([^)\n]*\)`)
	lineMark = regexp.MustCompile(`(?m)^[ \t]*(#{1,6}[ \t]|>[ \t]?|[-*+][ \t](\[[ xX]\][ \t])?|\d{1,9}[.)][ \t]|\|[-:| \t]+$)`)
	double   = regexp.MustCompile("\\*\\*|__|~~|`|\\|")
	single   = regexp.MustCompile(`(^|[\s(])[*_]|[*_]($|[\s.,;:!?)])`)
)

// plain returns the words of a Markdown text on one line, for the index and for snippets. It need not be exact: no page shows it as HTML.
func plain(markdown string) string {
	text := fence.ReplaceAllString(markdown, "")
	text = link.ReplaceAllString(text, "$1")
	text = lineMark.ReplaceAllString(text, "")
	text = double.ReplaceAllString(text, "")
	text = single.ReplaceAllString(text, "$1$2")
	return oneLine(text)
}

// oneLine drops control characters and joins lines.
func oneLine(text string) string {
	text = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(text, "\uFFFD"))
	return strings.Join(strings.Fields(text), " ")
}
