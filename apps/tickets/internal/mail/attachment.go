package mail

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/jhillyerd/enmime/v2"
)

func (m *Message) attach(p *enmime.Part) {
	content := m.transfer(p)
	sum := sha256.Sum256(content)
	a := Attachment{
		Type:    mediaType(p.ContentType),
		CID:     cut(line(strings.Trim(p.ContentID, "<> ")), maxSubject),
		Inline:  p.Disposition == "inline" || p.ContentID != "" && p.Disposition == "",
		Content: content,
		SHA256:  hex.EncodeToString(sum[:]),
	}
	a.Name = fileName(p.FileName)
	if a.Name == "" {
		a.Name = "attachment-" + strconv.Itoa(len(m.Attachments)+1) + extension(a.Type)
	}
	m.Attachments = append(m.Attachments, a)
}

var wellFormedType = regexp.MustCompile(`^[a-z0-9!#$&^_.+-]{1,64}/[a-z0-9!#$&^_.+-]{1,64}$`)

func mediaType(said string) string {
	if said = strings.ToLower(strings.TrimSpace(said)); wellFormedType.MatchString(said) {
		return said
	}
	return "application/octet-stream"
}

// fileName makes what the sender calls the file fit for any file system: the base name, without what shells, headers and Windows trip over.
func fileName(said string) string {
	said = strings.ReplaceAll(line(said), `\`, "/")
	name := strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(`<>:"|?*%`, r):
			return '_'
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, said[strings.LastIndexByte(said, '/')+1:])
	name = strings.Trim(name, ". ")
	const longest = 120 // bytes; file systems take 255, and somebody will want to put a number before it
	if len(name) > longest {
		ext := cut(path.Ext(name), 12)
		stem := cut(strings.TrimSuffix(name, path.Ext(name)), longest)
		name = strings.ToValidUTF8(stem[:min(len(stem), max(0, longest-len(ext)))], "") + ext
	}
	return name
}

// extension avoids the system's table of types, so that the name is the same on every machine.
func extension(mediaType string) string {
	switch mediaType {
	case "message/rfc822":
		return ".eml"
	case "message/delivery-status", "text/rfc822-headers", "text/plain":
		return ".txt"
	case "text/calendar":
		return ".ics"
	case "application/pgp-signature":
		return ".asc"
	case "image/jpeg", "image/png", "image/gif", "application/pdf":
		return "." + mediaType[strings.IndexByte(mediaType, '/')+1:]
	}
	return ".bin"
}
