// Command oasdiff asks another comparer of OpenAPI documents, oasdiff, for a second opinion on the test pairs of ours. It prints how many
// breaking pairs each finds, how many false alarms each raises, and every pair on which they disagree with our reason. A disagreement
// without a reason in reasons.txt, or a reason without a disagreement, is an error.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"
)

func main() {
	testdata := flag.String("testdata", "../../contract/diff/testdata", "the folder of the pairs")
	known := flag.String("reasons", "reasons.txt", "the file of the reasons")
	flag.Parse()
	if err := run(os.Stdout, *testdata, *known); err != nil {
		fmt.Fprintln(os.Stderr, "oasdiff:", err)
		os.Exit(1)
	}
}

func run(out io.Writer, testdata, known string) error {
	reasons, err := readReasons(known)
	if err != nil {
		return err
	}
	pairs, err := readAll(testdata)
	if err != nil {
		return err
	}
	for _, p := range pairs {
		if err := p.compare(); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	missing := 0
	for _, p := range pairs {
		if p.ours == p.theirs {
			continue
		}
		reason := reasons.of(p)
		if reason == "" {
			reason = "NO REASON"
			missing++
		}
		fmt.Fprintf(out, "%s\n    we say %s, oasdiff %s: %s\n", p.name, p.ours, p.opinion(), reason)
	}
	score(out, pairs)
	if unused := reasons.unused(); missing > 0 || len(unused) > 0 {
		return fmt.Errorf("%d disagreements have no reason in %s, and %d reasons there are of no disagreement: %q", missing, known, len(unused), unused)
	}
	return nil
}

// score prints the table.
func score(out io.Writer, pairs []*pair) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\tpairs\tspinoff\toasdiff\t")
	for _, row := range []struct {
		title string
		right verdict
		wrong verdict
	}{{"breaking, found", breaking, breaking}, {"sound, false alarms", sound, breaking}, {"sound, cannot tell", sound, unknown}} {
		of := slices.DeleteFunc(slices.Clone(pairs), func(p *pair) bool { return p.right != row.right })
		ours, theirs := 0, 0
		for _, p := range of {
			if p.ours == row.wrong {
				ours++
			}
			if p.theirs == row.wrong {
				theirs++
			}
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t\n", row.title, len(of), ours, theirs)
	}
	table.Flush()
}
