package spinoff

import "strings"

// MatchETag reports whether an entity tag is among those in an If-Match or If-None-Match header (RFC 9110, 13.1). "*" is every tag, and
// tags are compared weakly: W/"7" and "7" are the same. What has no tag, "", matches nothing.
func MatchETag(header, tag string) bool {
	tag = strings.TrimPrefix(tag, "W/")
	for rest := header; tag != ""; {
		rest = strings.TrimLeft(rest, " \t,")
		if strings.HasPrefix(rest, "*") {
			return true
		}
		rest = strings.TrimPrefix(rest, "W/")
		if !strings.HasPrefix(rest, `"`) {
			return false
		}
		end := strings.IndexByte(rest[1:], '"') + 2
		if end < 2 {
			return false
		}
		if rest[:end] == tag {
			return true
		}
		rest = rest[end:]
	}
	return false
}
