package draft

import "regexp"

// The formulas that letters start and end with: English, German, French, Spanish, Italian, Portuguese, Dutch, the
// Scandinavian languages, Finnish, Polish, Czech, Russian, Turkish. They are matched against whole short lines.

const greetings = `(?:hi|hello|hey|dear|greetings|good (?:morning|afternoon|evening|day)` +
	`|hallo|liebe[rs]?|sehr geehrte[rs]?|guten (?:tag|morgen|abend)|moin(?: moin)?|servus|grüß gott|grüezi` +
	`|bonjour|bonsoir|salut|cher|chère|madame,? monsieur|madame|monsieur` +
	`|hola|buen(?:os|as) (?:días|tardes|noches)|buen día|estimad[oa]s?|querid[oa]s?|apreciad[oa]` +
	`|ciao|salve|buongiorno|buonasera|gentil(?:e|issim[oa])|egregi[oa]|spett\.?(?:le|abile)|car[oa]` +
	`|olá|oi|bom dia|boa (?:tarde|noite)|prezad[oa]s?|caríssim[oa]|exm[oa]\.?` +
	`|hoi|beste|geachte|goede(?:morgen|middag|navond|ndag)|goeie(?:morgen|middag)` +
	`|hej|hei|god (?:dag|morgon|kväll)|kära|kære|kjære|hyvä|moi|terve` +
	`|cześć|dzień dobry|witam|szanown[aiy]\S*|dobrý den|ahoj|vážen[ýá]` +
	`|здравствуйте|привет|добрый (?:день|вечер)|доброе утро|уважаем\S+|merhaba|sayın)`

// A name is written with a capital, or is one of the words that stand for everybody.
const nameWord = `(?:\p{Lu}[\p{L}'’.\-]*|there|all|everyone|everybody|team|folks|again|zusammen|allerseits|nochmal|und|and|et|y|e|en|och|og` +
	`|à tous|tous|todos|todas|a todos|tutti|a tutti|allemaal|alla|alle|sir|madam|or|customer|von|van|de|der|den|da|di)`

var (
	greetingLine  = regexp.MustCompile(`^(?i:` + greetings + `)(?:(?:,? [\p{L}\p{N}'’.\-/()&]+){0,6} ?[,!:;.…–—-]{1,3}|(?:,? ` + nameWord + `){0,4})$`)
	greetingStart = regexp.MustCompile(`^\s*(?i:` + greetings + `)(?:,? ` + nameWord + `){0,4} ?[,!:.–—-] `)

	// closingPhrase closes whatever short lines follow it. It is matched against lower case.
	closingPhrase = regexp.MustCompile(`^(?:` +
		`(?:(?:with )?(?:best|kind|kindest|warm|warmest|many|sincere)(?: and \w+)? )?regards|(?:with )?(?:best|warm|all good) wishes|(?:yours )?(?:sincerely|faithfully|truly|respectfully)(?: yours)?|br` +
		`|(?:mit )?(?:(?:den )?(?:freundlichen?|besten?|vielen?|lieben?|herzlichen?|schönen?|sonnigen?) )+(?:grüßen?|grüssen?|gruessen?|gruß|gruss)|grüße|grüsse|gruß|mfg|vg|lg|hochachtungsvoll` +
		`|(?:bien )?cordialement|(?:très )?cordialement|bien à vous|(?:avec mes |mes |nos )?(?:sincères |meilleures |cordiales )?salutations(?: distinguées)?|(?:je vous prie|nous vous prions|veuillez)[^.]{0,60}salutations.{0,30}` +
		`|(?:un |reciba un )?(?:cordial(?:es)? |atentos? )?saludos?(?: cordial(?:es)?)?|(?:muy )?atentamente|cordialmente` +
		`|(?:un )?(?:cordiali |distinti |cari )?saluti?o?` +
		`|atenciosamente|(?:com os |os )?(?:melhores |nossos |meus )?cumprimentos|(?:um )?abraços?|att\.?` +
		`|(?:met )?(?:vriendelijke|hartelijke|beste) (?:groet|groeten)|groet|groeten|groetjes|mvg|hoogachtend` +
		`|(?:med )?(?:vänliga|bästa|venlig|vennlig|vennlige|bedste|de bedste) (?:hälsningar|hilsener|hilsen|hilsner)|mvh|hälsningar|hilsen` +
		`|(?:ystävällisin )?terveisin|(?:serdecznie )?pozdrawiam|(?:z )?(?:poważaniem|wyrazami szacunku)|s pozdravem|с уважением|saygılarımla` +
		`)(?:[ ,.!–-]+(?:\S+ ?){0,5})?$`)

	// thanksPhrase may as well open an answer, so what follows it has to look like a name.
	thanksPhrase = regexp.MustCompile(`^(?:(?:many |kind )?thanks(?: again| so much| a lot| in advance)?|thank you(?: again| very much| so much| in advance)?|cheers|best|take care|all the best` +
		`|have a (?:nice|good|great|lovely|wonderful) \w+|danke(?: schön| im voraus)?|(?:vielen|besten|herzlichen) dank(?: im voraus)?|(?:einen )?schönen (?:tag|abend)(?: noch)?` +
		`|merci(?: beaucoup| d'avance| par avance)?|bonne (?:journée|soirée)|à bientôt|(?:muchas )?gracias|grazie(?: mille)?|a presto|buona giornata` +
		`|(?:muito )?obrigad[oa]|bedankt|alvast bedankt|dank u(?: wel)?|fijne dag|tack(?: på förhand)?|tak|takk|kiitos|dziękuję|спасибо)` +
		`(?:[ ,.!–-]+(?:\S+ ?){0,2})?$`)

	// sentFrom is what telephones and mail services add to what people write.
	sentFrom = regexp.MustCompile(`(?i)^(?:[-_—*]+ ?)?(?:(?:sent|sent securely) (?:from|via|with|by) (?:my |the |a )?[\p{L}\p{N}][\p{L}\p{N} .'’-]{1,40}(?:\(?https?://\S+\)?)?` +
		`|(?:get|download) outlook for \w+(?: ?<\S+>)?|outlook für \w+ (?:beziehen|herunterladen)(?: ?<\S+>)?` +
		`|(?:diese nachricht wurde )?von meinem .{2,40} gesendet|gesendet (?:von|mit|über) .{2,50}` +
		`|envoyé (?:de|depuis|avec|à partir de) .{2,50}|télécharger outlook pour \w+.{0,60}|provenance : .{2,50}` +
		`|enviad[oa] (?:desde|de|do|a partir do|con) .{2,50}|obtener outlook para \w+.{0,60}|obter o outlook para \w+.{0,60}` +
		`|inviato (?:da|dal|con) .{2,50}|verstuurd (?:vanaf|via|met) .{2,50}|verzonden (?:vanaf|via) .{2,50}` +
		`|skickat från .{2,50}|sendt fra .{2,50}|lähetetty .{2,50}|wysłan[eo] z .{2,50}|odesláno z .{2,50}|отправлено (?:с|из) .{2,50})$`)
)
