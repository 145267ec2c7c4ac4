package main

import (
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/oasdiff/checker"
	oasdiff "github.com/oasdiff/oasdiff/diff"
	"github.com/oasdiff/oasdiff/load"

	"github.com/spinoff-go/spinoff/contract/diff"
	"github.com/spinoff-go/spinoff/contract/openapi"
)

// verdict is what a comparer says of a pair.
type verdict string

const (
	sound    verdict = "sound"
	breaking verdict = "breaking"
	unknown  verdict = "unknown"
)

// pair is two documents, which verdict is right, and what the two comparers say.
type pair struct {
	name         string // breaking/parameter-removed
	old, new     []byte
	right        verdict
	ours, theirs verdict
	rules        []string // of oasdiff: ids of its findings
}

// compare asks both.
func (p *pair) compare() (err error) {
	if p.ours, err = ask(p.old, p.new); err != nil {
		return err
	}
	p.rules, err = askOasdiff(p.old, p.new)
	p.theirs = sound
	if len(p.rules) > 0 {
		p.theirs = breaking
	}
	return err
}

// ask returns our verdict.
func ask(old, new []byte) (verdict, error) {
	before, err := openapi.Parse("old", old)
	if err != nil {
		return "", err
	}
	after, err := openapi.Parse("new", new)
	if err != nil {
		return "", err
	}
	switch diff.Compare(before, after, diff.Options{}).ExitCode() {
	case 1:
		return breaking, nil
	case 2:
		return unknown, nil
	}
	return sound, nil
}

// askOasdiff returns the ids of the findings of oasdiff; warnings count like errors.
func askOasdiff(old, new []byte) ([]string, error) {
	before, err := load.NewSpecInfoFromData(openapi3.NewLoader(), old, "old")
	if err != nil {
		return nil, err
	}
	after, err := load.NewSpecInfoFromData(openapi3.NewLoader(), new, "new")
	if err != nil {
		return nil, err
	}
	report, sources, err := oasdiff.GetWithOperationsSourcesMap(oasdiff.NewConfig(), before, after)
	if err != nil {
		return nil, err
	}
	var rules []string
	for _, change := range checker.CheckBackwardCompatibilityUntilLevel(checker.NewConfig(checker.GetAllChecks()), report, sources, checker.WARN) {
		rules = append(rules, change.GetId())
	}
	slices.Sort(rules)
	return slices.Compact(rules), nil
}

// opinion is what oasdiff says, with its rules.
func (p *pair) opinion() string {
	if len(p.rules) == 0 {
		return string(p.theirs)
	}
	return string(p.theirs) + " (" + strings.Join(p.rules, ", ") + ")"
}
