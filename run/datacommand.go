package run

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/spinoff-go/spinoff"
)

func (p *program) data() *cobra.Command {
	c := &cobra.Command{
		Use:     "data",
		Short:   "Move an app's database to another engine",
		Long:    "Move an app's database to another engine.",
		Example: "  company data copy faq --to 'postgres://me@db.example:5432/company'",
	}
	c.AddCommand(p.dataCopy())
	return c
}

func (p *program) dataCopy() *cobra.Command {
	var to string
	var asJSON bool
	c := &cobra.Command{
		Use:   "copy APP --to URL",
		Short: "Copy an app's whole database, from one engine to the other",
		Long: `Copy an app's whole database to another address, on the same engine or the other one. Its schema is made there by the app's own migrations; a full-text
search is built anew. On PostgreSQL it is a schema with the app's name, unless the address names another. Everything is copied in one transaction and compared by counts and checksums: when anything differs, nothing is copied. The target has
to be empty. The project must not be running, since what it wrote meanwhile would be missing. Then start the project with the new address.`,
		Example: `  company data copy faq --to 'postgres://me@db.example:5432/company'   # PGPASSWORD has the password
  company data copy faq --to sqlite:elsewhere/faq.db`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if to == "" {
				return fmt.Errorf("say where: --to sqlite:elsewhere/%s.db or --to postgres://user@host:5432/name", args[0])
			}
			return p.runDataCopy(c.Context(), args[0], to, asJSON)
		},
	}
	c.Flags().StringVar(&to, "to", "", "address of the database to fill")
	c.Flags().BoolVar(&asJSON, "json", false, "print what was copied as JSON")
	return c
}

func (p *program) runDataCopy(ctx context.Context, app, to string, asJSON bool) error {
	databases, err := p.databases([]string{app})
	if err != nil {
		return err
	}
	from := databases[0].db
	target := from.At(inSchema(to, app, false))
	if err := from.InUse(ctx); err != nil {
		return fmt.Errorf("app %s: %w", app, err)
	}
	if err := target.InUse(ctx); err != nil {
		return fmt.Errorf("target: %w", err)
	}
	show := newMeter(p.stderr, app)
	copied, err := from.CopyTo(ctx, target, false, show.rows)
	show.end()
	if err != nil {
		return fmt.Errorf("copy app %s: %w", app, err)
	}
	if asJSON {
		return p.printJSON(copied)
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, t := range copied {
		fmt.Fprintf(w, "%d\t %s\t %s\n", t.Rows, t.Name, t.SHA256[:16])
	}
	return w.Flush()
}

// rows is how package data reports progress.
func (m *meter) rows(table string, rows int64) {
	m.report(spinoff.Progress{Counts: map[string]int64{"rows of " + table: rows}})
}
