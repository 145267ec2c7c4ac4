package diff

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// WriteText writes the report for people at a terminal: what breaks first, then what cannot be told, then what is allowed, then a line that sums up.
// Words are counted only, unless all is set.
func (r Report) WriteText(w io.Writer, all bool) error {
	var b strings.Builder
	for _, f := range r.Findings {
		if f.Severity == Words && !all {
			continue
		}
		f.writeText(&b)
	}
	for _, e := range r.Unused {
		fmt.Fprintf(&b, "unused exception %s (line %d, %s): no change has this hash; remove it\n\n", e.Hash, e.Line, e.Reason)
	}
	fmt.Fprintf(&b, "%s: %s\n", r.verdictText(), r.counts())
	_, err := io.WriteString(w, b.String())
	return err
}

func (f *Finding) writeText(b *strings.Builder) {
	fmt.Fprintf(b, "%s %s: %s\n", f.Severity, f.Rule, f.Where)
	fmt.Fprintf(b, "  %s\n", f.What)
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(b, "  %-9s%s\n", name, text)
		}
	}
	if f.Severity < Excepted {
		line("at", orFirst(f.New, f.Old))
		b.WriteString("\n")
		return
	}
	line("old", strings.TrimSpace(f.Old+" "+f.Was))
	line("new", strings.TrimSpace(f.New+" "+f.Is))
	line("Go", f.GoName)
	line("breaks", f.Who)
	line("for one", strings.TrimSpace(f.Instance+" "+f.Why))
	line("instead", f.Instead)
	line("agreed", f.Reason)
	line("hash", f.Hash)
	b.WriteString("\n")
}

func orFirst(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

func (r Report) verdictText() string {
	switch r.Verdict() {
	case Breaking:
		return "breaking"
	case Unknown:
		return "cannot tell"
	}
	return "sound"
}

func (r Report) counts() string {
	var texts []string
	for s := Breaking; s >= Words; s-- {
		if n := r.Count(s); n > 0 {
			texts = append(texts, fmt.Sprintf("%d %s", n, s))
		}
	}
	switch {
	case len(texts) > 0:
	case r.Rewritten:
		return "nothing has changed but how it is written"
	default:
		return "nothing has changed"
	}
	return strings.Join(texts, ", ")
}

// WriteJSON writes the report for programs: {"old", "new", "verdict", "exit", "findings", "unusedExceptions"}.
func (r Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	findings := r.Findings
	if findings == nil {
		findings = []Finding{}
	}
	unused := []string{}
	for _, one := range r.Unused {
		unused = append(unused, one.Hash)
	}
	return e.Encode(struct {
		Old      string    `json:"old"`
		New      string    `json:"new"`
		Verdict  string    `json:"verdict"`
		Exit     int       `json:"exit"`
		Findings []Finding `json:"findings"`
		Unused   []string  `json:"unusedExceptions"`
	}{r.Old, r.New, r.verdictText(), r.ExitCode(), findings, unused})
}

// WriteMarkdown writes the report as a table for a pull request. Words are left out.
func (r Report) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s**: %s → %s, %s\n", r.verdictText(), cell(r.Old), cell(r.New), r.counts())
	if len(r.Findings) > r.Count(Words) {
		b.WriteString("\n| | rule | where | what | instead | hash |\n| --- | --- | --- | --- | --- | --- |\n")
	}
	for _, f := range r.Findings {
		if f.Severity == Words {
			continue
		}
		what := f.What
		if f.Instance != "" {
			what += "; for one: " + f.Instance + " " + f.Why
		}
		if f.Reason != "" {
			what += "; agreed: " + f.Reason
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", f.Severity, f.Rule, cell(f.Where), cell(what), cell(f.Instead), f.Hash)
	}
	for _, e := range r.Unused {
		fmt.Fprintf(&b, "\nThe exception %s (%s) covers nothing; remove it.\n", e.Hash, cell(e.Reason))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// cell makes text harmless in a table of Markdown.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;", "*", `\*`, "_", `\_`, "`", "\\`").Replace(text)
}
