package main

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// program is the main package of a project.
type program struct {
	folder string // absolute
	main   bool   // whether it calls run.Main, as projects do; examples call run.Apps
}

// findModule returns the folder of the module that dir is in.
func findModule(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", errors.New("there is no project here: neither this folder nor one above it has a go.mod. Go to the folder of a project, or make one with: spinoff new project NAME")
		}
	}
}

// findProgram returns the program of the project that dir is in.
func findProgram(dir string) (program, error) {
	module, err := findModule(dir)
	if err != nil {
		return program{}, err
	}
	all, err := programsBelow(module)
	if err != nil {
		return program{}, err
	}
	if here, err := filepath.Abs(dir); err == nil {
		for _, p := range all {
			if p.folder == here {
				return p, nil
			}
		}
	}
	var mains []program
	for _, p := range all {
		if p.main {
			mains = append(mains, p)
		}
	}
	if len(mains) == 0 {
		mains = all
	}
	switch len(mains) {
	case 0:
		return program{}, fmt.Errorf("the module %s has no program of a project: no main package calls run.Main", module)
	case 1:
		return mains[0], nil
	}
	var names []string
	for _, p := range mains {
		name, err := filepath.Rel(module, p.folder)
		if err != nil {
			return program{}, err
		}
		names = append(names, filepath.ToSlash(name))
	}
	return program{}, fmt.Errorf("the module %s has several programs that call run.Main; go to the folder of the one that is meant: %s", module, strings.Join(names, ", "))
}

// programsBelow returns the main packages of a module that run a project, tests and other modules left out.
func programsBelow(module string) (all []program, err error) {
	err = filepath.WalkDir(module, func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir():
			return skipFolder(module, name, e)
		case !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		call, err := runsProject(name)
		if err != nil || call == "" {
			return err
		}
		all = append(all, program{folder: filepath.Dir(name), main: call == "Main"})
		return nil
	})
	return all, err
}

// skipFolder leaves out what belongs to no package of the module.
func skipFolder(module, name string, e fs.DirEntry) error {
	if name == module {
		return nil
	}
	base := e.Name()
	if strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "testdata" || base == "vendor" || base == "node_modules" {
		return filepath.SkipDir
	}
	if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil {
		return filepath.SkipDir
	}
	return nil
}

// runsProject returns which function of package run the main package of a file calls, "Main" or "Apps", or "".
func runsProject(name string) (string, error) {
	files := token.NewFileSet()
	head, err := parser.ParseFile(files, name, nil, parser.ImportsOnly)
	if err != nil || head.Name.Name != "main" {
		return "", nil //nolint:nilerr // a file that does not parse is no program, and the go command says why
	}
	local := ""
	for _, spec := range head.Imports {
		if path, err := strconv.Unquote(spec.Path.Value); err == nil && path == toolkit+"/run" {
			local = "run"
			if spec.Name != nil {
				local = spec.Name.Name
			}
		}
	}
	if local == "" {
		return "", nil
	}
	file, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
	if err != nil {
		return "", err
	}
	found := ""
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && (s.Sel.Name == "Main" || s.Sel.Name == "Apps") {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == local {
				found = s.Sel.Name
			}
		}
		return true
	})
	return found, nil
}

// run builds the program and runs it, in this folder. "go run" would not pass its exit code on.
func (p program) run(ctx context.Context, stdout, stderr io.Writer, args ...string) error {
	if ctx == nil {
		ctx = context.Background()
	}
	folder, err := os.MkdirTemp("", "spinoff")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder) //nolint:errcheck // what is left over is in the folder of what may be deleted
	binary := filepath.Join(folder, filepath.Base(p.folder))
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, ".") //nolint:gosec // the folder that was found
	build.Dir, build.Stdout, build.Stderr = p.folder, stderr, stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("the project's program in %s cannot be built: %w", p.folder, err)
	}
	command := exec.CommandContext(ctx, binary, args...) //nolint:gosec // the program that was built
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, stdout, stderr
	err = command.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() > 0 {
		return exitError{code: exit.ExitCode()}
	}
	return err
}
