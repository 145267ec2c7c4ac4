package main

import (
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"

	"github.com/spf13/cobra"
)

func newApp(stdout io.Writer) *cobra.Command {
	var dir, team string
	c := &cobra.Command{
		Use:   "app NAME",
		Short: "Make an app in the project of this folder",
		Long: `Make an app in the shape that every app has: a contract, models with a migration, a provider, views, a test that runs together
and apart. It is added to the list of apps in project.go, in this folder or in one below it.

NAME is lower-case letters and digits; the app's pages and endpoints live under /NAME/.`,
		Example: "  spinoff new app billing --team Finance\n  spinoff new app billing --dir apps",
		Args:    cobra.ExactArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return makeApp(stdout, args[0], team, dir) },
	}
	c.Flags().StringVar(&team, "team", "Everybody", "the team that owns the app")
	c.Flags().StringVar(&dir, "dir", "apps", "folder of the apps, below this one")
	return c
}

func makeApp(stdout io.Writer, name, team, dir string) error {
	if err := checkName("app", name); err != nil {
		return err
	}
	module, err := modulePath("go.mod")
	if err != nil {
		return fmt.Errorf("%w; an app is made in the folder of a project, where its go.mod is", err)
	}
	if !filepath.IsLocal(dir) {
		return fmt.Errorf("--dir %s: the apps of a project are in a folder below the one of its go.mod, such as apps", dir)
	}
	folder := filepath.Join(dir, name)
	if _, err := os.Lstat(folder); err == nil {
		return fmt.Errorf("%s exists already; nothing was written", folder)
	}
	n := names{Module: module}
	n.fill(dir, name, team)
	files, err := n.render("template/app", folder)
	if err != nil {
		return err
	}
	if err := write(stdout, files); err != nil {
		return err
	}
	program := "."
	where, err := register(n.Import, name)
	if err != nil {
		fmt.Fprintf(stdout, "\nThe list of apps could not be changed: %v. Add to it by hand:\n  import %q\n  %s.New,\n", err, n.Import, name)
	} else {
		fmt.Fprintf(stdout, "Changed:\n  %s\n", where)
		if in := filepath.ToSlash(filepath.Dir(where)); in != "." {
			program = "./" + in
		}
	}
	_, err = fmt.Fprintf(stdout, "\nNext:\n  go test ./%s/...\n  go run %s up\n", path.Join(filepath.ToSlash(dir), name), program)
	return err
}
