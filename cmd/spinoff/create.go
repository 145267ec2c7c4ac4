package main

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"go/format"
	"go/token"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/spf13/cobra"

	"github.com/spinoff-go/spinoff/run"
)

//go:embed all:template
var templates embed.FS

// names is what the templates are filled with.
type names struct {
	Module  string // module path of the project
	Project string
	Name    string // of the app
	Title   string // of the app, for people
	Team    string
	Replace string // folder of the toolkit, for trying one that is not released
	Version string // of the toolkit
	Tick    string // a back quote, which a raw string cannot hold
}

func newProject(stdout io.Writer) *cobra.Command {
	var n names
	var dir string
	c := &cobra.Command{
		Use:   "project NAME",
		Short: "Make a project with one app",
		Long: `Make a folder with a project that builds, passes its tests and runs at once. It has one app, to be changed or deleted.

NAME is lower-case letters and digits.`,
		Example: "  spinoff new project shop\n  spinoff new project shop --module example.com/shop --dir code/shop",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			n.Project = args[0]
			if err := checkName("project", n.Project); err != nil {
				return err
			}
			if n.Module == "" {
				n.Module = n.Project
			}
			if dir == "" {
				dir = n.Project
			}
			n.fill("notes", "Everybody")
			if n.Version = run.Version(); !strings.HasPrefix(n.Version, "v") {
				if n.Version = "v0.0.0"; n.Replace == "" {
					return errors.New("this tool was built from a working copy, so that the project cannot name a released toolkit: say where the toolkit is with --replace FOLDER")
				}
			}
			made, err := write("template/project", dir, n)
			if err != nil {
				return err
			}
			more, err := write("template/app", filepath.Join(dir, "apps", n.Name), n)
			if err != nil {
				return err
			}
			tell(stdout, append(made, more...))
			_, err = fmt.Fprintf(stdout, "\nNext:\n  cd %s\n  go mod tidy\n  go run . up\n", dir)
			return err
		},
	}
	c.Flags().StringVar(&n.Module, "module", "", "module path (default NAME)")
	c.Flags().StringVar(&dir, "dir", "", "folder to make (default NAME)")
	c.Flags().StringVar(&n.Replace, "replace", "", "folder of the toolkit, to try one that is not released")
	return c
}

func newApp(stdout io.Writer) *cobra.Command {
	var n names
	var dir string
	c := &cobra.Command{
		Use:   "app NAME",
		Short: "Make an app in the project of this folder",
		Long: `Make an app in the shape that every app has: a contract, models with a migration, a provider, views, a test that runs together
and apart. It is added to the list of apps in project.go, in this folder or in one below it.

NAME is lower-case letters and digits; the app's pages and endpoints live under /NAME/.`,
		Example: "  spinoff new app billing --team Finance\n  spinoff new app billing --dir apps",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := checkName("app", args[0]); err != nil {
				return err
			}
			var err error
			if n.Module, err = modulePath(); err != nil {
				return err
			}
			n.fill(args[0], n.Team)
			made, err := write("template/app", filepath.Join(dir, n.Name), n)
			if err != nil {
				return err
			}
			tell(stdout, made)
			where, err := register(n.Module+"/"+filepath.ToSlash(filepath.Join(dir, n.Name)), n.Name)
			if err != nil {
				_, err = fmt.Fprintf(stdout, "\nAdd %s.New to the list of apps of your project: %v\n", n.Name, err)
				return err
			}
			_, err = fmt.Fprintf(stdout, "  %s (the list of apps)\n\nNext:\n  go test ./%s/...\n  go run . up\n", where, filepath.ToSlash(filepath.Join(dir, n.Name)))
			return err
		},
	}
	c.Flags().StringVar(&n.Team, "team", "Everybody", "the team that owns the app")
	c.Flags().StringVar(&dir, "dir", "apps", "folder of the apps")
	return c
}

// fill sets what follows from the name of the app.
func (n *names) fill(app, team string) {
	n.Name, n.Team, n.Tick = app, team, "`"
	n.Title = strings.ToUpper(app[:1]) + app[1:]
}

// checkName refuses names that Go, URLs or the environment could not have.
func checkName(what, name string) error {
	for i, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (i == 0 || c < '0' || c > '9') {
			return fmt.Errorf("%s name %q: a name is lower-case letters and digits and begins with a letter, such as shop", what, name)
		}
	}
	switch {
	case name == "":
		return fmt.Errorf("the %s has no name", what)
	case token.IsKeyword(name) || name == "main" || name == "internal" || name == "spinoff" || name == "data" || name == "page":
		return fmt.Errorf("%s name %q means something else in Go or in the toolkit; take another one", what, name)
	}
	return nil
}

// modulePath reads the module path from the go.mod of this folder.
func modulePath() (string, error) {
	text, err := os.ReadFile("go.mod")
	if err != nil {
		return "", fmt.Errorf("%w: an app is made in the folder of a project, where its go.mod is", err)
	}
	for line := range strings.Lines(string(text)) {
		if module, ok := strings.CutPrefix(strings.TrimSpace(line), "module "); ok {
			return strings.TrimSpace(module), nil
		}
	}
	return "", errors.New("go.mod has no module line")
}

// write fills the templates below from and writes them to a folder. It writes nothing when one of the files exists.
func write(from, to string, n names) ([]string, error) {
	files := map[string][]byte{}
	var made []string
	err := fs.WalkDir(templates, from, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := n.execute(name)
		if err != nil {
			return err
		}
		target := filepath.Join(to, filepath.FromSlash(n.rename(strings.TrimPrefix(name, from+"/"))))
		if _, err := os.Lstat(target); err == nil {
			return fmt.Errorf("%s exists already; nothing was written", target)
		}
		files[target] = text
		made = append(made, target)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, target := range made {
		if err := os.MkdirAll(filepath.Dir(target), 0o750); err != nil {
			return nil, err
		}
		if err := os.WriteFile(target, files[target], 0o600); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// rename returns the name of the file that a template makes.
func (n names) rename(name string) string {
	name = strings.TrimSuffix(name, ".tmpl")
	name = strings.ReplaceAll(name, "contract/contract.go", n.Name+"v1/"+n.Name+"v1.go")
	name = strings.ReplaceAll(name, "app_test.go", n.Name+"_test.go")
	return strings.ReplaceAll(name, "dot-", ".")
}

func (n names) execute(name string) ([]byte, error) {
	text, err := templates.ReadFile(name)
	if err != nil {
		return nil, err
	}
	t, err := template.New(path.Base(name)).Delims("[[", "]]").Parse(string(text))
	if err != nil {
		return nil, err
	}
	var filled bytes.Buffer
	if err := t.Execute(&filled, n); err != nil {
		return nil, err
	}
	if !strings.HasSuffix(name, ".go.tmpl") {
		return filled.Bytes(), nil
	}
	return format.Source(filled.Bytes())
}

func tell(w io.Writer, made []string) {
	fmt.Fprintln(w, "Made:")
	for _, name := range made {
		fmt.Fprintln(w, " ", name)
	}
}
