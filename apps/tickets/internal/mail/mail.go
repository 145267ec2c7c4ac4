// Package mail reads the mail of the world: it turns the bytes of one message into a [Message] that is safe to store, thread and show,
// and walks mailboxes in the formats people export them in.
//
// It keeps nothing, sends nothing and opens no network connection. Mail in the wild breaks every rule of RFC 5322, so nearly
// everything is accepted and what was odd about it is said in [Message.Flags].
package mail

import (
	"errors"
	"time"
)

// MaxSize is the largest message that [Parse] reads and [Messages] hands out, in bytes.
const MaxSize = 30 << 20

// Bounds on what one message can make of itself. What is cut is flagged; the caller keeps the raw bytes.
const (
	maxText    = 1 << 20 // bytes of Text
	maxHTML    = 4 << 20 // bytes of HTML before it is sanitised
	maxSubject = 255     // runes; also of names
	maxIDs     = 100     // in References
	maxIDSize  = 500     // bytes of one id
	maxPeople  = 200     // addresses in one field
)

// Why a message is refused. Everything else is read as well as it can be.
var (
	// ErrTooLarge means that the message has more than MaxSize bytes.
	ErrTooLarge = errors.New("the message is larger than 30 MB")
	// ErrTooDeep means that the message has more parts, or parts within parts, than a person sends.
	ErrTooDeep = errors.New("the message has too many parts within parts")
	// ErrNotMail means that the file is neither a message nor a mailbox.
	ErrNotMail = errors.New("this is neither a message nor an mbox file: expected header lines such as \"Subject: …\" first")
)

// Message is one mail, decoded. All its text is valid UTF-8 without NUL and control characters; only HTML is markup, and safe to show.
type Message struct {
	ID          string // Message-ID without <>
	SyntheticID bool   // the message had none: ID is made from its bytes, so the same mail twice has the same ID
	From        Address
	ReplyTo     []Address // where answers should go; empty: to From
	To, Cc      []Address
	Subject     string    // one line, at most 255 runes, with Re: and all; see NormalSubject
	Date        time.Time // UTC; when it was received if the mail does not say, or says nonsense
	InReplyTo   []string  // ids without <>
	References  []string  // ids without <>, oldest first, no id twice, at most 100: the first and the latest

	Text        string // what to search, quote and feed on: the plain text, made from the HTML where there is none
	HTML        string // sanitised; "" if there is none. Inline images still say src="cid:…": see ResolveImages
	Attachments []Attachment
	Auto        Auto
	Flags       []Flag // what was odd, in a fixed order, each once
}

// Address is a mailbox. Email is "" where it could not be read; its case is as written, its domain is lower case.
type Address struct {
	Name  string
	Email string
}

// Attachment is a part of a message that is not its text.
type Attachment struct {
	Name    string // a base name fit for a file: no folder, no leading dot, never ""
	Type    string // "image/png": what the sender claims, in lower case, without parameters
	CID     string // Content-ID without <>, by which HTML shows it; may be ""
	Inline  bool   // meant to be shown within the text
	Content []byte // decoded, in the charset it came in
	SHA256  string // of Content, in hex
}

// Flag says what was odd about a message; people read it too.
type Flag string

// Every flag there is.
const (
	NoMessageID  Flag = "no Message-ID"
	NoFrom       Flag = "no From"         // nobody to answer: never reply by machine
	BadFrom      Flag = "unreadable From" // as NoFrom; From.Name has what it said
	NoDate       Flag = "no Date"
	BadDate      Flag = "bad Date"
	BadCharset   Flag = "unknown charset"
	BadMIME      Flag = "malformed MIME"     // perhaps not all of it could be decoded: keep the raw message
	NotMIME      Flag = "read as plain text" // its MIME structure could not be read at all; Text is everything
	CutText      Flag = "text cut"
	CutHTML      Flag = "HTML too large"
	CutSubject   Flag = "subject cut"
	BadCharacter Flag = "control characters removed"
)
