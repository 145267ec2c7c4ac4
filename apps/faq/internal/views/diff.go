package views

import (
	"slices"
	"strings"

	"github.com/spinoff-go/spinoff/apps/faq/internal/models"
)

// line is a line of a text that has changed: Kind is "ins", "del", or "" for one that stayed.
type line struct{ Kind, Text string }

// text returns a revision as lines that can be compared.
func text(r models.Revision) []string { return document(r.Title, r.Questions, r.Answer, r.Tags) }

func document(title string, questions []string, answer string, tags []string) []string {
	if title == "" {
		return nil
	}
	lines := []string{title}
	for _, q := range questions {
		lines = append(lines, "Also asked: "+q)
	}
	if len(tags) > 0 {
		lines = append(lines, "Tags: "+strings.Join(tags, ", "))
	}
	if answer != "" {
		lines = append(lines, "")
		lines = append(lines, strings.Split(answer, "\n")...)
	}
	return lines
}

// maxCells is how large the table of a comparison may grow. Beyond it what differs is shown as a whole, first the old, then the new.
const maxCells = 4_000_000

// diff returns the lines of both texts in order, each with what happened to it. What it leaves as it is, is a longest common subsequence.
func diff(before, after []string) []line {
	start := 0
	for start < len(before) && start < len(after) && before[start] == after[start] {
		start++
	}
	end := 0
	for end < len(before)-start && end < len(after)-start && before[len(before)-1-end] == after[len(after)-1-end] {
		end++
	}
	lines := mark(nil, "", before[:start])
	lines = append(lines, compare(before[start:len(before)-end], after[start:len(after)-end])...)
	return mark(lines, "", before[len(before)-end:])
}

func compare(a, b []string) []line {
	if len(a)*len(b) > maxCells {
		return mark(mark(nil, "del", a), "ins", b)
	}
	common := make([][]int32, len(a)+1) // common[i][j]: how many lines a[i:] and b[j:] can share
	for i := range common {
		common[i] = make([]int32, len(b)+1)
	}
	for i, x := range slices.Backward(a) {
		for j, y := range slices.Backward(b) {
			if x == y {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var lines []line
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			lines, i, j = append(lines, line{"", a[i]}), i+1, j+1
		case common[i+1][j] >= common[i][j+1]:
			lines, i = append(lines, line{"del", a[i]}), i+1
		default:
			lines, j = append(lines, line{"ins", b[j]}), j+1
		}
	}
	return mark(mark(lines, "del", a[i:]), "ins", b[j:])
}

func mark(lines []line, kind string, texts []string) []line {
	for _, text := range texts {
		lines = append(lines, line{kind, text})
	}
	return lines
}
