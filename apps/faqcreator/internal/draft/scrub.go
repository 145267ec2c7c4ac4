package draft

import "strings"

// Scrub replaces what belongs to one person or one account by what it was, such as "[e-mail address]": e-mail
// addresses, phone, card and account numbers, numbers of orders and the like, links with credentials or tokens, IP
// addresses, keys and passwords. Prices, sizes, dates, times, versions, error codes and public links stay.
// The findings are ordered by kind, and do not hold what was found.
//
// The result is valid UTF-8, and scrubbing it again changes nothing. A text in which ten rounds do not find
// everything becomes "[private text]" as a whole.
func Scrub(text string) (string, []Finding) {
	text = strings.ToValidUTF8(text, "\uFFFD")
	var found []Finding
	for range rounds {
		var s scrubber
		s.scrub(text, rules)
		if len(s.found) == 0 {
			return text, found
		}
		text = s.out.String()
		found = addFindings(found, s.found)
	}
	return Text.placeholder(), addFindings(found, []Finding{{Text, 1}})
}

type scrubber struct {
	out   strings.Builder
	found []Finding
}

// scrub writes text with the rules applied in their order. What one rule keeps or replaces, later ones never see.
func (s *scrubber) scrub(text string, rules []rule) {
	if len(rules) == 0 || text == "" {
		s.out.WriteString(text)
		return
	}
	rule, later := rules[0], rules[1:]
	done := 0
	for _, m := range rule.pattern.FindAllStringSubmatchIndex(text, -1) {
		start, end := m[0], m[1]
		if len(m) > 2 && m[2] >= 0 { // a group is the private part, the rest its label
			start, end = m[2], m[3]
		}
		if rule.accept != nil && !rule.accept(text, start, end) {
			continue
		}
		s.scrub(text[done:start], later)
		if rule.keep {
			s.out.WriteString(text[start:end])
		} else {
			s.out.WriteString(rule.kind.placeholder())
			s.found = addFindings(s.found, []Finding{{rule.kind, 1}})
		}
		done = end
	}
	s.scrub(text[done:], later)
}
