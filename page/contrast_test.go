package page_test

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"strconv"
	"testing"
)

// TestContrast holds the colours to WCAG 2.2 AA: 4.5:1 for text, 3:1 for what marks a control or focus.
func TestContrast(t *testing.T) {
	const text, mark = 4.5, 3
	pairs := []struct {
		front, back string
		want        float64
	}{
		{"ink", "ground", text},
		{"ink", "paper", text},
		{"ink", "sunken", text},
		{"ink", "warn-wash", text},
		{"muted", "ground", text},
		{"muted", "paper", text},
		{"muted", "sunken", text},
		{"accent", "ground", text},
		{"accent", "paper", text},
		{"accent", "accent-wash", text},
		{"accent", "warn-wash", text},
		{"accent", "sunken", text},
		{"accent-on", "accent", text},
		{"danger", "paper", text},
		{"danger", "sunken", text},
		{"danger-on", "danger", text},
		{"info-ink", "info-wash", text},
		{"good-ink", "good-wash", text},
		{"warn-ink", "warn-wash", text},
		{"bad-ink", "bad-wash", text},
		{"bad-ink", "paper", text},
		{"bad-ink", "ground", text},
		{"edge", "paper", mark},
		{"edge", "ground", mark},
		{"danger", "ground", mark},
		{"warn-ink", "ground", mark},
	}
	for scheme := range 2 {
		colours := tokens(t, scheme)
		lowest := math.Inf(1)
		for _, pair := range pairs {
			front, ok1 := colours[pair.front]
			back, ok2 := colours[pair.back]
			if !ok1 || !ok2 {
				t.Fatalf("no token --%s or --%s in spinoff.css", pair.front, pair.back)
			}
			got := contrast(front, back)
			lowest = min(lowest, got/pair.want)
			if got < pair.want {
				t.Errorf("%s: --%s on --%s has %.2f:1, want %.1f:1", []string{"light", "dark"}[scheme], pair.front, pair.back, got, pair.want)
			}
		}
		t.Logf("%s: %d pairs, the closest has %.0f %% of what it needs", []string{"light", "dark"}[scheme], len(pairs), 100*lowest)
	}
}

func TestContrastOfKnownColours(t *testing.T) {
	black, white, grey := [3]float64{}, [3]float64{255, 255, 255}, [3]float64{0x76, 0x76, 0x76}
	if got := fmt.Sprintf("%.2f", contrast(black, white)); got != "21.00" {
		t.Errorf("contrast(black, white) = %s, want 21.00", got)
	}
	if got := fmt.Sprintf("%.2f", contrast(grey, white)); got != "4.54" {
		t.Errorf("contrast(#767676, white) = %s, want 4.54", got)
	}
}

// tokens reads the colours of the style sheet, the light (0) or the dark (1) ones.
func tokens(t *testing.T, scheme int) map[string][3]float64 {
	t.Helper()
	css, err := os.ReadFile("static/spinoff.css")
	if err != nil {
		t.Fatal(err)
	}
	colours := map[string][3]float64{}
	for _, m := range regexp.MustCompile(`--([a-z-]+):\s*light-dark\(#([0-9a-f]{6}), #([0-9a-f]{6})\)`).FindAllStringSubmatch(string(css), -1) {
		var c [3]float64
		for i := range c {
			v, _ := strconv.ParseUint(m[2+scheme][2*i:2*i+2], 16, 8)
			c[i] = float64(v)
		}
		colours[m[1]] = c
	}
	return colours
}

// contrast is the ratio of WCAG 2.2.
func contrast(a, b [3]float64) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + .05) / (min(la, lb) + .05)
}

func luminance(c [3]float64) float64 {
	linear := func(v float64) float64 {
		if v /= 255; v <= .04045 {
			return v / 12.92
		}
		return math.Pow((v+.055)/1.055, 2.4)
	}
	return .2126*linear(c[0]) + .7152*linear(c[1]) + .0722*linear(c[2])
}
