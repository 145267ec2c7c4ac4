package run

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/deploy"
)

func (p *program) deploy() *cobra.Command {
	c := &cobra.Command{
		Use:   "deploy",
		Short: "Print what runs the project elsewhere: Kubernetes, Compose, Procfile, systemd",
		Long: `Print manifests for a placement, which is a file that says which apps run in which process. Without one, all apps run together in one process, with
SQLite. The same placement gives the same text; no secret is in it. docs/deploy.md has a table for each target and an example from beginning to end.`,
		Example: `  company deploy placement > placement.yaml
  company deploy kubernetes --placement placement.yaml | kubectl apply -f -
  company deploy compose --placement placement.yaml --out .`,
		Args: cobra.NoArgs, // so that an unknown target is told
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(p.deployPlacement(), p.deploySecrets(),
		p.deployTo("kubernetes", "Print manifests for Kubernetes, from version 1.30 on", (*deploy.Plan).Kubernetes, betweenDocuments,
			`Print, for each process, a Deployment, a Service, a ServiceAccount without token and a NetworkPolicy that allows exactly the calls that the project map
declares; with several replicas a PodDisruptionBudget, with autoscale a HorizontalPodAutoscaler, with SQLite a PersistentVolumeClaim; and an Ingress for the front.`),
		p.deployTo("compose", "Print a file for Docker Compose", (*deploy.Plan).Compose, betweenDocuments,
			`Print one file, with PostgreSQL and NATS where the placement needs them. The front answers at http://127.0.0.1:8000. What is secret comes from the file .env.`),
		p.deployTo("procfile", "Print a Procfile", (*deploy.Plan).Procfile, betweenDocuments,
			`Print a Procfile for foreman, honcho and others of their kind: every process on a port of this machine, sharing the folder ./data.`),
		p.deployTo("systemd", "Print units for systemd", (*deploy.Plan).Systemd, beforeFile,
			`Print a unit for each process, a target for all of them, and the user that they run as. They listen on loopback and share the folder /var/lib/company.
On standard output a line "# file NAME" is before each file.`))
	return c
}

// betweenDocuments separates the documents of a stream of YAML.
func betweenDocuments(i int, _ deploy.File) string {
	if i == 0 {
		return ""
	}
	return "---\n"
}

// beforeFile says which file comes.
func beforeFile(i int, f deploy.File) string {
	if i == 0 {
		return "# file " + f.Name + "\n"
	}
	return "\n# file " + f.Name + "\n"
}

// deployTo returns the command for one target. before is what stands before each file on standard output.
func (p *program) deployTo(name, short string, files func(*deploy.Plan) ([]deploy.File, error), before func(int, deploy.File) string, long string) *cobra.Command {
	var placement, out string
	c := &cobra.Command{
		Use:     name,
		Short:   short,
		Long:    long,
		Example: fmt.Sprintf("  company deploy %s\n  company deploy %s --placement placement.yaml --out deploy/", name, name),
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			plan, err := p.plan(c.Root().Name(), placement)
			if err != nil {
				return err
			}
			all, err := files(plan)
			if err != nil {
				return err
			}
			if out != "" {
				return p.writeFiles(out, all)
			}
			var text bytes.Buffer
			for i, f := range all {
				text.WriteString(before(i, f))
				text.Write(f.Text)
			}
			_, err = p.stdout.Write(text.Bytes())
			return err
		},
	}
	c.Flags().StringVar(&placement, "placement", "", "file that says which apps run in which process; without it, all run in one")
	c.Flags().StringVar(&out, "out", "", "folder to write the files to, instead of standard output; files of the same names are replaced")
	return c
}

func (p *program) deployPlacement() *cobra.Command {
	return &cobra.Command{
		Use:     "placement",
		Short:   "Print a placement to begin with",
		Long:    "Print a placement of this project with comments: every app in a process of its own, with everything else that a placement may say.",
		Example: "  company deploy placement > placement.yaml",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			apps, err := p.declared()
			if err != nil {
				return err
			}
			text, err := deploy.Example(c.Root().Name(), placementName(c.Root().Name()), apps)
			if err != nil {
				return err
			}
			_, err = p.stdout.Write(text)
			return err
		},
	}
}

// plan fits the placement in a file, or that of all apps together, to the project.
func (p *program) plan(program, file string) (*deploy.Plan, error) {
	apps, err := p.declared()
	if err != nil {
		return nil, err
	}
	name := placementName(program)
	placement := deploy.Together(name, apps)
	if file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("placement: %w; make one with: %s deploy placement > %s", err, program, file)
		}
		if placement, err = deploy.Read(filepath.Base(file), name, text); err != nil {
			return nil, err
		}
	}
	plan, err := deploy.New(program, apps, placement)
	if err != nil && file != "" {
		return nil, fmt.Errorf("%s: %w", filepath.Base(file), err)
	}
	return plan, err
}

// declared returns all apps of the project, complete. The environment plays no part: what runs elsewhere does not depend on this machine.
func (p *program) declared() ([]spinoff.App, error) {
	p.options.Environ = func(string) string { return "" }
	process, err := New(p.project, p.options)
	if err != nil {
		return nil, err
	}
	var apps []spinoff.App
	for _, a := range process.apps {
		apps = append(apps, a.App)
	}
	return apps, nil
}

// placementName makes of a program's name one that objects of Kubernetes may have.
func placementName(program string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		}
		return '-'
	}, program)
	name = strings.TrimLeft(name, "-0123456789")
	return cmp.Or(strings.Trim(name[:min(30, len(name))], "-"), "project")
}

func (p *program) writeFiles(folder string, files []deploy.File) error {
	if err := os.MkdirAll(folder, 0o755); err != nil { //nolint:gosec // for all to read: no secret is in it
		return err
	}
	var failed []error
	for _, f := range files {
		path := filepath.Join(folder, f.Name)
		err := os.WriteFile(path, f.Text, 0o644) //nolint:gosec // as above
		failed = append(failed, err)
		if err == nil {
			fmt.Fprintln(p.stdout, path)
		}
	}
	return errors.Join(failed...)
}
