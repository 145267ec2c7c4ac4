package main

import (
	"fmt"
	"os"
	"path/filepath"
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
	old, new     string // names of files
	right        verdict
	ours, theirs verdict
	rules        []string // of oasdiff: ids of its findings
}

// readPairs finds the pairs below a folder: a pair is a folder with old.* and new.* in it, below a folder that is called by the right verdict.
func readPairs(testdata string) ([]*pair, error) {
	var pairs []*pair
	for _, right := range []verdict{breaking, sound} {
		for _, glob := range []string{"pairs/" + string(right) + "/*", "rules/" + string(right) + "/*"} {
			folders, err := filepath.Glob(filepath.Join(testdata, glob))
			if err != nil {
				return nil, err
			}
			for _, folder := range folders {
				p := &pair{name: string(right) + "/" + filepath.Base(folder), right: right}
				if p.old, err = side(folder, "old"); err != nil {
					return nil, err
				}
				if p.new, err = side(folder, "new"); err != nil {
					return nil, err
				}
				pairs = append(pairs, p)
			}
		}
	}
	if len(pairs) == 0 {
		return nil, fmt.Errorf("no pairs below %s", testdata)
	}
	return pairs, nil
}

// side returns the file of one side of a pair.
func side(folder, name string) (string, error) {
	files, err := filepath.Glob(filepath.Join(folder, name+".*"))
	if err == nil && len(files) != 1 {
		err = fmt.Errorf("%s has %d files called %s.*, not one", folder, len(files), name)
	}
	if err != nil {
		return "", err
	}
	return files[0], nil
}

// compare asks both.
func (p *pair) compare() error {
	old, err := os.ReadFile(p.old)
	if err != nil {
		return err
	}
	new, err := os.ReadFile(p.new)
	if err != nil {
		return err
	}
	if p.ours, err = ask(old, new); err != nil {
		return err
	}
	p.rules, err = askOasdiff(old, new)
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
