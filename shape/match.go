package shape

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode"
	"unicode/utf8"
)

// matching returns a text that matches a pattern and is as long as r asks for, or "" where none was found: it tries the shortest one, and the same
// with every part that may be repeated once more, and so on.
func matching(pattern *regexp.Regexp, r *Rule) string {
	tree, err := syntax.Parse(pattern.String(), syntax.Perl)
	if err != nil {
		return ""
	}
	for more := range 256 {
		var b strings.Builder
		write(&b, tree, more)
		text := b.String()
		n := float64(utf8.RuneCountInString(text))
		if r.HasMax && n > r.Max {
			break
		}
		if (!r.HasMin || n >= r.Min) && pattern.MatchString(text) {
			return text
		}
	}
	return ""
}

// write writes a text that matches a part of a pattern; more is how often a part that may be repeated is, beyond what it has to be.
func write(b *strings.Builder, part *syntax.Regexp, more int) {
	repeat := func(least, most int) {
		n := least + more
		if most >= 0 {
			n = min(n, most)
		}
		for range n {
			write(b, part.Sub[0], 0)
		}
	}
	switch part.Op {
	case syntax.OpLiteral:
		b.WriteString(string(part.Rune))
	case syntax.OpCharClass:
		b.WriteRune(member(part.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte('a')
	case syntax.OpStar:
		repeat(0, -1)
	case syntax.OpPlus:
		repeat(1, -1)
	case syntax.OpQuest:
		repeat(0, 1)
	case syntax.OpRepeat:
		repeat(part.Min, part.Max)
	case syntax.OpAlternate:
		write(b, part.Sub[0], more)
	case syntax.OpConcat, syntax.OpCapture:
		for _, sub := range part.Sub {
			write(b, sub, more)
		}
	}
}

// member returns a character of a class, which is a list of ranges: a printable one of ASCII where there is one.
func member(ranges []rune) rune {
	for i := 0; i+1 < len(ranges); i += 2 {
		for c := max(ranges[i], '!'); c <= min(ranges[i+1], '~'); c++ {
			if unicode.IsLetter(c) || unicode.IsDigit(c) || ranges[i] > ' ' {
				return c
			}
		}
	}
	if len(ranges) == 0 {
		return 'a'
	}
	return ranges[0]
}
