// Spinoff is the tool: it makes projects and apps, and compares contracts. It knows no app.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/spinoff-go/spinoff/run"
)

func main() { os.Exit(execute(os.Args[1:], os.Stdout, os.Stderr)) }

// execute runs the tool and returns its exit code: 0 done, 1 could not be done, 2 not understood; or what the command says of its own.
func execute(args []string, stdout, stderr io.Writer) int {
	started := false
	root := command(stdout, stderr)
	root.PersistentPreRun = func(*cobra.Command, []string) { started = true }
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(context.Background())
	exit, answered := errors.AsType[exitError](err)
	switch {
	case err == nil:
		return 0
	case answered:
		if exit.cause != nil {
			fmt.Fprintf(stderr, "spinoff: %v\n", exit.cause)
		}
		return exit.code
	case started:
		fmt.Fprintf(stderr, "spinoff: %v\n", err)
		return 1
	}
	fmt.Fprintf(stderr, "spinoff: %v\nTry 'spinoff --help'.\n", err)
	return 2
}

func command(stdout, stderr io.Writer) *cobra.Command {
	root := &cobra.Command{
		Use:   "spinoff",
		Short: "Make projects and apps that run together or apart, and compare their contracts",
		Long: `Spinoff takes a web project from apps to services. This tool makes projects and apps, and compares contracts; a project is then a
program of its own, with its own commands.

Exit codes: 0 done, 1 could not be done, 2 not understood; "contract check" has those of the project's program.`,
		Example:       "  spinoff new project shop\n  spinoff new app billing --team Finance",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(create(stdout), contract(stdout, stderr), version(stdout))
	return root
}

func create(stdout io.Writer) *cobra.Command {
	c := &cobra.Command{
		Use:     "new",
		Short:   "Make a project or an app",
		Long:    "Make a project, or an app in a project. No file that exists is changed, except the list of apps in project.go.",
		Example: "  spinoff new project shop\n  spinoff new app billing --team Finance",
		Args: func(_ *cobra.Command, args []string) error { // what is no command below
			if len(args) == 0 {
				return errors.New("say what to make: spinoff new project NAME, or spinoff new app NAME")
			}
			name := args[len(args)-1]
			return fmt.Errorf("%q cannot be made; did you mean 'spinoff new project %s' or 'spinoff new app %s'?", args[0], name, name)
		},
		RunE: func(*cobra.Command, []string) error { return nil },
	}
	c.AddCommand(newProject(stdout), newApp(stdout))
	return c
}

func version(stdout io.Writer) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "version",
		Short:   "Print the version of this tool",
		Long:    "Print the version of this tool: that of the module, or the commit it was built from.",
		Example: "  spinoff version\n  spinoff version --json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if asJSON {
				return json.NewEncoder(stdout).Encode(map[string]string{"program": "spinoff", "version": run.Version(), "go": runtime.Version()})
			}
			_, err := fmt.Fprintf(stdout, "spinoff %s (%s)\n", run.Version(), runtime.Version())
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}
