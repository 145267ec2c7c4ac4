package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spinoff-go/spinoff/run"
)

// toolkit is the module that every project requires.
const toolkit = "github.com/spinoff-go/spinoff"

func newProject(stdout io.Writer) *cobra.Command {
	var n names
	var dir string
	c := &cobra.Command{
		Use:   "project NAME",
		Short: "Make a project with one app",
		Long: `Make a folder with a project that builds, passes its tests and runs at once. It has one app, to be changed or deleted.

NAME is lower-case letters and digits. No file that exists is overwritten.`,
		Example: "  spinoff new project shop\n  spinoff new project shop --module example.com/shop --dir code/shop",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			n.Project = args[0]
			if n.Module == "" {
				n.Module = n.Project
			}
			if dir == "" {
				dir = n.Project
			}
			return n.makeProject(stdout, dir)
		},
	}
	c.Flags().StringVar(&n.Module, "module", "", "module path (default NAME)")
	c.Flags().StringVar(&dir, "dir", "", "folder to make (default NAME)")
	c.Flags().StringVar(&n.Replace, "replace", "", "folder of the toolkit, to try one that is not released")
	return c
}

func (n names) makeProject(stdout io.Writer, dir string) error {
	err := checkName("project", n.Project)
	if err == nil {
		err = checkModule(n.Module)
	}
	if err == nil && n.Replace != "" {
		n.Replace, err = toolkitFolder(n.Replace)
	}
	if err == nil {
		n.Version, err = required(run.Version(), n.Replace)
	}
	if err != nil {
		return err
	}
	n.fill("apps", "notes", "Everybody")
	files, err := n.render("template/project", dir)
	if err != nil {
		return err
	}
	more, err := n.render("template/app", filepath.Join(dir, "apps", n.Name))
	if err != nil {
		return err
	}
	if err := write(stdout, append(files, more...)); err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "\nNext:\n  cd %s\n  go mod tidy\n  go run . up\n", dir)
	return err
}

// toolkitFolder returns the absolute path of a folder with the toolkit's module: go.mod has it relative to the project, and the user had not.
func toolkitFolder(dir string) (string, error) {
	module, err := modulePath(filepath.Join(dir, "go.mod"))
	switch {
	case err != nil:
		return "", fmt.Errorf("--replace: %w", err)
	case module != toolkit:
		return "", fmt.Errorf("--replace: %s has the module %s, and the toolkit is %s", dir, module, toolkit)
	}
	return filepath.Abs(dir)
}

// required returns the version of the toolkit that a project made by a tool of this version requires.
func required(version, replace string) (string, error) {
	switch {
	case strings.HasPrefix(version, "v") && !strings.Contains(version, "+"): // v0.1.0+dirty is that and changes nobody else has
		return version, nil
	case replace != "":
		return "v0.0.0", nil
	}
	return "", errors.New("this tool was built from a working copy, so that the project cannot name a released toolkit: say where the toolkit is with --replace FOLDER")
}

// modulePath reads the module path from a go.mod.
func modulePath(goMod string) (string, error) {
	text, err := os.ReadFile(goMod)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "module" {
			return strings.Trim(fields[1], "\"`"), nil
		}
	}
	return "", fmt.Errorf("%s has no module line", goMod)
}
