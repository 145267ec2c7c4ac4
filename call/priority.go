package call

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"

	"github.com/spinoff-go/spinoff"
)

// headerPriority is that of RFC 9218, whose urgency goes from 0 to 7, and is 3 where it is not said.
const headerPriority = "Priority"

const (
	urgencyBackground  = "u=6" // the least but one; 7 is for what need not be done at all
	urgencyInteractive = "u=3"
)

// priority returns that of a call: what the caller says, else what the endpoint says.
func (e *endpoint) priority(asked spinoff.Priority) spinoff.Priority {
	return cmp.Or(asked, e.Priority, spinoff.Interactive)
}

// sendPriority writes the priority of a call, where the provider would not think so anyway.
func (e *endpoint) sendPriority(h http.Header, p spinoff.Priority) {
	switch {
	case p == spinoff.Background:
		h[headerPriority] = []string{urgencyBackground}
	case e.Priority == spinoff.Background:
		h[headerPriority] = []string{urgencyInteractive}
	}
}

// readPriority reads the priority that a request asks for; "" where it says nothing, or what RFC 9218 has no meaning for.
func readPriority(h http.Header) spinoff.Priority {
	for _, line := range h[headerPriority] {
		for parameter := range strings.SplitSeq(line, ",") {
			text, is := strings.CutPrefix(strings.TrimSpace(parameter), "u=")
			urgency, err := strconv.Atoi(text)
			switch {
			case !is || err != nil || urgency < 0 || urgency > 7:
			case urgency >= 6:
				return spinoff.Background
			default:
				return spinoff.Interactive
			}
		}
	}
	return ""
}
