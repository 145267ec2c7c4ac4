package run

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/spinoff-go/spinoff/data"
)

func (p *program) migrate() *cobra.Command {
	var status, dryRun, asJSON bool
	var to int64
	c := &cobra.Command{
		Use:   "migrate [APP...]",
		Short: "Show and apply the migrations of the databases",
		Long: `Bring the schema of the databases up to date, as a start of the project does too. Migrations only go forward: to get back, restore a backup. A program
does not work with a database that a newer one has migrated.

Every database has two schemas: the app's own, and that of the tables that every app has, for events and for calls that are to take effect once.`,
		Example: `  company migrate --status
  company migrate tickets --dry-run     # print the SQL, change nothing
  company migrate tickets --to 2`,
		RunE: func(c *cobra.Command, apps []string) error {
			switch {
			case c.Flags().Changed("to") && (len(apps) != 1 || to < 1):
				return fmt.Errorf("--to is a version, from 1 on, of one app: company migrate tickets --to 2")
			case asJSON && !status:
				return fmt.Errorf("--json goes with --status")
			}
			databases, err := p.databases(apps)
			if err != nil {
				return err
			}
			switch {
			case status:
				return p.migrateStatus(c.Context(), databases, asJSON)
			case dryRun:
				return p.migrateDryRun(c.Context(), databases, to)
			}
			return p.runMigrate(c.Context(), databases, to)
		},
	}
	c.Flags().BoolVar(&status, "status", false, "show the versions and what is pending, and change nothing")
	c.Flags().BoolVar(&dryRun, "dry-run", false, "print the SQL that would run, and change nothing")
	c.Flags().Int64Var(&to, "to", 0, "the last version of the app's own migrations to apply; the default is the newest")
	c.Flags().BoolVar(&asJSON, "json", false, "with --status, print JSON")
	return c
}

func (p *program) migrateStatus(ctx context.Context, databases []stored, asJSON bool) error {
	byApp := map[string]data.Status{}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "APP\tDATABASE\tVERSION\tNEWEST\tSYSTEM\tPENDING")
	for _, s := range databases {
		status, err := s.db.Status(ctx)
		if err != nil {
			return fmt.Errorf("app %s: %w", s.Name, err)
		}
		byApp[s.Name] = status
		pending := ""
		for _, m := range append(status.System.Pending, status.App.Pending...) {
			pending += m.File + " "
		}
		switch {
		case !status.Exists:
			pending = "made at the first start"
		case status.App.Now > status.App.Newest || status.System.Now > status.System.Newest:
			pending = "newer than this program, which cannot work with it"
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d of %d\t%s\n", s.Name, status.Name, status.App.Now, status.App.Newest, status.System.Now, status.System.Newest, pending)
	}
	if asJSON {
		return p.printJSON(byApp)
	}
	return w.Flush()
}

func (p *program) migrateDryRun(ctx context.Context, databases []stored, to int64) error {
	for _, s := range databases {
		status, err := s.db.Status(ctx)
		if err == nil {
			err = status.Reach(to)
		}
		if err != nil {
			return fmt.Errorf("app %s: %w", s.Name, err)
		}
		for _, m := range status.Next(to) {
			fmt.Fprintf(p.stdout, "-- app %s, %s\n%s\n", s.Name, m.File, m.SQL)
		}
	}
	return nil
}

func (p *program) runMigrate(ctx context.Context, databases []stored, to int64) error {
	for _, s := range databases {
		applied, err := s.db.Migrate(ctx, to)
		if err != nil {
			return fmt.Errorf("app %s: %w", s.Name, err)
		}
		if len(applied) == 0 {
			fmt.Fprintf(p.stdout, "%s is up to date\n", s.Name)
		}
		for _, m := range applied {
			fmt.Fprintf(p.stdout, "%s: applied %s\n", s.Name, m.File)
		}
	}
	return nil
}
