package draft

import "regexp"

// rule finds one kind of data, or with keep something that only looks like it.
type rule struct {
	pattern *regexp.Regexp // its first group, where it has one, is the part that counts
	kind    Kind
	keep    bool
	accept  func(text string, start, end int) bool // sees what stands around a match. Default: every match
}

// rules are tried in this order: what is certain first, then what must stay, then what is likely.
var rules = []rule{
	{keep: true, pattern: regexp.MustCompile(`\[(?:e-mail address|phone number|card number|bank account|reference number|private link|IP address|secret|private text)\]`)},
	{kind: Link, accept: isPrivateLink, pattern: link},
	{keep: true, pattern: link},
	{kind: Email, pattern: regexp.MustCompile(`[\p{L}\p{N}.!#$%&'*+/=?^_{|}~-]*[\p{L}\p{N}_+-]@[\p{L}\p{N}](?:[\p{L}\p{N}.-]*[\p{L}\p{N}])?\.[\p{L}]{2,24}`)},
	{kind: Key, accept: looksLikePassword, pattern: regexp.MustCompile(`(?i)\b(?:password|passwort|kennwort|passphrase|pwd|mot de passe|contraseña|senha|wachtwoord|api[ _-]?key|access[ _-]?key|(?:auth|access|api|bearer)[ _-]?token|token|secret|bearer|licen[cs]e key|product key)` +
		`(?:\s*[:=]\s*|\s+(?:is|ist|est|es|è|was|lautet)?:?\s*)["'“]?([^\s"'”\[\]<>]{6,})`)},
	{kind: Key, pattern: regexp.MustCompile(`\b(?:eyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]*|AKIA[0-9A-Z]{12,}|AIza[\w-]{20,}|gh[pousr]_\w{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}|xox[a-z]-[\w-]{8,}|[sprw]k_(?:live|test)_\w{8,}|whsec_\w{16,}|SG\.[\w-]{12,}\.[\w-]{12,})`)},
	{kind: IBAN, accept: isIBAN, pattern: regexp.MustCompile(`(?i)\b[A-Z]{2}\d{2}(?:[ \x{a0}]?[A-Z0-9]{4}){2,7}(?:[ \x{a0}]?[A-Z0-9]{1,3})?\b`)},
	{kind: Card, accept: isCard, pattern: regexp.MustCompile(`\d{4}(?:[ \x{a0}.-]?\d{4}){3}(?:[ \x{a0}.-]?\d{1,3})?|3\d{3}[ -]\d{6}[ -]\d{4,5}|\d{13,19}`)},

	{keep: true, accept: standsAlone, pattern: regexp.MustCompile(`(?i)\b(?:error|fehler|erreur|errore|erro|fout|fel|code|status|hresult|exception|version|release|build|rev(?:ision)?|firmware|driver|port|v)` +
		`(?:[ -]?(?:code|number|nummer|no\.?|nr\.?))?[\s:#=(]{0,3}(-?[0-9][0-9A-Za-z.-]*)`)},
	{keep: true, pattern: regexp.MustCompile(`(?i)\b(?:0x[0-9a-f]+|KB\d{6,7}|CVE-\d{4}-\d+|RFC ?\d+|ISO[ /-]?\d[\d:-]*)\b`)},
	{keep: true, accept: standsAlone, pattern: regexp.MustCompile(`\b(?:(?:19|20)\d\d[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01])(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?` +
		`|(?:0?[1-9]|[12]\d|3[01])[-/.](?:0?[1-9]|[12]\d|3[01])[-/.](?:(?:19|20)\d\d|\d\d)|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|(?:19|20)\d\d[-–/ ](?:19|20)\d\d)\b`)},
	{keep: true, pattern: regexp.MustCompile(`(?i)(?:[€$£¥₹]|\b(?:EUR|USD|GBP|CHF|PLN|SEK|NOK|DKK|JPY|INR)) ?\d[\d.,' \x{a0}]*\d?`)},
	{keep: true, accept: notPhone, pattern: regexp.MustCompile(`(?i)\d[\d.,' \x{a0}]* ?(?:[€£¥₹%°]|(?:EUR|USD|GBP|CHF|PLN|SEK|NOK|DKK|JPY|INR|dollars?|euros?|bytes?|[KMGT]i?B|[kMG]?bit/s|bits?|[mµn]?s|min|sec(?:ond)?s?|hours?|h|days?|tage?n?|jours?|users?|rows?|records?|lines?|files?|times|px|dpi|mm|cm|km|m|[kmµ]?g|[kMG]?Hz|rpm|[mk]?[VWA]|mAh)\b)`)},
	{kind: IP, accept: isPersonalIP, pattern: regexp.MustCompile(`\b\d{1,3}(?:\.\d{1,3}){3}\b|(?i:(?:[0-9a-f]{1,4}:|::)(?:[0-9a-f]{0,4}:){1,6}[0-9a-f]{0,4})`)},

	{kind: Phone, accept: isLabelledPhone, pattern: regexp.MustCompile(`(?i)\b(?:tel|tél|phone|telephone|telefon|telefono|teléfono|telefone|téléphone|telefoon|mobile?|mobil|cell|handy|fax|whatsapp|sms|hotline|call|dial|ring|text)` +
		`\.?(?:[ -]?(?:number|nummer|no\.?|nr\.?|us|me))?(?: (?:is|ist|est|at|on|to|auf|unter|au))?[ \t:]{1,3}(\+?[(\d][\d \x{a0}()./-]{4,22}\d)`)},
	{kind: Phone, accept: isPhone, pattern: regexp.MustCompile(`(?:\+|\(\+?|\b00)?\d(?:[ \x{a0}()./-]{0,3}\d){6,16}`)},
	{kind: Order, accept: looksLikeNumber, pattern: regexp.MustCompile(`(?i)\b(?:order|invoice|ticket|customer|client|account|acct|membership|member|reference|ref|case|tracking|shipment|parcel|contract|policy|booking|reservation|transaction|receipt|serial|subscription|user|rma` +
		`|bestell(?:ung|nummer|nr)?|auftrags?(?:nummer|nr)?|rechnungs?(?:nummer|nr)?|kunden(?:nummer|nr)|vertrags?(?:nummer|nr)?|buchungs?(?:nummer|nr)?|vorgangs?(?:nummer|nr)?|sendungs?(?:nummer|nr)|konto(?:nummer|nr)?` +
		`|commande|facture|dossier|pedido|factura|fatura|ordine|fattura|encomenda|bestelling|bestelnummer|factuur|factuurnummer|klantnummer|zamówienie|zamówienia|заказ)` +
		`\.?(?:[ -]?(?:number|nummer|num|numéro|número|numero|id|code|no|nr|n[°º]|№))?(?:\.? ?(?:is|ist|est))?[ .:#=№]{0,3}((?:(?-i:[A-Z]{1,5})[-/ ]?)?\d[\dA-Z/-]{3,30})`)},
	{kind: Order, accept: looksLikeNumber, pattern: regexp.MustCompile(`\b(?:ORD|ORDER|INV|PO|SO|RMA|REF|CASE|TKT|TICKET|CUST|ACC|RG|RE|RN|KD|SUB|TRX|TXN)[-_#/ ]{1,2}(\d[\dA-Z/-]{3,30})\b|#\d{5,20}\b`)},
	{kind: Order, pattern: regexp.MustCompile(`\b1Z[0-9A-Z]{16}\b`)},
	{kind: Order, accept: isLongNumber, pattern: regexp.MustCompile(`\d(?:[ \x{a0}-]?\d){7,30}`)},
	{kind: Key, accept: isLicenceKey, pattern: regexp.MustCompile(`[A-Z0-9]{4,6}(?:-[A-Z0-9]{4,6}){3,}`)},
	{kind: Key, accept: looksRandom, pattern: regexp.MustCompile(`[A-Za-z0-9+_-]{20,}=*|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}`)},
}

// link is an address on the web, with its scheme, or known by "www." or by having a query.
var link = regexp.MustCompile(`(?i)\b(?:[a-z][a-z0-9+.-]{1,20}://|www\.)[^\s<>"\[\]]+|\b[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?/[^\s<>"\[\]?]*\?[^\s<>"\[\]]+`)
