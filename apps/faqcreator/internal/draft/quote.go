package draft

import (
	"regexp"
	"strings"
)

// dropQuotes drops what comes from other messages: lines with ">" in front and the line that introduces them, and
// everything below a mark after which mail programs put the whole message they answer.
// A blank line takes the place of what is dropped, so that nothing grows together across it.
func dropQuotes(lines []string) []string {
	var own []string
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if isQuoted(line) {
			own = append(own, "")
			continue
		}
		if isSeparator(line) || startsHeaders(lines[i:]) {
			break
		}
		if n := attribution(lines[i:]); n > 0 {
			if !quoteFollows(lines[i+n:]) {
				break
			}
			i += n - 1
			line = ""
		}
		own = append(own, line)
	}
	return own
}

func isQuoted(line string) bool { return strings.HasPrefix(strings.TrimSpace(line), ">") }

// quoteFollows reports whether the next line that is not blank is quoted. Blank lines come alone or in pairs here,
// since more of them between an introduction and its quote have not been seen.
func quoteFollows(lines []string) bool {
	for _, line := range lines[:min(len(lines), 3)] {
		if line != "" {
			return isQuoted(line)
		}
	}
	return false
}

// separator is the line between an answer and the message it answers.
var separator = regexp.MustCompile(`(?i)^[\s*_-]*(?:` +
	`[-_]{2,}\s*(?:(?:begin )?(?:original|forwarded|reply|replied)(?: message| mail| e-mail| appointment)?` +
	`|urspr(?:ü|ue)ngliche (?:nachricht|mail|e-mail)|original-?nachricht|weitergeleitete nachricht` +
	`|message d['’]origine|message (?:original|transféré|initial)|mensaje (?:original|reenviado)|messaggio (?:originale|inoltrato)` +
	`|mensagem (?:original|encaminhada)|oorspronkelijk bericht|doorgestuurd bericht|ursprungligt meddelande|original meddelelse|opprinnelig melding` +
	`|alkuperäinen viesti|(?:wiadomość oryginalna|oryginalna wiadomość)|původní zpráva|исходное сообщение|пересылаемое сообщение|orijinal ileti|原始邮件|邮件原件)\s*[-_]{2,}` +
	`|begin forwarded message:|(?:##-|---*).{0,20}(?:reply|antworten|répondre|responda|risposta).{0,20}(?:above|oberhalb|über|au-dessus|encima|sopra).{0,40}` +
	`)[\s*_-]*$`)

func isSeparator(line string) bool {
	return line != "" && (separator.MatchString(short(line)) || len(line) >= 25 && len(line) <= 200 && strings.Trim(line, "_") == "")
}

// headerLine is a header as mail programs copy it into an answer, with one group per kind of header.
var headerLine = regexp.MustCompile(`(?i)^\s*\*?(?:` +
	`(from|von|de|da|van|från|fra|lähettäjä|od|от|kimden|发件人|差出人)` +
	`|(sent|date|gesendet|datum|envoyé|date d['’]envoi|enviado(?: el)?|fecha|enviada(?: em)?|data|inviato|verzonden|skickat|sendt|lähetetty|wysłano|odesláno|отправлено|дата|tarih|发送时间|日期)` +
	`|(to|an|à|para|a|aan|till|til|vastaanottaja|do|komu|кому|kime|收件人)` +
	`|(subject|betreff|objet|asunto|oggetto|assunto|onderwerp|ämne|emne|aihe|temat|předmět|тема|konu|主题)` +
	`|(cc|kopie|copie|kopia|bcc|reply-to|importance|attachments)` +
	`)\*?\s?[:：]`)

// startsHeaders reports a copied header block at the top of lines: at least three kinds of header, among them who and
// either when or about what. Long headers may run over into lines of their own.
func startsHeaders(lines []string) bool {
	if kindOfHeader(lines[0]) < 0 {
		return false
	}
	var seen [5]bool
	kinds := 0
	for _, line := range lines[:min(len(lines), 10)] {
		if line == "" {
			break
		}
		if kind := kindOfHeader(line); kind >= 0 && !seen[kind] {
			seen[kind] = true
			kinds++
		}
	}
	return kinds >= 3 && seen[0] && (seen[1] || seen[3])
}

func kindOfHeader(line string) int {
	m := headerLine.FindStringSubmatchIndex(line[:min(len(line), 60)])
	for kind := 1; kind < len(m)/2; kind++ {
		if m[2*kind] >= 0 {
			return kind - 1
		}
	}
	return -1
}

var (
	// wrote is how an introduction says it: "On Monday, Ann wrote:", with the name on either side of the verb.
	wrote = regexp.MustCompile(`(?i)(?:\bwrote|\bschrieb|\ba écrit|\bescribió|\bha scritto|\bescreveu|\bschreef|\bskrev|\bkirjoitti|\bnapisał(?:\(a\)|a)?|\bpisze` +
		`|\bnapsala?\(?a?\)?|пишет|написала?(?:\(а\))?|yazdı|写道|さんは書きました)(?: .{1,120})?\s*[:：]$`)
	// when tells an introduction from a sentence: it has an address, a time of day, a year or a numeric date.
	when = regexp.MustCompile(`@|\b\d{1,2}[:.h]\d{2}\b|\b(?:19|20)\d\d\b|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b|年`)
)

// opening starts an introduction of several lines: the first words of a date, in the languages of wrote.
var opening = regexp.MustCompile(`^\s*(?:On|Am|Le|El|Il|Em|No dia|Op|Den|På|W dniu|Dnia|Dne|В|[\d<"])[\s\d]`)

// attribution returns how many lines at the top of lines introduce a quote, 0 for none. Mail programs break an
// introduction into up to four lines; one without a date counts only right above what it quotes.
func attribution(lines []string) int {
	var text string
	for n, line := range lines[:min(len(lines), 4)] {
		if line == "" || len(text)+len(line) > 400 || isQuoted(line) || n == 1 && !opening.MatchString(text+" ") {
			return 0
		}
		text = strings.TrimSpace(text + " " + line)
		if !strings.HasSuffix(text, ":") && !strings.HasSuffix(text, "：") {
			continue
		}
		if wrote.MatchString(text) && (when.MatchString(text) || n == 0 && quoteFollows(lines[1:])) {
			return n + 1
		}
		return 0
	}
	return 0
}
