package page

import (
	"fmt"
	"hash/fnv"
	"html"
	"html/template"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// functions is what every template can call.
func functions() template.FuncMap {
	return template.FuncMap{
		"asset":    ownFiles().URL, // {{asset "spinoff.css"}}
		"date":     date,           // {{date .Created}}: 2 January 2026, 15:04 UTC
		"ago":      func(t time.Time) template.HTML { return ago(time.Now(), t) },
		"plural":   plural,   // {{plural 3 "ticket"}}, {{plural .N "reply" "replies"}}
		"avatar":   avatar,   // {{avatar .Name}}
		"initials": initials, // {{initials "Ada Lovelace"}}: AL
		"icon":     icon,     // {{icon "lock"}}
		"markdown": Markdown, // {{markdown .Body}}
		"live":     live,     // {{live "open" .Open}}, {{live "made" .Made "# draft" "# drafts"}}
		"hint":     hint,
		"attr":     attr,
		"input":    input,
		"area":     area,
		"choose":   choose,
		"radios":   radios,
		"check":    check,
	}
}

func date(t time.Time) template.HTML {
	if t.IsZero() {
		return "–"
	}
	return timeTag(t, t.UTC().Format("2 January 2006, 15:04 UTC"))
}

// ago says how long before now t was, and for more than 30 days the date.
func ago(now, t time.Time) template.HTML {
	d := now.Sub(t)
	switch {
	case t.IsZero():
		return "–"
	case d < 0:
		return timeTag(t, "in "+span(-d))
	case d < time.Minute:
		return timeTag(t, "just now")
	case d < 30*24*time.Hour:
		return timeTag(t, span(d)+" ago")
	}
	return timeTag(t, t.UTC().Format("2 Jan 2006"))
}

func span(d time.Duration) string {
	switch {
	case d < time.Hour:
		return plural(max(1, int(d.Minutes())), "minute")
	case d < 24*time.Hour:
		return plural(int(d.Hours()), "hour")
	}
	return plural(int(d.Hours()/24), "day")
}

func timeTag(t time.Time, text string) template.HTML {
	t = t.UTC()
	return template.HTML(fmt.Sprintf(`<time datetime="%s" title="%s">%s</time>`, //nolint:gosec // digits and our own words
		t.Format(time.RFC3339), t.Format("2 January 2006, 15:04 UTC"), text))
}

// plural counts things: "1 ticket", "3 tickets", "2 replies".
func plural(n int, one string, many ...string) string {
	switch {
	case n == 1:
		return "1 " + one
	case len(many) > 0:
		return fmt.Sprintf("%d %s", n, many[0])
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// live is a count that follows the server's while the page is open and has a data-live; see [Live]. The words are for one and for many,
// with a "#" where the number stands. Default: the number alone.
func live(name string, n int64, words ...string) (template.HTML, error) {
	one, many, attributes := "#", "#", ""
	switch len(words) {
	case 0:
	case 2:
		one, many = words[0], words[1]
		attributes = fmt.Sprintf(` data-one="%s" data-many="%s"`, html.EscapeString(one), html.EscapeString(many))
	default:
		return "", fmt.Errorf(`live %q has %d words; it is {{live "made" .Made}} or {{live "made" .Made "# draft" "# drafts"}}`, name, len(words))
	}
	text := many
	if n == 1 {
		text = one
	}
	text = strings.Replace(text, "#", strconv.FormatInt(n, 10), 1)
	return template.HTML(fmt.Sprintf(`<span data-count="%s"%s>%s</span>`, html.EscapeString(name), attributes, html.EscapeString(text))), nil //nolint:gosec // escaped
}

// initials returns the first letters of the first and the last word, or "?".
func initials(name string) string {
	words := strings.FieldsFunc(name, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.IsMark(c) })
	if len(words) == 0 {
		return "?"
	}
	first := string([]rune(words[0])[:1])
	if len(words) > 1 {
		first += string([]rune(words[len(words)-1])[:1])
	}
	return strings.ToUpper(first)
}

// avatar is a disc with initials, in one of six colours that stays with the name. The name stands beside it,
// so it is hidden from screen readers.
func avatar(name string) template.HTML {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(name))                                                               // a hash takes everything
	return template.HTML(fmt.Sprintf(`<span class="avatar hue-%d" aria-hidden="true">%s</span>`, //nolint:gosec // escaped
		sum.Sum32()%6, html.EscapeString(initials(name))))
}

// icon is a drawing of 20 by 20 in the colour of the text, hidden from screen readers: the words beside it say it.
func icon(name string) (template.HTML, error) {
	path := ""
	switch name {
	case "alert":
		path = `<circle cx="10" cy="10" r="7.5"/><path d="M10 6.2v4.6M10 13.6v.1"/>`
	case "check":
		path = `<circle cx="10" cy="10" r="7.5"/><path d="m6.8 10.3 2.2 2.2 4.2-4.8"/>`
	case "clock":
		path = `<circle cx="10" cy="10" r="7.5"/><path d="M10 5.8V10l2.8 2"/>`
	case "down":
		path = `<path d="m6 8 4 4 4-4"/>`
	case "info":
		path = `<circle cx="10" cy="10" r="7.5"/><path d="M10 9.2v4.6M10 6.3v.1"/>`
	case "lock":
		path = `<rect x="4.5" y="9" width="11" height="7.5" rx="1.5"/><path d="M7 9V6.5a3 3 0 0 1 6 0V9"/>`
	case "mail":
		path = `<rect x="2.5" y="4.5" width="15" height="11" rx="1.5"/><path d="m3 6 7 5 7-5"/>`
	case "next":
		path = `<path d="m8 5 5 5-5 5"/>`
	case "search":
		path = `<circle cx="9" cy="9" r="5.5"/><path d="m13.2 13.2 4 4"/>`
	case "tag":
		path = `<path d="M3 9.5V3.5h6l7.5 7.5-6 6z"/><path d="M6.5 7v.1"/>`
	case "away":
		path = `<path d="M3.5 3.5l13 13M5.5 14.5h8M15.6 13.9a3 3 0 0 0-1.6-5.4 4.5 4.5 0 0 0-6-2.6M5.8 8.2a3.2 3.2 0 0 0-.3 6.3"/>`
	default:
		return "", fmt.Errorf("no icon %q: there are alert, away, check, clock, down, info, lock, mail, next, search and tag", name)
	}
	return template.HTML(`<svg class="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">` + path + `</svg>`), nil //nolint:gosec // constant
}
