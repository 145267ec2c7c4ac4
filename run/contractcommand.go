package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spinoff-go/spinoff/contract"
)

func (p *program) contract() *cobra.Command {
	c := &cobra.Command{
		Use:   "contract",
		Short: "Freeze the contracts of the services, check that they hold, and let old ones go",
		Long: `A contract is released by freezing it: it is written as contract.json, an OpenAPI 3.1 document, beside the package of its types.
From then on it may change only in ways that no consumer notices.`,
		Example: "  company contract check\n  company contract freeze faq",
	}
	c.AddCommand(p.contractFreeze(), p.contractCheck(), p.recordSamples(), p.replaySamples(), p.contractUsage(), p.contractLock(), p.contractRetire())
	return c
}

func (p *program) contractFreeze() *cobra.Command {
	return &cobra.Command{
		Use:   "freeze [APP...]",
		Short: "Write the contracts of apps beside their packages",
		Long: `Write the contract of each version of the apps, or of all, as contract.json beside the package of its types. That releases it. Words come from the comments
in the source, so this is to be run in the module of the project.

A released contract is written anew only where the change is sound: nothing that a consumer sends is refused, and nothing that it reads is missing.
A change that people have agreed on all the same has an entry in ` + ExceptionsFile + ` beside go.mod, with the hash that is printed beside it, a reason and a day.
Exit codes: 0 frozen, 1 refused because somebody would break, 2 it cannot be told whether somebody would.`,
		Example: "  company contract freeze\n  company contract freeze faq tickets",
		RunE:    func(_ *cobra.Command, apps []string) error { return p.freeze(apps) },
	}
}

func (p *program) freeze(apps []string) error {
	source, versions, err := p.contracts(apps)
	if err != nil {
		return err
	}
	compare, err := CompareContracts(source)
	if err != nil {
		return err
	}
	worst := contract.Sound
	for _, v := range versions {
		state, err := source.Freeze(v, compare)
		switch {
		case state.Severity() != contract.Sound:
			worst = max(worst, state.Severity())
			fmt.Fprintln(p.stderr, err)
			for _, change := range state.Changes {
				fmt.Fprintln(p.stderr, " ", strings.ReplaceAll(change.String(), "\n", "\n  "))
			}
			continue
		case err != nil:
			return err
		case state.Frozen:
			fmt.Fprintf(p.stdout, "%s  %s  as it was\n", v.Service, state.File)
		default:
			fmt.Fprintf(p.stdout, "%s  %s  written\n", v.Service, state.File)
		}
		if !v.Carried {
			fmt.Fprintf(p.stdout, "  let the app carry it, for its documentation: in app.go\n    //go:embed %sv*/%s\n    var contracts embed.FS\n  and in the app, Contracts: contracts\n",
				v.Service.Name, contract.FileName)
		}
	}
	return exitOf(worst)
}

// exitOf returns the exit code for a severity, nil for what is sound.
func exitOf(s contract.Severity) error {
	switch s {
	case contract.Breaking:
		return exit(exitFailed)
	case contract.Unknown:
		return exit(exitUnknown)
	}
	return nil
}

func (p *program) contractCheck() *cobra.Command {
	var asJSON bool
	var r removal
	c := &cobra.Command{
		Use:   "check [APP...]",
		Short: "Compare the types of the contracts with what was frozen",
		Long: `Compare the types of each version of the apps, or of all, with its frozen contract, and say what has changed and who would break. A version without a
frozen contract is not released and may change. An endpoint that is frozen and not in the source any more is refused unless its time is over: its
sunset is past, nobody called it while the counts have no gap, and no lock file names it; then "contract retire" writes its tombstone. This is to be run in the module of the project.

Exit codes: 0 as frozen, 1 changed (freeze it anew where that is sound), 2 it cannot be told whether somebody would break.`,
		Example: "  company contract check\n  company contract check faq --json",
		RunE: func(c *cobra.Command, apps []string) error {
			return errors.Join(p.check(apps, asJSON), p.checkRemoved(c.Context(), apps, r, asJSON))
		},
	}
	r.addFlags(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func (p *program) check(apps []string, asJSON bool) error {
	source, versions, err := p.contracts(apps)
	if err != nil {
		return err
	}
	compare, err := CompareContracts(source)
	if err != nil {
		return err
	}
	states, worst, changed := []contract.State{}, contract.Sound, false
	for _, v := range versions {
		state, err := source.Check(v, compare)
		if err != nil {
			return err
		}
		states = append(states, state)
		worst, changed = max(worst, state.Severity()), changed || !state.Holds()
		if !asJSON {
			fmt.Fprintln(p.stdout, state)
		}
	}
	if asJSON {
		e := json.NewEncoder(p.stdout)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		if err := e.Encode(states); err != nil {
			return err
		}
	}
	if worst == contract.Sound && changed {
		return exit(exitFailed)
	}
	return exitOf(worst)
}

// contracts returns the source of the project and the contracts of the apps that are named, or of all.
func (p *program) contracts(apps []string) (source contract.Source, versions []contract.Version, err error) {
	p.options.Calling = true
	process, err := New(p.project, p.options)
	if err != nil {
		return source, nil, err
	}
	for _, name := range apps {
		if process.find(name) == nil {
			return source, nil, fmt.Errorf("there is no app %q; there are %s", name, strings.Join(process.names(), ", "))
		}
	}
	for _, v := range process.Contracts() {
		if len(apps) == 0 || slices.Contains(apps, v.Service.Name) {
			versions = append(versions, v)
		}
	}
	if source, err = contract.FindSource("."); err == nil {
		err = source.CheckPackages(process.Contracts())
	}
	return source, versions, err
}
