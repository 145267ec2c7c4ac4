package spinoff

// Deprecation says that an endpoint or a whole version of a service is to go, when, and what takes its place. Nothing changes
// for callers until the sunset; they are told with every answer (RFC 9745, RFC 8594).
type Deprecation struct {
	On        string // day from which it should not be used in new code: "2026-11-01"
	Sunset    string // day from which it may be gone; "" where that is not decided
	Successor string // what to use instead: an endpoint or a version, such as "faq.v3.create" or "faq.v3"; "" where there is nothing
}
