package draft

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// rounds is how often a text is gone through before it is given up. Letters need two: one to strip, one to see that
// nothing is left to strip. The bound keeps the time linear on text made to be slow.
const rounds = 10

// StripReply returns what the writer of a message wrote: without what is quoted from other messages, without
// greeting, closing and signature. A greeting or closing with nothing else beside it stays.
//
// The result is valid UTF-8 with "\n" at the ends of lines, and stripping it again changes nothing.
// A text that is still giving way after ten rounds of stripping is not a letter, and comes back empty.
func StripReply(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n", "\x00", "", "\uFEFF", "").Replace(text)
	for range rounds {
		stripped := stripOnce(text)
		if stripped == text {
			return text
		}
		text = stripped
	}
	return ""
}

func stripOnce(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRightFunc(line, unicode.IsSpace)
	}
	lines = cutSignature(dropQuotes(lines))
	lines = cutEnd(trimBlank(lines))
	return strings.Join(dropGreeting(lines), "\n")
}

// cutSignature cuts at the line "-- " (RFC 3676, section 4.3), written with or without its space.
func cutSignature(lines []string) []string {
	if at := slices.IndexFunc(lines, isSignatureMark); at >= 0 && strings.Join(lines[:at], "") != "" {
		return lines[:at]
	}
	return lines
}

func isSignatureMark(line string) bool { return line == "--" || line == "—" || line == "––" }

// cutEnd cuts the closing with the name below it, and lines such as "Sent from my iPhone".
func cutEnd(lines []string) []string {
	for len(lines) > 1 {
		end := len(lines)
		if sentFrom.MatchString(short(lines[end-1])) {
			end--
		} else if at := findClosing(lines); at > 0 {
			end = at
		}
		if end == len(lines) {
			break
		}
		for end > 0 && lines[end-1] == "" {
			end--
		}
		if end == 0 {
			break
		}
		lines = lines[:end]
	}
	return lines
}

// findClosing returns the line of the closing formula, or -1. What follows a formula must look like a name or an
// address: "Thanks!" at the top of an answer closes nothing.
func findClosing(lines []string) int {
	below := 0
	closing := -1
	for i, line := range slices.Backward(lines) {
		if below > 10 || utf8.RuneCountInString(line) > 100 {
			break
		}
		text := strings.ToLower(strings.TrimSpace(line))
		if closingPhrase.MatchString(text) || below <= 3 && thanksPhrase.MatchString(text) && !slices.ContainsFunc(lines[i+1:], isSentence) {
			closing = i
		}
		if line != "" {
			below++
		}
	}
	return closing
}

// isSentence reports a line that is not a name, a role or a company.
func isSentence(line string) bool {
	return utf8.RuneCountInString(line) > 40 || strings.HasSuffix(line, "?") || strings.HasSuffix(line, ":") ||
		strings.HasSuffix(line, ".") && strings.Count(line, " ") > 3
}

// dropGreeting drops the greeting at the top, be it a line or the start of one.
func dropGreeting(lines []string) []string {
	if len(lines) == 0 {
		return lines
	}
	if len(lines) > 1 && greetingLine.MatchString(short(lines[0])) {
		return trimBlank(lines[1:])
	}
	line := lines[0]
	if at := greetingStart.FindStringIndex(line[:min(len(line), 200)]); at != nil && at[1] < len(line) {
		rest := strings.TrimSpace(line[at[1]:])
		first, size := utf8.DecodeRuneInString(rest)
		if unicode.IsLetter(first) || unicode.IsDigit(first) {
			lines[0] = string(unicode.ToUpper(first)) + rest[size:]
		}
	}
	return lines
}

// trimBlank drops the blank lines at both ends, and all but one of those that follow each other.
func trimBlank(lines []string) []string {
	lines = slices.CompactFunc(lines, func(a, b string) bool { return a == "" && b == "" })
	if len(lines) > 0 && lines[0] == "" {
		lines = lines[1:]
	}
	if len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// short returns a line if it is one that a formula may fill, and otherwise "".
func short(line string) string {
	if len(line) > 200 {
		return ""
	}
	return strings.TrimSpace(line)
}
