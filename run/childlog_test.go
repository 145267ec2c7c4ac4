package run

import (
	"bytes"
	"strings"
	"testing"
)

func TestChildLog(t *testing.T) {
	long := strings.Repeat("x", longestLine)
	for _, c := range []struct {
		coloured bool
		written  []string
		want     string
	}{
		{false, []string{"one\ntwo\n"}, "faq | one\nfaq | two\n"},
		{false, []string{"o", "n", "e\r\n", "two"}, "faq | one\nfaq | two\n"},
		{false, []string{`{"level":"INFO"}` + "\n", "{ not JSON\n"}, `{"level":"INFO"}` + "\nfaq | { not JSON\n"},
		{false, []string{"\n"}, "faq | \n"},
		{false, []string{long, "y\n"}, "faq | " + long + "\nfaq | y\n"},
		{true, []string{"one\n"}, "\x1b[32mfaq | \x1b[0mone\n"},
	} {
		var got bytes.Buffer
		l := newChildLog(&got, "faq", c.coloured)
		for _, text := range c.written {
			if n, err := l.Write([]byte(text)); n != len(text) || err != nil {
				t.Errorf("Write(%.20q): got %d, %v, want %d", text, n, err, len(text))
			}
		}
		l.end()
		if got.String() != c.want {
			t.Errorf("what is printed of %.60q: got %.80q, want %.80q", c.written, got.String(), c.want)
		}
	}
}

func TestChildLogTail(t *testing.T) {
	l := newChildLog(new(bytes.Buffer), "faq", false)
	for range lastLines {
		l.Write([]byte("before\n"))
	}
	l.Write([]byte("the end\n"))
	if got := l.tail(); len(got) != lastLines || got[lastLines-1] != "the end" {
		t.Errorf("tail: got %q, want %d lines with the last one at the end", got, lastLines)
	}
}
