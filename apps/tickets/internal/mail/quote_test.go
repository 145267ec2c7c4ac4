package mail_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff/apps/tickets/internal/mail"
)

func TestSplitQuote(t *testing.T) {
	for _, head := range []string{
		"On Mon, Apr 2, 2012 at 6:26 PM, Megan One <m@x.example> wrote:",
		"On Mon, Apr 2, 2012 at 6:26 PM, Megan One\n<m@x.example>\nwrote:",
		"Am 02.04.2012 um 18:26 schrieb Megan One <m@x.example>:",
		"Am Mo., 2. Apr. 2012 um 18:26 Uhr schrieb Megan One <\nm@x.example>:",
		"Megan One <m@x.example> schrieb am Mo., 2. Apr. 2012, 18:26:",
		"Le lun. 2 avr. 2012 à 18:26, Megan One <m@x.example> a écrit :",
		"El lun., 2 abr. 2012 a las 18:26, Megan One (<m@x.example>) escribió:",
		"Il giorno lun 2 apr 2012 alle ore 18:26 Megan One <m@x.example> ha scritto:",
		"Em seg., 2 de abr. de 2012 às 18:26, Megan <m@x.example> escreveu:",
		"Op ma 2 apr. 2012 om 18:26 schreef Megan One <m@x.example>:",
		"02.04.2012 18:26, Megan One пишет:",
		"-----Original Message-----",
		"-----Ursprüngliche Nachricht-----",
		"-------- Message d'origine --------",
		"-----Mensaje original-----",
		"-----Messaggio originale-----",
		"---------- Forwarded message ---------",
		"From: Megan One <m@x.example>\nSent: Monday, April 2, 2012 6:26 PM\nTo: Me\nSubject: x",
		"Von: Megan One <m@x.example>\nGesendet: Montag, 2. April 2012 18:26\nAn: Ich\nBetreff: x",
		"De : Megan One <m@x.example>\nEnvoyé : lundi 2 avril 2012 18:26\nÀ : Moi\nObjet : x",
		"De: Megan One\nEnviado el: lunes, 2 de abril\nPara: Yo\nAsunto: x",
		"Da: Megan One\nInviato: lunedì 2 aprile\nA: Io\nOggetto: x",
		"________________________________\n*From:* Megan One\n*Date:* Monday\n*To:* Me\n*Subject:* x",
	} {
		for _, tail := range []string{"\n\n> Hi\n>\n> there", "\n\nHi\n\nthere"} {
			text := "Hello: see\nbelow 1:\n\n" + head + tail
			own, quoted := mail.SplitQuote(text)
			if strings.HasPrefix(head, "02.04") && !strings.Contains(tail, ">") {
				continue // which needs the ">" to be told from a sentence
			}
			if own != "Hello: see\nbelow 1:" || quoted != head+tail {
				t.Errorf("SplitQuote(%q)\n got %q, %q", text, own, quoted)
			}
		}
	}
}

func TestSplitQuoteKeepsWhatIsNoQuote(t *testing.T) {
	for _, c := range []struct{ text, own, quoted string }{
		{"", "", ""},
		{"On Monday I wrote two things:\n1. a\n2. b", "On Monday I wrote two things:\n1. a\n2. b", ""},
		{"From: the start\nit was broken", "From: the start\nit was broken", ""},
		{"On 2 Apr 2012, Bob wrote:\n> Hi\nHello", "Hello", "On 2 Apr 2012, Bob wrote:\n> Hi"},                                       // answer below
		{"Hi\n> does it work?\nyes\n> and this?\nno", "Hi\n> does it work?\nyes\n> and this?\nno", ""},                               // answers between
		{"Hi\n\n> old\n\n-- \nMia, sales", "Hi\n\n\n-- \nMia, sales", "> old"},                                                       // signature below
		{"see\n> a\n\nOn 3 May 2012, Bob <b@x.example> wrote:\n> b", "see\n> a\n\nOn 3 May 2012, Bob <b@x.example> wrote:\n> b", ""}, // two quotes
	} {
		own, quoted := mail.SplitQuote(c.text)
		if !cmp.Equal(strings.Fields(own), strings.Fields(c.own)) || strings.TrimSpace(quoted) != c.quoted {
			t.Errorf("SplitQuote(%q)\n got %q, %q\nwant %q, %q", c.text, own, quoted, c.own, c.quoted)
		}
	}
}

// sameWords reports whether own and quoted have the lines of text between them.
func sameWords(text, own, quoted string) bool {
	count := map[string]int{}
	for l := range strings.SplitSeq(text, "\n") {
		count[strings.TrimSpace(l)]++
	}
	for l := range strings.SplitSeq(own+"\n"+quoted, "\n") {
		count[strings.TrimSpace(l)]--
	}
	delete(count, "")
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}
