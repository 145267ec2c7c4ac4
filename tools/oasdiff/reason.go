package main

import (
	"cmp"
	"fmt"
	"os"
	"path"
	"strings"
)

// reason says why we disagree with oasdiff on some pairs.
type reason struct {
	pattern string // of names of pairs, as of path.Match
	text    string
	used    bool
}

type reasons []*reason

// readReasons reads a file of paragraphs: patterns of names of pairs, one a line, and below them the reason, indented. Lines that begin with #
// are comments.
func readReasons(name string) (reasons, error) {
	written, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var all, open reasons // open ones wait for their text
	for number, line := range strings.Split(string(written), "\n") {
		text := strings.TrimSpace(line)
		switch {
		case text == "" || strings.HasPrefix(text, "#"):
		case text != line: // indented
			if len(open) == 0 {
				return nil, fmt.Errorf("%s:%d: a reason without a name of a pair above it", name, number+1)
			}
			for _, r := range open {
				r.text = text
			}
			open = nil
		default:
			if _, err := path.Match(text, ""); err != nil {
				return nil, fmt.Errorf("%s:%d: %q: %w", name, number+1, text, err)
			}
			open = append(open, &reason{pattern: text})
			all = append(all, open[len(open)-1])
		}
	}
	if len(open) > 0 {
		return nil, fmt.Errorf("%s: the names at the end have no reason, which would be an indented line below them", name)
	}
	return all, nil
}

// of returns the first reason for a pair, or nothing.
func (all reasons) of(p *pair) string {
	first := ""
	for _, r := range all {
		if fits, _ := path.Match(r.pattern, p.name); fits {
			r.used = true
			first = cmp.Or(first, r.text)
		}
	}
	return first
}

// unused returns the patterns of which no pair is left.
func (all reasons) unused() []string {
	var patterns []string
	for _, r := range all {
		if !r.used {
			patterns = append(patterns, r.pattern)
		}
	}
	return patterns
}
