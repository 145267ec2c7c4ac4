package main

import (
	"io"

	"github.com/spf13/cobra"
)

// contracts is the command for what works on contracts as files.
func contracts(stdout io.Writer) *cobra.Command {
	c := &cobra.Command{
		Use:     "contract",
		Short:   "Make clients of a contract",
		Long:    "Work on contracts as files: frozen ones of this project, or any OpenAPI document.",
		Example: "  spinoff contract client faq.v2 --lang python",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(contractClient(stdout))
	return c
}
