package shape

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// formats are the texts with a name in JSON Schema. A format is an annotation there, so that each stands beside the pattern that is enforced.
var formats = map[string]string{
	"email": `^[^@\s]+@[^@\s]+$`,
	"uri":   `^[A-Za-z][A-Za-z0-9+.\-]*:[^\s]+$`,
	"uuid":  `^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`,
}

// What ECMA-262 understands by \s and by a dot, in RE2.
const (
	ecmaSpace = `\t\n\v\f\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}`
	ecmaDot   = `[^\n\r\x{2028}\x{2029}]`
)

// compilePattern compiles a pattern as JSON Schema has it: the part of ECMA-262 that can be matched in linear time. What would mean something else in
// Go than in the program of a consumer is refused, so that the pattern in a contract is what is checked.
func compilePattern(pattern string) (*regexp.Regexp, error) {
	var b strings.Builder
	inClass := false
	for i := 0; i < len(pattern); i++ {
		c, rest := pattern[i], pattern[i+1:]
		switch {
		case c == '\\':
			if rest == "" {
				return nil, errors.New("it ends with a backslash")
			}
			i++
			if err := escaped(&b, rest[0], inClass); err != nil {
				return nil, err
			}
			continue
		case inClass && c == '[':
			return nil, errors.New(`[ within a class is written \[`)
		case inClass:
			inClass = c != ']'
		case c == '.':
			b.WriteString(ecmaDot)
			continue
		case c == '[':
			inClass = true
			if strings.HasPrefix(strings.TrimPrefix(rest, "^"), "]") {
				return nil, errors.New("a class has something in it")
			}
		case c == '(' && strings.HasPrefix(rest, "?") && !strings.HasPrefix(rest, "?:"):
			return nil, errors.New("of the groups that begin with (? there is (?: only")
		case c == '{':
			repeat := repetition.FindString(pattern[i:])
			if repeat == "" {
				return nil, errors.New(`a brace that is not a repetition such as {2,3} is written \{`)
			}
			b.WriteString(repeat)
			i += len(repeat) - 1
			continue
		case c == '}' || c == ']':
			return nil, fmt.Errorf(`%c outside of a class is written \%c`, c, c)
		}
		b.WriteByte(c)
	}
	return regexp.Compile(b.String())
}

var repetition = regexp.MustCompile(`^\{[0-9]+(,[0-9]*)?\}`)

// escaped writes what a backslash and c mean.
func escaped(b *strings.Builder, c byte, inClass bool) error {
	switch {
	case c == 's' && inClass:
		b.WriteString(ecmaSpace)
	case c == 's':
		b.WriteString("[" + ecmaSpace + "]")
	case c == 'S' && !inClass:
		b.WriteString("[^" + ecmaSpace + "]")
	case strings.IndexByte("dDwWtnrf", c) >= 0, (c == 'b' || c == 'B') && !inClass, c == '-' && inClass, strings.IndexByte(`^$\.*+?()[]{}|/`, c) >= 0:
		if c != '/' {
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	default:
		return fmt.Errorf(`\%c does not mean the same everywhere; there are \d \D \w \W \s \S \b \B \t \n \r \f, and \. and the like for characters`, c)
	}
	return nil
}
