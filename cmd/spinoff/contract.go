package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

func contract(stdout, stderr io.Writer) *cobra.Command {
	c := &cobra.Command{
		Use:   "contract",
		Short: "Work on contracts",
		Long: `Work on the contracts of a project: the packages such as faqv2, and the files contract.json that are frozen beside them.

What needs the types of a contract is done by the project's own program, which this tool finds, builds and runs.`,
		Example: "  spinoff contract check\n  spinoff contract diff main..HEAD\n  spinoff contract client faq.v2 --lang python\n  spinoff contract bump faq",
		Args: func(_ *cobra.Command, args []string) error { // what is no command below
			if len(args) == 0 {
				return errors.New("say what to do: spinoff contract --help lists it")
			}
			return fmt.Errorf("there is no command %q; spinoff contract --help lists those that there are", args[0])
		},
		RunE: func(*cobra.Command, []string) error { return nil },
	}
	c.AddCommand(
		inProgram(stdout, stderr, "check", "Say whether the contracts have changed as they may",
			"Say whether the contracts of the project in this folder are as they were frozen, or have changed only as they may."),
		inProgram(stdout, stderr, "freeze", "Write the contracts down",
			"Write the contracts of the project in this folder down, as contract.json beside each package. From then on they are released."),
		contractDiff(stdout),
		contractClient(stdout),
		bump(stdout, stderr),
	)
	return c
}

// inProgram is a command that the project's program carries out. What follows its name is for that program, and so is --help.
func inProgram(stdout, stderr io.Writer, name, short, long string) *cobra.Command {
	return &cobra.Command{
		Use:   name + " [ARGUMENT...]",
		Short: short,
		Long: long + `

The program of the project is the package that calls run.Main, in this module; where there are several, the one in this folder. It is
built, and run with the arguments; its exit code is passed on.`,
		Example:            "  spinoff contract " + name + "\n  spinoff contract " + name + " faq.v2",
		DisableFlagParsing: true,
		RunE: func(c *cobra.Command, args []string) error {
			p, err := findProgram(".")
			if err != nil {
				return err
			}
			return p.run(c.Context(), stdout, stderr, append([]string{"contract", name}, args...)...)
		},
	}
}
