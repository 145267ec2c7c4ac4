package run

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

func (p *program) contract() *cobra.Command {
	c := &cobra.Command{
		Use:     "contract",
		Short:   "Keep the contracts of the services",
		Long:    `Keep the contracts of the services: what is done here needs the types and the data of the project. The tool spinoff has more.`,
		Example: "  company contract replay",
		Args: func(_ *cobra.Command, args []string) error { // what is no command below
			if len(args) == 0 {
				return errors.New("say what to do: contract --help lists it")
			}
			return fmt.Errorf("there is no command %q; contract --help lists those that there are", args[0])
		},
		RunE: func(*cobra.Command, []string) error { return nil },
	}
	c.AddCommand(p.recordSamples(), p.replaySamples())
	return c
}
