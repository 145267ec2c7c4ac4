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

// upFlags are the flags of the command up.
type upFlags struct {
	addr          string
	logFormat     string
	seed, standby bool
	split         []string
}

func (p *program) up() *cobra.Command {
	var f upFlags
	c := &cobra.Command{
		Use:   "up [APP...]",
		Short: "Run the project, or only the named apps of it",
		Long: `Run the project in this process, until Ctrl-C.

An app runs here unless its variable, such as FAQ_API for the app faq, says that it answers elsewhere; its pages keep their
addresses all the same. With names, exactly those apps run here; a process that runs one app answers it at its root as well.

With --split, each of those apps runs in a process of its own, which this one starts, looks after, and ends. What such a
process prints comes here, after the app's name. See also: company status, company restart.`,
		Example: `  company up
  company up --split faq,tickets                 # each in a process of its own
  company up faq --addr 127.0.0.1:8001           # only the FAQ, in a process of its own
  FAQ_API=http://127.0.0.1:8001 company up       # everything else, calling that process
  company up --seed --data /tmp/demo             # with an example to look at`,
		RunE: func(c *cobra.Command, args []string) (err error) {
			if p.options.Log, err = p.logger(f.logFormat); err != nil {
				return err
			}
			p.options.Only = args
			return p.runUp(c.Context(), f)
		},
	}
	c.Flags().StringVar(&f.addr, "addr", "127.0.0.1:8000", "address to listen on")
	c.Flags().StringSliceVar(&p.options.Without, "without", nil, "apps not to run here")
	c.Flags().StringVar(&f.logFormat, "log-format", "", "lines of the log as text or json (default text on a terminal, else json)")
	c.Flags().StringSliceVar(&f.split, "split", nil, "apps to run in processes of their own")
	c.Flags().BoolVar(&f.seed, "seed", false, "fill empty databases with an example")
	c.Flags().BoolVar(&f.standby, "standby", false, "open nothing until told to, for a move to this process")
	return c
}

// runUp runs the command, in the process that somebody has started or in one that such a process has.
func (p *program) runUp(ctx context.Context, f upFlags) error {
	from, err := inherit()
	if err != nil {
		return err
	}
	ctx, end := from.orphaned(ctx)
	defer end()
	err = p.runAs(ctx, end, from, f)
	if err != nil && from.say(hello{Error: err.Error()}) {
		return errTold
	}
	return err
}

func (p *program) runAs(ctx context.Context, end context.CancelFunc, from *inherited, f upFlags) error {
	apart, err := p.openApart(ctx, f)
	if err != nil {
		return err
	}
	defer apart.close() //nolint:errcheck // each child has its own
	process, err := New(p.project, p.options)
	if err != nil {
		return err
	}
	if err := apart.check(process); err != nil {
		return err
	}
	l, err := from.listen(process, f.addr)
	if err != nil {
		return err
	}
	defer l.Close() //nolint:errcheck // the server closes it
	if err := process.join(ctx, from, l, p.newFamily(f.logFormat)); err != nil {
		return err
	}
	defer process.leave()
	defer process.restartOnSignal(ctx, end)()
	process.standby.on.Store(f.standby)
	process.whenServing = func() { process.greet(ctx, p.stdout) }
	err = process.openWith(ctx, apart, f)
	if err == nil {
		err = process.Serve(ctx, l)
	}
	_ = notify(context.WithoutCancel(ctx), "STOPPING=1") // who wants to know has a socket
	return process.end(ctx, err)
}

// announce says what runs where, and how the first account is made.
func (p *Process) announce(ctx context.Context, w io.Writer, address string) {
	fmt.Fprintf(w, "%s at %s/\n", cmp.Or(p.project.Name, strings.Join(p.Here(), ", ")), address)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, a := range p.apps {
		place := a.where()
		if a.here() {
			place = address + a.prefix()
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
