// Package trace is what the project knows of traces without a library for them: the traceparent of W3C Trace Context, by which the parts of a trace find
// together, and the interface of what records them. Package telemetry records them with OpenTelemetry.
//
// A traceparent in this project is always of version 00, as [Parent] returns it: "00-<32 digits: the trace>-<16 digits: the span>-01", and 00 at the end
// where the trace is not recorded. An empty one says that there is no trace. A tracestate is not carried on: who changes a traceparent may leave it out.
package trace

import (
	"encoding/hex"
	"math/rand/v2"
	"net/http"
	"strings"
)

// Header is the header of an HTTP request that has the traceparent, in canonical form.
const Header = "Traceparent"

// Where the parts of a traceparent are.
const (
	length    = len("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	traceFrom = 3
	traceTo   = traceFrom + 32
	spanFrom  = traceTo + 1
	spanTo    = spanFrom + 16
	flagsFrom = spanTo + 1
)

// Parse returns the traceparent in a text from outside, or "" where it is none: W3C Trace Context, section 3.2. Of a version that is
// still to come it is what version 00 has, and of the flags only the one that says whether the trace is recorded.
func Parse(text string) string {
	if len(text) < length || len(text) > length && (text[:2] == "00" || text[length] != '-') {
		return ""
	}
	for i, c := range []byte(text[:length]) {
		switch dash := i == traceFrom-1 || i == traceTo || i == spanTo; {
		case dash && c != '-', !dash && !isHex(c):
			return ""
		}
	}
	if text[:2] == "ff" || allZero(text[traceFrom:traceTo]) || allZero(text[spanFrom:spanTo]) {
		return ""
	}
	return "00" + text[2:flagsFrom] + []string{"00", "01"}[flags(text)&1]
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' }

func allZero(digits string) bool { return strings.Trim(digits, "0") == "" }

// flags returns the lower four flags.
func flags(traceparent string) byte {
	c := traceparent[length-1]
	if c >= 'a' {
		return c - 'a' + 10
	}
	return c - '0'
}

// Parent returns the traceparent of a request, or "" where it has none, or more than one.
func Parent(h http.Header) string {
	values := h[Header]
	if len(values) != 1 {
		return ""
	}
	return Parse(values[0])
}

// Sampled reports whether the trace of a traceparent is recorded. It is false for "".
func Sampled(traceparent string) bool {
	return len(traceparent) == length && traceparent[length-1]&1 == 1
}

// IDs returns the trace and the span of a traceparent, as logs have them; both are "" where there is none.
func IDs(traceparent string) (trace, span string) {
	if len(traceparent) != length {
		return "", ""
	}
	return traceparent[traceFrom:traceTo], traceparent[spanFrom:spanTo]
}

// Unsampled returns a traceparent that says that its trace is not recorded: that of the same span, or of a new one where there is none.
func Unsampled(traceparent string) string {
	if len(traceparent) == length {
		return traceparent[:flagsFrom] + "00"
	}
	var b [length]byte
	copy(b[:], "00-")
	b[traceTo], b[spanTo] = '-', '-'
	randomHex(b[traceFrom:traceTo])
	randomHex(b[spanFrom:spanTo])
	copy(b[spanTo:], "-00")
	return string(b[:])
}

// randomHex fills b with random digits that are not all zero. They need not be hard to guess, only different.
func randomHex(b []byte) {
	var raw [16]byte
	for i := range len(b) / 2 {
		raw[i] = byte(rand.Uint32()) //nolint:gosec // see above
	}
	raw[0] |= 1
	hex.Encode(b, raw[:len(b)/2])
}
