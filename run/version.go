package run

import (
	"encoding/json"
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

func (p *program) version() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "version",
		Short:   "Print the version of this program",
		Long:    "Print the version of this program: that of its module, or the commit it was built from.",
		Example: "  company version\n  company version --json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if asJSON {
				return json.NewEncoder(p.stdout).Encode(map[string]string{"program": c.Root().Name(), "version": Version(), "go": runtime.Version()})
			}
			_, err := fmt.Fprintf(p.stdout, "%s %s (%s)\n", c.Root().Name(), Version(), runtime.Version())
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}
