// Package snake writes Go names in snake_case, as JSON fields and columns are called.
package snake

import (
	"strings"
	"unicode"
)

// Case returns a Go name in snake_case: "ticket_id" for TicketID, "url_path" for URLPath.
func Case(name string) string {
	var b strings.Builder
	for i, c := range name {
		next := strings.IndexFunc(name[i:], unicode.IsLower)
		if unicode.IsUpper(c) && i > 0 && (next == 1 || !unicode.IsUpper(rune(name[i-1]))) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}
