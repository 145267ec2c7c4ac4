package mail

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"github.com/jhillyerd/enmime/v2"
	"github.com/jhillyerd/enmime/v2/mediatype"
)

// Auto says whether a machine wrote the mail. Whatever is set, never answer it by machine: that is how mail loops start.
type Auto struct {
	Reply     bool     // an automatic answer or bulk mail, read receipts and abuse reports among them
	Bounce    bool     // a report that a mail was not, or not yet, delivered
	Reason    string   // the mark that gave it away, for people: "Auto-Submitted: auto-replied"
	Permanent bool     // of a bounce: never delivered, a status of 5.x.x; mark the addresses in Failed
	Failed    []string // of a bounce: the addresses that got nothing, as far as it says so
	Original  []string // of a bounce: the Message-ID of the mail that came back, if it says so
}

// Any reports whether there is any sign of a machine.
func (a Auto) Any() bool { return a.Reply || a.Bounce }

var daemon = regexp.MustCompile(`(?i)(^|[<"\s])(mailer-daemon|mail-daemon|mdaemon|postmaster)([@>"\s]|$)`)

// auto looks for the marks of machines. Precedence: list is none: mail to a desk often comes through a group.
func auto(e *enmime.Envelope, from Address) Auto {
	field := func(name string) string { return strings.ToLower(line(e.GetHeader(name))) }
	submitted, precedence, suppress := field("Auto-Submitted"), field("Precedence"), field("X-Auto-Response-Suppress")
	report, returnPath := reportType(e), strings.TrimSpace(e.Root.Header.Get("Return-Path"))
	sender := from.Email
	if sender == "" {
		sender = from.Name // "MAILER-DAEMON <>", "Mail Delivery <MAILER-DAEMON>"
	}
	marks := []struct {
		so     bool
		bounce bool
		reason string
	}{
		{report == "delivery-status", true, "Content-Type: multipart/report; report-type=delivery-status"},
		{field("X-Failed-Recipients") != "", true, "X-Failed-Recipients"},
		{daemon.MatchString(sender), true, "From: " + sender},
		{submitted != "" && !strings.HasPrefix(submitted, "no"), false, "Auto-Submitted: " + submitted},
		{report != "", false, "Content-Type: multipart/report; report-type=" + report},
		{slices.Contains([]string{"bulk", "junk", "auto_reply", "auto-reply"}, precedence), false, "Precedence: " + precedence},
		{strings.Contains(suppress, "all") || strings.Contains(suppress, "oof") || strings.Contains(suppress, "autoreply"), false, "X-Auto-Response-Suppress: " + suppress},
		{field("X-Autoreply")+field("X-Autorespond")+field("X-Auto-Reply") != "", false, "X-Autoreply"},
		{returnPath == "<>", true, "Return-Path: <>"}, // last: out-of-office answers have it too, and say more above
	}
	for _, mark := range marks {
		if mark.so {
			a := Auto{Reply: !mark.bounce, Bounce: mark.bounce, Reason: cut(mark.reason, maxSubject)}
			a.readReport(e)
			return a
		}
	}
	return Auto{}
}

// reportType is the report-type of a multipart/report (RFC 6522), wherever it is in the message; "?" if it does not say.
func reportType(e *enmime.Envelope) string {
	report := e.Root.DepthMatchFirst(func(p *enmime.Part) bool { return p.ContentType == "multipart/report" })
	if report == nil {
		return ""
	}
	_, params, _, _ := mediatype.Parse(report.Header.Get("Content-Type"))
	if kind := line(strings.ToLower(params["report-type"])); kind != "" {
		return kind
	}
	return "?"
}

var (
	finalRecipient = regexp.MustCompile(`(?im)^(?:Final|Original)-Recipient:[ \t]*(?:[a-z0-9-]+[ \t]*;)?[ \t]*<?([^\s<>;]+@[^\s<>;]+)`)
	statusLine     = regexp.MustCompile(`(?im)^Status:[ \t]*([245])\.\d+\.\d+`)
	returnedID     = regexp.MustCompile(`(?im)^Message-ID:\s*<([^<>\s]+)>`)
)

// readReport takes from a bounce what RFC 3464 puts into it: who was not reached, for good or for now, and by which mail.
func (a *Auto) readReport(e *enmime.Envelope) {
	if !a.Bounce {
		return
	}
	for address := range strings.SplitSeq(e.GetHeader("X-Failed-Recipients"), ",") {
		a.fail(address)
	}
	for _, p := range e.Root.DepthMatchAll(func(p *enmime.Part) bool { return p.FirstChild == nil }) {
		content := new(Message).transfer(p)
		switch p.ContentType {
		case "message/delivery-status", "message/global-delivery-status":
			for _, found := range finalRecipient.FindAllSubmatch(content, maxPeople) {
				a.fail(string(found[1]))
			}
			for _, status := range statusLine.FindAllSubmatch(content, maxPeople) {
				a.Permanent = a.Permanent || status[1][0] == '5'
			}
		case "message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers":
			header, _ := cutHeader(bytes.TrimLeft(content, "\r\n"))
			for _, found := range returnedID.FindAllSubmatch(header, 1) {
				a.Original = append(a.Original, line(string(found[1])))
			}
		}
	}
}

func (a *Auto) fail(address string) {
	if address = email(line(address)); address != "" && len(a.Failed) < maxPeople && !slices.Contains(a.Failed, address) {
		a.Failed = append(a.Failed, address)
	}
}
