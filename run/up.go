package run

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

func (p *program) up() *cobra.Command {
	var addr, logFormat string
	var seed bool
	c := &cobra.Command{
		Use:   "up [APP...]",
		Short: "Run the project, or only the named apps of it",
		Long: `Run the project in this process, until Ctrl-C.

An app runs here unless its variable, such as FAQ_API for the app faq, says that it answers elsewhere; its pages keep their
addresses all the same. With names, exactly those apps run here; a process that runs one app answers it at its root as well.`,
		Example: `  company up
  company up faq --addr 127.0.0.1:8001           # only the FAQ, in a process of its own
  FAQ_API=http://127.0.0.1:8001 company up       # everything else, calling that process
  company up --seed --data /tmp/demo             # with an example to look at`,
		RunE: func(c *cobra.Command, args []string) (err error) {
			if p.options.Log, err = p.logger(logFormat); err != nil {
				return err
			}
			p.options.Only = args
			return p.runUp(c.Context(), addr, seed)
		},
	}
	c.Flags().StringVar(&addr, "addr", "127.0.0.1:8000", "address to listen on")
	c.Flags().StringSliceVar(&p.options.Without, "without", nil, "apps not to run here")
	c.Flags().StringVar(&logFormat, "log-format", "", "lines of the log as text or json (default text on a terminal, else json)")
	c.Flags().BoolVar(&seed, "seed", false, "fill empty databases with an example")
	return c
}

func (p *program) runUp(ctx context.Context, addr string, seed bool) error {
	process, err := New(p.project, p.options)
	if err != nil {
		return err
	}
	if len(process.Here()) == 0 {
		return fmt.Errorf("no app runs here: all of them answer elsewhere, by their variables or --without")
	}
	l, err := process.listen(addr)
	if err != nil {
		return err
	}
	defer l.Close() //nolint:errcheck // the server closes it
	if err := process.Open(ctx); err != nil {
		return err
	}
	if seed {
		err = process.Seed(ctx)
	}
	if err == nil {
		process.announce(ctx, p.stdout, process.tls.scheme()+l.Addr().String())
		err = process.Serve(ctx, l)
	}
	if closed := process.Close(); err == nil {
		err = closed
	}
	return err
}

// announce says what runs where, and how the first account is made.
func (p *Process) announce(ctx context.Context, w io.Writer, address string) {
	fmt.Fprintf(w, "%s at %s/\n", cmp.Or(p.project.Name, strings.Join(p.Here(), ", ")), address)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, a := range p.apps {
		place := a.where()
		if a.here {
			place = address + strings.TrimSuffix(a.Path, "/")
		}
		fmt.Fprintf(table, "  %s\t%s\t%s", a.Name, a.Team, place)
		if engine := p.engineOf(a); engine != "" {
			fmt.Fprintf(table, "\t%s", engine)
		}
		fmt.Fprintln(table)
	}
	table.Flush()
	path, err := p.SetUp(ctx)
	switch {
	case err != nil:
		p.options.Log.Error("set up the first account", "error", err)
	case path != "":
		fmt.Fprintf(w, "\nNobody can sign in yet. Make the first account here, once:\n  %s%s\n", address, path)
	}
}
