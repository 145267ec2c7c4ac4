package draft

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ask returns what the ticket asks: its subject, or where that says nothing the first question of the first message.
func ask(t Ticket) (string, bool) {
	if subject := cleanSubject(t.Subject); !saysNothing(subject) {
		return subject, true
	}
	first := slices.IndexFunc(t.Messages, func(m Message) bool { return m.From == Customer })
	if first < 0 {
		return "", false
	}
	return firstQuestion(StripReply(t.Messages[first].Text))
}

var (
	// What mail programs put before the subject of an answer, in the languages they speak: "Re:", "AW:", "Re[2]:".
	subjectPrefix = regexp.MustCompile(`(?i)^(?:re|fwd?|aw|wg|sv|vs|vb|antw|doorst|tr|rép|rv|res|enc|rif|odp|pd|ynt|ilt|отв|回复|答复|转发)` +
		`\s*(?:\[\d+\]|\(\d+\))?\s*[:：]\s*`)
	// What ticket systems and mail gateways put there: "[#123]", "[Ticket 123]", "[EXTERNAL]".
	subjectMark = regexp.MustCompile(`(?i)\[[^\[\]\d]{0,30}\d+\]|\[ext(?:ern(?:al)?)?\]|\(#\d+\)`)
)

func cleanSubject(subject string) string {
	subject = subjectMark.ReplaceAllLiteralString(strings.ToValidUTF8(subject, "\uFFFD"), " ")
	subject = strings.Join(strings.Fields(strings.Map(printable, subject)), " ")
	for {
		prefix := subjectPrefix.FindString(subject)
		if prefix == "" {
			return subject
		}
		subject = subject[len(prefix):]
	}
}

// emptyWords are words that can make up a subject and still leave one asking what the ticket is about. Each has a space on either side.
const emptyWords = ` a about an and any asap bug can contact could enquiry error feedback for form have hello help hey hi i important inquiry 
 is issue issues it me message my need needed new no none not of on please pls problem problems question questions quick request subject 
 support test the ticket to trouble untitled urgent with you 
 anfrage betreff bitte brauche dringend ein eine fehler frage fragen hallo hilfe ich kein kontakt nachricht ohne probleme wichtig zu 
 aide aidez aucun besoin bonjour de demande erreur j'ai moi objet problème s'il sans svp une urgence vous 
 asunto ayuda consulta duda favor hola pregunta por problema sin solicitud tengo un una urgente 
 aiuto ciao domanda errore nessun oggetto richiesta ajuda assunto dúvida erro olá pergunta preciso sem solicitação 
 een geen heb hulp ik onderwerp probleem spoed vraag ämne fel fråga hjälp inget hej emne hjælp hjelp ingen spørgsmål spørsmål 
 brak pomoc pytanie temat tematu без вопрос помощь помогите проблема срочно темы `

// saysNothing reports a subject such as "Help", "(no subject)" or "Frage!!".
func saysNothing(subject string) bool {
	words := strings.FieldsFunc(strings.ToLower(subject), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\''
	})
	return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(emptyWords, " "+word+" ") })
}

// sentenceEnd ends a sentence. A full stop does so only before something a sentence can start with: not in "e.g. this".
var sentenceEnd = regexp.MustCompile(`[?？]+["'”»)]*(?:\s|$)|[？。！]|!["'”»)]*\s|\.["'”»)]*\s+[\p{Lu}\p{N}¿"“«]|[:;]?\n\s*\n`)

func firstQuestion(text string) (string, bool) {
	for text != "" {
		end := sentenceEnd.FindStringIndex(text)
		if end == nil {
			return "", false
		}
		mark, rest := text[end[0]:end[1]], end[1]
		if strings.HasPrefix(mark, ".") { // it ran into the next sentence by one letter
			_, size := utf8.DecodeLastRuneInString(mark)
			rest -= size
		}
		if strings.HasPrefix(mark, "?") || strings.HasPrefix(mark, "？") {
			return strings.Join(strings.Fields(text[:end[1]]), " "), true
		}
		text = text[rest:]
	}
	return "", false
}

// title cuts a question to MaxQuestion characters at a word, and makes its first letter upper-case.
func title(question string) string {
	at := len(question) - len(strings.TrimLeft(question, `¿¡"'“„«(`))
	if first, size := utf8.DecodeRuneInString(question[at:]); unicode.IsLower(first) {
		question = question[:at] + string(unicode.ToUpper(first)) + question[at+size:]
	}
	if utf8.RuneCountInString(question) <= MaxQuestion {
		return question
	}
	cut := string([]rune(question)[:MaxQuestion-1])
	if at := strings.LastIndexByte(cut, ' '); at > 0 {
		cut = cut[:at]
	}
	if open := strings.LastIndexByte(cut, '['); open > strings.LastIndexByte(cut, ']') {
		cut = cut[:open] // not half a placeholder
	}
	return strings.TrimRight(cut, " ,;:") + "…"
}

// printable is for strings.Map: it turns control characters into spaces, so that no subject carries one into a page.
func printable(r rune) rune {
	if unicode.IsControl(r) {
		return ' '
	}
	return r
}
