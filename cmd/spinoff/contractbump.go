package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

func bump(stdout, stderr io.Writer) *cobra.Command {
	var dryRun bool
	c := &cobra.Command{
		Use:   "bump APP",
		Short: "Begin the next version of an app's contract",
		Long: `Begin the next version of an app's contract: version 3 where version 2 is the newest.

The contract package is copied, and the app answers the new version from then on. What the version before asks for is answered through conversions, two small
functions for each endpoint, which do not compile until they are filled in. The version before is frozen, and a decision record is begun in docs/decisions.

Nothing is written where something is not as it was committed, or where the newest version is still begun only.`,
		Example: "  spinoff contract bump faq --dry-run\n  spinoff contract bump faq",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			b, err := newBump(args[0])
			if err != nil {
				return err
			}
			if err := b.plan(); err != nil {
				return err
			}
			return b.carryOut(c.Context(), stdout, stderr, dryRun)
		},
	}
	c.Flags().BoolVar(&dryRun, "dry-run", false, "show what would be done, and write nothing")
	return c
}

// step is from one version of a contract to the next.
type step struct {
	name     string // of the app
	module   string // folder of the module
	path     string // its module path
	app      string // folder of the app
	from, to int    // versions
	edits    []edit
}

// edit is a file as it is to be. Names are absolute.
type edit struct {
	path string
	text []byte
	made bool // whether it is a new file
}

// old and new are the names of the two contract packages: "faqv2" and "faqv3".
func (b *step) old() string { return b.name + "v" + strconv.Itoa(b.from) }
func (b *step) new() string { return b.name + "v" + strconv.Itoa(b.to) }

// newBump finds the app and its newest version, and refuses a state that is not fit to begin with.
func newBump(name string) (*step, error) {
	if err := checkName("app", name); err != nil {
		return nil, err
	}
	module, err := findModule(".")
	if err != nil {
		return nil, err
	}
	path, err := modulePath(filepath.Join(module, "go.mod"))
	if err != nil {
		return nil, err
	}
	b := &step{name: name, module: module, path: path}
	if b.app, err = findApp(module, name); err != nil {
		return nil, err
	}
	versions := versionsOf(b.app, name)
	b.from = slices.Max(versions)
	b.to = b.from + 1
	if err := b.refuseHalf(); err != nil {
		return nil, err
	}
	return b, b.refuseDirty()
}

// findApp returns the folder of the app called name: the one that has contract packages with its name.
func findApp(module, name string) (string, error) {
	var found []string
	err := filepath.WalkDir(module, func(at string, e os.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return err
		}
		if skip := skipFolder(module, at, e); skip != nil {
			return skip
		}
		if e.Name() == name && len(versionsOf(at, name)) > 0 {
			found = append(found, at)
		}
		return nil
	})
	switch {
	case err != nil:
		return "", err
	case len(found) == 0:
		return "", fmt.Errorf("the module %s has no app %s with a contract: no folder %s has a folder %sv1 in it", module, name, name, name)
	case len(found) > 1:
		return "", fmt.Errorf("the module %s has several apps %s: %s", module, name, strings.Join(found, ", "))
	}
	return found[0], nil
}

// versionsOf returns the versions that the app in a folder has contract packages of.
func versionsOf(folder, name string) (versions []int) {
	inside, err := os.ReadDir(folder)
	if err != nil {
		return nil
	}
	for _, e := range inside {
		digits, ok := strings.CutPrefix(e.Name(), name+"v")
		if n, err := strconv.Atoi(digits); ok && err == nil && n > 0 && e.IsDir() {
			versions = append(versions, n)
		}
	}
	return versions
}

// toFill stands where a conversion has to be filled in. Nothing has that name, so that the code does not compile until then.
const toFill = "fillIn"

// toSay ends the comment of a new contract package.
const toSay = "say here what is new"

var unfilled = regexp.MustCompile(`\b` + toFill + `\b`)

// refuseHalf refuses to begin a version while the one before is begun only.
func (b *step) refuseHalf() error {
	var left []string
	err := eachGoFile(b.app, func(name string) error {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		for i, line := range strings.Split(string(text), "\n") {
			if unfilled.MatchString(line) || strings.HasPrefix(line, "//") && strings.Contains(line, toSay) {
				left = append(left, fmt.Sprintf("  %s:%d", b.relative(name), i+1))
			}
		}
		return nil
	})
	if err != nil || left == nil {
		return err
	}
	return fmt.Errorf("version %d of %s is begun and not finished, so that version %d cannot be; nothing was written. Still to be filled in:\n%s", b.from, b.name, b.to, strings.Join(left, "\n"))
}

// refuseDirty refuses an app that is not as it was committed: what bump does should be seen apart from it, and undone without it.
func (b *step) refuseDirty() error {
	command := exec.CommandContext(context.Background(), "git", "status", "--porcelain", "--", b.app) //nolint:gosec // a folder of the project
	command.Dir = b.app
	out, err := command.Output()
	if err != nil || len(out) == 0 { // no git here, or nothing to say
		return nil //nolint:nilerr // as the comment says
	}
	return fmt.Errorf("%s has changes that are not committed; nothing was written. Commit them first, so that you see what bump does, and can undo it:\n%s", b.relative(b.app), strings.TrimRight(string(out), "\n"))
}

func eachGoFile(folder string, visit func(name string) error) error {
	return filepath.WalkDir(folder, func(name string, e os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && e.Name() == "testdata":
			return filepath.SkipDir
		case !e.IsDir() && strings.HasSuffix(name, ".go"):
			return visit(name)
		}
		return nil
	})
}

func (b *step) relative(name string) string {
	if short, err := filepath.Rel(b.module, name); err == nil {
		return filepath.ToSlash(short)
	}
	return name
}

// plan works out every file that is to be made or changed, and writes none.
func (b *step) plan() error {
	c, err := readContract(filepath.Join(b.app, b.old()))
	if err != nil {
		return err
	}
	if err := b.copyContract(); err != nil {
		return err
	}
	if err := b.convert(c); err != nil {
		return err
	}
	return b.decide()
}

// carryOut freezes the version before and writes the files, or shows that.
func (b *step) carryOut(ctx context.Context, stdout, stderr io.Writer, dryRun bool) error {
	made, changed := "Made:", "Changed:"
	if dryRun {
		made, changed = "Would make:", "Would change:"
	}
	if err := b.freeze(ctx, stdout, stderr, dryRun); err != nil {
		return err
	}
	for _, e := range b.edits {
		if dryRun {
			break
		}
		if err := e.write(); err != nil {
			return err
		}
	}
	for _, part := range []struct {
		title string
		made  bool
	}{{made, true}, {changed, false}} {
		fmt.Fprintln(stdout, part.title)
		for _, e := range b.edits {
			if e.made == part.made {
				fmt.Fprintln(stdout, " ", b.relative(e.path))
			}
		}
	}
	_, err := fmt.Fprintf(stdout, `
Next:
  change %[1]s, which nobody has yet: that is what version %[2]d is for
  fill in the conversions that "go build ./..." names, and the comment of %[1]s
  go test ./%[3]s/...
`, b.relative(filepath.Join(b.app, b.new())), b.to, b.relative(b.app))
	return err
}

func (e edit) write() error {
	if e.made {
		return file{path: e.path, text: e.text}.write()
	}
	return os.WriteFile(e.path, e.text, 0o600)
}

// freeze has the project's program freeze the version before, where that is not done yet.
func (b *step) freeze(ctx context.Context, stdout, stderr io.Writer, dryRun bool) error {
	frozen := filepath.Join(b.app, b.old(), "contract.json")
	if _, err := os.Stat(frozen); err == nil {
		return nil
	}
	service := fmt.Sprintf("%s.v%d", b.name, b.from)
	if dryRun {
		_, err := fmt.Fprintf(stdout, "Would freeze %s: %s\n", service, b.relative(frozen))
		return err
	}
	p, err := findProgram(".")
	if err == nil && errors.Is(p.run(ctx, io.Discard, io.Discard, "contract", "freeze", "--help"), exitError{code: 2}) {
		_, err := fmt.Fprintf(stderr, "%s is not frozen: the toolkit of this project has no command contract freeze yet. Freeze it when it has.\n", service)
		return err
	}
	if err == nil {
		err = p.run(ctx, stdout, stderr, "contract", "freeze", b.name)
	}
	if err != nil {
		return fmt.Errorf("%s cannot be frozen, so that nothing was written: %w", service, err)
	}
	return nil
}

var numbered = regexp.MustCompile(`^([0-9]{4})-`)

// decide begins a decision record.
func (b *step) decide() error {
	folder := filepath.Join(b.module, "docs", "decisions")
	inside, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	last := 0
	for _, e := range inside {
		if m := numbered.FindStringSubmatch(e.Name()); m != nil {
			n, _ := strconv.Atoi(m[1]) // four digits
			last = max(last, n)
		}
	}
	text := fmt.Sprintf(`# %[1]d. %[2]s: version %[4]d

## Context

What can version %[3]d of the service %[2]s not do, and who needs it?

## Decision

What is different in version %[4]d. Version %[3]d stays valid, by conversions.

## Consequences

What consumers of version %[3]d gain by moving, when it is deprecated, and when it may be gone.

## Alternatives

Why an optional field in version %[3]d would not do.
`, last+1, b.name, b.from, b.to)
	b.edits = append(b.edits, edit{path: filepath.Join(folder, fmt.Sprintf("%04d-%s-v%d.md", last+1, b.name, b.to)), text: []byte(text), made: true})
	return nil
}
