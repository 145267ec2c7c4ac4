package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/spinoff-go/spinoff/contract/diff"
	"github.com/spinoff-go/spinoff/contract/openapi"
)

// exitError is how a command ends whose answer is its exit code, or that of a program that it ran. Cause is what there is to say of it; nil: nothing more.
type exitError struct {
	code  int
	cause error
}

func (e exitError) Error() string {
	if e.cause == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.cause.Error()
}

func (e exitError) Unwrap() error { return e.cause }

// diffOptions are the flags of contract diff.
type diffOptions struct {
	json, markdown, all bool
	exceptions, now     string
}

func contractDiff(stdout io.Writer) *cobra.Command {
	var o diffOptions
	c := &cobra.Command{
		Use:   "diff OLD NEW | diff OLD..NEW [PATH...]",
		Short: "Find what a change of a contract breaks",
		Long: `Compare two OpenAPI documents (3.0 or 3.1, JSON or YAML, a frozen contract.json is one), or two git revisions: then every contract.json
that is in both of them, or the files at PATH. A revision that is left out is HEAD; three dots mean since the two have parted.

Each finding has its rule (docs/rules.md), its place in both documents, who breaks, a value that was valid and no longer is where there is
one, what to do instead, and a hash. An exception in a file lets through the one change that has its hash:

  exceptions:
    - hash: c0123456789abcdef
      reason: nobody has ever sent this field, see the usage of October
      on: 2026-11-01

Exit codes: 0 sound, 1 breaking, 2 cannot tell (a change that no rule speaks of, or a document that cannot be read).`,
		Example: `  spinoff contract diff old.yaml new.yaml
  spinoff contract diff main..HEAD
  spinoff contract diff main..HEAD apps/faq/faqv2/contract.json --markdown
  spinoff contract diff old.json new.json --exceptions exceptions.yaml --json`,
		Args: cobra.RangeArgs(1, 100),
		RunE: func(c *cobra.Command, args []string) error { return diffContracts(c.Context(), stdout, o, args) },
	}
	c.Flags().BoolVar(&o.json, "json", false, "print JSON")
	c.Flags().BoolVar(&o.markdown, "markdown", false, "print a Markdown table, for a pull request")
	c.Flags().BoolVar(&o.all, "all", false, "print changes of words too")
	c.Flags().StringVar(&o.exceptions, "exceptions", "", "file with the changes that are let through")
	c.Flags().StringVar(&o.now, "now", "", "the day that sunsets are compared with, such as 2027-05-01 (default today)")
	c.MarkFlagsMutuallyExclusive("json", "markdown")
	return c
}

// cannotTell is an error that means that a comparison has no answer.
func cannotTell(err error) error { return exitError{code: 2, cause: err} }

func diffContracts(ctx context.Context, stdout io.Writer, o diffOptions, args []string) error {
	var options diff.Options
	if o.now != "" {
		day, err := time.Parse(time.DateOnly, o.now)
		if err != nil {
			return cannotTell(fmt.Errorf("--now %s: a day is like 2027-05-01", o.now))
		}
		options.Now = day
	}
	if o.exceptions != "" {
		text, err := os.ReadFile(o.exceptions)
		if err != nil {
			return cannotTell(fmt.Errorf("--exceptions: %w", err))
		}
		if options.Exceptions, err = diff.ParseExceptions(o.exceptions, text); err != nil {
			return cannotTell(err)
		}
	}
	pairs, err := documents(ctx, args)
	if err != nil {
		return cannotTell(err)
	}
	var reports []diff.Report
	for _, p := range pairs {
		report, err := p.compare(options)
		if err != nil {
			return cannotTell(err)
		}
		reports = append(reports, report)
	}
	unusedInAll(reports)
	return writeReports(stdout, o, reports)
}

func (p documentPair) compare(o diff.Options) (diff.Report, error) {
	old, err := openapi.Parse(p.oldName, p.old)
	if err != nil {
		return diff.Report{}, err
	}
	changed, err := openapi.Parse(p.newName, p.new)
	if err != nil {
		return diff.Report{}, err
	}
	return diff.Compare(old, changed, o), nil
}

// unusedInAll leaves only those exceptions as unused that none of the reports has used, in the last one.
func unusedInAll(reports []diff.Report) {
	if len(reports) == 0 {
		return
	}
	times := map[string]int{}
	for i := range reports {
		for _, e := range reports[i].Unused {
			times[e.Hash]++
		}
	}
	last := &reports[len(reports)-1]
	var unused []diff.Exception
	for _, e := range last.Unused {
		if times[e.Hash] == len(reports) {
			unused = append(unused, e)
		}
	}
	for i := range reports {
		reports[i].Unused = nil
	}
	last.Unused = unused
}

func writeReports(stdout io.Writer, o diffOptions, reports []diff.Report) error {
	code := 0
	for i, r := range reports {
		if exit := r.ExitCode(); exit == 1 || code == 0 {
			code = exit
		}
		var err error
		switch {
		case o.json:
			err = r.WriteJSON(stdout)
		case o.markdown:
			err = r.WriteMarkdown(stdout)
		default:
			if len(reports) > 1 {
				if i > 0 {
					fmt.Fprintln(stdout)
				}
				fmt.Fprintf(stdout, "%s → %s\n\n", r.Old, r.New)
			}
			err = r.WriteText(stdout, o.all)
		}
		if err != nil {
			return err
		}
	}
	if code != 0 {
		return exitError{code: code}
	}
	return nil
}
