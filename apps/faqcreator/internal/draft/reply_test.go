package draft_test

import (
	"testing"
	"unicode/utf8"

	"github.com/spinoff-go/spinoff/apps/faqcreator/internal/draft"
)

const body = "Open Settings and choose Reset."

func TestStripReply(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"nothing to strip", body, body},
		{"blank lines", "\n\n" + body + "\n\n\n\nThen wait.\n\n", body + "\n\nThen wait."},
		{"Windows and old Mac line ends", "One.\r\nTwo.\rThree.", "One.\nTwo.\nThree."},
		{"indentation stays", "Run:\n\n    make\n", "Run:\n\n    make"},
		{"list stays", body + "\n- one\n- two\n\n1. a\n2. b", body + "\n- one\n- two\n\n1. a\n2. b"},

		{"Gmail", body + "\n\nOn Mon, Apr 2, 2012 at 6:26 PM, Ann One <ann@example.com> wrote:\n\n> Hi", body},
		{"Gmail, two lines", body + "\n\nOn Mon, Apr 2, 2012 at 6:26 PM, Ann One\n<ann@example.com> wrote:\n\n> Hi", body},
		{"quote without marks", body + "\n\nOn Mon, Apr 2, 2012 at 6:26 PM, Ann wrote:\n\nHi\nHow?", body},
		{"no blank line above", body + "\nOn 22 Aug 2015, at 19:21, Ann <ann@example.com> wrote:\n> Hi", body},
		{"below the quote", "On 04/02/2012 06:26 PM, Ann wrote:\n> Hi\n" + body, body},
		{"between the quotes", "> How?\n" + body + "\n> And then?\nWait.", body + "\n\nWait."},
		{"name only", "Ann wrote:\n> How?\n\n" + body, body},
		{"no introduction", "As I wrote:\nfirst the lid.", "As I wrote:\nfirst the lid."},
		{"German", body + "\n\nAm Mo., 2. Apr. 2012 um 14:20 Uhr schrieb Ann <ann@example.com>:\n> Hallo", body},
		{"French", body + "\n\nLe lun. 2 avr. 2012 à 14:20, Ann <ann@example.com> a écrit :\n> Salut", body},
		{"Spanish", body + "\n\nEl lun, 2 abr 2012 a las 14:20, Ann (<ann@example.com>) escribió:\n> Hola", body},
		{"Italian", body + "\n\nIl giorno lun 2 apr 2012 alle ore 14:20 Ann <ann@example.com> ha scritto:\n> Ciao", body},
		{"Portuguese", body + "\n\nEm seg., 2 de abr. de 2012 às 14:20, Ann <ann@example.com> escreveu:\n> Oi", body},
		{"Dutch", body + "\n\nOp ma 2 apr. 2012 om 14:20 schreef Ann <ann@example.com>:\n> Hoi", body},
		{"Swedish", body + "\n\nDen mån 2 apr. 2012 kl 14:20 skrev Ann <ann@example.com>:\n> Hej", body},
		{"Polish", body + "\n\npon., 2 kwi 2012 o 14:20 Ann <ann@example.com> napisał(a):\n> Cześć", body},
		{"Russian", body + "\n\n02.04.2012 14:20 пользователь Ann <ann@example.com> написал:\n> Привет", body},
		{"Finnish", body + "\n\nma 2. huhtik. 2012 klo 14.20 Ann (ann@example.com) kirjoitti:\n> Hei", body},
		{"Chinese", body + "\n\nAnn <ann@example.com> 于2012年4月2日周一 14:20写道：\n> 你好", body},

		{"original message", body + "\n\n-----Original Message-----\nFrom: Ann\nHi", body},
		{"Ursprüngliche Nachricht", body + "\n\n-----Ursprüngliche Nachricht-----\nVon: Ann\nHallo", body},
		{"Message d'origine", body + "\n\n----- Message d'origine -----\nBonjour", body},
		{"forwarded", body + "\n\n---------- Forwarded message ---------\nHi", body},
		{"Outlook", body + "\n\nFrom: Ann [mailto:ann@example.com]\nSent: Monday, April 2, 2012 4:22 PM\nTo: Bob\nSubject: Reset\n\nHow?", body},
		{"Outlook, German", body + "\n\nVon: Ann\nGesendet: Montag, 2. April 2012 16:22\nAn: Bob\nBetreff: AW: Reset\n\nWie?", body},
		{"Outlook, French", body + "\n\nDe : Ann\nEnvoyé : lundi 2 avril 2012\nÀ : Bob\nObjet : Reset\n\nComment ?", body},
		{"Outlook, Spanish, bold", body + "\n\n*De:* Ann\n*Enviado:* lunes\n*Para:* Bob\n*Asunto:* Reset\n\n¿Cómo?", body},
		{"Outlook, line above", body + "\n________________________________\nFrom: Ann\nSent: Monday\nTo: Bob\nSubject: Reset\n\nHow?", body},
		{"two headers are text", "From: Monday\nTo: Friday\n" + body, "From: Monday\nTo: Friday\n" + body},
		{"Zendesk", body + "\n\n##- Please type your reply above this line -##\nHi", body},

		{"signature", body + "\n\n-- \nBob\nSupport", body},
		{"signature, trailing space lost", body + "\n--\nBob", body},
		{"iPhone", body + "\n\nSent from my iPhone", body},
		{"iPhone, German", body + "\n\nVon meinem iPhone gesendet", body},
		{"iPhone, French", body + "\n\nEnvoyé de mon iPhone", body},
		{"iPhone, Spanish", body + "\n\nEnviado desde mi iPhone", body},
		{"iPhone, Italian", body + "\n\nInviato da iPhone", body},
		{"iPhone, Portuguese", body + "\n\nEnviado do meu iPhone", body},
		{"iPhone, Dutch", body + "\n\nVerstuurd vanaf mijn iPhone", body},
		{"Outlook for iOS", body + "\n\nGet Outlook for iOS<https://aka.ms/o0ukef>", body},

		{"greeting and closing", "Hi Ann,\n\n" + body + "\n\nBest regards,\nBob", body},
		{"greeting in the line", "Hi Ann, open Settings and choose Reset.", body},
		{"greeting with a colon", "Dear Sir or Madam:\n" + body, body},
		{"German letter", "Sehr geehrte Frau Dr. Müller-Lüdenscheidt,\n\n" + body + "\n\nMit freundlichen Grüßen\nIhr Support-Team\nSpinoff GmbH", body},
		{"German note", "Hallo zusammen,\n" + body + "\nVG Bob", body},
		{"French letter", "Bonjour Madame,\n\n" + body + "\n\nBien cordialement,\nBob", body},
		{"Spanish letter", "Estimada Ana:\n\n" + body + "\n\nUn saludo,\nBob", body},
		{"Italian letter", "Gentile Anna,\n\n" + body + "\n\nCordiali saluti\nBob", body},
		{"Portuguese letter", "Prezado João,\n\n" + body + "\n\nAtenciosamente,\nBob", body},
		{"Dutch letter", "Beste Anna,\n\n" + body + "\n\nMet vriendelijke groet,\nBob", body},
		{"Swedish letter", "Hej Anna!\n\n" + body + "\n\nMed vänliga hälsningar\nBob", body},
		{"Polish letter", "Dzień dobry,\n\n" + body + "\n\nPozdrawiam\nBob", body},
		{"Russian letter", "Здравствуйте, Анна!\n\n" + body + "\n\nС уважением,\nБоб", body},
		{"thanks at the end", body + "\n\nThanks,\nBob", body},
		{"thanks at the top", "Thanks!\n\n" + body + " It takes a minute or two.", "Thanks!\n\n" + body + " It takes a minute or two."},
		{"everything", "Hi Ann,\n\n" + body + "\n\nCheers\nBob\n\n-- \nSpinoff\n\nSent from my iPhone\n\nOn 2 Apr 2012, at 14:20, Ann wrote:\n> Hi", body},
		{"only a greeting", "Hello\n\n> Hi", "Hello"},
		{"only a closing", "Thanks, Bob", "Thanks, Bob"},
		{"only a quote", "> Hi", ""},
		{"empty", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := draft.StripReply(tt.text)
			if got != tt.want {
				t.Errorf("StripReply(%q)\n got %q\nwant %q", tt.text, got, tt.want)
			}
			if again := draft.StripReply(got); again != got {
				t.Errorf("StripReply(%q) a second time\n got %q", got, again)
			}
		})
	}
}

func FuzzStripReply(f *testing.F) {
	f.Add("Hi Ann,\n\n" + body + "\n\nBest regards,\nBob\n\n-- \nSpinoff\n\nOn 2 Apr 2012, at 14:20, Ann wrote:\n> Hi")
	f.Add("Hi Ann, > x\nHi Ann, > x\nHi Ann, From: a\nSent: b\nTo: c")
	f.Add("a\r\n\r\u2028\x00\xff>\n--\nVG\nVG\nThanks")
	f.Fuzz(func(t *testing.T, text string) {
		once := draft.StripReply(text)
		if !utf8.ValidString(once) {
			t.Errorf("StripReply(%q) = %q, want valid UTF-8", text, once)
		}
		if twice := draft.StripReply(once); twice != once {
			t.Errorf("StripReply(StripReply(%q))\n got %q\nwant %q", text, twice, once)
		}
	})
}
