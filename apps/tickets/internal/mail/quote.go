package mail

import (
	"regexp"
	"strings"
)

// The lines by which mail clients say that what follows is not new, in the languages of our customers.
var (
	// attribution is "On Monday, … wrote:"; clients wrap it, so it is tried on up to three lines joined.
	attribution = regexp.MustCompile(`(?i)^[>\s]*(` +
		`on\s.{3,300}\bwrote|(am|um)\s.{3,300}\bschrieb\b.{0,150}|le\s.{3,300}\ba écrit|el\s.{3,300}\bescribió|` +
		`(il|(il )?giorno)\s.{3,300}\bha scritto|(em|no dia|a)\s.{3,300}\bescreveu|op\s.{3,300}\b(schreef.{0,150}|het volgende geschreven)|` +
		`den\s.{3,300}\bskrev.{0,150}|(w dniu|dnia)\s.{3,300}\bnapisał.{0,50})\s?:\s*$`)
	// attributed is the same with the name or the date first, on one line.
	attributed = regexp.MustCompile(`(?i)^.{6,300}\b(wrote|schrieb( (am|um)\b.{3,100})?|a écrit|escribió|ha scritto|escreveu|schreef.{0,50}|skrev.{0,50}|` +
		`написал(\(а\)|а)?|пише|пишет)\s?:\s*$`)
	// dated is any line that starts with a date, in whatever language it goes on; above a quote, it is an attribution.
	dated = regexp.MustCompile(`^\s*\d{1,4}[./-]\d{1,2}[./-]\d{2,4}\b.{3,300}:\s*$`)
	// rule is "-----Original Message-----".
	rule = regexp.MustCompile(`(?i)^[>\s]*[-_*]{2,}\s*(original message|forwarded message|reply message|original appointment|` +
		`urspr(ü|ue)ngliche nachricht|weitergeleitete nachricht|originalnachricht|message (d'origine|original|transféré|initial)|` +
		`mensaje (original|reenviado)|messaggio (originale|inoltrato)|mensagem (original|encaminhada)|oorspronkelijk bericht|doorgestuurd bericht|` +
		`originalmeddelande|ursprungligt meddelande|oprindelig meddelelse|wiadomość oryginalna|исходное сообщение)\s*[-_*]*\s*$`)
	// fromField and the two after it are the header that Outlook writes above a quote.
	fromField    = regexp.MustCompile(`(?i)^[>\s*]*(from|von|de|da|van|från|fra|od|от)\s?:[\s*]*\S`)
	dateField    = regexp.MustCompile(`(?i)^[>\s*]*(sent|date|gesendet|datum|envoyé|enviado( el)?|enviada( em)?|inviato|fecha|data|verzonden|skickat|sendt|wysłano|отправлено)\s?:`)
	subjectField = regexp.MustCompile(`(?i)^[>\s*]*(subject|betreff|objet|asunto|oggetto|assunto|onderwerp|ämne|emne|temat|тема|to|an|à|para|aan|till|til|do|кому)\s?:`)
	underscores  = regexp.MustCompile(`^\s*[_-]{10,}\s*$`)
	digitOrAt    = regexp.MustCompile(`[\d@]`)
)

// SplitQuote parts what somebody wrote from the mail they answer, for a page to fold the latter. Answers written between quoted
// lines need them to make sense, so such a text is all own. Every line that is not blank is in one of the two, in its order.
func SplitQuote(text string) (own, quoted string) {
	lines := strings.Split(text, "\n")
	start, head := findQuote(lines)
	if start < 0 {
		return strings.TrimSpace(text), ""
	}
	end := len(lines)
	if first := skipBlank(lines, start+head); first < end && isQuote(lines[first]) {
		end = quoteEnd(lines, first)
	} else if head == 0 {
		end = quoteEnd(lines, start)
	}
	before, after := join(lines[:start]), join(lines[end:])
	if hasQuote(lines[end:]) {
		return strings.TrimSpace(text), ""
	}
	return strings.TrimSpace(before + "\n\n" + after), join(lines[start:end])
}

// findQuote returns where the quote starts, or -1, and how many lines introduce it.
func findQuote(lines []string) (start, head int) {
	for i, l := range lines {
		if len(l) > 1000 || strings.TrimSpace(l) == "" {
			continue
		}
		switch {
		case rule.MatchString(l):
			return i, 1
		case isHeaderBlock(lines[i:]):
			return i, 1
		case underscores.MatchString(l) && isHeaderBlock(lines[skipBlank(lines, i+1):]):
			return i, 1
		case isQuote(l):
			return i, 0
		}
		if n := attributionLines(lines[i:]); n > 0 {
			return i, n
		}
	}
	return -1, 0
}

// attributionLines returns how many lines an attribution takes at the start of lines, 0 if there is none.
func attributionLines(lines []string) int {
	said := ""
	for n, l := range lines[:min(3, len(lines))] {
		l = strings.TrimSpace(l)
		if l == "" || len(l) > 500 || n > 0 && isQuote(l) {
			return 0
		}
		said = strings.TrimSpace(said + " " + l)
		if !strings.HasSuffix(l, ":") {
			continue
		}
		next := skipBlank(lines, n+1)
		beforeQuote := next < len(lines) && isQuote(lines[next])
		telling := digitOrAt.MatchString(said)
		switch {
		case (telling || beforeQuote) && attribution.MatchString(said), beforeQuote && dated.MatchString(said):
			return n + 1
		case n == 0 && telling && (beforeQuote || attributed.MatchString(said)): // before a quote, in whatever language
			return 1
		}
		return 0
	}
	return 0
}

// isHeaderBlock tells "From: … Sent: … Subject: …" within the next lines.
func isHeaderBlock(lines []string) bool {
	if len(lines) == 0 || !fromField.MatchString(lines[0]) {
		return false
	}
	date, subject := false, false
	for _, l := range lines[1:min(6, len(lines))] {
		date = date || dateField.MatchString(l)
		subject = subject || subjectField.MatchString(l)
	}
	return date && subject
}

func isQuote(l string) bool {
	return strings.HasPrefix(strings.TrimLeft(l, " \t"), ">")
}

func hasQuote(lines []string) bool {
	start, _ := findQuote(lines)
	return start >= 0
}

// quoteEnd returns where a run of quoted and blank lines ends.
func quoteEnd(lines []string, i int) int {
	for i < len(lines) && (isQuote(lines[i]) || strings.TrimSpace(lines[i]) == "") {
		i++
	}
	return i
}

func skipBlank(lines []string, i int) int {
	for i < len(lines) && strings.TrimSpace(lines[i]) == "" {
		i++
	}
	return i
}

func join(lines []string) string {
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}
