package jetstream

import (
	"strings"
	"testing"
)

func TestFit(t *testing.T) {
	for _, c := range []struct {
		embedded, other string
		fit             bool
	}{
		{"2.15.2", "2.15.2", true},
		{"2.15.2", "2.15.10", true},
		{"2.15.2", "v2.16.0-RC.1", true},
		{"2.15.2", "3.0", true},
		{"2.15.2", "2.15.1", false},
		{"2.15.2", "2.9.10", false},
		{"2.15.2", "", false},
	} {
		err := fit(c.embedded, c.other)
		if (err == nil) != c.fit {
			t.Errorf("fit(%s, %s): got %v, want fit %v", c.embedded, c.other, err, c.fit)
		}
		if err != nil && (!strings.Contains(err.Error(), c.other) || !strings.Contains(err.Error(), c.embedded)) {
			t.Errorf("fit(%s, %s): got %q, want both versions in it", c.embedded, c.other, err)
		}
	}
}
