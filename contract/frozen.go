package contract

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"github.com/spinoff-go/spinoff"
)

// FileName is the name of a frozen contract, in the folder of its package. A version that has one is released.
const FileName = "contract.json"

// Source is the source code of a module, in which frozen contracts lie beside the contract packages.
type Source struct {
	Root   string // the folder of go.mod
	Module string // the module path
}

// FindSource finds the module that a folder belongs to. The error is fs.ErrNotExist where there is none.
func FindSource(folder string) (Source, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return Source{}, err
	}
	for {
		text, err := os.ReadFile(filepath.Join(folder, "go.mod"))
		if err == nil {
			return moduleOf(folder, string(text))
		}
		up := filepath.Dir(folder)
		if up == folder {
			return Source{}, fmt.Errorf("there is no go.mod in this folder or above it, and contracts are frozen beside their source: %w", fs.ErrNotExist)
		}
		folder = up
	}
}

func moduleOf(folder, goMod string) (Source, error) {
	for line := range strings.Lines(goMod) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "module" {
			return Source{Root: folder, Module: strings.Trim(fields[1], "\"`")}, nil
		}
	}
	return Source{}, fmt.Errorf("%s has no module line", filepath.Join(folder, "go.mod"))
}

// Package returns the import path of the package that declares the types of a version, or "" where none of them has a name.
func (v Version) Package() string {
	var types []reflect.Type
	for _, op := range v.Operations {
		types = append(types, op.In, op.Out)
	}
	for _, kind := range v.Topics {
		types = append(types, kind.Data)
	}
	for _, t := range types {
		if t.PkgPath() != "" && t != reflect.TypeFor[time.Time]() {
			return t.PkgPath()
		}
	}
	return ""
}

// Folder returns the folder of a version's contract package, relative to the root. The error says why it has none here.
func (s Source) Folder(v Version) (string, error) {
	pkg := v.Package()
	below, inside := strings.CutPrefix(pkg, s.Module+"/")
	switch {
	case pkg == "":
		return "", fmt.Errorf("none of the types of %s has a name, so that it cannot be said which package its contract is", v.Service)
	case !inside:
		return "", fmt.Errorf("the types of %s are declared in package %s, which is no contract package of module %s", v.Service, pkg, s.Module)
	}
	return filepath.FromSlash(below), nil
}

// CheckPackages returns an error where two versions have their types in one package of the module: a folder holds one frozen contract.
func (s Source) CheckPackages(versions []Version) error {
	declared := map[string]spinoff.Service{}
	for _, v := range versions {
		folder, err := s.Folder(v)
		if err != nil {
			continue // it is not frozen here
		}
		if other, twice := declared[folder]; twice {
			return fmt.Errorf("the types of %s and %s are both declared in %s; each version has a package of its own, such as %sv%d",
				other, v.Service, folder, v.Service.Name, v.Service.Version)
		}
		declared[folder] = v.Service
	}
	return nil
}

// State is how a version stands to its frozen contract.
type State struct {
	Service  string   `json:"service"`
	File     string   `json:"file,omitempty"` // relative to the root of the module; "" where the contract package is not in it
	Released bool     `json:"released"`       // whether there is a frozen contract
	Frozen   bool     `json:"frozen"`         // whether the frozen contract is what freezing would write
	Embedded bool     `json:"embedded"`       // whether the app carries the frozen contract, in App.Contracts
	Changes  []Change `json:"changes,omitempty"`

	path string // of the file
	text []byte // what freezing would write
}

// Severity is the worst of the changes.
func (s State) Severity() Severity {
	worst := Sound
	for _, change := range s.Changes {
		worst = max(worst, change.Severity)
	}
	return worst
}

// Holds reports whether there is nothing to do: the version is not released, or is as it was frozen, and the app carries that.
func (s State) Holds() bool { return !s.Released || s.Frozen && s.Embedded }

// String says how the version stands, and what to do.
func (s State) String() string {
	text := s.Service + "  " + s.File + "  "
	switch {
	case !s.Released:
		return text + "not released"
	case s.Frozen && s.Embedded:
		return text + "as frozen"
	case s.Frozen:
		return text + "as frozen, but the app carries another one or none: embed it, as Contracts of the app, and build again"
	case len(s.Changes) == 0:
		return text + "changed in words only: freeze it anew"
	case s.Severity() == Sound:
		text += "changed, and nobody breaks: freeze it anew"
	default:
		text += "changed"
	}
	for _, change := range s.Changes {
		text += "\n  " + strings.ReplaceAll(change.String(), "\n", "\n  ")
	}
	return text
}

// Check compares the types of a version, and the words in their source, with what was frozen.
func (s Source) Check(v Version, compare Comparer) (State, error) {
	state := State{Service: v.Service.String()}
	folder, err := s.Folder(v)
	if err != nil {
		return state, err
	}
	state.File, state.path = filepath.ToSlash(filepath.Join(folder, FileName)), filepath.Join(s.Root, folder, FileName)
	words, err := ReadWords(os.DirFS(filepath.Join(s.Root, folder)))
	if err != nil {
		return state, err
	}
	types, err := Describe(v, words)
	if err != nil {
		return state, err
	}
	frozen, err := os.ReadFile(state.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		state.text = types.Text()
		return state, nil
	case err != nil:
		return state, err
	}
	state.Released = true
	before, err := Parse(frozen)
	if err != nil {
		return state, fmt.Errorf("%s: %w", state.File, err)
	}
	types.keep(before)
	state.text = types.Text()
	state.Frozen, state.Embedded = bytes.Equal(state.text, frozen), bytes.Equal(v.Frozen, frozen)
	if types.Hash() != before.Hash() {
		state.Changes, err = compare(before, types)
	}
	return state, err
}

// keep takes over what only a frozen contract knows: what was retired.
func (d Document) keep(frozen Document) {
	if retired, there := frozen["x-retired"]; there {
		d["x-retired"] = retired
	}
}

// Freeze writes the contract of a version beside its package. It refuses to where a released one has changed in a way that is not sound, and reports how
// it was before: the state has the changes.
func (s Source) Freeze(v Version, compare Comparer) (State, error) {
	state, err := s.Check(v, compare)
	if err != nil || state.Frozen {
		return state, err
	}
	if state.Severity() != Sound {
		return state, fmt.Errorf("%s is released, and its types have changed in a way that is %s for its consumers; %s was not written",
			v.Service, state.Severity(), state.File)
	}
	return state, os.WriteFile(state.path, state.text, 0o644) //nolint:gosec // source code
}
