package mail

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	// replyMark is what clients put before a subject: Re, and its like in the languages of Europe and East Asia, perhaps counted as in "Re[2]:".
	replyMark = regexp.MustCompile(`(?i)^\s*(re|fwd?|aw|wg|antw|antwort|sv|vs|vb|vl|vá|tr|rv|rif|res|r|i|enc|odp|pd|ynt|ilt|atb|bls|回复|答复|回覆|轉寄|转发|返信|転送)\s*([\[(]\d{1,3}[\])]|\^\d{1,3})?\s*[::]`)
	// subjectTag is a ticket's mark, or the warning that company mail servers add.
	subjectTag = regexp.MustCompile(`(?i)^\s*\[\s*(ticket\s*)?#\d+\s*\]|^\s*\[\s*(ext|external|extern)\s*\]:?`)
	ticketMark = regexp.MustCompile(`(?i)\[\s*(?:ticket\s*)?#(\d+)\s*\]`)
)

// NormalSubject is the subject without Re:, Fwd: and their like in other languages, and without "[#123]", wherever that is: what mails
// of one thread have in common. It may be "". Two mails with the same one need not belong together.
func NormalSubject(subject string) string {
	s := strings.Join(strings.Fields(subject), " ")
	for {
		rest := s[len(replyMark.FindString(s)):]
		rest = rest[len(subjectTag.FindString(rest)):]
		if rest == s {
			break
		}
		s = rest
	}
	return strings.Join(strings.Fields(ticketMark.ReplaceAllString(s, "")), " ")
}

// TicketNumber finds the last "[#123]" in a subject, the one our own mail put there. Anybody can write one: check the sender.
func TicketNumber(subject string) (number int64, ok bool) {
	found := ticketMark.FindAllStringSubmatch(subject, -1)
	if found == nil {
		return 0, false
	}
	number, err := strconv.ParseInt(found[len(found)-1][1], 10, 64)
	if err != nil || number == 0 {
		return 0, false
	}
	return number, true
}
